"""The page side of being signed in: who is, staying so, and signing out. `signing` and the demo's login start it."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request

from app import figures
from app.audit import entries
from app.audit.act import Frame, frame_of, write_alone
from app.clock import now
from app.errors import Unauthenticated
from app.http import body as bodies
from app.http.body import Input, Output
from app.identity.actor import Actor, Kind, Role
from app.identity.caller import own_origin, same_origin
from app.identity.oidc import SignIns
from app.identity.sessions import COOKIE, Session, Sessions
from app.organisations.participants import load

router = APIRouter()

ONLY_REPORTS = frozenset({Role.EMPLOYEE, Role.INTRANET_FORM})
NAMES = {one.id: one.name for one in load()}


class SessionOut(Output):
    """What a page may know of who is signed in; the token goes with every unsafe request.

    `person` is the same for the same person and tells nothing else. `endsInSeconds`: until it ends when nothing more
    happens; `latestInSeconds`: until its end in any case.
    """

    signed_in: bool
    display: str | None = None
    person: str | None = None
    organisation_id: str | None = None
    organisation_name: str | None = None
    roles: list[str] = []
    session_token: str | None = None
    ends_in_seconds: int | None = None
    latest_in_seconds: int | None = None


class PlaceOut(Output):
    """One place where this person is signed in. `id` is of no use elsewhere; `here`: the browser that asks."""

    id: str
    here: bool
    ends_in_seconds: int


class PlacesOut(Output):
    """Every place where this person is signed in, the one that ends first in front."""

    items: list[PlaceOut]


class LogOutElsewhere(Input):
    """Which of one's own sessions to end."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LogOut(Input):
    """How far to sign out: here, or wherever this person is signed in."""

    everywhere: bool = False


class LoggedOut(Output):
    """Where to sign out at the work account too."""

    issuer_sign_out: str


def shown(found: Session, admitted: Actor) -> SessionOut:
    """The session as its page sees it, with the roles that hold."""
    organisation = admitted.organisation or ""
    moment = now()
    return SessionOut(
        signed_in=True,
        display=found.display,
        person=found.person,
        organisation_id=organisation,
        organisation_name=NAMES.get(organisation, organisation),
        roles=sorted(admitted.roles),
        session_token=found.token,
        ends_in_seconds=int((found.ends_at - moment).total_seconds()),
        latest_in_seconds=int((found.latest - moment).total_seconds()),
    )


def only_reports(actor: Actor) -> bool:
    """Whether she does nothing here but report: then nothing that stays may name her."""
    return actor.roles <= ONLY_REPORTS


def in_the_log(actor: Actor) -> Actor:
    """Who only reports is not named, also not for signing in."""
    return Actor(Kind.REPORTER, actor.organisation) if only_reports(actor) else actor


async def note_session(frame: Frame, actor: Actor, action: str) -> None:
    """Write that a session began or ended."""
    figures.session(action)
    await write_alone(frame, "session", in_the_log(actor), None, entries.Act(action, "session"), None)


async def begin(
    frame: Frame,
    sessions: Sessions,
    response: Response,
    actor: Actor,
    display: str,
    *,
    issuer: str | None = None,
    replacing: bytes | None = None,
) -> tuple[Session, Actor]:
    """Start a session for who just proved to be herself, in the log first, and give her browser its cookie.

    The value is new at each sign-in, and the session that this browser had ends. Gives also the actor with the roles
    that hold. Raises Unauthenticated for somebody on the deny list, Unavailable.
    """
    admitted = await frame.callers.register.admit(actor)
    await note_session(frame, admitted, "session_started")
    cookie, begun = await sessions.start(
        actor, display, issuer=issuer, unnamed=only_reports(admitted), replacing=replacing
    )
    set_cookie(response, cookie)
    return begun, admitted


def set_cookie(response: Response, value: str) -> None:
    """The session's cookie: for this host alone, unreadable to scripts, never sent from elsewhere."""
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="strict")


def previous(sessions: Sessions, request: Request) -> bytes | None:
    """Under what the session is found that this browser had before, None where it had none."""
    cookie = request.cookies.get(COOKIE, "")
    return sessions.digest(cookie) if cookie else None


