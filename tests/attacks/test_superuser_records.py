"""A database superuser puts sealed records of his own in the place of the desk's: refused at use, with an alarm.

He has everything that lies in the database, recipients' public keys among it, and seals as well as the desk does.
"""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import ProgrammingError

from app.database import Login, Scope, transaction
from app.errors import Damaged
from app.settings import Settings
from app.vault import read
from app.vault.keys import KeyRing
from tests.attacks import planted
from tests.attacks.planted import FORGED, MACS, alarms, replace_record
from tests.casework.steps import assess, query, supply
from tests.database import look
from tests.desk import ASSEN, DRUGS, RIEC, TRIAGE_ASSEN, Client

pytestmark = pytest.mark.anyio
PLANTED = "Het was de buurman van nummer zeven."
SAID = "Welke dag was dat?"
DAMAGED = "urn:meldpunt:problem:damaged"
mac = pytest.mark.parametrize("mac", MACS)


async def failures(client: Client, action: str) -> list[tuple[str, str, str | None]]:
    """The tries of this act that failed: who, why, on which case."""
    log = await client.as_("dirk").items(f"/v1/access-log?action={action}&outcome=failed")
    return [(entry["actor"], entry["reasonCode"], entry["caseId"]) for entry in log]


async def asked_by_riec(client: Client) -> tuple[dict[str, Any], str]:
    """A report that RIEC's analyst asked a question about, and the path of its dialogue."""
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    path = f"/v1/cases/{(await bouke.pull(RIEC))['id']}/messages"
    assert (await bouke.post(path, {"text": SAID})).status_code == 201
    return made, path


@mac
async def test_a_whole_record_replaced_under_its_id_opens_for_none_of_its_readers(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], mac: str
) -> None:
    made = await client.as_("ans").report()
    bouke, fenna = client.as_("bouke"), client.as_("fenna")
    case = await bouke.pull(RIEC)
    [own] = await fenna.items("/v1/queues/triage-gemeente-emmen/cases")
    await replace_record(settings, UUID(made["id"]), {"text": PLANTED}, mac)
    capsys.readouterr()
    for worker, opened in ((bouke, case), (fenna, own)):
        answer = await worker.post(f"/v1/cases/{opened['id']}/openings", {"purpose": "review"})
        assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
        assert PLANTED not in answer.text
    written = capsys.readouterr().err
    assert alarms(written) == ["record_forged"] * 2
    assert PLANTED not in written
    assert await failures(client, "case_opened") == [
        (fenna.sub, "record_forged", own["id"]),
        (bouke.sub, "record_forged", case["id"]),
    ]
    assert await query(settings, "select * from openings") == []


