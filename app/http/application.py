"""The application class of the desk: FastAPI with our outermost layer, our words, and nothing that leaks."""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Lifespan

from app.http import problems
from app.http.addresses import Proxies
from app.http.connection import Config, Connection
from app.http.gate import Gate, Patience
from app.http.headers import HeaderSets
from app.http.origins import Origins
from app.http.outermost import Outermost

API_VERSION: Final = "1.0.0"
PATIENCE: Final = Patience()
NO_PROXIES: Final = Proxies()
NO_ORIGINS: Final = Origins()


class Desk(FastAPI):
    """FastAPI without documentation pages, redirects and telemetry of its own.

    `other_media` names exact paths that answer something else than JSON, such as a checkpoint in text/plain;
    files under `static_prefix` may set their own Cache-Control, all other answers are never stored. `proxies`
    may say for whom they speak; scripts of `origins` may report.
    """

    def __init__(
        self,
        *,
        title: str = "Meldpunt Ondermijning Drenthe",
        api_version: str = API_VERSION,
        lifespan: "Lifespan[Desk] | None" = None,
        static_prefix: str = "/static/",
        other_media: Mapping[str, tuple[str, ...]] | None = None,
        proxies: Proxies = NO_PROXIES,
        origins: Origins = NO_ORIGINS,
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
        self.proxies = proxies
        self.state.origins = self._origins = origins
        problems.install(self)

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own stack inside our outermost layer, so that a 500 carries our headers too."""
        inside = super().build_middleware_stack()
        return Outermost(inside, self._header_sets, self._other_media, self.proxies, self._origins)


def server(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    fd: int | None = None,
    patience: Patience = PATIENCE,
) -> Config:
    """How uvicorn serves the desk: no banner, no access log of its own, our connections with their patience.

    What a listed proxy says of its callers is read by the application, not here; the server only lets it have
    more connections than others.
    """
    config = Config(
        app,
        host=host,
        port=port,
        fd=fd,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=patience.idle_seconds,
        timeout_graceful_shutdown=10,
    )
    config.patience = patience
    config.gate = Gate(patience, app.proxies if isinstance(app, Desk) else NO_PROXIES)
    config.header_sets = HeaderSets.of(API_VERSION, "/static/")
    return config
