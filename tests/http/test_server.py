"""The desk behind a real uvicorn: what only the server itself could spoil."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.http import application
from tests.http.sample import sample


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    desk = sample()

    async def who(request: Request) -> Response:
        return PlainTextResponse(request.client.host if request.client else "")

    desk.add_route("/who", who)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(application.server(desk, "127.0.0.1", 0))
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    host, port = listening.getsockname()
    # The socket listens already: the first request waits in its queue until the server is up.
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=60)) as waiting:
        waiting.request("GET", "/who")
        waiting.getresponse().read()
    yield host, port
    server.should_exit = True
    running.join(timeout=60)
    listening.close()


def ask(
    address: tuple[str, int], method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
        connection.request(method, path, body=body or None, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def test_the_server_does_not_say_what_it_is(address: tuple[str, int]) -> None:
    for path in ("/who", "/v1/broken", "/nowhere"):
        assert "server" not in ask(address, "GET", path)[1]


def test_head_has_headers_only(address: tuple[str, int]) -> None:
    status, headers, body = ask(address, "HEAD", "/v1/openapi.json")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 1000


def test_a_stranger_with_a_large_body_is_refused_before_it_is_read(address: tuple[str, int]) -> None:
    status, headers, _ = ask(address, "POST", "/v1/reports", body=b"[" * 3_000_000)
    assert status == 401
    assert headers["content-type"] == "application/problem+json"


def test_a_body_over_the_limit_is_a_problem(address: tuple[str, int]) -> None:
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    status, answered, _ = ask(address, "POST", "/v1/reports", headers, b" " * 2_000_000)
    assert status == 413
    assert answered["content-type"] == "application/problem+json"
    assert answered["api-version"] == "1.0.0"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_nobody_can_say_to_be_at_another_address(address: tuple[str, int], name: str) -> None:
    assert ask(address, "GET", "/who", {name: "203.0.113.9"})[2] == b"127.0.0.1"


def test_a_failure_leaves_the_server_answering(address: tuple[str, int]) -> None:
    assert ask(address, "GET", "/v1/broken")[0] == 500
    assert ask(address, "GET", "/who")[0] == 200
