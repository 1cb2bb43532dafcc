"""A superuser switches row security off and moves things about: the keys refuse. Nothing is sealed to a forged key."""

from typing import Any

import pytest

from app.crypto.hpke import PrivateKey
from app.crypto.signing import SigningKey
from app.settings import Settings
from app.vault import directory, keys
from app.vault.directory import Directory, Entry, Signed, State
from tests.attacks import planted
from tests.attacks.planted import alarms
from tests.casework.steps import denials, query
from tests.database import look
from tests.desk import DRUGS, REPORT, RIEC, Client, new_key

pytestmark = pytest.mark.anyio
SAID = "Welke dag was dat?"
DAMAGED = "urn:meldpunt:problem:damaged"
WORD = DRUGS[:20]
MALLORY = PrivateKey.from_root(b"m" * 32).public.raw
OFF = """
select 'alter table ' || n.nspname || '.' || c.relname || ' no force row level security, disable row level security'
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'wraps') and c.relkind in ('r', 'p')
"""
GRANTS = tuple(
    f"grant all on all tables in schema {schema} to meldpunt_app, meldpunt_intake, meldpunt_auditor"
    for schema in ("public", "wraps")
)
UNBOUND = "set session_replication_role = replica"
"""No foreign key and no trigger holds either."""
COPIED = (
    "insert into wraps.wraps (record_id, version, key_id, generation, keyholder, parts, signal_id, wrap)"
    " select record_id, version, {key_id}, generation, 'rudd', parts, signal_id, wrap from wraps.wraps"
    " where keyholder = 'riec-noord-nederland' and signal_id = '{signal}'"
)
OWN_ID = "decode('{own}', 'hex')"


async def rules_off(settings: Settings) -> None:
    """No rule of the database holds any more."""
    async with look.as_superuser(settings) as connection:
        statements = [row[0] for row in await look.rows(connection, OFF)]
    assert len(statements) > 15
    await planted.run(settings, [*statements, *GRANTS])


