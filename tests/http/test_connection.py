"""Whoever sends or reads too slowly, or too much before anybody knows who it is, is cut off; the others go on."""

import contextlib
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.http.addresses import Proxies
from app.http.application import Desk
from app.http.gate import Gate, Patience
from tests.http.sample import sample
from tests.http.serving import Answer, Wire, request, serving

SHORT = 0.2
QUICK = Patience(
    head_seconds=SHORT, body_seconds=SHORT, rest_seconds=1.0, read_seconds=SHORT, idle_seconds=20
)
TOKEN = "Authorization: Bearer x"
JSON = "Content-Type: application/json"
REPORT = request("POST", "/v1/reports", TOKEN, JSON, "Content-Length: 12", body=b'{"text":"a"}')
LOOK = request("GET", "/v1/cases", TOKEN)
BLOCK = b"x" * 1_000_000


def desk() -> tuple[Desk, threading.Event]:
    """The sample with an answer that is far larger than any buffer; the event says that it ended."""
    made, over = sample(), threading.Event()

    async def much(_request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            try:
                for _ in range(100):
                    yield BLOCK
            finally:
                over.set()

        return StreamingResponse(parts(), media_type="application/json")

    made.add_route("/v1/much", much)
    return made, over


@pytest.fixture(scope="module")
def quick() -> Iterator[int]:
    with serving(desk()[0], QUICK) as port:
        yield port


@pytest.fixture(scope="module")
def patient() -> Iterator[int]:
    with serving(sample(), Patience(head_bytes=4_000, address_bytes=1_000, headers=20)) as port:
        yield port


def refused(answer: Answer | None, status: int) -> None:
    """A problem in the form of all others, after which the connection closes."""
    assert answer is not None
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"] == "1.0.0"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["connection"] == "close"
    assert "server" not in answer.headers
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]


@pytest.mark.parametrize("half", [b"G", b"GET /v1/cases HTTP/1.1\r\nHost: x\r\nX-A: b", b"\r\n\r\n"])
def test_a_head_that_never_ends_is_refused_and_cut_off(quick: int, half: bytes) -> None:
    with Wire(quick) as wire:
        refused(wire.send(half).answer(), 408)
        assert wire.ended()


def test_a_head_that_drips_gets_no_more_time_than_one_that_stands_still(quick: int) -> None:
    with Wire(quick) as wire:
        wire.send(b"GET /v1/cases HTTP/1.1\r\nX-Slow: ")
        wire.socket.settimeout(SHORT / 10)
        answer = None
        while answer is None:
            try:
                answer = wire.answer()
            except TimeoutError:
                wire.send(b"a")
        refused(answer, 408)


def test_line_ends_that_drip_are_no_sign_of_life(quick: int) -> None:
    with Wire(quick) as wire:
        first = wire.send(LOOK).answer()
        assert first is not None
        assert first.status == 200
        wire.socket.settimeout(SHORT / 10)
        answer = None
        while answer is None:
            try:
                answer = wire.answer()
            except TimeoutError:
                wire.send(b"\r\n")
        refused(answer, 408)


def test_a_caller_who_says_nothing_is_let_go_without_a_word(quick: int) -> None:
    with Wire(quick) as wire:
        assert wire.ended()


def test_half_a_body_is_refused_and_cut_off(quick: int) -> None:
    with Wire(quick) as wire:
        refused(wire.send(REPORT[:-1]).answer(), 408)
        assert wire.ended()


def test_a_body_that_drips_gets_no_more_time_than_one_that_stands_still(quick: int) -> None:
    head = request("POST", "/v1/reports", TOKEN, JSON, "Transfer-Encoding: chunked")
    with Wire(quick) as wire:
        wire.send(head)
        wire.socket.settimeout(SHORT / 10)
        answer = None
        while answer is None:
            try:
                answer = wire.answer()
            except TimeoutError:
                wire.send(b"1\r\n \r\n")
        refused(answer, 408)


def test_a_stranger_may_not_keep_the_connection_with_a_body_nobody_waits_for(quick: int) -> None:
    with Wire(quick) as wire:
        answer = wire.send(request("POST", "/v1/reports", JSON, "Content-Length: 9999")).answer()
        assert answer is not None
        assert answer.status == 401
        assert wire.ended()


def test_a_caller_who_never_reads_is_cut_off() -> None:
    made, over = desk()
    with serving(made, QUICK) as port, Wire(port) as wire:
        wire.send(request("GET", "/v1/much"))
        assert over.wait(20)
        assert wire.ended() is False
        assert 0 < len(wire.left) < 100 * len(BLOCK)


def test_a_caller_who_asks_on_and_on_and_never_reads_is_cut_off() -> None:
    made, over = desk()
    with serving(made, QUICK) as port, Wire(port) as wire:
        wire.send(request("GET", "/v1/much") * 20)
        assert over.wait(20)
        assert wire.ended() is False
        assert wire.left.count(b"HTTP/1.1 200") == 1


def test_between_two_requests_a_caller_may_rest_but_not_for_ever() -> None:
    with serving(sample(), Patience(idle_seconds=1, head_seconds=60)) as port, Wire(port) as wire:
        for _ in range(2):
            answer = wire.send(LOOK).answer()
            assert answer is not None
            assert answer.status == 200
        assert wire.ended()


def test_each_request_on_a_connection_has_time_of_its_own() -> None:
    with serving(sample(), Patience(head_seconds=2.0)) as port, Wire(port) as wire:
        for _ in range(9):
            wire.send(LOOK[:20])
            wire.socket.settimeout(0.25)
            with pytest.raises(TimeoutError):
                wire.answer()
            wire.socket.settimeout(20)
            answer = wire.send(LOOK[20:]).answer()
            assert answer is not None
            assert answer.status == 200