def sign_ins_of(request: Request) -> SignIns:
    """The sign-ins of the application that serves this request."""
    found: SignIns = request.app.state.sign_ins
    return found


@router.get("/session", include_in_schema=False)
async def who(request: Request) -> SessionOut:
    """Who is signed in on this page, if anybody. Asking makes no session longer: pages ask on their own."""
    callers = frame_of(request).callers
    try:
        found = await callers.session(request)
        return shown(found, await callers.register.admit(found.actor))
    except Unauthenticated:
        return SessionOut(signed_in=False)


@router.post("/session-extensions", include_in_schema=False)
async def stay(request: Request) -> SessionOut:
    """Stay signed in: the person said so. No further than the latest end. Raises Unauthenticated."""
    same_origin(request)
    callers = frame_of(request).callers
    found = await callers.session(request)
    admitted = await callers.register.admit(found.actor)
    found = await callers.kept().keep(request.cookies[COOKIE], found)
    return shown(found, admitted)


@router.get("/sessions", include_in_schema=False)
async def places(request: Request) -> PlacesOut:
    """Where this person is signed in. Asking makes no session longer. Raises Unauthenticated."""
    callers = frame_of(request).callers
    found = await callers.session(request)
    await callers.register.admit(found.actor)
    return await _places(callers.kept(), request, found)


async def _places(sessions: Sessions, request: Request, found: Session) -> PlacesOut:
    here, moment = sessions.digest(request.cookies[COOKIE]), now()
    items = [
        PlaceOut(
            id=one.digest.hex(),
            here=one.digest == here,
            ends_in_seconds=max(0, int((one.ends_at - moment).total_seconds())),
        )
        for one in await sessions.living(found)
    ]
    return PlacesOut(items=items)


@router.post("/session-endings", include_in_schema=False)
async def log_out_elsewhere(request: Request) -> PlacesOut:
    """End one of this person's sessions, in the log first; the ones that are left. Raises Unauthenticated.

    One that is not hers, or ended already, changes nothing.
    """
    same_origin(request)
    frame = frame_of(request)
    found = await frame.callers.session(request)
    admitted = await frame.callers.register.admit(found.actor)
    bodies.require_json(request)
    wanted = bytes.fromhex(bodies.parse(LogOutElsewhere, await bodies.read_body(request, 1024)).id)
    sessions = frame.callers.kept()
    if wanted in {one.digest for one in await sessions.living(found)}:
        await note_session(frame, admitted, "session_ended")
        await sessions.end_one(found, wanted)
    return await _places(sessions, request, found)


@router.post("/logouts", status_code=204, include_in_schema=False)
async def log_out(request: Request) -> Response:
    """End the session, or all of this person's; also when it had ended already.

    204, or 200 with the address where she can sign out at her work account too.
    """
    same_origin(request)
    frame = frame_of(request)
    response = Response(status_code=204)
    try:
        found = await frame.callers.session(request)
    except Unauthenticated:
        forget_cookie(response)
        return response
    sessions = frame.callers.kept()
    bodies.require_json(request)
    wanted = bodies.parse(LogOut, await bodies.read_body(request, 1024))
    await note_session(frame, await admitted_or_not(frame, found.actor), "session_ended")
    await sessions.end(request.cookies[COOKIE])
    if wanted.everywhere and found.actor.organisation is not None and found.actor.sub is not None:
        await sessions.end_all(found.actor.organisation, found.actor.sub)
    address = sign_ins_of(request).sign_out_address(found.issuer, own_origin(request))
    if address is not None:
        response = bodies.answer(LoggedOut(issuer_sign_out=address))
    forget_cookie(response)
    return response


async def admitted_or_not(frame: Frame, actor: Actor) -> Actor:
    """The actor with the roles that hold; somebody on the deny list may sign out too."""
    try:
        return await frame.callers.register.admit(actor)
    except Unauthenticated:
        return actor


def forget_cookie(response: Response) -> None:
    """Take the session's cookie back."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
