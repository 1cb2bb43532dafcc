"""Callers for tests: the desk in this process over ASGI, or started as `meldpunt serve`; tokens of the cast."""

import contextlib
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from app.demo.cast import CAST
from app.demo.issuer import fetch_token
from app.http.application import Desk as Application
from app.settings import Settings

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: what tests ask lies on this machine, and reading its list of authorities costs more than the answer."""
ROOT = Path(__file__).resolve().parent.parent
DRUGS = (
    "Bij het pand achter de loods ruikt het al weken sterk naar wiet. De ramen zijn met folie afgeplakt en 's avonds"
    " worden kweektenten en assimilatielampen naar binnen gedragen."
)
EMMEN = {"municipalityCode": "0114"}
ASSEN = {"municipalityCode": "0106"}
REPORT: dict[str, Any] = {"text": DRUGS, "location": EMMEN}
RIEC = "/v1/queues/riec-noord-nederland"
RUDD = "/v1/queues/rudd"
TRIAGE_EMMEN = "/v1/queues/triage-gemeente-emmen"
TRIAGE_ASSEN = "/v1/queues/triage-gemeente-assen"


def free_port() -> int:
    """A free port whose neighbour is free too, for the metrics."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def new_key() -> str:
    """A fresh Idempotency-Key."""
    return secrets.token_urlsafe(24)


@dataclass(slots=True)
class Client:
    """Somebody calling: `await client.as_("ans").post("/v1/signals", REPORT)`."""

    http: httpx2.AsyncClient
    settings: Settings
    name: str | None = None
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def as_(self, name: str | None) -> "Client":
        """The same desk, another caller; None calls without a token."""
        return Client(self.http, self.settings, name, self.tokens)

    def token(self) -> str:
        """The bearer token of this caller."""
        assert self.name is not None
        if self.name not in self.tokens:
            self.tokens[self.name] = fetch_token(self.settings, self.name)
        return self.tokens[self.name]

    @property
    def sub(self) -> str:
        """This caller's subject id."""
        assert self.name is not None
        return CAST[self.name].sub

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Authorization of this caller and more headers."""
        own = {} if self.name is None else {"Authorization": f"Bearer {self.token()}"}
        return own | dict(more or {})

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return await self.http.get(path, headers=self.headers(headers))

    async def post(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        return await self.http.post(path, json={} if body is None else body, headers=self.headers(headers))

    async def send(
        self, path: str, raw: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> httpx2.Response:
        """Bytes as they are; Content-Type JSON unless `headers` says otherwise."""
        given = {"Content-Type": "application/json"} | dict(headers or {})
        return await self.http.request(method, path, content=raw, headers=self.headers(given))

    async def report(self, **members: Any) -> dict[str, Any]:
        """A drugs report from Emmen with these members changed; the answer's members."""
        answer = await self.post("/v1/signals", REPORT | members, {"Idempotency-Key": new_key()})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def pull(self, queue: str) -> dict[str, Any]:
        """The next case of a queue."""
        answer = await self.post(f"{queue}/claims")
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        return case

    async def open(self, case: Mapping[str, Any], purpose: str = "assessment") -> dict[str, Any]:
        """The opened parts of a case."""
        answer = await self.post(f"/v1/cases/{case['id']}/openings", {"purpose": purpose})
        assert answer.status_code == 201, answer.text
        parts: dict[str, Any] = answer.json()["parts"]
        return parts

    async def move(self, case: Mapping[str, Any], transition: str, **members: Any) -> httpx2.Response:
        """Move a case as it stands now."""
        now = await self.get(f"/v1/cases/{case['id']}")
        body = {"transition": transition, "reasonCode": "other"} | members
        return await self.post(
            f"/v1/cases/{case['id']}/transitions", body, {"If-Match": now.headers.get("ETag", "*")}
        )

    async def items(self, path: str) -> list[dict[str, Any]]:
        """All items of a list, over its pages."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = await self.get(f"{path}{'&' if '?' in path else '?'}limit=50{cursor}")
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            cursor = f"&cursor={answer.json()['next']}"


@contextlib.asynccontextmanager
async def client_for(application: Application, settings: Settings) -> AsyncIterator[Client]:
    """A caller of an application in this process, its lifespan running."""
    async with application.router.lifespan_context(application):
        transport = httpx2.ASGITransport(application, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield Client(http, settings)


class Server:
    """`meldpunt serve` in a process of its own, ready inside the block and gone afterwards."""

    def __init__(self, settings: Settings, *words: str, environment: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self.module, self.words = "app", words or ("serve",)
        self.more = dict(environment or {})
        self.log = settings.home / f"serve-{settings.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.settings.port}"

    def environment(self) -> dict[str, str]:
        """What the process is told."""
        assert self.settings.database_url is not None
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MELDPUNT_")}
        return (
            kept
            | {
                "MELDPUNT_HOME": str(self.settings.home),
                "MELDPUNT_DATABASE_URL": self.settings.database_url.get_secret_value(),
                "MELDPUNT_PORT": str(self.settings.port),
                "PYTHONPATH": str(ROOT),
            }
            | self.more
        )

    def start(self, seconds: float = 90.0) -> None:
        """Start the process and wait until it is ready."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.words],
                env=self.environment(),
                cwd=self.settings.home,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until = time.monotonic() + seconds
        while not self.ready():
            ended = self.process.poll()
            if ended is not None or time.monotonic() > until:
                raise AssertionError(f"the desk did not start ({ended}): {self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def ready(self) -> bool:
        """Whether it answers ready."""
        try:
            answer = httpx2.get(f"{self.url}/readyz", timeout=2, trust_env=False, verify=NO_TLS)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and wait; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A caller over HTTP."""
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False, verify=NO_TLS, timeout=90) as http:
            yield Client(http, self.settings)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
