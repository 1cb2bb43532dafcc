"""What acts leave in the log: exact bytes, columns that agree, a worker by her subject id and a reporter by none."""

import itertools
import json
from typing import Any

import pytest

from app.crypto import blind, canonical
from app.demo.cast import CAST
from app.settings import Settings
from tests.audit.rows import is_canonical, stored, told
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client, new_key

pytestmark = pytest.mark.anyio

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
TYPED = "Roerdompstraat"


async def some_of_everything(client: Client) -> dict[str, Any]:
    """Acts of every kind, allowed and denied, with a typed reason and a foreign trace; the report's answer."""
    ans, bouke, fenna = client.as_("ans"), client.as_("bouke"), client.as_("fenna")
    made = await ans.report()
    again = {"Idempotency-Key": new_key()} | PARENT
    for _ in range(2):
        await ans.post("/v1/signals", {"text": "Nog een melding uit Emmen."}, again)
    await ans.report(confidentiality="anonymous")
    await client.as_("eva").report(confidentiality="shielded", reporter={"name": TYPED})
    case = await bouke.pull(RIEC)
    await bouke.get(f"/v1/cases/{case['id']}", PARENT)
    await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "review", "reason": TYPED})
    await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": TYPED})
    await client.as_(None).post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]}, PARENT)
    await client.as_(None).post("/v1/receipt-lookups", {"receiptCode": "0000-1111-2222-3333-4444"}, PARENT)
    await client.as_(None).post("/v1/receipt-messages", {"receiptCode": made["receiptCode"], "text": TYPED})
    await bouke.get(f"/v1/cases/{case['id']}/messages")
    await client.as_("chris").get(f"/v1/cases/{case['id']}", PARENT)
    await client.as_("ans").get(f"{TRIAGE_EMMEN}/cases")
    await fenna.get(f"{TRIAGE_EMMEN}/cases")
    await client.as_(None).get("/v1/queues")
    await client.as_("dirk").get(f"/v1/access-log?actor={TYPED}")
    return made


@pytest.fixture
async def log(client: Client, settings: Settings) -> list[dict[str, Any]]:
    """The log after some of everything."""
    await some_of_everything(client)
    return await stored(settings)


async def test_bytes_are_canonical_and_say_what_the_columns_beside_them_say(
    log: list[dict[str, Any]],
) -> None:
    assert len(log) >= 18
    for row in log:
        assert is_canonical(row["leaf"])
        assert told(row) == json.loads(row["leaf"])
        assert row["index"] is None
        assert (row["field"], row["beside"]) == ("actor", row["organisation"])


async def test_each_commitment_has_a_salt_of_its_own_and_opens_with_its_value(
    log: list[dict[str, Any]],
) -> None:
    assert {len(row["salt"]) for row in log} == {32}
    assert len({row["salt"] for row in log}) == len(log)
    swapped = [one | {"salt": other["salt"]} for one, other in itertools.pairwise(log)]
    assert all(str(told(row)["actor"]).encode() not in row["leaf"] for row in swapped)
    renamed = [row | {"value": row["value"] + " "} for row in log]
    assert all(str(told(row)["actor"]).encode() not in row["leaf"] for row in renamed)


async def test_what_an_auditor_asked_can_be_checked_by_who_suspects_it_and_read_by_nobody(
    client: Client, settings: Settings
) -> None:
    await client.as_("dirk").get(f"/v1/access-log?actor={TYPED}&outcome=denied")
    async with look.as_superuser(settings) as admin:
        [asked] = await look.rows(
            admin,
            "select e.record, v.salt, v.value from access_entries e join access_values v on v.entry_id = e.id"
            " where v.field = 'question'",
        )
    assert asked.value == ""
    suspected = canonical.encode({"actor": TYPED, "outcome": "denied"}).decode()
    assert asked.record == blind.commitment(asked.salt, "question", suspected).hex()
    other = canonical.encode({"actor": "somebody else", "outcome": "denied"}).decode()
    assert asked.record != blind.commitment(asked.salt, "question", other).hex()


async def test_who_submits_follows_or_answers_is_named_by_nothing(log: list[dict[str, Any]]) -> None:
    nameless = {
        "signal_submitted": {"employee of gemeente-emmen", "employee of gemeente-assen"},
        "signal_submitted_again": {"employee of gemeente-emmen"},
        "receipt_looked_up": {"holder of a receipt"},
        "message_received": {"holder of a receipt"},
    }
    for action, names in nameless.items():
        rows = [row for row in log if row["action"] == action]
        assert {row["value"] for row in rows} == names
        assert {row["role"] for row in rows} == {None}
        assert TRACE not in {row["trace_id"] for row in rows}


async def test_a_worker_is_named_by_subject_id_and_the_trace_is_kept(log: list[dict[str, Any]]) -> None:
    bouke, chris = CAST["bouke"].sub, CAST["chris"].sub
    by_bouke = {row["action"] for row in log if row["value"] == bouke}
    assert {"case_claimed", "case_viewed", "case_opened", "message_sent", "messages_opened"} <= by_bouke
    [viewed] = [row for row in log if (row["action"], row["value"]) == ("case_viewed", bouke)]
    assert viewed["trace_id"] == TRACE
    [denied] = [row for row in log if row["value"] == chris]
    assert (denied["action"], denied["outcome"]) == ("case_viewed", "denied")
    assert denied["case_id"] == viewed["case_id"]


async def test_a_log_entry_holds_no_word_that_anyone_typed(client: Client, settings: Settings) -> None:
    await some_of_everything(client)
    async with look.as_superuser(settings) as connection:
        for table in await look.tables(connection):
            for needle in (TYPED, CAST["ans"].sub):
                sql = f"select count(*) from {table} t where position($1 in t::text) > 0"
                found = await look.one(connection, sql, needle)
                denied = table == "public.access_values" and needle != TYPED
                assert found == (1 if denied else 0), (table, needle)
                assert await look.one(connection, sql, needle.encode().hex()) == 0


async def test_an_opening_names_purpose_case_and_signal_and_the_record_of_its_reason(
    log: list[dict[str, Any]],
) -> None:
    [opened] = [row for row in log if row["action"] == "case_opened"]
    assert opened["purpose"] == "review"
    assert opened["case_id"] is not None
    assert opened["signal_id"] is not None
    assert len(opened["record"]) == 64


async def test_an_anonymous_report_is_logged_by_the_hour_at_which_it_is_stored(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report(confidentiality="anonymous")
    about = [row for row in await stored(settings) if str(row["signal_id"]) == made["id"]]
    assert "signal_submitted" in {row["action"] for row in about}
    assert {(row["at"].minute, row["at"].second, row["at"].microsecond) for row in about} == {(0, 0, 0)}


async def test_the_auditors_own_question_is_in_the_log_he_reads_next(client: Client) -> None:
    dirk = client.as_("dirk")
    await dirk.get("/v1/access-log")
    found = await dirk.items("/v1/access-log?action=log_queried")
    assert [entry["actor"] for entry in found] == [dirk.sub]
