"""Bytes on the wire that two readers could take for different requests: one answer, a refusal, and the line is cut.

Seen in pgjones/hypercorn#279 and cherrypy/cheroot#275 (a length and chunks, two lengths), GHSA-vqfr-h8mv-ghfj (h11: any
two bytes for the end of a chunk), pallets/flask#4238 (line breaks in a header) and python/cpython#150679.
"""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from app.demo.issuer import fetch_token
from app.settings import Settings
from tests.desk import Server
from tests.interface.wire import HOST, SECONDS
from tests.stored import Stored

pytestmark = pytest.mark.anyio
SMUGGLED = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
BODY = b'{"text":"Er staat een busje."}'
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LENGTH = f"Content-Length: {len(BODY)}"


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings) as running:
        yield running


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return fetch_token(server.settings, "ans")


def exchange(server: Server, raw: bytes, *, hang_up: bool = False) -> bytes:
    """Everything the desk says to these bytes until it hangs up; behind them comes a request that ends the line.

    With `hang_up` nothing comes behind them: they announce more than there is.
    """
    with socket.create_connection((HOST, server.settings.port), timeout=SECONDS) as wire:
        said = b""
        with contextlib.suppress(ConnectionError, OSError):
            wire.sendall(raw if hang_up else raw + LAST)
            if hang_up:
                wire.shutdown(socket.SHUT_WR)
            while part := wire.recv(65_536):
                said += part
        return said


def head(token: str, *lines: str, end: str = "\r\n") -> bytes:
    """The head of a report by Ans with these lines in it."""
    fixed = ("POST /v1/signals HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}")
    return (end.join((*fixed, "Content-Type: application/json", *lines)) + end * 2).encode("latin-1")


def statuses(said: bytes) -> list[int]:
    """The status of each answer in what came back."""
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


