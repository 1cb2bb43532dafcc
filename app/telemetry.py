"""What a process tells about itself: JSON lines on standard error, and the trace id.

Nothing here may carry what a person wrote. A line holds only keys of `KEYS`; an error is its class and the
places it passed through, never its message or its local variables; a library's line is its logger, level and
place. Text is written as ASCII JSON, so that no value can break a line or steer a terminal (BIO2 8.15).
"""

import json
import logging
import re
import secrets
import sys
import threading
from collections.abc import MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from app import figures

KEYS: Final = frozenset(
    {
        "at",
        "count",
        "event",
        "frames",
        "error",
        "host",
        "job",
        "level",
        "library",
        "method",
        "milliseconds",
        "outcome",
        "port",
        "process",
        "reason",
        "route",
        "setting",
        "sqlstate",
        "status",
        "template",
        "traceId",
        "version",
        "where",
    }
)
"""Every key a line may have. Another key is dropped, whatever its value."""

SCOPE_KEY: Final = "meldpunt.trace"
LONGEST: Final = 300
MOST_FRAMES: Final = 40

_EVENT: Final = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_TRACE: Final[ContextVar["Trace | None"]] = ContextVar("trace", default=None)


class Trace:
    """The trace id of the work at hand; it can be exchanged while the work goes on (`forget`).

    `parent`: the caller's own part of the trace (a W3C parent-id, 16 hex digits), None where the trace begins here.
    """

    __slots__ = ("forgotten", "id", "parent")

    def __init__(self, trace_id: str | None = None, parent: str | None = None) -> None:
        self.id = trace_id or new_trace_id()
        self.parent = parent
        self.forgotten = False

    def forget(self) -> None:
        """Break the link with whatever the caller sent: from here on a random id, and lines dated by the hour.

        Where one report comes in an hour, the exact moment in a log would be the moment of that report.
        """
        if not self.forgotten:
            self.id, self.parent, self.forgotten = new_trace_id(), None, True


def new_trace_id() -> str:
    """A random W3C trace id: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def follow(scope: MutableMapping[str, object], trace: Trace) -> None:
    """The request, and lines of its task and of tasks it starts, carry the id of `trace`."""
    scope[SCOPE_KEY] = trace
    _TRACE.set(trace)


def trace_of(scope: MutableMapping[str, object], *, forget: bool = False) -> str:
    """The trace id of a request; with `forget` a random one takes its place from here on.

    Random too where no outermost layer gave the request its trace.
    """
    trace = scope.get(SCOPE_KEY)
    if not isinstance(trace, Trace):
        trace = Trace()
        follow(scope, trace)
    if forget:
        trace.forget()
    return trace.id


def current_trace_id() -> str | None:
    """The trace id of the work at hand, or None outside any."""
    trace = _TRACE.get()
    return None if trace is None else trace.id


class _StandardError:
    """Writes one line at a time to whatever standard error is at that moment."""

    def write(self, line: str) -> None:
        sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = write


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value[:MOST_FRAMES]]
    return type(value).__name__


def _allowed(_logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Keep the keys of `KEYS`, in plain values; an event that is no code says only that."""
    event = line.get("event")
    code = event if isinstance(event, str) and _EVENT.fullmatch(event) else "unnamed"
    kept: EventDict = {"at": _moment(), "level": method, "event": code}
    trace = _TRACE.get()
    if trace is not None and trace.forgotten:
        kept["at"] = kept["at"][:13] + ":00:00.000000Z"
    for key, value in line.items():
        if key in KEYS and key not in kept:
            kept[key] = _plain(value)
    return kept


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _render(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":"))


_bound: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
    _StandardError(),
    processors=[_allowed, _render],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
).bind()


class _Self:
    """Which process speaks: set once, by `configure`."""

    process = "meldpunt"


def log(event: str, *, level: str = "info", **fields: object) -> None:
    """One line. `event` is a code such as `started`; keys outside `KEYS` are dropped."""
    trace = _TRACE.get()
    if trace is not None:
        fields.setdefault("traceId", trace.id)
    getattr(_bound, level)(event, process=_Self.process, **fields)


def log_error(event: str, error: BaseException, **fields: object) -> None:
    """One line about an error of ours: its class and the places it passed, nothing it says."""
    log(event, level="error", error=type(error).__name__, frames=frames(error.__traceback__), **fields)


def alarm(code: str) -> None:
    """Call for a person: one critical line and one count. Raises KeyError for a code outside `figures.ALARMS`."""
    figures.alarm(code)
    log("alarm", level="critical", reason=code)


def frames(traceback: TracebackType | None) -> list[str]:
    """`file.py:line` from the outermost call to the fault; the last `MOST_FRAMES` of them."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{'/'.join(code.co_filename.rsplit('/', 2)[-2:])}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-MOST_FRAMES:]


def request_answered(method: str, route: str, status: int, seconds: float, trace: Trace) -> None:
    """Count one answer and write its line. `route` is a template of ours, never the path that was asked."""
    figures.answered(method, route, status, seconds, reporter=trace.forgotten)
    _bound.info(
        "request",
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 2),
        traceId=trace.id,
        process=_Self.process,
    )


class _Libraries(logging.Handler):
    """Lines of libraries, without what they say: their texts may hold values (asyncpg, PostgreSQL, pydantic).

    uvicorn's own texts are kept as templates: they are fixed and tell that the server started or stopped.
    """

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = {"library": record.name, "where": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = type(record.exc_info[1]).__name__
            fields["frames"] = frames(record.exc_info[2])
        if record.name.split(".")[0] == "uvicorn" and isinstance(record.msg, str) and not fields.get("error"):
            fields["template"] = record.msg
        log("library", level="error" if record.levelno >= logging.ERROR else "warning", **fields)


def configure(process: str) -> None:
    """Send every line of this process, its libraries' and its last words included, through this module."""
    _Self.process = process
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    root.setLevel(logging.WARNING)
    for name in list(logging.root.manager.loggerDict):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(True)
    sys.excepthook = _last_words
    threading.excepthook = _thread_ended
    sys.unraisablehook = _unraisable
    structlog.configure(
        processors=[_allowed, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _StandardError(),
    )


def _last_words(kind: type[BaseException], _error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log("ended_by_error", level="critical", error=kind.__name__, frames=frames(traceback))


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    log("thread_ended", level="error", error=ended.exc_type.__name__, frames=frames(ended.exc_traceback))


def _unraisable(ended: "sys.UnraisableHookArgs") -> None:
    log("unraisable", level="error", error=ended.exc_type.__name__, frames=frames(ended.exc_traceback))