async def moved_to_rudd(client: Client, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """A case of RIEC with a message, in the hands of RUDD's officer by SQL; and the report."""
    made, bouke = await client.as_("ans").report(), client.as_("bouke")
    case = await bouke.pull(RIEC)
    assert (await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": SAID})).status_code == 201
    await rules_off(settings)
    sub = client.as_("chris").sub
    await planted.run(
        settings,
        [
            UNBOUND,
            f"update cases set holder = 'rudd', queue_id = 'rudd', kind = 'rudd', assignee = '{sub}',"
            f" reference = 'X' where id = '{case['id']}'",
        ],
    )
    return case, made


async def test_with_row_security_off_and_a_case_moved_by_sql_rudd_cannot_open_it(
    client: Client, settings: Settings
) -> None:
    case, _ = await moved_to_rudd(client, settings)
    chris = client.as_("chris")
    assert (await chris.get(f"/v1/cases/{case['id']}")).status_code == 200, "the move itself succeeded"
    answer = await chris.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert answer.status_code == 404
    assert WORD not in answer.text
    assert [entry["reasonCode"] for entry in await denials(client, chris, case["id"])] == ["no_wrap"]
    lines = await chris.items(f"/v1/cases/{case['id']}/messages")
    assert [line["text"] for line in lines] == [""]
    assert await query(settings, "select * from openings") == []


@pytest.mark.parametrize("key_id", ["key_id", OWN_ID], ids=["as it was", "relabelled"])
async def test_a_wrap_copied_to_rudds_name_does_not_open_with_rudds_key(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], key_id: str
) -> None:
    case, made = await moved_to_rudd(client, settings)
    if key_id == "key_id":
        # The id is part of the row's key: what is copied as it was has to take the old row's place.
        statement = (
            "update wraps.wraps set keyholder = 'rudd' where keyholder = 'riec-noord-nederland'"
            f" and signal_id = '{made['id']}'"
        )
    else:
        own = keys.KeyRing.load(settings, holders={"rudd"}).private("rudd").public.key_id.hex()
        statement = COPIED.format(key_id=OWN_ID.format(own=own), signal=made["id"])
    await planted.run(settings, [statement])
    chris = client.as_("chris")
    for answer in (
        await chris.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"}),
        await chris.get(f"/v1/cases/{case['id']}/messages"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (503, DAMAGED)
        assert WORD not in answer.text
        assert SAID not in answer.text
    written = capsys.readouterr().err
    assert alarms(written) == ["record_forged"] * 2
    assert WORD not in written
    failed = await client.as_("dirk").items("/v1/access-log?outcome=failed")
    assert {(one["actor"], one["reasonCode"], one["caseId"]) for one in failed} == {
        (chris.sub, "cannot_open", case["id"])
    }


async def test_a_whole_other_organisation_gets_no_word_with_row_security_off(
    client: Client, settings: Settings
) -> None:
    """Assen's coordinator, whose case the superuser makes of it, with her name on every wrap there is."""
    case, made = await moved_to_rudd(client, settings)
    eelco = client.as_("eelco")
    await planted.run(
        settings,
        [
            UNBOUND,
            "update cases set holder = 'gemeente-assen', queue_id = 'triage-gemeente-assen', kind = 'triage',"
            f" assignee = '{eelco.sub}', state = 'assessing' where id = '{case['id']}'",
            f"update wraps.wraps set keyholder = 'gemeente-assen' where signal_id = '{made['id']}'"
            " and generation <> 'receipt'",
        ],
    )
    opened = await eelco.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert opened.status_code == 503
    assert WORD not in opened.text
    told = await eelco.post(f"/v1/cases/{case['id']}/reporter-openings", {"purpose": "reply"})
    assert told.status_code == 404
    moved = f"update signals set organisation_id = 'gemeente-assen' where id = '{made['id']}'"
    renamed = "update wraps.wraps set keyholder = 'reporter-gemeente-assen' where 'reporter' = any (parts)"
    await planted.run(settings, [UNBOUND, moved, renamed])
    told = await eelco.post(f"/v1/cases/{case['id']}/reporter-openings", {"purpose": "reply"})
    assert told.status_code in {404, 503}
    assert client.as_("ans").sub not in told.text


def listed(version: int) -> Directory:
    """A directory with a stranger's key for Emmen."""
    return Directory(version, (Entry("gemeente-emmen", "2026q4", 1, MALLORY, State.ACTIVE),))


async def stored(settings: Settings, version: int, signed: Signed) -> None:
    """The directory put into the database by hand, as the one of this version."""
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql(
            "insert into key_directories values ($1, $2, $3, now()) on conflict (version) do update"
            " set document = excluded.document, signature = excluded.signature",
            (version, signed.document, signed.signature),
        )


async def genuine(settings: Settings) -> tuple[int, Signed]:
    """The directory in force, as it is stored."""
    async with look.as_superuser(settings) as connection:
        [row] = await look.rows(connection, "select version, document, signature from key_directories")
        return row.version, Signed(bytes(row.document), bytes(row.signature))


FORGERIES = {
    "unsigned": Signed(listed(99).document, b""),
    "nothing signed": Signed(listed(99).document, b"\0" * 64),
    "another key": directory.sign(listed(99), SigningKey.from_seed(b"x" * 32)),
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
async def test_nothing_is_sealed_to_a_key_of_a_directory_that_the_desk_did_not_sign(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], forged: Signed
) -> None:
    await stored(settings, 99, forged)
    before = await query(settings, "select count(*) from wraps.wraps")
    capsys.readouterr()
    answer = await client.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
    assert answer.status_code == 503
    written = capsys.readouterr().err
    assert set(alarms(written)) == {"directory_forged"}
    assert WORD not in written
    assert MALLORY.hex()[:16] not in written
    assert await query(settings, "select count(*) from wraps.wraps") == before


async def test_the_signature_of_the_real_directory_does_not_carry_another_one(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    version, real = await genuine(settings)
    await stored(settings, version, Signed(listed(version).document, real.signature))
    capsys.readouterr()
    answer = await client.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
    assert answer.status_code == 503
    assert set(alarms(capsys.readouterr().err)) == {"directory_forged"}


async def test_what_the_metrics_count_is_what_somebody_was_called_for(
    client: Client, settings: Settings
) -> None:
    name, labels = "meldpunt_alarms_total", {"reason": "directory_forged"}
    before = planted.counted(name, labels)
    await stored(settings, 99, FORGERIES["unsigned"])
    await client.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
    assert planted.counted(name, labels) > before