async def test_but_for_its_mac_the_planted_record_is_as_good_as_the_desks_own(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under the desk's own key the very same rows open: nothing but the MAC stands in the attacker's way."""
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    key = KeyRing.for_intake(settings).vouching
    await replace_record(settings, UUID(made["id"]), {"text": PLANTED}, FORGED, key)
    assert (await bouke.open(case))["content"] == {"text": PLANTED}
    assert alarms(capsys.readouterr().err) == []


@mac
async def test_a_message_replaced_under_its_id_is_read_neither_by_the_worker_nor_with_the_code(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], mac: str
) -> None:
    made, path = await asked_by_riec(client)
    [row] = await query(settings, "select id from messages")
    await replace_record(settings, row["id"], {"text": PLANTED}, mac)
    capsys.readouterr()
    code = {"receiptCode": made["receiptCode"]}
    for answer in (
        await client.as_("bouke").get(path),
        await client.as_(None).post("/v1/receipt-lookups", code),
        await client.as_(None).post("/v1/receipt-messages", code | {"text": "Dinsdag."}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
        assert PLANTED not in answer.text
    assert alarms(capsys.readouterr().err) == ["record_forged"] * 3
    assert await failures(client, "receipt_looked_up") == [("holder of a receipt", "record_forged", None)]


@mac
async def test_a_reporters_answer_replaced_under_its_id_is_not_read_as_hers(
    client: Client, settings: Settings, mac: str
) -> None:
    made, path = await asked_by_riec(client)
    said = {"receiptCode": made["receiptCode"], "text": "Dinsdag."}
    answered = await client.as_(None).post("/v1/receipt-messages", said)
    assert answered.status_code == 201
    await replace_record(settings, UUID(answered.json()["id"]), {"text": PLANTED}, mac)
    answer = await client.as_("bouke").get(path)
    assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
    assert [why for _, why, _ in await failures(client, "messages_opened")] == ["record_forged"]


@mac
async def test_a_typed_reason_replaced_under_its_id_is_not_read_as_the_workers(
    client: Client, settings: Settings, mac: str
) -> None:
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    body = {"purpose": "assessment", "reason": "Nodig voor het overleg."}
    assert (await bouke.post(f"/v1/cases/{case['id']}/openings", body)).status_code == 201
    [row] = await query(settings, "select record_id from openings")
    ring, holder = KeyRing.load(settings, holders={"riec-noord-nederland"}), "riec-noord-nederland"

    async def opened() -> object:
        async with (
            look.pool(settings, Login.APP) as engine,
            transaction(engine, Scope(holder, (holder,))) as held,
        ):
            return await read.open_records(
                held.connection, ring, holder, [row["record_id"]], UUID(made["id"])
            )

    assert await opened() == {row["record_id"]: {"reason": {"text": body["reason"]}}}
    await replace_record(settings, row["record_id"], {"text": PLANTED}, mac)
    with pytest.raises(Damaged) as refused:
        await opened()
    assert refused.value.reason == "record_forged"


SWAPS = {
    "another signal's content": (
        "update sealed_parts a set suite = b.suite, commitment = b.commitment, ciphertext = b.ciphertext,"
        " mac = b.mac from sealed_parts b where a.record_id = '{mine}' and b.record_id = '{other}'"
        " and a.part = 'content' and b.part = 'content'",
        "update wraps.wraps a set wrap = b.wrap from wraps.wraps b where a.record_id = '{mine}'"
        " and b.record_id = '{other}' and a.keyholder = b.keyholder",
    ),
    "another signal's record whole": (
        "delete from sealed_parts where record_id = '{mine}'",
        "delete from wraps.wraps where record_id = '{mine}'",
        "update sealed_parts set record_id = '{mine}', signal_id = '{mine}' where record_id = '{other}'",
        "update wraps.wraps set record_id = '{mine}', signal_id = '{mine}' where record_id = '{other}'",
    ),
    "its own other part": (
        "update sealed_parts a set suite = b.suite, commitment = b.commitment, ciphertext = b.ciphertext,"
        " mac = b.mac from sealed_parts b where a.record_id = '{mine}' and b.record_id = '{mine}'"
        " and a.part = 'content' and b.part = 'minimised'",
    ),
    "the mac alone": (
        "update sealed_parts a set mac = b.mac from sealed_parts b where a.record_id = '{mine}'"
        " and b.record_id = '{other}' and a.part = b.part",
    ),
}


@pytest.mark.parametrize("statements", SWAPS.values(), ids=SWAPS)
async def test_a_part_put_in_the_place_of_another_with_everything_that_belongs_to_it_stays_shut(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], statements: tuple[str, ...]
) -> None:
    mine, other = [await client.as_("ans").report() for _ in range(2)]
    bouke = client.as_("bouke")
    claimed = [await bouke.pull(RIEC) for _ in range(2)]
    [case] = [one for one in claimed if one["signalId"] == mine["id"]]
    await planted.run(settings, [one.format(mine=mine["id"], other=other["id"]) for one in statements])
    answer = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "review"})
    assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
    assert DRUGS[:20] not in answer.text
    assert alarms(capsys.readouterr().err) == ["record_forged"]


async def test_a_message_moved_into_another_reports_dialogue_is_not_read_there(
    client: Client, settings: Settings
) -> None:
    """Everything of it is genuine but where it stands: a word said about one case must not speak in another."""
    mine, other = [await client.as_("ans").report() for _ in range(2)]
    bouke = client.as_("bouke")
    claimed = {case["signalId"]: case for case in [await bouke.pull(RIEC) for _ in range(2)]}
    path = "/v1/cases/{}/messages"
    sent = await bouke.post(path.format(claimed[other["id"]]["id"]), {"text": SAID})
    assert sent.status_code == 201
    moved = (
        f"update messages set signal_id = '{mine['id']}', case_id = '{claimed[mine['id']]['id']}'",
        f"update sealed_parts set signal_id = '{mine['id']}' where kind = 'message'",
        f"update wraps.wraps set signal_id = '{mine['id']}' where record_id in (select id from messages)",
    )
    for count in range(1, len(moved) + 1):
        await planted.run(settings, moved[:count])
        answer = await bouke.get(path.format(claimed[mine["id"]]["id"]))
        assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
        assert SAID not in answer.text


async def test_of_two_versions_the_newer_is_opened_and_the_older_in_its_place_is_refused(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    key = KeyRing.for_intake(settings).vouching
    await planted.add_version(settings, UUID(made["id"]), {"text": "De nieuwe lezing."}, key)
    assert (await bouke.open(case))["content"] == {"text": "De nieuwe lezing."}
    await planted.run(
        settings,
        [
            "update sealed_parts a set suite = b.suite, commitment = b.commitment, ciphertext = b.ciphertext,"
            " mac = b.mac from sealed_parts b where a.version = 2 and b.version = 1 and a.part = b.part",
            "update wraps.wraps a set wrap = b.wrap from wraps.wraps b where a.version = 2 and b.version = 1"
            " and a.keyholder = b.keyholder",
        ],
    )
    answer = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "review"})
    assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
    assert DRUGS[:20] not in answer.text
    assert alarms(capsys.readouterr().err) == ["record_forged"]


async def test_a_planted_record_is_not_supplied_to_anybody(client: Client, settings: Settings) -> None:
    made = await client.as_("eva").report(location=ASSEN)
    eelco = client.as_("eelco")
    case = await assess(eelco, TRIAGE_ASSEN)
    await replace_record(settings, UUID(made["id"]), {"text": PLANTED}, FORGED)
    refused = await supply(eelco, case, "riec-noord-nederland")
    assert (refused.status_code, refused.json()["type"]) == (503, DAMAGED)
    assert [why for _, why, _ in await failures(client, "case_moved")] == ["record_forged"]
    assert await query(settings, "select * from disclosures") == []
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


@pytest.mark.parametrize("login", [Login.INTAKE, Login.APP])
async def test_no_login_of_the_desk_stores_a_part_without_its_mac(
    client: Client, settings: Settings, login: Login
) -> None:
    made, path = await asked_by_riec(client)
    columns = (
        "insert into sealed_parts (record_id, version, part, kind, organisation_id, signal_id, suite, commitment,"
        " ciphertext, mac) values (gen_random_uuid(), 1, 'message', 'message', 'gemeente-emmen',"
        f" '{made['id']}', 1, '\\x00', '\\x00', %s)"
    )
    holder = "riec-noord-nederland"
    async with look.pool(settings, login) as engine:
        with pytest.raises(ProgrammingError):
            async with transaction(engine, Scope(holder, (holder,))) as held:
                await held.connection.exec_driver_sql(columns % "null")
        async with transaction(engine, Scope(holder, (holder,))) as held:
            await held.connection.exec_driver_sql(columns % "'\\x00'")
    assert path.startswith("/v1/cases/")
