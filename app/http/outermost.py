"""The outermost layer: what holds for every answer, whatever happened inside.

It gives the request its trace and, behind a listed proxy, the caller's address, refuses a caller that takes
none of our forms, answers browsers that ask for another site, sets the headers, replaces a library's own
error text by problem+json, answers 500 to what nobody foresaw, and writes the one line of the request.
"""

from collections.abc import Mapping
from time import perf_counter
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors, spans, telemetry
from app.http import problems, trace
from app.http.accept import JSON, accepts
from app.http.addresses import Proxies
from app.http.headers import HeaderSets, is_api
from app.http.origins import Origins

_PROBLEM: Final = b"application/problem+json"
_PAGE: Final = b"text/html"
_KEPT: Final = frozenset({b"allow", b"www-authenticate", b"retry-after"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


class Outermost:
    """ASGI layer around the whole application. `other_media` names the paths that answer no JSON."""

    def __init__(
        self,
        app: ASGIApp,
        headers: HeaderSets,
        other_media: Mapping[str, tuple[str, ...]],
        proxies: Proxies,
        origins: Origins,
    ) -> None:
        self._app = app
        self._headers = headers
        self._other_media = dict(other_media)
        self._proxies = proxies
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other protocols (lifespan) pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        its_trace = trace.begin(scope)
        self._proxies.place(scope)
        answer = _Answer(scope, send, self._headers, self._origins)
        inner = scope if scope["method"] != "HEAD" else dict(scope, method="GET")
        try:
            asked_first = self._origins.preflight(scope)
            if asked_first is not None:
                await answer.give(asked_first)
            elif len(scope["path"]) > 1 and scope["path"].endswith("/"):
                # No address ends so, and none is forwarded to (API Design Rules /core/no-trailing-slash).
                await answer.give(problems.answer(errors.NotFound()))
            elif self._acceptable(scope):
                await self._app(inner, receive, answer.send)
            else:
                await answer.give(problems.answer(errors.NotAcceptable()))
        except Exception as error:
            telemetry.log_error("failed", error, route=route_template(inner))
            if not answer.started:
                await answer.give(problems.answer(errors.Refusal()))
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route, seconds = route_template(inner), perf_counter() - begun
            telemetry.request_answered(method, route, answer.status, seconds, its_trace)
            spans.note(method, route, answer.status, seconds, its_trace)

    def _acceptable(self, scope: Scope) -> bool:
        path = scope["path"]
        if not path.startswith(("/v1/", "/web/")):
            return True
        wanted = [value for name, value in scope["headers"] if name == b"accept"]
        return not wanted or accepts(b",".join(wanted), self._other_media.get(path, JSON))


class _Answer:
    """One answer on its way out. `status` is 499 as long as nothing was sent: the caller saw no answer."""

    __slots__ = (
        "_bare",
        "_headers",
        "_method",
        "_path",
        "_send",
        "_swapped",
        "_to_sites",
        "started",
        "status",
    )

    def __init__(self, scope: Scope, send: Send, headers: HeaderSets, origins: Origins) -> None:
        self._method: str = scope["method"]
        self._path: str = scope["path"]
        self._send = send
        self._headers = headers
        self._to_sites = origins.headers(scope)
        self._bare = self._method == "HEAD"
        self._swapped = False
        self.started = False
        self.status = 499

    async def send(self, message: Message) -> None:
        """Pass one message on, with our headers and in our form."""
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
            if status >= 400 and not _in_our_form(headers, self._path):
                kept = {
                    name.decode("latin-1"): value.decode("latin-1")
                    for name, value in headers
                    if name.lower() in _KEPT
                }
                await self.give(problems.of_status(status, kept))
                self._swapped = True
                return
            self.started, self.status = True, status
            ours = self._headers.apply(self._method, self._path, headers)
            await self._send({**message, "headers": ours + self._to_sites})
        elif not self._swapped:
            if self._bare and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await self._send(message)

    async def give(self, response: Response) -> None:
        """Send a whole response of our own."""
        self.started, self.status = True, response.status_code
        headers = self._headers.apply(self._method, self._path, list(response.raw_headers)) + self._to_sites
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._bare else bytes(response.body)})


def _in_our_form(headers: list[tuple[bytes, bytes]], path: str) -> bool:
    ours = _PROBLEM if is_api(path) else (_PROBLEM, _PAGE)
    return any(name.lower() == b"content-type" and value.lower().startswith(ours) for name, value in headers)


def route_template(scope: Scope) -> str:
    """The template of the route that took this request, such as `/v1/cases/{caseId}`; never its path.

    An included router leaves its prefixed template only in FastAPI's private scope; a test pins that.
    """
    context = scope.get("fastapi", {}).get("effective_route_context")
    route = context if context is not None else scope.get("route")
    template = getattr(route, "path_format", None) or getattr(route, "path", None)
    return template if isinstance(template, str) and template else "unmatched"
