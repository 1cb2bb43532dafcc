"""A citizen service number that somebody types is kept nowhere, and she is told that it was left out."""

from typing import Any

import pytest

from app.identifiers import Identifier
from app.identifiers.bsn import MARKER
from app.intake import parts
from app.intake.masking import without_bsn
from app.signals.report import Report
from tests.casework.steps import places_of
from tests.desk import REPORT, TRIAGE_EMMEN, Client, new_key
from tests.intake.conftest import SECRETS
from tests.intake.deliveries import data, event, signed

pytestmark = pytest.mark.anyio

BSN = "123456782"
SAID = f"hij heeft BSN {BSN}"
TYPED: dict[str, Any] = REPORT | {
    "text": f"Er klopt iets niet. De man, {SAID}, reed weg.",
    "title": f"Man, {SAID}",
    "externalReference": SAID,
    "location": {"municipalityCode": "0114", "street": SAID, "city": SAID, "description": SAID},
    "persons": [{"role": "suspect", "name": SAID, "description": SAID}],
    "vehicles": [{"plate": "12-BBB-3", "description": SAID}],
    "companies": [{"name": SAID}],
}


async def content_of(desk: Client, reference: str) -> dict[str, Any]:
    """The content of a report as the coordinator of Emmen reads it."""
    fenna = desk.as_("fenna")
    [case] = [one for one in await fenna.items(f"{TRIAGE_EMMEN}/cases") if one["reference"] == reference]
    assert (await fenna.post(f"{TRIAGE_EMMEN}/claims", {"caseId": case["id"]})).status_code == 201
    content: dict[str, Any] = (await fenna.open(case, "triage"))["content"]
    return content


async def test_the_number_is_kept_in_no_member_and_the_reporter_is_told(desk: Client) -> None:
    answer = await desk.as_("ans").post("/v1/signals", TYPED)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["notices"] == ["bsn_masked"]
    content = await content_of(desk, made["reference"])
    assert BSN not in str(content)
    assert str(content).count(MARKER) >= 10
    assert content["vehicles"][0]["plate"] == "12-BBB-3"
    assert await places_of(desk.settings, BSN) == []


async def test_the_same_request_again_gets_the_same_notice(desk: Client) -> None:
    key = {"Idempotency-Key": new_key()}
    first, again = [await desk.as_("ans").post("/v1/signals", TYPED, key) for _ in range(2)]
    assert first.json() == again.json()
    assert again.json()["notices"] == ["bsn_masked"]


async def test_without_such_a_number_there_is_no_notice(desk: Client) -> None:
    polis = REPORT | {"text": f"{REPORT['text']} Polis {BSN}."}
    answer = await desk.as_("ans").post("/v1/signals", polis)
    assert "notices" not in answer.json()


async def test_the_number_in_a_citizens_report_is_left_out_too(desk: Client) -> None:
    told = data(text=f"{REPORT['text']} De man, {SAID}, reed weg.")
    delivered = await signed(SECRETS[0], event(told)).send(desk)
    assert delivered.status_code == 202, delivered.text
    content = await content_of(desk, delivered.json()["reference"])
    assert BSN not in content["text"]
    assert MARKER in content["text"]


async def test_the_number_in_a_later_message_of_the_reporter_is_left_out_too(desk: Client) -> None:
    made = (await desk.as_("ans").post("/v1/signals", TYPED)).json()
    said = {"receiptCode": made["receiptCode"], "text": SAID}
    assert (await desk.as_(None).post("/v1/receipt-messages", said)).status_code == 201
    fenna = desk.as_("fenna")
    [case] = [one for one in await fenna.items(f"{TRIAGE_EMMEN}/cases") if one["signalId"] == made["id"]]
    assert (await fenna.post(f"{TRIAGE_EMMEN}/claims", {"caseId": case["id"]})).status_code == 201
    [line] = await fenna.items(f"/v1/cases/{case['id']}/messages")
    assert line["text"] == f"hij heeft BSN {MARKER}"


async def test_what_is_indexed_holds_fields_and_words_each_once_and_never_the_number() -> None:
    report = without_bsn(
        Report.model_validate(TYPED | {"text": f"12-BBB-3 en 06-12345678, {SAID}, KvK 00012345"})
    )
    assert parts.known(report) == [
        Identifier("plate", "12BBB3"),
        Identifier("kvk", "00012345"),
        Identifier("phone", "+31612345678"),
    ]
