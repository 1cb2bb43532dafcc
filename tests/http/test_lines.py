"""The one line a request leaves, and the trace it carries."""

import json
from typing import Any

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app import figures, telemetry
from app.http.application import Desk
from app.http.trace import forget_trace

pytestmark = pytest.mark.anyio

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    written = capsys.readouterr().err
    assert written.isascii()
    return [json.loads(line) for line in written.splitlines()]


async def test_a_request_leaves_one_line_with_its_template(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/v1/cases/MARKER?secret=MARKER", headers={b"User-Agent": b"MARKER\xe2\x80\xa8\x1b"})
    (line,) = lines(capsys)
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/cases/{caseId}", 401)
    assert line["milliseconds"] >= 0
    assert len(line["traceId"]) == 32
    assert "MARKER" not in json.dumps(line)


async def test_an_unknown_path_leaves_nothing_of_itself(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get('/v1/x%0A{"event":"login"}')
    await client.request("MARKER", "/v1/%1B[31m")
    first, second = lines(capsys)
    assert first["route"] == second["route"] == "unmatched"
    assert second["method"] == "OTHER"


async def test_a_failure_leaves_its_class_and_places_only(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/v1/broken")
    failed, request = lines(capsys)
    assert (failed["event"], failed["error"], failed["route"]) == ("failed", "ValueError", "/v1/broken")
    assert any(place.startswith("http/sample.py:") for place in failed["frames"])
    assert failed["traceId"] == request["traceId"]
    assert request["status"] == 500
    assert "MARKER" not in json.dumps(failed)


async def test_a_valid_trace_is_taken_over(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for given in (PARENT, f"cc-{TRACE}-00f067aa0ba902b7-01-more"):
        await client.get("/v1/half", headers={"traceparent": given})
        assert {line["traceId"] for line in lines(capsys)} == {TRACE}


@pytest.mark.parametrize(
    "given",
    [
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"{PARENT}-more",
        f"00-{TRACE}-00f067aa0ba902b7-0",
        f"{PARENT} ",
        "\x1b[31m",
        "",
    ],
)
async def test_an_invalid_trace_is_not(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str], given: str
) -> None:
    await client.get("/v1/half", headers={"traceparent": given})
    assert {line["traceId"] for line in lines(capsys)}.isdisjoint({TRACE, TRACE.upper(), "0" * 32})


async def test_two_traces_are_none(client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]) -> None:
    await client.get("/v1/half", headers=[("traceparent", PARENT), ("traceparent", PARENT)])
    assert TRACE not in {line["traceId"] for line in lines(capsys)}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/signals", {}),
        ("POST", "/v1/signals", {"Accept": "text/html"}),
        ("GET", "/v1/signals", {}),
        ("POST", "/v1/receipt-lookups/", {}),
        ("POST", "/web/receipt-messages", {"Content-Type": "text/plain"}),
        ("OPTIONS", "/v1/signals", {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}),
        ("PUT", "/v1/webhooks/citizen-reports", {}),
    ],
)
async def test_at_reporters_doors_no_trace_is_taken_over_and_no_moment_told_however_it_ends(
    client: httpx2.AsyncClient,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    headers: dict[str, str],
) -> None:
    given = {"traceparent": PARENT, "tracestate": "marker=1", "X-Request-Id": TRACE}
    answer = await client.request(method, path, headers=headers | given)
    written = lines(capsys)
    assert written != []
    for line in written:
        assert line["at"].endswith(":00:00.000000Z")
        assert TRACE not in json.dumps(line)
    assert TRACE not in str(answer.headers)


async def test_tracestate_and_other_ids_of_a_caller_are_in_no_line_and_no_answer(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    given = dict.fromkeys(("tracestate", "baggage", "X-Request-Id", "X-Correlation-Id", "b3"), "zqxmarker")
    answer = await client.get("/v1/half", headers=given)
    assert "zqxmarker" not in capsys.readouterr().err + str(answer.headers)


async def test_no_answer_carries_the_trace(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("/v1/half", "/v1/broken", "/v1/nowhere"):
        answer = await client.get(path, headers={"traceparent": PARENT})
        [*_, line] = lines(capsys)
        assert line["traceId"] == TRACE
        assert TRACE not in str(answer.headers) + answer.text


async def test_a_route_can_forget_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    seen: list[str] = []

    async def report(request: Request) -> Response:
        assert telemetry.trace_of(request.scope) == TRACE
        seen.append(forget_trace(request.scope))
        seen.append(telemetry.trace_of(request.scope))
        telemetry.log("reported")
        return Response()

    desk.add_route("/v1/report", report)
    transport = httpx2.ASGITransport(app=desk)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.test") as asking:
        await asking.get("/v1/report", headers={"traceparent": PARENT})
    reported, request = lines(capsys)
    assert {reported["traceId"], request["traceId"], *seen} == {seen[0]}
    assert seen[0] != TRACE


async def test_an_answer_is_counted_by_template(client: httpx2.AsyncClient) -> None:
    label = {"route": "/v1/half", "method": "GET", "status": "503"}
    before = figures.REGISTRY.get_sample_value("meldpunt_requests_total", label) or 0
    await client.get("/v1/half")
    assert figures.REGISTRY.get_sample_value("meldpunt_requests_total", label) == before + 1
    timed = figures.REGISTRY.get_sample_value("meldpunt_request_seconds_count", {"route": "/v1/half"})
    assert timed is not None
    assert timed >= 1


async def test_a_failure_half_way_the_answer_leaves_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()

    class Torn(Response):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise OSError("MARKER")

    async def torn(request: Request) -> Response:
        return Torn()

    desk.add_route("/v1/torn", torn)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/v1/torn", "headers": [], "query_string": b""}
    await desk(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
    failed, request = lines(capsys)
    assert failed["error"] == "OSError"
    assert request["status"] == 200
