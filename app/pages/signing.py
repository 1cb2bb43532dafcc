"""Signing in to the pages with one's work account: off to the issuer, and back (OpenID Connect, code flow).

The page asks for the address by a POST of its own, so that no other site can send a browser off to sign in. What goes
wrong on the way back is told by /inloggen; its address says which of a few sentences.
"""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request
from starlette.responses import RedirectResponse

from app import telemetry
from app.audit.act import frame_of, note_refused
from app.errors import Forbidden, Invalid, Refusal, TooMany, Unauthenticated, Unavailable
from app.http import body as bodies
from app.http.addresses import sender
from app.http.body import Input, Output
from app.http.fields import OneOf
from app.identity import oidc
from app.identity.caller import own_origin, same_origin
from app.identity.exchange import Cause, SignInFailed
from app.identity.oidc import Wish
from app.limits import limits_of
from app.pages.routes import TEMPLATES
from app.pages.session import begin, only_reports, previous, sign_ins_of

router = APIRouter()

RETURNS = tuple(sorted(TEMPLATES))
"""Where a sign-in may lead back to: the pages of this site, to the letter."""
TOLD = {
    Cause.EXPIRED: "verlopen",
    Cause.USED: "verlopen",
    Cause.STATE: "verlopen",
    Cause.DECLINED: "afgebroken",
    Cause.WEAK: "te-zwak",
    "person_denied": "geen-toegang",
    "token_organisation": "geen-toegang",
    "token_role_none": "geen-toegang",
    "token_role_not_given": "geen-toegang",
    "too_many": "te-vaak",
}
"""What /inloggen says for a reason of the log; for any other that it is out of order."""
OUT_OF_ORDER = "storing"


class SignInAsked(Input):
    """Where to sign in, where to return, and whether a stronger sign-in is needed than the one there is."""

    issuer: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] | None = None
    return_to: Annotated[str, OneOf(RETURNS)] | None = None
    step_up: bool = False


class SignInBegun(Output):
    """Where the page goes now."""

    location: str


@router.post("/logins", status_code=201, include_in_schema=False)
async def log_in(request: Request, response: Response) -> SignInBegun:
    """Begin a sign-in. For a stronger one there must be a session: it is done again where that one was."""
    same_origin(request)
    limits_of(request).logins.take(sender(request))
    bodies.require_json(request)
    asked = bodies.parse(SignInAsked, await bodies.read_body(request, 1024))
    callers = frame_of(request).callers
    if callers.sessions is None:
        raise Unavailable(reason="no_sessions")
    issuer = asked.issuer
    if asked.step_up:
        issuer = (await callers.session(request)).issuer
        if issuer is None:
            raise Invalid("Een sterkere inlog kan hier niet.")
    wish = Wish(asked.return_to or "", asked.step_up, previous(callers.sessions, request) or b"")
    begun = sign_ins_of(request).begin(issuer, own_origin(request), wish)
    # Lax: the way back begins at another site, and the cookie must come along there.
    response.set_cookie(
        oidc.COOKIE,
        begun.cookie,
        max_age=oidc.SECONDS,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return SignInBegun(location=begun.location)


@router.get("/logins/{issuer}/callback", include_in_schema=False)
async def come_back(request: Request, issuer: str) -> Response:
    """The way back from an issuer: a new session and on to the page, or to /inloggen with what went wrong."""
    try:
        return spent(await welcome(request, issuer))
    except (SignInFailed, Refusal) as failure:
        reason = str(failure.reason)
    try:
        limits_of(request).failed_logins.take(sender(request))
        telemetry.log("sign_in_failed", level="warning", reason=reason)
        await note_refused(frame_of(request), Unauthenticated(reason=reason), None)
    except (TooMany, Unavailable) as refusal:
        reason = refusal.reason
    return spent(RedirectResponse(f"/inloggen#{TOLD.get(reason, OUT_OF_ORDER)}", 303))


async def welcome(request: Request, issuer: str) -> Response:
    """Start the session of who signed in. Raises SignInFailed or a Refusal."""
    frame = frame_of(request)
    sessions = frame.callers.sessions
    if sessions is None:
        raise Unavailable(reason="no_sessions")
    if not all(mode == "navigate" for mode in request.headers.getlist("sec-fetch-mode")):
        raise Forbidden(reason="other_origin")
    cookie = request.cookies.get(oidc.COOKIE, "")
    done = await sign_ins_of(request).complete(issuer, request.query_params.multi_items(), cookie)
    response = RedirectResponse("/", 303)
    _, admitted = await begin(
        frame,
        sessions,
        response,
        done.found.actor,
        done.found.display,
        issuer=done.issuer,
        replacing=done.wish.previous or None,
    )
    home = "/melden" if only_reports(admitted) else "/inloggen"
    response.headers["location"] = done.wish.return_to or home
    return response


def spent(response: Response) -> Response:
    """The answer, with the cookie of the sign-in taken back."""
    response.delete_cookie(oidc.COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response