TWO_WAYS: dict[str, tuple[tuple[str, ...], bytes]] = {
    "a length and chunks": (("Content-Length: 5", "Transfer-Encoding: chunked"), b"0\r\n\r\n" + SMUGGLED),
    "chunks and a length": (("Transfer-Encoding: chunked", "Content-Length: 5"), b"0\r\n\r\n" + SMUGGLED),
    "two lengths": (("Content-Length: 0", LENGTH), BODY + SMUGGLED),
    "two lengths, the other way": ((LENGTH, "Content-Length: 0"), BODY + SMUGGLED),
    "a list of lengths": ((f"Content-Length: {len(BODY)}, 0",), BODY + SMUGGLED),
    "a length with a plus": ((f"Content-Length: +{len(BODY)}",), BODY),
    "a length below nothing": (("Content-Length: -1",), BODY),
    "a length in hex": ((f"Content-Length: {len(BODY):#x}",), BODY),
    "a length with an underscore": (("Content-Length: 3_0",), BODY),
    "a length beyond all counting": (("Content-Length: " + "9" * 40,), BODY),
    "a length of nothing": (("Content-Length:",), BODY + SMUGGLED),
    "a blank before the colon": (("Transfer-Encoding : chunked", LENGTH), CHUNKED + SMUGGLED),
    "an unknown coding": (("Transfer-Encoding: xchunked", LENGTH), BODY + SMUGGLED),
    "chunks and then something": (("Transfer-Encoding: chunked, identity",), CHUNKED + SMUGGLED),
    "no coding at all": (("Transfer-Encoding: identity", LENGTH), BODY + SMUGGLED),
    "two codings": (("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), CHUNKED + SMUGGLED),
    "a control character": (("Transfer-Encoding: \x0bchunked", LENGTH), CHUNKED + SMUGGLED),
    "a folded line": (("Transfer-Encoding:", " chunked", LENGTH), CHUNKED + SMUGGLED),
    "a bare line feed": ((f"X: a\nContent-Length: 0\r\n{LENGTH}",), BODY + SMUGGLED),
    "a bare carriage return": ((f"X: a\rTransfer-Encoding: chunked\r\n{LENGTH}",), BODY + SMUGGLED),
    "a NUL in a header": (("X: a\0b", LENGTH), BODY),
    "a NUL in a name": (("X\0: a", LENGTH), BODY),
    "a line without a colon": (("Just words", LENGTH), BODY),
    "a name of nothing": ((": a", LENGTH), BODY),
    "a chunk of hex with a prefix": (("Transfer-Encoding: chunked",), b"0x5\r\n12345\r\n0\r\n\r\n"),
    "a chunk below nothing": (("Transfer-Encoding: chunked",), b"-5\r\n12345\r\n0\r\n\r\n"),
    "a chunk beyond all counting": (("Transfer-Encoding: chunked",), b"f" * 40 + b"\r\n" + BODY),
    "a chunk that ends otherwise": (
        ("Transfer-Encoding: chunked",),
        b"%x\r\n%bxx0\r\n\r\n" % (len(BODY), BODY) + SMUGGLED,
    ),
    "chunks ended by line feeds": (
        ("Transfer-Encoding: chunked",),
        CHUNKED.replace(b"\r\n", b"\n") + SMUGGLED,
    ),
    "chunks that never end": (("Transfer-Encoding: chunked",), b"%x\r\n%b\r\n" % (len(BODY), BODY)),
    "half a body": (("Content-Length: 500",), BODY),
    "two hosts": (("Host: kwaad.example", LENGTH), BODY),
}

UNFINISHED = {
    "half a body",
    "chunks that never end",
    "a length beyond all counting",
    "a chunk beyond all counting",
}
"""These announce more than they bring: the desk waits for it, so the caller hangs up."""


@pytest.mark.parametrize("way", TWO_WAYS)
async def test_what_could_be_two_requests_is_none(
    server: Server, token: str, stored: Stored, way: str
) -> None:
    lines, body = TWO_WAYS[way]
    before = await stored.counts()
    told = statuses(exchange(server, head(token, *lines) + body, hang_up=way in UNFINISHED))
    assert told == [400] or (way in UNFINISHED and told in ([], [413])), (way, told)
    assert await stored.counts() == before


async def test_a_plain_request_in_each_of_both_ways_is_one(
    server: Server, token: str, stored: Stored
) -> None:
    """So that the refusals above are about what was wrong with them."""
    for lines, body in (((LENGTH,), BODY), (("Transfer-Encoding: chunked",), CHUNKED)):
        assert statuses(exchange(server, head(token, *lines) + body)) == [201, 200]
    two = head(token, LENGTH) + BODY + SMUGGLED
    assert statuses(exchange(server, two)) == [201, 200, 200]


@pytest.mark.parametrize(
    "line",
    [
        "GET http://kwaad.example/v1/openapi.json HTTP/1.1",
        "GET /v1/openapi.json HTTP/1.1 extra",
        "GET /v1/openapi.json HTTP/9.9",
        "GET\t/v1/openapi.json HTTP/1.1",
        "GET /v1/open\0api.json HTTP/1.1",
        "GET /v1/openapi.json\x01 HTTP/1.1",
        "GE\0T /v1/openapi.json HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "PRI * HTTP/2.0",
        "CONNECT kwaad.example:443 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
    ],
)
def test_a_line_that_is_no_request_of_ours_gets_no_answer_of_ours(server: Server, line: str) -> None:
    said = exchange(server, f"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode("latin-1"))
    absolute = "http://" in line
    # A request target with a host in it is allowed (RFC 9112 3.2.2); what it names counts for nothing here.
    assert statuses(said) in ([[200]] if absolute else [[400], [404], [405], [501], []]), said[:200]
    assert b"kwaad" not in said


BREAKS = (
    "%0d%0aSet-Cookie:%20kwaad=1",
    "%0aSet-Cookie:%20kwaad=1",
    "%E5%98%8D%E5%98%8ASet-Cookie:kwaad=1",
    "\u560d",
)
PLACES = (
    "/{}",
    "/static/{}",
    "/v1/cases/{}",
    "/v1/queues/{}/cases",
    "/v1/queues?limit={}",
    "/v1/openapi.json?{}",
    "/inloggen?{}",
    "/web/logins/{}/callback?state={}&code={}",
    "/web/session?{}",
    "/healthz?{}",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_line_break_from_a_request_is_in_no_header_of_its_answer(server: Server, place: str) -> None:
    for words in BREAKS:
        line = f"GET {place.replace('{}', words)} HTTP/1.1"
        lines = (
            line,
            "Host: 127.0.0.1",
            f"X-Request-Id: a{words}",
            f"Origin: http://a{words}",
            f"User-Agent: {words}",
        )
        raw = ("\r\n".join((*lines, "Connection: close")) + "\r\n\r\n").encode("utf-8")
        told, _, _ = exchange(server, raw).partition(b"\r\n\r\n")
        assert b"kwaad" not in told.lower()
        names = [one.partition(b":")[0].lower() for one in told.split(b"\r\n")[1:]]
        single = [name for name in names if name not in {b"set-cookie", b"vary"}]
        assert len(single) == len(set(single)), told


@pytest.mark.parametrize("size", [9_000, 70_000, 3_000_000])
@pytest.mark.parametrize(
    "shape", ["/{}", "/v1/queues?{}", "/v1/cases/{}", "/static/{}", "/web/logins/{}/callback"]
)
async def test_an_enormous_address_is_refused(
    server: Server, token: str, stored: Stored, shape: str, size: int
) -> None:
    before = await stored.counts()
    for piece in ("a", "a/", "../", "%2e%2e%2f", "a=1&", "%00"):
        line = f"GET {shape.replace('{}', piece * (size // len(piece)))} HTTP/1.1"
        raw = f"{line}\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        told = statuses(exchange(server, raw.encode()))
        assert told in ([400], [403], [404], [405], [414], [431], [303], []), (shape, piece, told)
    assert await stored.counts() == before