def test_a_request_in_pieces_is_whole(patient: int) -> None:
    with Wire(patient) as wire:
        for place in range(0, len(REPORT), 7):
            wire.send(REPORT[place : place + 7])
        answer = wire.answer()
        assert answer is not None
        assert answer.status == 201


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET /v1/cases HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"GET /v1/cases HTTP/1.1\r\n\r\n", 400),
        (b"GET /v1/cases HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /v1/cases HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n", 400),
        (b"GET /v1/cases HTTP/1.1\r\nHost: x\r\nX-A: b\x00c\r\n\r\n", 400),
        (b"GET /v1/\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"CONNECT desk.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (
            b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (request("POST", "/v1/reports", TOKEN, JSON, "Transfer-Encoding: chunked", body=b"zz\r\n"), 400),
        (request("GET", "/v1/cases?actor=" + "a" * 1_000), 414),
        (b"GET /" + b"a" * 1_001, 414),
        (request("GET", "/v1/cases", "X-A: " + "b" * 4_000), 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"b" * 4_000, 431),
        (request("GET", "/v1/cases", *(f"X-{number}: a" for number in range(20))), 431),
        (b"\r\n" * 2_001, 431),
    ],
    ids=range(19),
)
def test_what_is_no_request_is_refused_in_the_same_form_and_not_repeated(
    patient: int, raw: bytes, status: int
) -> None:
    with Wire(patient) as wire:
        answer = wire.send(raw).answer()
        refused(answer, status)
        assert wire.ended()


def test_what_follows_a_good_request_never_stands_before_its_answer(patient: int) -> None:
    with Wire(patient) as wire:
        answer = wire.send(REPORT + b"GARBAGE\r\n\r\n").answer()
        assert answer is not None
        assert answer.status == 201
        assert wire.ended()


def test_several_requests_at_once_are_answered_in_their_order(patient: int) -> None:
    with Wire(patient) as wire:
        wire.send(REPORT + LOOK + request("GET", "/v1/nowhere") + LOOK)
        answers = [wire.answer() for _ in range(4)]
        assert [answer.status for answer in answers if answer is not None] == [201, 200, 404, 200]


def test_who_sends_on_and_on_without_waiting_gets_some_answers_and_is_cut_off(patient: int) -> None:
    with Wire(patient) as wire:
        wire.send(LOOK * 500)
        assert not wire.ended()
        assert wire.left.count(b"HTTP/1.1 200") == Patience().waiting + 1
        assert wire.left.count(b"HTTP/1.1 ") == Patience().waiting + 1


def test_headers_after_the_body_change_nothing_of_who_is_calling() -> None:
    made = Desk()

    async def told(asked: Request) -> Response:
        await asked.body()
        return Response(str("authorization" in asked.headers), media_type="application/json")

    made.add_route("/v1/told", told, methods=["POST"])
    head = request("POST", "/v1/told", "Transfer-Encoding: chunked", "Trailer: Authorization")
    with serving(made, Patience()) as port, Wire(port) as wire:
        answer = wire.send(head + b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n").answer()
        assert answer is not None
        assert answer.body == b"False"


def test_another_protocol_is_not_offered_and_the_request_is_answered(patient: int) -> None:
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    for asked in (upgrade, ("Connection: Upgrade", "Upgrade: websocket")):
        with Wire(patient) as wire:
            answer = wire.send(request("GET", "/v1/cases", TOKEN, *asked)).answer()
            assert answer is not None
            assert answer.status == 200
            assert wire.ended()


def test_one_address_may_have_so_many_connections_and_gets_room_when_it_leaves_some() -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(serving(sample(), Patience(connections_each=3)))
        wires = [stack.enter_context(Wire(port)) for _ in range(4)]
        refused(wires[3].answer(), 429)
        assert wires[3].ended()
        for wire in wires[:3]:
            answer = wire.send(LOOK).answer()
            assert answer is not None
            assert answer.status == 200
        assert wires[0].send(request("GET", "/healthz", "Connection: close")).answer() is not None
        assert wires[0].ended()
        answer = stack.enter_context(Wire(port)).send(LOOK).answer()
        assert answer is not None
        assert answer.status == 200


def test_a_process_has_so_many_connections() -> None:
    with serving(sample(), Patience(connections=2)) as port, Wire(port), Wire(port), Wire(port) as third:
        answer = third.answer()
        refused(answer, 503)
        assert answer is not None
        assert int(answer.headers["retry-after"]) > 0


def test_a_listed_proxy_speaks_for_many_and_has_no_limit_of_its_own() -> None:
    gate = Gate(Patience(connections=5, connections_each=2), Proxies.read("10.0.0.1"))
    assert [gate.enter("10.0.0.1") for _ in range(3)] == [None] * 3
    assert [gate.enter("198.51.100.7") for _ in range(3)] == [None, None, 503]
    gate.leave("10.0.0.1")
    assert gate.enter("198.51.100.7") == 429
    gate.leave("198.51.100.7")
    assert gate.enter("198.51.100.7") is None


def test_a_whole_network_of_addresses_is_one_caller() -> None:
    gate = Gate(Patience(connections_each=2), Proxies())
    assert [gate.enter(f"2001:db8:1:2::{number}") for number in range(3)] == [None, None, 429]
    assert gate.enter("2001:db8:1:3::1") is None
