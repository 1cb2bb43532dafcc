"""Whoever runs SQL as the database's administrator proves no erasure and has the desk destroy nothing."""

from typing import Any
from uuid import UUID

import pytest

from app.clock import new_id
from app.settings import Settings
from tests.attacks.planted import alarms
from tests.casework.steps import Case
from tests.database import look
from tests.desk import Client
from tests.retention.steps import approved, asked, closed, erase, reported, still_there

pytestmark = pytest.mark.anyio
COLUMNS = (
    "organisation_id, signal_id, case_id, reason_code, outcome, closed_at, supplies, requested_by, confirmed_by,"
    " erased_at, beyond_backups_on"
)
MACS = ["mac", "'\\x00'", "decode(repeat('ab', 32), 'hex')"]
ALTERED = [
    "id = gen_random_uuid()",
    "organisation_id = 'gemeente-assen'",
    "signal_id = gen_random_uuid()",
    "case_id = gen_random_uuid()",
    "approval_id = gen_random_uuid()",
    "reason_code = 'term_ended'",
    "outcome = null",
    "closed_at = closed_at - interval '1 microsecond'",
    "supplies = convert_to('[{}]', 'UTF8')",
    "requested_by = 'd-somebody'",
    "confirmed_by = 'd-somebody'",
    "erased_at = erased_at - interval '1 microsecond'",
    "beyond_backups_on = beyond_backups_on - 30",
    "mac = '\\x00'",
]


async def sql(settings: Settings, *statements: str) -> None:
    """Past every door, the guards of the tables switched off."""
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("set session_replication_role = replica")
        for statement in statements:
            await admin.exec_driver_sql(statement)


async def to_destroy(client: Client) -> tuple[dict[str, Any], Case]:
    """A report and its closed case."""
    made = await reported(client)
    return made, await closed(client, made)


async def declared(client: Client) -> dict[str, Any]:
    """The declaration of an erasure that two people did."""
    _, case = await to_destroy(client)
    answer = await erase(client.as_("fenna"), case, await approved(client, case))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def listed(client: Client, *names: str) -> list[dict[str, Any]]:
    """What the lists of destruction of these people hold."""
    return [one for name in names for one in await client.as_(name).items("/v1/erasures")]


@pytest.mark.parametrize("mac", MACS)
async def test_a_declaration_slipped_in_proves_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], mac: str
) -> None:
    told = await declared(client)
    copy = f"select gen_random_uuid(), gen_random_uuid(), {COLUMNS}, {mac} from erasures"
    await sql(settings, f"insert into erasures (id, approval_id, {COLUMNS}, mac) {copy}")
    assert await listed(client, "hilde") == [told]
    assert alarms(capsys.readouterr().err) == ["erasure_forged"]


@pytest.mark.parametrize("change", ALTERED, ids=lambda change: change.split()[0])
async def test_a_declaration_altered_by_sql_proves_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    await declared(client)
    await sql(settings, f"update erasures set {change}")
    assert await listed(client, "hilde", "eelco") == []
    assert "erasure_forged" in alarms(capsys.readouterr().err)


async def test_an_administrator_cannot_alter_a_declaration_without_switching_the_guard_off(
    client: Client, settings: Settings
) -> None:
    await declared(client)
    async with look.as_superuser(settings) as admin:
        with pytest.raises(Exception, match="append only"):
            await admin.exec_driver_sql("delete from erasures")


async def test_an_approval_slipped_in_destroys_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A genuine one of another case, under a new id for this one, with its decision."""
    _, other = await to_destroy(client)
    made, case = await to_destroy(client)
    genuine, slipped = await approved(client, other), new_id()
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(
            "insert into approvals select $1, kind, organisation_id, cover_id, object_kind, $2, $3, content,"
            " reason_code, requested_by, requested_principal, requested_role, requested_at, expires_at, mac"
            " from approvals where id = $4",
            (slipped, case["id"], UUID(case["id"]), UUID(genuine)),
        )
        await admin.exec_driver_sql(
            "insert into approval_decisions select $1, organisation_id, decision, reason_code, decided_by,"
            " decided_principal, decided_role, decided_at, mac from approval_decisions where approval_id = $2",
            (slipped, UUID(genuine)),
        )
    answer = await erase(client.as_("fenna"), case, str(slipped))
    assert (answer.status_code, answer.json()["code"]) == (503, "damaged")
    assert "approval_forged" in alarms(capsys.readouterr().err)
    assert await still_there(settings, made)


async def test_a_yes_slipped_in_destroys_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    made, case = await to_destroy(client)
    waiting = await asked(client, case)
    ilse = client.as_("ilse").sub
    await sql(
        settings,
        "insert into approval_decisions (approval_id, organisation_id, decision, reason_code, decided_by,"
        f" decided_principal, decided_role, decided_at, mac) values ('{waiting}', 'gemeente-emmen', 'approved',"
        f" 'in_order', '{ilse}', '{ilse}', 'approver', now(), sha256('m'))",
    )
    answer = await erase(client.as_("fenna"), case, waiting)
    assert (answer.status_code, answer.json()["code"]) == (503, "damaged")
    assert "approval_forged" in alarms(capsys.readouterr().err)
    assert await still_there(settings, made)


async def test_a_declaration_that_stands_there_before_the_act_is_told_and_the_report_stays(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the desk would destroy with no proof of its own."""
    await declared(client)
    made, case = await to_destroy(client)
    approval = await approved(client, case)
    copy = f"select gen_random_uuid(), '{approval}', {COLUMNS}, mac from erasures"
    await sql(settings, f"insert into erasures (id, approval_id, {COLUMNS}, mac) {copy}")
    answer = await erase(client.as_("fenna"), case, approval)
    assert (answer.status_code, answer.json()["code"]) == (503, "damaged")
    assert "erasure_forged" in alarms(capsys.readouterr().err)
    assert await still_there(settings, made)
