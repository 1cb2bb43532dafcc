"""HTTP by hand over one socket: bytes as a stranger sends them, half bodies and double headers included."""

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
SECONDS = 60.0
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when the desk hung up without a word."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


def chunked(body: bytes) -> bytes:
    """A body without an announced length."""
    size = 65_536
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def request(method: str, path: str, headers: Headers, body: bytes) -> bytes:
    """The bytes of one request; a length is announced unless the headers say how the body comes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
    told = {name.lower() for name, _ in headers}
    if body and not told & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + body


def speak(port: int, raw: bytes, *, hang_up: bool = False) -> Answer:
    """Send these bytes and read the answer; `hang_up` says after them that no more will come."""
    with socket.create_connection((HOST, port), timeout=SECONDS) as wire:
        try:
            wire.sendall(raw)
            if hang_up:
                wire.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It answered before the end, as it should for what is too large.
        return _read(wire)


def _read(wire: socket.socket) -> Answer:
    received = b""
    try:
        while part := wire.recv(65_536):
            received += part
    except ConnectionError:
        pass
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first:
        return Answer(0)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)
