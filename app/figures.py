"""Figures for Prometheus, each process on a loopback port of its own: requests, refusals, alarms, keys, queues, jobs.

None is about a person, and none is small: what waits is told per kind of queue, over all organisations, in whole hours
and rounded down to fives (workflow.md 8, k = 5). Whatever counts reporters or people who sign in stands as it stood at
the last full hour: read each few seconds, a count of reports would else be the moment of each.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.registry import Collector

STEP: Final = 5
HOUR: Final = 3600
ALARMS: Final = frozenset(
    {
        "approval_forged",
        "denial_forged",
        "directory_forged",
        "erasure_forged",
        "grant_forged",
        "participant_forged",
        "receipt_forged",
        "record_forged",
        "rule_set_forged",
        "rule_set_put_back",
        "session_forged",
        "setting_forged",
        "supply_term_forged",
    }
)
"""What somebody is called for at any hour: a row that grants, or a sealed record, was not written by the desk."""
AT_ONCE: Final = frozenset({429})
"""What is told at once also of reporters, with all that is 500 and more: an attack, or a fault of ours."""

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

# Beside each count its library would tell when it was first made: the moment of the first report.
disable_created_metrics()  # type: ignore[no-untyped-call]


class OnTheHour(Collector):
    """Counts that are shown as they stood when the hour began. `clock` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.registry = CollectorRegistry()
        self.clock = clock
        self._hour = int(clock()) // HOUR
        self._shown: list[Metric] = []
        self._turning = threading.Lock()

    def turn(self) -> None:
        """Called before anything is counted or shown: in a new hour what was counted so far is what is shown."""
        hour = int(self.clock()) // HOUR
        with self._turning:
            if hour != self._hour:
                self._hour, self._shown = hour, list(self.registry.collect())

    def collect(self) -> Iterable[Metric]:
        """What Prometheus reads."""
        self.turn()
        return self._shown


REGISTRY: Final = CollectorRegistry()
HOURLY: Final = OnTheHour()
REGISTRY.register(HOURLY)


def _counter(name: str, about: str, *labels: str, registry: CollectorRegistry = REGISTRY) -> Counter:
    return Counter(name, about, labels, namespace="meldpunt", registry=registry)


def _gauge(name: str, about: str, *labels: str) -> Gauge:
    return Gauge(name, about, labels, namespace="meldpunt", registry=REGISTRY)


def _timer(name: str, about: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(name, about, ("route",), namespace="meldpunt", registry=registry, buckets=_BUCKETS)


LONG: Final = "Time from the first byte of a request to the last of its answer."
REQUESTS: Final = _counter("requests", "Answers given.", "route", "method", "status")
SECONDS: Final = _timer("request_seconds", LONG, REGISTRY)
REPORTERS: Final = _counter(
    "reporters_requests",
    "Answers given to reporters until the last full hour.",
    "route",
    "method",
    "status",
    registry=HOURLY.registry,
)
REPORTERS_SECONDS: Final = _timer("reporters_request_seconds", LONG, HOURLY.registry)
DENIALS: Final = _counter("denials", "Acts refused, by reason code.", "reason")
REPORTERS_DENIALS: Final = _counter(
    "reporters_denials",
    "Acts of reporters refused until the last full hour, by reason code.",
    "reason",
    registry=HOURLY.registry,
)
SESSIONS: Final = _counter(
    "sessions", "Page sessions begun and ended until the last full hour.", "action", registry=HOURLY.registry
)
WAITING: Final = _gauge("queue_waiting", "Cases that wait, rounded down to fives.", "kind")
AGE: Final = _gauge("queue_age_hours", "Whole hours since the longest waiting case came in.", "kind")
OVERDUE: Final = _gauge("queue_overdue", "Cases past their term, rounded down to fives.", "kind")
LATE: Final = _gauge("queue_late", "Whether any case is past its term: 1 or 0.", "kind")
KEYHOLDERS: Final = _gauge("key_ring_holders", "Keyholders whose private key is open here.")
DIRECTORY: Final = _gauge("key_directory_version", "Version of the key directory in force here.")
PAIRS: Final = _gauge("key_pairs", "Key pairs in the directory in force here.", "state")
OLDEST_PAIR: Final = _gauge(
    "key_oldest_active_since_seconds",
    "When the quarter of the oldest active pair began, in seconds since 1970.",
)
UNPROVEN: Final = _gauge(
    "participants_unproven",
    "Organisations that take no part because their row is not the desk's own or is gone.",
)
READY: Final = _gauge("ready", "Whether this process could keep its promises when it last looked: 1 or 0.")
SUCCEEDED: Final = _gauge(
    "job_succeeded_at_seconds", "When a job of this worker last succeeded, in seconds since 1970.", "job"
)
SPANS_LOST: Final = _counter("spans_lost", "Spans that no collector took.")
FAILED: Final = _counter("job_failures", "Turns of a job that failed.", "job")
_ALARMS: Final = _counter(
    "alarms", "Rows met that the desk did not write, by what they claimed to be.", "reason"
)
_alarms: Final = {code: _ALARMS.labels(code) for code in sorted(ALARMS)}


class _Children(dict[tuple[Counter, str, str, int], Counter]):
    def __missing__(self, key: tuple[Counter, str, str, int]) -> Counter:
        counter, route, method, status = key
        child = self[key] = counter.labels(route, method, str(status))
        return child


class _Timers(dict[tuple[Histogram, str], Histogram]):
    def __missing__(self, key: tuple[Histogram, str]) -> Histogram:
        child = self[key] = key[0].labels(key[1])
        return child


_children: Final = _Children()
_timers: Final = _Timers()


def answered(method: str, route: str, status: int, seconds: float, *, reporter: bool) -> None:
    """Count one answer. `route` is a template of ours, never the path that was asked."""
    if reporter:
        HOURLY.turn()
    later = reporter and status < 500 and status not in AT_ONCE
    _children[REPORTERS if later else REQUESTS, route, method, status].inc()
    _timers[REPORTERS_SECONDS if later else SECONDS, route].observe(seconds)


def denied(reason: str, *, reporter: bool = False) -> None:
    """Count one refusal. What is no code counts as `other`: no word of a caller becomes a label."""
    HOURLY.turn()
    counter = REPORTERS_DENIALS if reporter else DENIALS
    counter.labels(reason if _CODE.fullmatch(reason) else "other").inc()


def session(action: str) -> None:
    """Count a page session that began or ended."""
    HOURLY.turn()
    SESSIONS.labels(action).inc()


def alarm(code: str) -> None:
    """Count one alarm. Raises KeyError for a code outside `ALARMS`."""
    _alarms[code].inc()


def queue(kind: str, waiting: int, overdue: int, oldest_seconds: float) -> None:
    """Set the figures of one kind of queue. `oldest_seconds` since the longest waiting case came in, 0 for none."""
    WAITING.labels(kind).set(waiting - waiting % STEP)
    OVERDUE.labels(kind).set(overdue - overdue % STEP)
    LATE.labels(kind).set(1 if overdue else 0)
    AGE.labels(kind).set(oldest_seconds // HOUR)


def serve(host: str, port: int) -> WSGIServer:
    """Answer Prometheus on its own port, in a thread, until `shutdown()`. Raises OSError for a taken port."""
    server, _ = start_http_server(port, addr=host, registry=REGISTRY)
    return server
