"""A real OpenID provider for tests (`provider/`, run by node), and a go-between that lies in its name.

The provider's packages are installed by `npm ci` from the locked list into the user's cache, never into this repository.
Where node or a package registry is absent the tests that need it are skipped, saying so.
"""

import hashlib
import http.client
import json
import os
import shutil
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
import pytest

from tests.desk import NO_TLS, free_port
from tests.identity.forge import Answer, dump

HERE = Path(__file__).with_name("provider")
AUDIENCE = "urn:meldpunt"
SECRETS = {
    "pages": "geheim van de pagina's: 100% %41+",
    "other": "een-ander-geheim",
    "form": "geheim-van-het-formulier",
}
"""Client secrets of the tests; the first has every sign that must be written another way in a header."""
INSTALL_SECONDS = 240


def packages() -> Path:
    """The folder with the provider's packages, installed where it is not there yet. Skips the test where it cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no node on this machine: install nodejs and npm to test against a real OpenID provider")
    locked = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meldpunt-tests"
    place = cache / f"provider-{hashlib.sha256(locked).hexdigest()[:16]}"
    if not place.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as half:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, half)
            flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            try:
                done = subprocess.run(
                    [npm, "ci", *flags], cwd=half, capture_output=True, timeout=INSTALL_SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                pytest.skip("no package registry answers: the OpenID provider cannot be installed")
            if done.returncode != 0:
                pytest.skip("the OpenID provider cannot be installed: is a package registry reachable?")
            whole = Path(half) / "whole"
            whole.mkdir()
            (Path(half) / "node_modules").rename(whole / "node_modules")
            try:
                whole.rename(place)
            except OSError:
                assert place.is_dir(), "another run installed it meanwhile"
    return place


class RealProvider:
    """The provider in a process of its own on loopback; gone after the block."""

    def __init__(
        self, folder: Path, people: Mapping[str, Mapping[str, object]], callbacks: list[str]
    ) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        code = {"response_types": ["code"], "grant_types": ["authorization_code"]}
        machine = {"redirect_uris": [], "response_types": [], "grant_types": ["client_credentials"]}
        self._given = {
            "port": int(self.url.rpartition(":")[2]),
            "audience": AUDIENCE,
            "machineOrganisation": "gemeente-emmen",
            "people": people,
            "clients": [
                {
                    "client_id": "pages",
                    "client_secret": SECRETS["pages"],
                    "redirect_uris": callbacks,
                    "post_logout_redirect_uris": ["http://127.0.0.1/"],
                    **code,
                },
                {
                    "client_id": "other",
                    "client_secret": SECRETS["other"],
                    "redirect_uris": ["http://127.0.0.1/elders"],
                    **code,
                },
                {
                    "client_id": "form",
                    "client_secret": SECRETS["form"],
                    "scope": "intranet_form",
                    **machine,
                },
            ],
        }
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        shutil.copy(HERE / "provider.mjs", self._folder)
        self._process = subprocess.Popen(
            ["node", str(self._folder / "provider.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "NODE_ENV": "production"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._given).encode())
        self._process.stdin.close()
        assert self._process.stdout.readline() == b"ready\n", "the provider did not start"

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def tell(self, **words: object) -> None:
        """Say who sits before it (`who`, `canBeStrong`, `declines`), or that it signs with a `newKey` from here on."""
        answer = httpx2.post(f"{self.url}/test", json=words, trust_env=False, verify=NO_TLS)
        assert answer.status_code == 200

    def machine_token(self) -> str:
        """An access token of the intranet form (client credentials)."""
        answer = httpx2.post(
            f"{self.url}/token",
            data={"grant_type": "client_credentials", "scope": "intranet_form"},
            auth=("form", SECRETS["form"]),
            trust_env=False,
            verify=NO_TLS,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Sockets(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A desk that hangs up is part of these tests."""


class GoBetween:
    """Stands between the desk and the provider: passes on, remembers what went by, or says what a test wants said."""

    def __init__(self, real: str) -> None:
        self.real = real
        self.lies: dict[str, Answer] = {}
        self.asked: list[tuple[str, bytes]] = []
        self.passed: list[tuple[str, str, bytes]] = []
        self._closing = threading.Event()
        self._sockets = _Sockets(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._sockets.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._sockets.server_address[1]}"

    def says(self, path: str, content: object, **more: Any) -> None:
        """From here on this is its answer at `path`: JSON, or bytes as they are."""
        body = content if isinstance(content, bytes) else dump(content)
        self.lies[path] = Answer(body, **more)

    def tokens(self) -> list[str]:
        """Every token that the provider gave out through it."""
        answers = [json.loads(body) for _, path, body in self.passed if path == "/token"]
        return [
            str(answer[name]) for answer in answers for name in ("id_token", "access_token") if name in answer
        ]

    def forward(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str, bytes]:
        """The provider's own answer: status, media type, body."""
        host = self.real.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() in {"authorization", "content-type"}
        }
        try:
            connection.request(method, path, body or None, kept)
            answer = connection.getresponse()
            content = answer.read()
            self.passed.append((method, path, content))
            return answer.status, answer.headers.get("Content-Type", ""), content
        finally:
            connection.close()

    def hold_still(self) -> None:
        """Wait until the test is over."""
        self._closing.wait(20)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._sockets.shutdown()
        self._sockets.server_close()
        self._thread.join()


def _handler(between: GoBetween) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            between.asked.append((self.path, sent))
            lie = between.lies.get(self.path)
            if lie is None:
                status, media, body = between.forward(self.command, self.path, dict(self.headers), sent)
                lie = Answer(body, status, {"Content-Type": media})
            if lie.hang:
                between.hold_still()
            self.send_response(lie.status)
            for name, value in lie.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(lie.body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object, **__: object) -> None:
            """Quiet."""

    return Handler


def entry(issuer: str, ends: str, **login: object) -> dict[str, object]:
    """How an organisation's issuer stands in the issuers file; `ends`: where token endpoint and keys are."""
    return {
        "name": "emmen",
        "issuer": issuer,
        "audience": AUDIENCE,
        "jwksUrl": f"{ends}/jwks",
        "organisations": ["gemeente-emmen"],
        "roles": ["employee", "coordinator", "intranet_form"],
        "claims": {"notBefore": "iat"},
        "strong": ["strong"],
        "login": {
            "title": "Gemeente Emmen",
            "clientId": "pages",
            "clientSecretFile": "emmen.secret",
            "authorizationEndpoint": f"{issuer}/auth",
            "tokenEndpoint": f"{ends}/token",
            "endSessionEndpoint": f"{issuer}/session/end",
            "scopes": ["openid", "profile"],
            "acrValues": ["strong"],
        }
        | login,
    }


def issuers_file(folder: Path, *entries: Mapping[str, object]) -> Path:
    """An issuers file with these entries, the client's secret beside it."""
    (folder / "emmen.secret").write_text(SECRETS["pages"], encoding="utf-8")
    file = folder / "issuers.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    return file
