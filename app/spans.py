"""OpenTelemetry traces: for each request its route's template, method, status and duration, and nothing else.

Off unless MELDPUNT_OTLP_URL is set. Requests of reporters make no span at all: where one report comes in an hour, a
span would be the moment of that report, at a collector that others run. Spans go out in batches behind the answers;
a collector that is gone costs nothing but the spans.
"""

import os
from typing import Protocol

from app.telemetry import Trace


class Spans(Protocol):
    """Where finished requests go."""

    def note(self, method: str, route: str, status: int, seconds: float, trace: Trace) -> None:
        """One answered request."""

    def close(self) -> None:
        """Send what waits, for a few seconds at most, and stop."""


class Nowhere:
    """No traces are kept."""

    def note(self, method: str, route: str, status: int, seconds: float, trace: Trace) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class _Sink:
    """Which way spans go in this process: set once, by `send_to`."""

    spans: Spans = Nowhere()


def send_to(spans: Spans) -> None:
    """Let finished requests go there from here on."""
    _Sink.spans = spans


def export(url: str, process: str, version: str) -> None:
    """Send finished requests to the collector at `url` (OTLP over HTTP).

    Settings of OpenTelemetry in the environment could add attributes, switch off, or send elsewhere: none is read.
    """
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        del os.environ[name]
    # Its packages take longer to load than half the desk, and few desks have a collector.
    from app.tracing import Exported  # noqa: PLC0415

    send_to(Exported(url, process, version))


def note(method: str, route: str, status: int, seconds: float, trace: Trace) -> None:
    """One answered request; a reporter's goes nowhere."""
    if not trace.forgotten:
        _Sink.spans.note(method, route, status, seconds, trace)


def close() -> None:
    """Send what waits and stop. Blocks for a few seconds at most."""
    _Sink.spans.close()
    send_to(Nowhere())
