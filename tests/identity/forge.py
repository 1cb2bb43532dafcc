"""Tokens and key sets made by hand with bare `cryptography`, so that no fault in our library use can hide."""

import asyncio
import base64
import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.identity.actor import OrganisationId, Role
from app.identity.trust import Issuer

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
ISSUER = "https://login.emmen.example"
AUDIENCE = "urn:meldpunt"
SECOND = int(NOW.timestamp())

Json = dict[str, object]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def dump(value: object) -> bytes:
    return json.dumps(value).encode("utf-8")


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    del number
    return ec.generate_private_key(ec.SECP256R1())


def jwk_of(key: PrivateKey, key_id: str) -> Json:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        n, e = (b64(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
        return {"kty": "RSA", "kid": key_id, "use": "sig", "alg": "RS256", "n": n, "e": e}
    point = key.public_key().public_numbers()
    x, y = (b64(value.to_bytes(32, "big")) for value in (point.x, point.y))
    return {"kty": "EC", "kid": key_id, "use": "sig", "alg": "ES256", "crv": "P-256", "x": x, "y": y}


def sign(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def hs256(secret: bytes, message: bytes) -> bytes:
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(message)
    return mac.finalize()


def public_pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def header(**changes: object) -> Json:
    """A good RS256 header with `changes`; None takes a member out."""
    good: Json = {"alg": "RS256", "typ": "at+jwt", "kid": "rsa"} | changes
    return {name: value for name, value in good.items() if value is not None}


def claims(**changes: object) -> Json:
    """Good claims of a clerk of Emmen at NOW with `changes`; None takes a claim out."""
    good: Json = {
        "iss": ISSUER,
        "sub": "s-1234",
        "aud": AUDIENCE,
        "iat": SECOND,
        "nbf": SECOND,
        "exp": SECOND + 3600,
        "jti": "j-1",
        "org": "gemeente-emmen",
        "roles": ["employee"],
    } | changes
    return {name: value for name, value in good.items() if value is not None}


def signed(head: bytes, body: bytes, key: PrivateKey) -> str:
    """A compact token over these very bytes, whatever they are."""
    message = f"{b64(head)}.{b64(body)}"
    return f"{message}.{b64(sign(key, message.encode('ascii')))}"


def token(head: Json | None = None, body: Json | None = None, key: PrivateKey | None = None) -> str:
    """A token signed with `key` (default the RSA key behind kid `rsa`)."""
    return signed(
        dump(header() if head is None else head), dump(claims() if body is None else body), key or rsa_key()
    )


def es256(**changes: object) -> str:
    """A token signed with the elliptic key behind kid `ec`."""
    return token(header(alg="ES256", kid="ec"), claims(**changes), ec_key())


def issuer(url: str, **changes: Any) -> Issuer:
    """The issuer of Emmen: may speak for Emmen, as employee, coordinator and form."""
    emmen = Issuer(
        "emmen",
        ISSUER,
        AUDIENCE,
        url,
        organisations=frozenset({OrganisationId("gemeente-emmen")}),
        roles=frozenset({Role.EMPLOYEE, Role.COORDINATOR, Role.INTRANET_FORM}),
    )
    return replace(emmen, **changes)


@dataclass
class Clock:
    """A clock that moves only when told to."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **step: float) -> None:
        self.moment += timedelta(**step)


async def settled() -> None:
    """Until the renewals behind the last answers have ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*(task for task in others if "_renew" in repr(task.get_coro())))


@dataclass
class Answer:
    """What the key server says: a status, headers and a body, or `raw` instead of HTTP.

    `hang` waits until the server closes; `drip` sends a byte now and then until the asker has enough of it.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drip: bool = False
    raw: bytes | None = None


class _Sockets(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is part of these tests."""


class KeyServer:
    """A real HTTP server on loopback that answers as a test tells it, and counts the questions."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.asked: list[str] = []
        self._closing = threading.Event()
        self._sockets = _Sockets(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._sockets.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._sockets.server_address[1]}/jwks.json"

    def holds(self, *entries: object) -> None:
        self.answer = Answer(dump({"keys": list(entries)}))

    def hold_still(self, seconds: float = 10) -> bool:
        """Wait; True where the server is closing meanwhile."""
        return self._closing.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        self._sockets.shutdown()
        self._sockets.server_close()
        self._thread.join()


def _handler(server: KeyServer) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            answer = server.answer
            if answer.hang:
                server.hold_still()
            if answer.raw is not None:
                self.wfile.write(answer.raw)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            while answer.drip and not server.hold_still(0.02):
                self.wfile.write(b" ")

        def log_message(self, *_: object, **__: object) -> None:
            """Quiet."""

    return Handler
