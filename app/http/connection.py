"""A connection and how much patience it gets: who sends or reads too slowly, or too much, is cut off.

uvicorn itself only ends connections that are idle between requests. A few hundred callers who never finish a
request, or never read an answer, would hold everything it has. Here each step has its time and size, and
each refusal is the desk's own problem+json (RFC 9112 9.5, RFC 6585 5).
"""

import socket
from asyncio import AbstractEventLoop, TimerHandle, Transport
from http import HTTPStatus
from typing import Any, Literal

import httptools
import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app import telemetry
from app.http import problems
from app.http.gate import Gate, Patience
from app.http.headers import HeaderSets

UNREAD_BYTES = 131_072
"""What the system keeps of an answer that its caller has not read yet."""

Stage = Literal["idle", "head", "body"]


class Config(uvicorn.Config):
    """uvicorn's settings and, for our connections, their patience and the gate they all pass."""

    patience: Patience
    gate: Gate
    header_sets: HeaderSets


class Refused(ValueError):
    """Raised inside the parser to end it; the status is kept on the connection."""


class Connection(HttpToolsProtocol):
    """One connection. A timer is only made for what did not come at once, so an honest request costs none."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = config.patience
        self._gate = config.gate
        self._header_sets = config.header_sets
        self._counted: str | None = None
        self._stage: Stage = "idle"
        self._number = 0
        self._raw = self._told = self._lines = self._hosts = 0
        self._status = int(HTTPStatus.BAD_REQUEST)
        self._deaf = False
        self._running: RequestResponseCycle | None = None
        self._timer: TimerHandle | None = None
        self._timed: tuple[int, Stage] | None = None
        self._unread: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Let it in and wait for its first request, or refuse it."""
        super().connection_made(transport)
        # Left to itself the system keeps megabytes for each caller who reads nothing.
        wire = transport.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
        address = self.client[0] if self.client else ""
        status = self._gate.enter(address)
        if status is None:
            self._counted = address
            self._wait(self._patience.head_seconds)
        else:
            self._refuse(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out and forget its timers."""
        for timer in (self._timer, self._unread):
            if timer is not None:
                timer.cancel()
        if self._counted is not None:
            self._gate.leave(self._counted)
            self._counted = None
        self._tell_it_is_over()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see to it that what has begun also ends."""
        if self._deaf:
            return
        if self._stage != "body":
            self._raw += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol than HTTP/1.1 is not offered: the request is answered and the connection ends.
            self._deaf = True
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            # What the parser would say stays unsaid, here and in the log.
            self._refuse(self._status)
        self._keep_time()

    def _keep_time(self) -> None:
        if self._deaf:
            return
        # The parser keeps a header line to itself until its end: one without an end is only seen here.
        if self._stage != "body" and self._raw > self._patience.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        if self._stage == "idle" and not self._raw:
            self._stop_waiting()
        elif self._timed != (self._number, self._stage):
            patience = self._patience
            # The desk's own 408 comes first; this is for a body that it no longer waits for.
            body = patience.body_seconds + patience.rest_seconds
            self._wait(body if self._stage == "body" else patience.head_seconds)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stage = "head"
        self._number += 1
        self._told = self._lines = self._hosts = 0
        self.scope["state"]["body_seconds"] = self._patience.body_seconds

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        if len(self.url) + len(url) > self._patience.address_bytes:
            self._give_up(HTTPStatus.REQUEST_URI_TOO_LONG)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header. What comes after the body (trailers) is dropped: it was not there when the caller was judged."""
        self._told += len(name) + len(value)
        self._lines += 1
        if self._told > self._patience.head_bytes or self._lines > self._patience.headers:
            self._give_up(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._stage == "body":
            return
        super().on_header(name, value)
        if name.lower() == b"host":
            self._hosts += 1

    def on_headers_complete(self) -> None:
        """The head is whole: the application begins. HTTP/1.1 names its host, once (RFC 9112 3.2)."""
        if self._hosts != 1 and (self._hosts or self.parser.get_http_version() == "1.1"):
            self._give_up(HTTPStatus.BAD_REQUEST)
        if len(self.pipeline) >= self._patience.waiting:
            self._give_up(HTTPStatus.TOO_MANY_REQUESTS)
        super().on_headers_complete()
        self._stage, self._raw = "body", 0

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        """The body is whole."""
        super().on_message_complete()
        self._stage, self._raw = "idle", 0

    def on_response_complete(self) -> None:
        """An answer went out. Of a body that came with it the rest may still come, for a moment."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._expect_to_be_read()
        elif self._stage == "body" and self.cycle.response_complete:
            self._wait(self._patience.rest_seconds)

    def pause_writing(self) -> None:
        """The caller does not read as fast as we write."""
        super().pause_writing()
        self._expect_to_be_read()

    def resume_writing(self) -> None:
        """The caller read on."""
        super().resume_writing()
        if self._unread is not None and not self.transport.is_closing():
            self._unread.cancel()
            self._unread = None

    def timeout_keep_alive_handler(self) -> None:
        """Nothing came after the last answer."""
        super().timeout_keep_alive_handler()
        self._expect_to_be_read()

    def shutdown(self) -> None:
        """The server stops: what is being answered is answered, the rest is closed."""
        super().shutdown()
        if self.transport.is_closing():
            self._expect_to_be_read()

    def _give_up(self, status: int) -> None:
        self._status = int(status)
        raise Refused

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timed = (self._number, self._stage)
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._timed = None

    def _too_late(self) -> None:
        self._timer = self._timed = None
        if self._stage == "body" or not self._raw:
            self._hang_up()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: int) -> None:
        """Answer `status` and close; where an earlier request is still being answered, that answer goes first."""
        self._deaf = True
        self._stop_waiting()
        cycle = self.cycle
        busy = cycle is not None and not cycle.response_complete
        if busy and self._stage != "body":
            cycle.keep_alive = False
            return
        if not (busy and cycle.response_started) and not self.pipeline:
            self.transport.write(self._answer(status))
            telemetry.request_answered("OTHER", "unmatched", int(status), 0.0, telemetry.Trace())
        self._hang_up()

    def _hang_up(self) -> None:
        self._tell_it_is_over()
        self.transport.close()
        self._expect_to_be_read()

    def _tell_it_is_over(self) -> None:
        # uvicorn tells only the newest of several requests; one before it would write on into nothing.
        self.pipeline.clear()
        cycle = self._running
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def _expect_to_be_read(self) -> None:
        # A closed connection stays until its last bytes are read, which may be never.
        if self._unread is None:
            self._unread = self.loop.call_later(self._patience.read_seconds, self.transport.abort)

    def _answer(self, status: int) -> bytes:
        refusal = problems.of_status(int(status), {"Connection": "close"})
        headers = self._header_sets.apply("GET", "/v1/", list(refusal.raw_headers))
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        first = f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}\r\n".encode("ascii")
        return first + head + b"\r\n" + bytes(refusal.body)
