"""The application class of the desk: FastAPI with our outermost layer, our words, and nothing that leaks."""

from collections.abc import Mapping
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Lifespan
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http import problems
from app.http.headers import HeaderSets
from app.http.outermost import Outermost

API_VERSION: Final = "1.0.0"


class Desk(FastAPI):
    """FastAPI without documentation pages, redirects and telemetry of its own.

    `other_media` names exact paths that answer something else than JSON, such as a checkpoint in text/plain;
    files under `static_prefix` may set their own Cache-Control, all other answers are never stored.
    """

    def __init__(
        self,
        *,
        title: str = "Meldpunt Ondermijning Drenthe",
        api_version: str = API_VERSION,
        lifespan: "Lifespan[Desk] | None" = None,
        static_prefix: str = "/static/",
        other_media: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(
            title=title,
            version=api_version,
            lifespan=lifespan,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,
            # Its log repeats inputs that failed validation; our own telemetry knows what may be told.
            telemetry={"logs": False, "tracing": False, "metrics": False, "auto_configure": False},
        )
        self._header_sets = HeaderSets.of(api_version, static_prefix)
        self._other_media = dict(other_media or {})
        problems.install(self)

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own stack inside our outermost layer, so that a 500 carries our headers too."""
        return Outermost(super().build_middleware_stack(), self._header_sets, self._other_media)


class Protocol(HttpToolsProtocol):
    """Bytes that are no HTTP request never reach the application; they are refused in the same form."""

    def send_400_response(self, msg: str) -> None:
        """Answer 400 and close. What the server itself would say stays unsaid."""
        del msg
        refusal = problems.of_status(400)
        headers = HeaderSets.of(API_VERSION, "/static/").apply("GET", "/v1/", list(refusal.raw_headers))
        head = b"".join(b"%b: %b\r\n" % header for header in (*headers, (b"connection", b"close")))
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + bytes(refusal.body))
        self.transport.close()


def server(app: ASGIApp, host: str, port: int, *, fd: int | None = None) -> uvicorn.Config:
    """How uvicorn serves the desk: no banner, no access log of its own, no trust in forwarded addresses.

    Behind a proxy the limits per address count the proxy until somebody says which proxy to trust.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        fd=fd,
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
