"""Signing in to the demonstration: choose one of the cast. Only on loopback, only from our own page."""

from typing import Annotated

from fastapi import APIRouter, Response
from starlette.requests import Request

from app.audit.act import frame_of
from app.demo.cast import CAST, Group
from app.errors import Forbidden, Invalid, Unavailable
from app.http import body as bodies
from app.http.body import Input
from app.http.fields import Text
from app.identity.actor import Actor, Kind
from app.identity.caller import same_origin
from app.pages.routes import CastCard
from app.pages.routes import Group as Heading
from app.pages.session import SessionOut, note_session, set_cookie, shown

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

router = APIRouter()

GROUPS: dict[Group, Heading] = {
    Group.REPORT: "Melden",
    Group.HANDLE: "Behandelen",
    Group.OVERSEE: "Toezicht en beheer",
}


class DemoLogin(Input):
    """Who to be."""

    name: Annotated[str, Text(40, 1)]


@router.post("/web/demo-logins", status_code=201, include_in_schema=False)
async def log_in(request: Request, response: Response) -> SessionOut:
    """Start a session as one of the cast. A host name that is not loopback is refused (DNS rebinding)."""
    host = request.headers.get("host", "").rsplit(":", 1)[0]
    if host not in HOSTS:
        raise Forbidden(reason="host")
    same_origin(request)
    bodies.require_json(request)
    wanted = bodies.parse(DemoLogin, await bodies.read_body(request))
    member = CAST.get(wanted.name)
    if member is None or member.group is Group.MACHINE:
        raise Invalid("Deze persoon bestaat niet. Kies iemand van de lijst.")
    frame = frame_of(request)
    if frame.callers.sessions is None:
        raise Unavailable(reason="no_sessions")
    actor = Actor(Kind.PERSON, member.organisation, member.roles, member.sub)
    await note_session(frame, actor, "session_started")
    cookie, begun = await frame.callers.sessions.start(actor, member.display)
    set_cookie(response, cookie)
    return shown(begun)


def cards() -> list[CastCard]:
    """The cast as the login page shows it."""
    found: list[CastCard] = []
    for member in CAST.values():
        if member.group is Group.MACHINE:
            continue
        found.append(
            CastCard(member.name, member.display, member.role_names, GROUPS[member.group], member.sees)
        )
    return found
