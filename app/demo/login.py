"""Signing in to the demonstration: choose one of the cast. Only on loopback, only from our own page."""

import re
from typing import Annotated

from fastapi import APIRouter, Response
from starlette.requests import Request

from app.audit.act import frame_of
from app.demo.cast import CAST, Group
from app.errors import Forbidden, Invalid, Unavailable
from app.http import body as bodies
from app.http.addresses import sender
from app.http.body import Input
from app.http.fields import Text
from app.identity.actor import Actor, Kind
from app.identity.caller import same_origin
from app.limits import limits_of
from app.pages.routes import CastCard
from app.pages.routes import Group as Heading
from app.pages.session import SessionOut, begin, previous, shown

HOSTS = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
"""Names of this very machine. Any other would be a stranger's that leads here (DNS rebinding)."""

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
    hosts = request.headers.getlist("host")
    if len(hosts) != 1 or HOSTS.fullmatch(hosts[0]) is None:
        raise Forbidden(reason="host")
    same_origin(request)
    limits_of(request).logins.take(sender(request))
    bodies.require_json(request)
    wanted = bodies.parse(DemoLogin, await bodies.read_body(request))
    member = CAST.get(wanted.name)
    if member is None or member.group is Group.MACHINE:
        raise Invalid("Deze persoon bestaat niet. Kies iemand van de lijst.")
    frame = frame_of(request)
    if frame.callers.sessions is None:
        raise Unavailable(reason="no_sessions")
    actor = Actor(Kind.PERSON, member.organisation, member.roles, member.sub)
    sessions = frame.callers.sessions
    before = previous(sessions, request)
    begun, admitted = await begin(frame, sessions, response, actor, member.display, replacing=before)
    return shown(begun, admitted)


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
