"""The page side of signing in: who is signed in, and signing out. Starting a session is the login's own affair."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from app.audit import entries
from app.audit.act import Frame, frame_of, write_alone
from app.errors import Unauthenticated
from app.http.body import Output
from app.identity.actor import Actor, Kind, Role
from app.identity.caller import same_origin
from app.identity.sessions import COOKIE, Session
from app.organisations.participants import load

router = APIRouter()

ONLY_REPORTS = frozenset({Role.EMPLOYEE, Role.INTRANET_FORM})
NAMES = {one.id: one.name for one in load()}


class SessionOut(Output):
    """What a page may know of who is signed in; the token goes with every unsafe request."""

    signed_in: bool
    display: str | None = None
    organisation_id: str | None = None
    organisation_name: str | None = None
    roles: list[str] = []
    session_token: str | None = None


def shown(found: Session) -> SessionOut:
    """The session as its page sees it."""
    organisation = found.actor.organisation or ""
    return SessionOut(
        signed_in=True,
        display=found.display,
        organisation_id=organisation,
        organisation_name=NAMES.get(organisation, organisation),
        roles=sorted(found.actor.roles),
        session_token=found.token,
    )


def in_the_log(actor: Actor) -> Actor:
    """Who only reports is not named, also not for signing in."""
    if actor.roles <= ONLY_REPORTS:
        return Actor(Kind.REPORTER, actor.organisation)
    return actor


async def note_session(frame: Frame, actor: Actor, action: str) -> None:
    """Write that a session began or ended."""
    await write_alone(frame, "session", in_the_log(actor), None, entries.Act(action, "session"), None)


def set_cookie(response: Response, value: str) -> None:
    """The session's cookie: for this host alone, unreadable to scripts, never sent from elsewhere."""
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="strict")


@router.get("/session", include_in_schema=False)
async def who(request: Request) -> SessionOut:
    """Who is signed in on this page, if anybody."""
    callers = frame_of(request).callers
    try:
        return shown(await callers.session(request))
    except Unauthenticated:
        return SessionOut(signed_in=False)


@router.post("/logouts", status_code=204, include_in_schema=False)
async def log_out(request: Request) -> Response:
    """End the session; also when it had ended already."""
    same_origin(request)
    frame = frame_of(request)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    if frame.callers.sessions is None:
        return response
    try:
        found = await frame.callers.session(request)
    except Unauthenticated:
        return response
    await note_session(frame, found.actor, "session_ended")
    await frame.callers.sessions.end(request.cookies.get(COOKIE, ""))
    return response
