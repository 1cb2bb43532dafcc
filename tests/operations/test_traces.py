"""What a collector of traces gets: a route's template, method, status and duration; of a reporter's request nothing."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from app import figures, spans
from app.audit.act import Require
from app.cli import trace_to
from app.errors import StartRefused
from app.http.application import Desk as Application
from app.http.trace import REPORTERS
from app.settings import Settings
from app.tracing import Exported
from tests.desk import RIEC, ROOT, Client, Server, new_key
from tests.operations.collector import Received, collector, values
from tests.operations.planted import STEM, found_in, report

pytestmark = pytest.mark.anyio

TRACE, PARENT = "ab" * 16, "cd" * 8
SENT = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": f"{STEM.lower()}=1", "baggage": f"who={STEM}"}
ATTRIBUTES = {"http.request.method", "http.route", "http.response.status_code"}


@contextmanager
def exported(url: str) -> Iterator[Exported]:
    """Traces on for the time of the block."""
    sender = Exported(url, "serve", "0")
    spans.send_to(sender)
    try:
        yield sender
    finally:
        spans.close()


@pytest.fixture
def collected() -> Iterator[tuple[Exported, Received]]:
    with collector() as received, exported(received.url) as sender:
        yield sender, received


async def test_a_span_has_route_method_and_status_and_hangs_under_the_callers(
    client: Client, collected: tuple[Exported, Received]
) -> None:
    sender, received = collected
    began = time.time_ns()
    await client.as_("bouke").get(f"{RIEC}/cases?state=new", SENT)
    sender.flush()
    [span] = received.spans
    assert span.name == "GET /v1/queues/{queueId}/cases"
    assert values(list(span.attributes)) == {
        "http.request.method": "GET",
        "http.route": "/v1/queues/{queueId}/cases",
        "http.response.status_code": 200,
    }
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert began <= span.start_time_unix_nano <= span.end_time_unix_nano <= time.time_ns()
    assert span.kind == Span.SPAN_KIND_SERVER
    assert span.status.code == Status.STATUS_CODE_UNSET


async def test_a_trace_that_begins_here_has_the_id_of_the_line_and_no_parent(
    client: Client, collected: tuple[Exported, Received], capsys: pytest.CaptureFixture[str]
) -> None:
    sender, received = collected
    capsys.readouterr()
    for _ in range(3):
        await client.as_("bouke").get("/v1/queues")
    sender.flush()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert sorted(span.trace_id.hex() for span in received.spans) == sorted(one["traceId"] for one in lines)
    assert {span.parent_span_id for span in received.spans} == {b""}
    assert len({span.span_id for span in received.spans}) == 3


@pytest.mark.parametrize("door", ["v1", "web"])
async def test_a_reporters_request_makes_no_span_however_it_ends(
    client: Client, collected: tuple[Exported, Received], door: str
) -> None:
    sender, received = collected
    ans = client.as_("ans")
    made = await ans.post("/v1/signals", report(), SENT | {"Idempotency-Key": new_key()})
    assert made.status_code == 201
    code = {"receiptCode": made.json()["receiptCode"]}
    for path, body in (
        ("signals", b"{"),
        ("signals", b'{"text": 1}'),
        ("receipt-lookups", json.dumps(code).encode()),
        ("receipt-messages", json.dumps(code | {"text": STEM}).encode()),
        ("receipt-lookups", b'{"receiptCode": "0000-0000-0000-0000-0000"}'),
        ("webhooks/citizen-reports", b"{}"),
    ):
        for headers in (SENT, SENT | {"Accept": "text/html"}, SENT | {"Content-Type": "text/plain"}):
            await ans.send(f"/{door}/{path}", body, headers)
        await ans.get(f"/{door}/{path}", SENT)
        await ans.get(f"/{door}/{path}/", SENT)
    sender.flush()
    assert received.spans == []


async def test_a_failure_of_ours_is_marked_and_told_no_further(
    client: Client, collected: tuple[Exported, Received], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_words: object) -> None:
        raise ValueError(STEM)

    monkeypatch.setattr("app.casework.cases.page", broken)
    sender, received = collected
    assert (await client.as_("bouke").get(f"{RIEC}/cases")).status_code == 500
    sender.flush()
    [span] = received.spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert span.status.message == ""
    assert found_in(b"".join(received.bodies), [STEM]) == []


async def test_a_collector_that_is_gone_or_refuses_costs_no_answer(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost() -> float:
        return figures.REGISTRY.get_sample_value("meldpunt_spans_lost_total") or 0

    before = lost()
    with collector() as received:
        received.status = 503
        for url in ("http://127.0.0.1:9/v1/traces", received.url):
            with exported(url):
                assert (await client.as_("bouke").get("/v1/queues")).status_code == 200
    assert lost() == before + 2
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in said].count("spans_lost") == 2


MARKED = {
    "OTEL_RESOURCE_ATTRIBUTES": f"who={STEM}",
    "OTEL_SERVICE_NAME": STEM,
    "OTEL_EXPORTER_OTLP_HEADERS": f"x-who={STEM}",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_SDK_DISABLED": "true",
    "OTEL_TRACES_SAMPLER": "always_off",
    "OTEL_PROPAGATORS": "none",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


async def test_a_started_server_sends_what_it_may_and_nothing_from_path_query_headers_bodies_or_environment(
    settings: Settings,
) -> None:
    with collector() as received:
        told = MARKED | {"MELDPUNT_OTLP_URL": received.url}
        with Server(settings, environment=told) as server:
            async with server.client() as desk:
                bouke = desk.as_("bouke")
                hidden = {"User-Agent": STEM, "X-Forwarded-For": STEM, "Cookie": f"a={STEM}"} | SENT
                made = await desk.as_("ans").post("/v1/signals", report(), hidden)
                assert made.status_code == 201
                case = await bouke.pull(RIEC)
                await bouke.open(case)
                path = f"/v1/cases/{case['id']}"
                assert (await bouke.post(f"{path}/messages", {"text": STEM}, hidden)).status_code == 201
                await bouke.get(f"/v1/cases/{STEM}?{STEM}={STEM}", hidden)
                await bouke.get(f"/{STEM}?{STEM}", hidden)
                await bouke.send(f"/v1/cases/{STEM}/messages", STEM.encode(), hidden, STEM.upper())
    assert len(received.spans) >= 6
    for span in received.spans:
        assert {one.key for one in span.attributes} == ATTRIBUTES
        assert (list(span.events), list(span.links), span.trace_state) == ([], [], "")
    for one in received.requests:
        for group in one.resource_spans:
            about = values(list(group.resource.attributes))
            assert set(about) == {"service.name", "service.version"}
            assert about["service.name"] == "meldpunt-serve"
            assert {scope.scope.name for scope in group.scope_spans} == {"meldpunt"}
    needles = [STEM, case["id"], made.json()["id"], bouke.sub, bouke.token()[-20:]]
    assert found_in(b"".join(received.bodies), needles) == []
    assert {name for one in received.headers for name in one} <= {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
        "content-type",
        "content-length",
    }
    assert found_in(json.dumps(received.headers).encode(), needles) == []
    assert {span.name for span in received.spans} >= {
        "POST /v1/queues/{queueId}/claims",
        "POST /v1/cases/{caseId}/openings",
        "GET /v1/cases/{caseId}",
        "GET unmatched",
    }


def test_the_desk_without_a_collector_does_not_load_the_packages_for_it() -> None:
    asked = "import sys, app.cli; print([one for one in sys.modules if one.startswith(('opentelemetry.sdk', 'google'))])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "url",
    ["http://collector.example/v1/traces", "https://a:b@collector.example/", "otel", "ftp://127.0.0.1/"],
)
def test_an_address_that_is_not_safe_stops_the_start_by_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(StartRefused) as refused:
        trace_to(Settings(home=tmp_path, otlp_url=url), "serve")
    assert "MELDPUNT_OTLP_URL" in str(refused.value)
    assert url not in str(refused.value)


def test_the_doors_of_reporters_are_known_by_their_paths_and_no_others_are(application: Application) -> None:
    reporting, others = set[str](), set[str]()
    for route in iter_route_contexts(application.routes):
        dependant = getattr(route, "dependant", None)
        guards = [] if dependant is None else [one.call for one in dependant.dependencies]
        for guard in guards:
            if isinstance(guard, Require):
                (reporting if guard.reporting else others).add(str(route.path_format))
    assert len(reporting) >= 7
    assert len(others) > 40
    assert [path for path in reporting if not path.startswith(REPORTERS)] == []
    assert [path for path in others if path.startswith(REPORTERS)] == []
