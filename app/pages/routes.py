"""The desk's pages: static shells, the same bytes for everyone, and the files they load.

Nothing here reads a session: who is signed in, the script of a page asks at /web/session. So a page
holds no name, no code and no text of a report, and leaves no trace of its reader. Every shell is
rendered once, when the router is made. Content policy and no-store come from `app.http`, for every answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.staticfiles import StaticFiles

from app.pages.choices import CAPACITIES, CATEGORIES, DANGERS, MUNICIPALITIES, OBSERVATIONS

FOLDER = Path(__file__).parent
ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
Group = Literal["Melden", "Behandelen", "Toezicht en beheer"]
GROUPS: tuple[Group, ...] = ("Melden", "Behandelen", "Toezicht en beheer")
TEMPLATES = {
    "/": "start.html",
    "/inloggen": "inloggen.html",
    "/melden": "melden.html",
    "/opvolgen": "opvolgen.html",
    "/over-het-meldpunt": "over.html",
    "/privacy": "privacy.html",
    "/toegankelijkheid": "toegankelijkheid.html",
}


@dataclass(frozen=True, slots=True)
class CastCard:
    """Somebody a visitor of the demonstration can be: `name` is the login, the rest is Dutch for the card."""

    name: str
    display: str
    role_text: str
    group: Group
    note: str


def page_router(
    *,
    demo: bool,
    cast: Sequence[CastCard],
    organisation_names: Mapping[str, str],
    sign_ins: Sequence[tuple[str, str]] = (),
) -> APIRouter:
    """The pages of this round, outside OpenAPI.

    `cast` is shown on /inloggen in demo mode only, else `sign_ins` (name and title of each issuer);
    `organisation_names` (id to Dutch name) on /over-het-meldpunt.
    """
    router = APIRouter()
    for path, template in TEMPLATES.items():
        body = _render(
            template, demo=demo, cast=cast, organisation_names=organisation_names, sign_ins=sign_ins
        )
        router.add_api_route(
            path,
            _shell(body),
            methods=["GET", "HEAD"],
            include_in_schema=False,
            name=template.removesuffix(".html"),
        )
    return router


def not_found_page(*, demo: bool) -> Response:
    """What a browser gets for an address that is no page, or none for this reader (404)."""
    body = _render("niet_gevonden.html", demo=demo, cast=(), organisation_names={}, sign_ins=())
    return Response(body, status_code=404, media_type="text/html")


class _Files(StaticFiles):
    """Files as `StaticFiles` serves them; a picture, being text too, says its character set (ASVS 4.1.1)."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        if response.headers.get("content-type") == "image/svg+xml":
            response.headers["content-type"] += "; charset=utf-8"
        return response


def static_app() -> StaticFiles:
    """Style sheets, scripts and the mark, for mounting at /static."""
    return _Files(directory=FOLDER / "static")


def _shell(body: bytes) -> Callable[[], Response]:
    def page() -> Response:
        return Response(body, media_type="text/html")

    return page


def _render(
    template: str,
    *,
    demo: bool,
    cast: Sequence[CastCard],
    organisation_names: Mapping[str, str],
    sign_ins: Sequence[tuple[str, str]],
) -> bytes:
    """One shell as UTF-8. Autoescape holds for .html, so a name from a file never becomes markup."""
    grouped = [(group, [card for card in cast if card.group == group]) for group in GROUPS]
    text = ENVIRONMENT.get_template(template).render(
        demo=demo,
        sign_ins=sign_ins,
        groups=[(group, cards) for group, cards in grouped if cards],
        organisations=sorted(organisation_names.values(), key=str.casefold),
        municipalities=MUNICIPALITIES,
        observations=OBSERVATIONS,
        categories=CATEGORIES,
        capacities=CAPACITIES,
        dangers=DANGERS,
    )
    return text.encode()
