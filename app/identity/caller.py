"""Who is calling: a bearer token on /v1, a session's cookie on /web; each ignores the other's way."""

from collections.abc import Collection

from starlette.requests import Request

from app.crypto import blind
from app.errors import Forbidden, Unauthenticated
from app.identity.actor import Actor
from app.identity.register import Register
from app.identity.sessions import COOKIE, Session, Sessions
from app.identity.tokens import TokenVerifier

SAFE = frozenset({"GET", "HEAD"})
UNATTENDED = "x-unattended"
"""Header of what a page asks on its own: it keeps no session alive."""


class Callers:
    """Turns a request into an actor. `sessions` is absent in a process without pages."""

    def __init__(self, tokens: TokenVerifier, sessions: Sessions | None, register: Register) -> None:
        self._tokens = tokens
        self.sessions = sessions
        self.register = register

    async def identify(self, request: Request, *, in_use: bool = True) -> Actor:
        """The verified caller with the roles that hold here and now.

        `in_use`: a session this comes from lasts longer. Not for who reports, whose row nothing may be written to, nor
        for what a page asks on its own with nobody before it.
        Raises Unauthenticated, Forbidden for a page request that is not our page's, or Unavailable.
        """
        if on_page_side(request):
            found = await self.session(request)
            actor = await self.register.admit(found.actor)
            if in_use and UNATTENDED not in request.headers:
                await self.kept().keep(request.cookies[COOKIE], found)
            return actor
        return await self.register.admit(await self.bearer(request))

    async def bearer(self, request: Request) -> Actor:
        """The caller of a token in the Authorization header, the only place it may stand."""
        given = request.headers.getlist("authorization")
        if len(given) != 1:
            raise Unauthenticated(reason="token_missing")
        scheme, _, token = given[0].partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(reason="token_missing")
        return self._tokens.cached(token) or await self._tokens.verify(token)

    def kept(self) -> Sessions:
        """The sessions of this process. Raises Unauthenticated in one without pages."""
        if self.sessions is None:
            raise Unauthenticated(reason="no_sessions")
        return self.sessions

    async def session(self, request: Request) -> Session:
        """The live session of the cookie. Unsafe methods must come from our own page with the session's token."""
        found = await self.kept().find(request.cookies.get(COOKIE, ""))
        if request.method in SAFE:
            if not fetched_by({"same-origin", "none"}, request):
                raise Forbidden(reason="other_origin")
        else:
            same_origin(request)
            shown = request.headers.get("x-session-token", "")
            if not blind.equal(shown.encode(), found.token.encode()):
                raise Forbidden(reason="session_token")
        return found


def on_page_side(request: Request) -> bool:
    """Whether the request came in under /web."""
    return str(request.scope["path"]).startswith("/web/")


def own_origin(request: Request) -> str:
    """Under which origin people reach this site."""
    told = request.app.state.public_origin
    return str(told or f"{request.url.scheme}://{request.headers.get('host', '')}")


def fetched_by(sites: Collection[str], request: Request) -> bool:
    """Whether a browser that says from where it fetches says one of `sites` (Fetch Metadata; `none`: the reader)."""
    return all(site in sites for site in request.headers.getlist("sec-fetch-site"))


def same_origin(request: Request) -> None:
    """Raises Forbidden unless the request was sent by a page of this very site."""
    own = request.headers.getlist("origin") == [own_origin(request)]
    if not own or not fetched_by({"same-origin"}, request):
        raise Forbidden(reason="other_origin")
