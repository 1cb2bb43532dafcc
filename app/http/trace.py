"""The trace id of a request: taken over from a valid W3C traceparent, else random. `tracestate` is read by nobody.

Whoever reports leaves no trace: at the doors of reporters the caller's id is not even read, and a route elsewhere
calls `forget_trace`, after which it is gone from every line, entry and record that follows. No answer carries the id:
it would lie in proxies' logs beside an address. Who wants to find his request back sends a traceparent of his own.
"""

import re
from typing import Final

from starlette.types import Scope

from app import telemetry

# Version 00 has exactly four fields; later versions may add some, ff is not allowed (W3C Trace Context 3.2).
_TRACEPARENT: Final = re.compile(
    rb"(?:00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}"
    rb"|(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?)"
)
_NO_TRACE: Final = b"0" * 32
_NO_PARENT: Final = b"0" * 16
REPORTERS: Final = tuple(
    f"/{door}/{begin}" for door in ("v1", "web") for begin in ("signals", "receipt-", "webhooks/")
)
"""How the paths of reporters' doors begin. What is refused there before a route takes it leaves no trace either."""


def begin(scope: Scope) -> telemetry.Trace:
    """Give the request its trace; called once, by the outermost layer."""
    given: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"traceparent":
            if given is not None:
                given = None
                break
            given = value
    trace = telemetry.Trace(*_read(given))
    if scope["path"].startswith(REPORTERS):
        trace.forget()
    telemetry.follow(scope, trace)
    return trace


def _read(traceparent: bytes | None) -> tuple[str | None, str | None]:
    """Trace and parent of a valid traceparent, twice None of any other."""
    found = None if traceparent is None else _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None, None
    trace, parent = (found[1], found[2]) if found[1] else (found[3], found[4])
    if trace == _NO_TRACE or parent == _NO_PARENT:
        return None, None
    return trace.decode("ascii"), parent.decode("ascii")


def forget_trace(scope: Scope) -> str:
    """Drop the caller's trace id for the rest of this request; returns the random one in its place."""
    return telemetry.trace_of(scope, forget=True)
