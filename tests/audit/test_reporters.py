"""Reporting leaves no thread to pull: no trace in the entry, no exact moment in a line, by the hour where anonymous."""

import json
from typing import Any

import pytest

from app.settings import Settings
from tests.audit.rows import acts
from tests.desk import REPORT, RIEC, Client

pytestmark = pytest.mark.anyio
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
WRONG = "ABCD-EFGH-JKMN-PQRS-TVWX"


async def reporting(client: Client, **members: object) -> None:
    """All that a reporter does, well and badly, with a trace of her own."""
    ans = client.as_("ans")
    made = (await ans.post("/v1/signals", REPORT | members, PARENT)).json()
    code = {"receiptCode": made["receiptCode"]}
    await client.post("/v1/receipt-lookups", code, PARENT)
    await client.post("/v1/receipt-lookups", {"receiptCode": WRONG}, PARENT)
    await client.post("/v1/receipt-messages", code | {"text": "Nog iets."}, PARENT)
    refused = await ans.post("/v1/signals", REPORT | {"onBehalf": True}, PARENT)
    assert refused.status_code == 403
    invalid = await ans.post("/v1/signals", {"text": ""}, PARENT)
    assert invalid.status_code == 400
    assert (await client.as_("dirk").post("/v1/signals", REPORT, PARENT)).status_code == 403


def request_lines(written: str) -> list[dict[str, Any]]:
    """The lines of answered requests."""
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "request"]


async def test_entries_of_what_reporters_do_carry_no_trace(client: Client, settings: Settings) -> None:
    await reporting(client)
    log = await acts(settings)
    assert {row["action"] for row in log} == {
        "signal_submitted",
        "signal_supplied",
        "receipt_looked_up",
        "message_received",
    }
    assert {row["outcome"] for row in log} == {"allowed", "denied"}
    assert {row["trace_id"] for row in log} == {None}
    assert not [row for row in log if b"trace" in row["leaf"]]
    await client.as_("bouke").pull(RIEC)
    assert (await acts(settings))[-1]["trace_id"] is not None


async def test_lines_of_reporters_requests_are_dated_by_the_hour_under_a_trace_of_ours(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    await reporting(client)
    written = capsys.readouterr().err
    lines = request_lines(written)
    assert len(lines) == 7
    assert {line["at"][13:] for line in lines} == {":00:00.000000Z"}
    assert TRACE not in written
    assert len({line["traceId"] for line in lines}) == 7
    await client.as_("bouke").get("/v1/queues", PARENT)
    await client.as_("bouke").get("/v1/queues", PARENT)
    workers = request_lines(capsys.readouterr().err)
    assert {line["at"][13:] for line in workers} != {":00:00.000000Z"}


async def test_looking_up_an_anonymous_report_is_in_the_log_by_the_hour(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report(confidentiality="anonymous")
    code = {"receiptCode": made["receiptCode"]}
    assert (await client.post("/v1/receipt-lookups", code)).status_code == 200
    assert (await client.post("/v1/receipt-messages", code | {"text": "Nog iets."})).status_code == 201
    log = [row for row in await acts(settings) if str(row["signal_id"]) == made["id"]]
    assert {row["action"] for row in log} >= {"signal_submitted", "receipt_looked_up", "message_received"}
    assert {row["at"].strftime("%M:%S.%f") for row in log} == {"00:00.000000"}
    assert all(b":00:00.000000Z" in row["leaf"] for row in log)
