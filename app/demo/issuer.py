"""The demo issuer: signs tokens for the invented cast with a key that lives only as long as the process.

Its tokens pass the same front as any other issuer's. It runs only in demo mode on a desk bound to loopback,
listens on a free loopback port and tells url and secret in `run/issuer.json` (0600) under the desk's home:
who may read that file may be any of the cast.
"""

import contextlib
import hmac
import json
import os
import secrets
import signal
import socketserver
import ssl
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jws

from app import clock
from app.demo.cast import CAST, Group, Member
from app.errors import StartRefused
from app.identity.compact import json_object
from app.identity.issuers import DEMO_ISSUER, demo_file
from app.identity.trust import ACCESS_TYPE, is_loopback
from app.settings import Settings

LIFE = 60 * 60
"""How long a token lives, in seconds."""
ALGORITHM = "ES256"
CLIENT = "meldpunt-demo"
"""The client that persons' tokens are given to; a machine is its own client (RFC 9068 2.2)."""
MAX_BODY = 1024
FETCH_SECONDS = 5.0
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The demo issuer speaks plain HTTP on loopback: no certificate of any other is trusted, so none is loaded."""


class Signer:
    """The throw-away key and what it signs."""

    def __init__(self, audience: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode("ascii")
        self._audience = audience
        self._key_id = secrets.token_hex(8)

    def key_set(self) -> bytes:
        """The public key as a JWKS."""
        public = jwk.construct(self._pem, ALGORITHM).public_key().to_dict()
        return json.dumps({"keys": [public | {"kid": self._key_id, "use": "sig"}]}).encode("ascii")

    def token(self, member: Member) -> str:
        """A bearer token of `member`, good for LIFE seconds from now: a machine's says its role in the scope."""
        now = int(clock.now().timestamp())
        machine = member.group is Group.MACHINE
        claims: dict[str, object] = {
            "iss": DEMO_ISSUER,
            "sub": member.sub,
            "aud": self._audience,
            "iat": now,
            "nbf": now,
            "exp": now + LIFE,
            "jti": str(clock.new_id()),
            "org": member.organisation,
            "client_id": member.sub if machine else CLIENT,
            "scope": " ".join(["meldpunt", *(sorted(member.roles) if machine else ())]),
        }
        if not machine:
            claims["roles"] = sorted(member.roles)
        return jws.sign(claims, self._pem, {"typ": ACCESS_TYPE, "kid": self._key_id}, ALGORITHM)


class DemoIssuer:
    """A running issuer, as a context manager: listening and announced inside, gone afterwards.

    Raises StartRefused outside demo mode and when the desk is not bound to loopback.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.demo:
            raise StartRefused("MELDPUNT_ENVIRONMENT: de demo-uitgever start alleen met de waarde demo.")
        if not is_loopback(settings.host):
            raise StartRefused(
                "MELDPUNT_HOST: de demo-uitgever start alleen als het meldpunt op 127.0.0.1 luistert."
            )
        self._file = demo_file(settings)
        self._secret = secrets.token_urlsafe(32)
        handler = _handler(Signer(settings.oidc_audience), self._secret)
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        content = {"url": self.url, "secret": self._secret}
        _write(self._file, json.dumps(content).encode("ascii"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            if self._secret.encode("ascii") in self._file.read_bytes():
                self._file.unlink()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartRefused like DemoIssuer."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with DemoIssuer(settings):
        stop.wait()


def fetch_token(settings: Settings, name: str) -> str:
    """A bearer token of the cast member `name`. Raises StartRefused in Dutch when there is none to be had."""
    if not settings.demo:
        raise StartRefused(
            "Tokens van voorbeeldpersonen zijn er alleen in de demo (zie MELDPUNT_ENVIRONMENT)."
        )
    if name not in CAST:
        raise StartRefused(f"Deze naam is niet bekend. Kies uit: {', '.join(CAST)}.")
    try:
        content = json_object(demo_file(settings).read_bytes()) or {}
        with httpx2.Client(verify=NOBODY, trust_env=False, timeout=FETCH_SECONDS) as client:
            answer = client.post(
                f"{content['url']}/token",
                json={"name": name},
                headers={"Authorization": f"Bearer {content['secret']}"},
            )
    except (OSError, KeyError, httpx2.HTTPError, httpx2.InvalidURL):
        raise StartRefused("De demo-uitgever draait niet. Start het meldpunt met make run.") from None
    token = (json_object(answer.content) or {}).get("token")
    if answer.status_code != HTTPStatus.OK or not isinstance(token, str):
        raise StartRefused("De demo-uitgever gaf geen token. Start het meldpunt opnieuw met make run.")
    return token


class _Server(socketserver.ThreadingTCPServer):
    """Plain sockets: http.server's own class looks up the host's name first, which may wait for a network."""

    daemon_threads = True


def _handler(signer: Signer, secret: str) -> type[BaseHTTPRequestHandler]:
    expected = f"Bearer {secret}".encode("ascii")
    key_set = signer.key_set()

    class Handler(BaseHTTPRequestHandler):
        """Two paths: the public keys, and tokens for who knows the secret."""

        timeout = FETCH_SECONDS

        def do_GET(self) -> None:
            if self.path == "/jwks.json":
                self._answer(HTTPStatus.OK, key_set)
            else:
                self._answer(HTTPStatus.NOT_FOUND)

        def do_POST(self) -> None:
            given = self.headers.get("Authorization", "").encode("utf-8", "replace")
            if self.path != "/token":
                self._answer(HTTPStatus.NOT_FOUND)
            elif not hmac.compare_digest(given, expected):
                self._answer(HTTPStatus.UNAUTHORIZED)
            elif (member := _named(self.headers.get("Content-Length", ""), self.rfile.read)) is None:
                self._answer(HTTPStatus.BAD_REQUEST)
            else:
                self._answer(HTTPStatus.OK, json.dumps({"token": signer.token(member)}).encode("ascii"))

        def _answer(self, status: HTTPStatus, body: bytes = b"{}") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object, **__: object) -> None:
            """Nothing: who became whom in a demonstration is no business of a log."""

    return Handler


def _named(length: str, read: Callable[[int], bytes]) -> Member | None:
    if not length.isascii() or not length.isdecimal() or int(length) > MAX_BODY:
        return None
    name = (json_object(read(int(length))) or {}).get("name")
    return CAST.get(name) if isinstance(name, str) else None


def _write(path: Path, content: bytes) -> None:
    """Put `content` at `path` at once or not at all, readable for this account only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
