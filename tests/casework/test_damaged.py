"""What was altered in the database does not open, is told as damaged, and is in the log as a try that failed."""

import pytest

from app.settings import Settings
from tests.attacks.planted import alarms
from tests.casework.steps import query
from tests.desk import DRUGS, RIEC, Client

pytestmark = pytest.mark.anyio
SAID = "Welke dag was dat?"
DAMAGED = "urn:meldpunt:problem:damaged"
FLIPPED = "set_byte({0}, length({0}) - 1, get_byte({0}, length({0}) - 1) # 1)"
PARTS = (
    f"update sealed_parts set ciphertext = {FLIPPED.format('ciphertext')} where kind = :kind",
    "update sealed_parts set ciphertext = substr(ciphertext, 1, 100) where kind = :kind",
    f"update sealed_parts set commitment = {FLIPPED.format('commitment')} where kind = :kind",
)
WRAPS = (
    f"update wraps.wraps w set wrap = {FLIPPED.format('wrap')} from sealed_parts p"
    " where p.record_id = w.record_id and p.kind = :kind",
    "update wraps.wraps w set wrap = '\\x00' from sealed_parts p"
    " where p.record_id = w.record_id and p.kind = :kind",
)
CHANGES = [(change, "record_forged") for change in PARTS] + [(change, "cannot_open") for change in WRAPS]
changed = pytest.mark.parametrize(
    ("change", "why"), CHANGES, ids=["flipped", "cut", "commitment", "wrap", "no wrap"]
)


async def failures(client: Client, action: str) -> list[tuple[str, str, str | None]]:
    """The tries of this act that failed: who, why, on which case."""
    log = await client.as_("dirk").items(f"/v1/access-log?action={action}&outcome=failed")
    return [(entry["actor"], entry["reasonCode"], entry["caseId"]) for entry in log]


@changed
async def test_an_altered_signal_stays_shut_and_the_try_is_in_the_log(
    client: Client, settings: Settings, change: str, why: str
) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await query(settings, change, kind="signal")
    answer = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
    assert DRUGS[:20] not in answer.text
    assert await failures(client, "case_opened") == [(bouke.sub, why, case["id"])]
    assert await query(settings, "select * from openings") == []


@changed
async def test_an_altered_message_opens_for_nobody_neither_worker_nor_reporter(
    client: Client, settings: Settings, change: str, why: str
) -> None:
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    path = f"/v1/cases/{(await bouke.pull(RIEC))['id']}/messages"
    assert (await bouke.post(path, {"text": SAID})).status_code == 201
    await query(settings, change, kind="message")
    body = {"receiptCode": made["receiptCode"]}
    answers = [
        await bouke.get(path),
        await client.post("/v1/receipt-lookups", body),
        await client.post("/v1/receipt-messages", body | {"text": "Dinsdag."}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
        assert SAID not in answer.text
    assert await failures(client, "messages_opened") == [(bouke.sub, why, path.split("/")[3])]
    for action in ("receipt_looked_up", "message_received"):
        assert await failures(client, action) == [("holder of a receipt", why, None)]
    assert len(await query(settings, "select * from messages")) == 1


async def test_a_key_put_in_a_receipts_place_receives_no_message(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where it is a good key: that of another reporter."""
    made, other = [await client.as_("ans").report() for _ in range(2)]
    bouke = client.as_("bouke")
    claimed = [await bouke.pull(RIEC) for _ in range(2)]
    [case] = [one for one in claimed if one["signalId"] == made["id"]]
    await query(
        settings,
        "update receipts set public_key = (select public_key from receipts where signal_id = :other)"
        " where signal_id = :signal",
        other=other["id"],
        signal=made["id"],
    )
    before = await query(settings, "select count(*) as n from wraps.wraps")
    refused = await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": SAID})
    assert (refused.status_code, refused.json()["type"]) == (503, DAMAGED)
    assert await failures(client, "message_sent") == [(bouke.sub, "receipt_key", case["id"])]
    written = capsys.readouterr().err
    assert alarms(written) == ["receipt_forged"]
    assert SAID not in written
    assert await query(settings, "select * from messages") == []
    assert await query(settings, "select count(*) as n from wraps.wraps") == before
    [whole] = [one for one in claimed if one["signalId"] == other["id"]]
    assert (await bouke.post(f"/v1/cases/{whole['id']}/messages", {"text": SAID})).status_code == 201
