"""A small desk behind a real server in this process, and one socket to speak to it byte by byte."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import uvicorn

from app.http import application
from app.http.application import Desk
from app.http.gate import Patience

SECONDS = 60.0
"""After which a test gives up waiting; nothing is measured by it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection to a server."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, raw: bytes) -> Self:
        self.socket.sendall(raw)
        return self

    def answer(self) -> Answer | None:
        """The next answer; None where the server closed without one."""
        while b"\r\n\r\n" not in self.left:
            if not self._more():
                assert self.left == b""
                return None
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self.left) < length:
            assert self._more(), "it closed half-way"
        body, self.left = self.left[:length], self.left[length:]
        return Answer(int(first.split(" ")[1]), headers, body)

    def ended(self) -> bool:
        """Whether the server closes and nothing more comes before."""
        while self._more():
            pass
        return self.left == b""

    def _more(self) -> bool:
        try:
            part = self.socket.recv(65_536)
        except ConnectionError:
            return False
        self.left += part
        return bool(part)


@contextlib.contextmanager
def serving(desk: Desk, patience: Patience) -> Iterator[int]:
    """The port of a server with this patience."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    server = uvicorn.Server(application.server(desk, "127.0.0.1", 0, patience=patience))
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    try:
        # The socket listens already: the first connection waits in its queue until the server is up.
        with Wire(port) as waiting:
            waiting.send(request("GET", "/healthz", "Connection: close")).answer()
            assert waiting.ended()
        yield port
    finally:
        server.should_exit = True
        running.join(timeout=SECONDS)
        listening.close()


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of one request, its host named and no length announced."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: desk.test", *headers, "", ""]).encode() + body
