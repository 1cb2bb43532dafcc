"""Scripts of other sites: the intranet forms that an organisation lists may report, and no other site may anything.

A browser asks first (preflight, Fetch 4.8); any listed origin hears yes, for who is calling is not known
yet. The request itself counts only when its origin is one of the caller's own organisation. Cookies never
come along, and there is no wildcard. Looking up a receipt stays with the desk's own page: an employer's
site has no business reading what the desk and a reporter write to each other.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from app.errors import Forbidden, StartRefused

RawHeaders = list[tuple[bytes, bytes]]

OPEN: Final = {"/v1/signals": "POST", "/v1/reference-data": "GET"}
SENT_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key"
READ_HEADERS: Final = "API-Version, Retry-After, WWW-Authenticate"
KEPT_SECONDS: Final = 600
_ORIGIN: Final = re.compile(
    r"(https|http)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?"
)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of each organisation's own forms, as browsers write them (`https://intranet.emmen.example`)."""

    by_organisation: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path | None, organisations: Collection[str]) -> "Origins":
        """The lists of `MELDPUNT_ORIGINS_FILE`: a JSON object, per organisation id a list of origins.

        Raises StartRefused naming the setting and the organisation; plain http only on loopback.
        """
        if file is None:
            return cls()
        try:
            given = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once)
        except (OSError, ValueError) as error:
            raise _refusal(f"dit is geen leesbaar JSON-bestand ({type(error).__name__})") from None
        if not isinstance(given, dict):
            raise _refusal("het bestand is een JSON-object: per organisatie een lijst")
        found = {}
        for organisation, listed in given.items():
            if organisation not in organisations:
                raise _refusal("een van de namen is geen deelnemer")
            if not isinstance(listed, list) or not all(_is_origin(one) for one in listed):
                raise _refusal(
                    f"bij {organisation} staat geen lijst van adressen zoals https://intranet.voorbeeld.nl"
                )
            found[organisation] = frozenset(listed)
        return cls(found)

    def listed(self, origin: str) -> bool:
        """Whether any organisation lists this origin."""
        return any(origin in own for own in self.by_organisation.values())

    def headers(self, scope: Scope) -> RawHeaders:
        """What an answer on this request says to a browser: whose scripts may read it."""
        if not self.by_organisation or scope["path"] not in OPEN:
            return []
        told = [(b"vary", b"origin")]
        origin = _origin(scope)
        if origin is not None and self.listed(origin):
            told.append((b"access-control-allow-origin", origin.encode("latin-1")))
            told.append((b"access-control-expose-headers", READ_HEADERS.encode("ascii")))
        return told

    def preflight(self, scope: Scope) -> Response | None:
        """The answer when a browser asks whether a script of a listed origin may call; None for anything else."""
        if scope["method"] != "OPTIONS" or not self.headers(scope)[1:]:
            return None
        asked = [value for name, value in scope["headers"] if name == b"access-control-request-method"]
        if asked != [OPEN[scope["path"]].encode("ascii")]:
            return None
        headers = {
            "Access-Control-Allow-Methods": OPEN[scope["path"]],
            "Access-Control-Allow-Headers": SENT_HEADERS,
            "Access-Control-Max-Age": str(KEPT_SECONDS),
        }
        return Response(status_code=204, headers=headers)


def check(request: Request, organisation: str | None, own: str) -> None:
    """Raises Forbidden where a script of another site calls the API than one of the caller's own organisation.

    `own` is the origin of the desk. Who calls without an organisation (a receipt's holder, the platform's
    signature) has no rights that another site could borrow; programs send no Origin.
    """
    given, path = request.headers.getlist("origin"), str(request.scope["path"])
    if not given or given == [own] or organisation is None or not path.startswith("/v1/"):
        return
    origins = cast("Origins", request.app.state.origins)
    allowed = origins.by_organisation.get(organisation, frozenset())
    if given[0] not in allowed or len(given) != 1 or OPEN.get(path) != request.method:
        raise Forbidden("Deze website mag het meldpunt niet namens u gebruiken.", reason="other_origin")


def _origin(scope: Scope) -> str | None:
    given = [value for name, value in scope["headers"] if name == b"origin"]
    return given[0].decode("latin-1") if len(given) == 1 else None


def _is_origin(text: object) -> bool:
    if not isinstance(text, str) or _ORIGIN.fullmatch(text) is None:
        return False
    try:
        parts = urlsplit(text)
        default = parts.port == {"https": 443, "http": 80}[parts.scheme]
    except ValueError:
        return False
    # A browser never writes the usual port, so such an entry would match nothing.
    return not default and (parts.scheme == "https" or parts.hostname in _LOOPBACK)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _refusal(why: str) -> StartRefused:
    return StartRefused(f"MELDPUNT_ORIGINS_FILE: {why}.")
