"""The trace id of a request: taken over from a valid W3C traceparent, else random.

Whoever reports anonymously leaves no trace: a route calls `forget_trace` and the caller's id is gone from
every line, entry and record that follows.
"""

import re
from typing import Final

from starlette.types import Scope

from app import telemetry

# Version 00 has exactly four fields; later versions may add some, ff is not allowed (W3C Trace Context 3.2).
_TRACEPARENT: Final = re.compile(
    rb"(?!ff)(?:00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}|[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?)"
)
_NO_TRACE: Final = b"0" * 32
_NO_PARENT: Final = b"0" * 16


def begin(scope: Scope) -> telemetry.Trace:
    """Give the request its trace; called once, by the outermost layer."""
    given: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"traceparent":
            if given is not None:
                given = None
                break
            given = value
    trace = telemetry.Trace(None if given is None else _read(given))
    telemetry.follow(scope, trace)
    return trace


def _read(traceparent: bytes) -> str | None:
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None or (traceparent[:2] == b"00" and found[1] is None):
        return None
    trace, parent = (found[1], found[2]) if found[1] else (found[3], found[4])
    if trace == _NO_TRACE or parent == _NO_PARENT:
        return None
    return trace.decode("ascii")


def forget_trace(scope: Scope) -> str:
    """Drop the caller's trace id for the rest of this request; returns the random one in its place."""
    return telemetry.trace_of(scope, forget=True)
