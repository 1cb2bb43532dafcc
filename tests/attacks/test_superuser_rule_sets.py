"""Whoever runs SQL as the database's administrator sorts no report: a slipped rule set is told, and people decide."""

import pytest

from app.settings import Settings
from tests.attacks.planted import alarms
from tests.casework.steps import case_of
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client
from tests.organisations.rule_sets import PATH, put_in_force, read_anew
from tests.organisations.settled import APPROVED

pytestmark = pytest.mark.anyio
COPY = """insert into rule_sets (id, number, content, proposed_by, confirmed_by, approval_id, activated_at, mac)
select gen_random_uuid(), number + 1, content, proposed_by, confirmed_by, gen_random_uuid(), activated_at, {mac}
from rule_sets order by number limit 1"""
MACS = ["mac", "'\\x00'", "decode(repeat('ab', 32), 'hex')"]
ALTERED = [
    "id = gen_random_uuid()",
    "number = 7",
    "content = convert_to(replace(convert_from(content, 'UTF8'), '\"B5\",', ''), 'UTF8')",
    "proposed_by = 'd-somebody'",
    "confirmed_by = proposed_by",
    "approval_id = gen_random_uuid()",
    "activated_at = activated_at + interval '1 microsecond'",
    "mac = '\\x00'",
]


async def sql(settings: Settings, *statements: str) -> None:
    """Past every door, the guard of the table switched off."""
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("alter table rule_sets disable trigger append_only")
        for statement in statements:
            await admin.exec_driver_sql(statement)


async def lines_of_a_report(client: Client) -> list[tuple[str, str, list[str]]]:
    """Rule set, mode and reasons of where a plain report of Emmen goes, asked anew."""
    read_anew(client)
    made = await client.as_("ans").report()
    case = await case_of(client.as_("fenna"), TRIAGE_EMMEN, made)
    decision = (await client.as_("fenna").get(f"/v1/cases/{case['id']}")).json()["routingDecision"]
    return [(decision["ruleSet"], line["mode"], line["reasonCodes"]) for line in decision["lines"]]


FOR_A_PERSON = [("none", "triage", ["rule_failed"])]


@pytest.mark.parametrize("mac", MACS)
async def test_a_rule_set_slipped_in_sorts_nothing_and_is_told_until_two_people_mend_it(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], mac: str
) -> None:
    await put_in_force(client)
    await sql(settings, COPY.format(mac=mac))
    assert await lines_of_a_report(client) == FOR_A_PERSON
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    assert "rule_set_forged" in alarms(capsys.readouterr().err)
    assert "active" not in [one["state"] for one in await client.as_("gea").items(PATH)]
    await put_in_force(client, "hersteld")
    assert {one[0] for one in await lines_of_a_report(client)} == {"hersteld"}
    assert len(await client.as_("bouke").items(f"{RIEC}/cases")) == 1


@pytest.mark.parametrize("change", ALTERED, ids=lambda change: change.split()[0])
async def test_a_rule_set_altered_by_sql_sorts_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    await put_in_force(client)
    await sql(settings, f"update rule_sets set {change}")
    assert await lines_of_a_report(client) == FOR_A_PERSON
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    assert "rule_set_forged" in alarms(capsys.readouterr().err)


async def test_a_first_rule_set_that_nobody_agreed_to_sorts_nothing(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await sql(
        settings,
        "insert into rule_sets select gen_random_uuid(), 1, '{}', 'one', 'two', gen_random_uuid(), now(), '\\x00'",
    )
    assert await lines_of_a_report(client) == FOR_A_PERSON
    assert "rule_set_forged" in alarms(capsys.readouterr().err)
    await sql(settings, "delete from rule_sets")
    assert {one[0] for one in await lines_of_a_report(client)} == {"drenthe-1"}


@pytest.mark.parametrize("gone", ["number = 2", "true"])
async def test_an_older_version_put_back_sorts_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], gone: str
) -> None:
    for name in ("drenthe-2", "drenthe-3"):
        await put_in_force(client, name)
    assert {one[0] for one in await lines_of_a_report(client)} == {"drenthe-3"}
    await sql(settings, f"delete from rule_sets where {gone}")
    assert await lines_of_a_report(client) == FOR_A_PERSON
    assert alarms(capsys.readouterr().err) == ["rule_set_put_back"]


async def test_an_approval_slipped_in_activates_no_rule_set(client: Client, settings: Settings) -> None:
    await put_in_force(client)
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(
            "insert into approvals select gen_random_uuid(), kind, organisation_id, cover_id, object_kind,"
            " gen_random_uuid()::text, case_id, content, reason_code, requested_by, requested_principal,"
            " requested_role, requested_at, expires_at, mac from approvals where kind = 'rule_set' limit 1"
        )
        slipped = await look.one(
            admin, "select id from approvals where id not in (select approval_id from approval_decisions)"
        )
    refused = await client.as_("gea").post(f"/v1/approvals/{slipped}/decisions", APPROVED)
    assert (refused.status_code, refused.json()["code"]) == (503, "damaged")
    async with look.as_superuser(settings) as admin:
        assert await look.one(admin, "select count(*) from rule_sets") == 1


async def test_an_administrator_cannot_alter_a_rule_set_without_switching_the_guard_off(
    client: Client, settings: Settings
) -> None:
    await put_in_force(client)
    async with look.as_superuser(settings) as admin:
        with pytest.raises(Exception, match="append only"):
            await admin.exec_driver_sql("update rule_sets set number = 2")
