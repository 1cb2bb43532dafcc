"""Who is calling: a bearer token on /v1, a session's cookie on /web; each ignores the other's way."""

from starlette.requests import Request

from app.crypto import blind
from app.errors import Forbidden, Unauthenticated
from app.identity.actor import Actor
from app.identity.sessions import COOKIE, Session, Sessions
from app.identity.tokens import TokenVerifier

SAFE = frozenset({"GET", "HEAD"})


class Callers:
    """Turns a request into an actor. `sessions` is absent in a process without pages."""

    def __init__(self, tokens: TokenVerifier, sessions: Sessions | None) -> None:
        self._tokens = tokens
        self.sessions = sessions

    async def identify(self, request: Request) -> Actor:
        """The verified caller. Raises Unauthenticated, or Forbidden for a page request that is not our page's."""
        if on_page_side(request):
            return (await self.session(request)).actor
        return await self.bearer(request)

    async def bearer(self, request: Request) -> Actor:
        """The caller of a token in the Authorization header, the only place it may stand."""
        given = request.headers.getlist("authorization")
        if len(given) != 1:
            raise Unauthenticated(reason="token_missing")
        scheme, _, token = given[0].partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(reason="token_missing")
        return self._tokens.cached(token) or await self._tokens.verify(token)

    async def session(self, request: Request) -> Session:
        """The live session of the cookie. Unsafe methods must come from our own page with the session's token."""
        if self.sessions is None:
            raise Unauthenticated(reason="no_sessions")
        found = await self.sessions.find(request.cookies.get(COOKIE, ""))
        if request.method not in SAFE:
            same_origin(request)
            shown = request.headers.get("x-session-token", "")
            if not blind.equal(shown.encode(), found.token.encode()):
                raise Forbidden(reason="session_token")
        return found


def on_page_side(request: Request) -> bool:
    """Whether the request came in under /web."""
    return str(request.scope["path"]).startswith("/web/")


def same_origin(request: Request) -> None:
    """Raises Forbidden unless the Origin header is this very site."""
    own = request.app.state.public_origin or f"{request.url.scheme}://{request.headers.get('host', '')}"
    if request.headers.get("origin") != own:
        raise Forbidden(reason="other_origin")
