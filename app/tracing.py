"""Spans on their way to a collector of OpenTelemetry. Loaded only where traces are on: the packages take long to load.

Encoded by OpenTelemetry's own library, sent by the HTTP client that the desk uses everywhere: its exporter would read
proxies, credentials and headers from the environment.
"""

import time
from collections.abc import Sequence
from typing import Final

import httpx2
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from app import figures, telemetry
from app.telemetry import Trace

SECONDS: Final = 3.0
"""How long a collector may take for a batch; nobody waits for it but the end of the process."""
DELAY_MILLISECONDS: Final = 5_000
MOST: Final = 2_048
BATCH: Final = 512


class Ids(RandomIdGenerator):
    """Gives a trace that begins here the id that its line and its entry in the log have."""

    def __init__(self) -> None:
        self.trace_id = 0

    def generate_trace_id(self) -> int:
        """The id of the request at hand."""
        return self.trace_id


class Sender(SpanExporter):
    """Posts batches. One that does not arrive is counted and gone: it is not tried again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx2.Client(timeout=SECONDS, trust_env=False, follow_redirects=False)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send one batch. Whatever goes wrong ends here."""
        try:
            answer = self._http.post(
                self._url,
                content=encode_spans(spans).SerializeToString(),
                headers={"Content-Type": "application/x-protobuf", "User-Agent": "meldpunt"},
            )
            if answer.is_success:
                return SpanExportResult.SUCCESS
            telemetry.log("spans_lost", level="warning", count=len(spans), status=answer.status_code)
        except httpx2.HTTPError as error:
            telemetry.log("spans_lost", level="warning", count=len(spans), error=type(error).__name__)
        figures.SPANS_LOST.inc(len(spans))
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._http.close()


class Exported:
    """Spans for a collector. What it is told of this process: the desk's name, which process, its version."""

    def __init__(self, url: str, process: str, version: str) -> None:
        about = Resource({"service.name": f"meldpunt-{process}", "service.version": version})
        self._ids = Ids()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=about,
            shutdown_on_exit=False,
            id_generator=self._ids,
            span_limits=SpanLimits(max_span_attributes=3),
        )
        self._batches = BatchSpanProcessor(Sender(url), MOST, DELAY_MILLISECONDS, BATCH, SECONDS * 1000)
        self._provider.add_span_processor(self._batches)
        self._tracer = self._provider.get_tracer("meldpunt")

    def note(self, method: str, route: str, status: int, seconds: float, trace: Trace) -> None:
        """A span of one request: a part of the caller's trace, or the first of its own."""
        self._ids.trace_id = int(trace.id, 16)
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"{method} {route}",
            _within(trace),
            SpanKind.SERVER,
            {"http.request.method": method, "http.route": route, "http.response.status_code": status},
            start_time=ended - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    def flush(self) -> None:
        """Send what waits."""
        self._batches.force_flush()

    def close(self) -> None:
        """Send what waits and stop."""
        self._provider.shutdown()


def _within(trace: Trace) -> Context:
    """Where the span hangs: under the caller's, which is not ours, or under nothing."""
    if trace.parent is None:
        return Context()
    parent = SpanContext(int(trace.id, 16), int(trace.parent, 16), True, TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(parent), Context())
