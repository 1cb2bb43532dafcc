"""Whoever runs SQL as the database's administrator sets nothing: each slipped or altered setting is refused and told."""

import json
from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.settings import Settings
from tests.database import look
from tests.desk import ASSEN as PLACE
from tests.desk import RIEC as RIEC_QUEUE
from tests.desk import TRIAGE_EMMEN, Client
from tests.organisations.settled import (
    APPROVED,
    ASSEN,
    DIRECT,
    EMMEN,
    RIEC,
    readiness,
    settle,
    settle_papers,
)

pytestmark = pytest.mark.anyio
SLIPPED = """insert into settings_versions (id, organisation_id, kind, name, number, content, proposed_by, confirmed_by,
    approval_id, activated_at, mac)
values (gen_random_uuid(), '{organisation}', '{kind}', 'main', {number}, convert_to('{content}', 'UTF8'), 'one', 'two',
    gen_random_uuid(), now(), {mac})"""
COVER = '{"organisation":"gemeente-assen","validUntil":null}'
MACS = ["'\\x00'", "decode(repeat('ab', 32), 'hex')", "(select mac from settings_versions limit 1)"]
ALTERED = [
    'content = convert_to(\'{"organisation":"gemeente-assen","validUntil":null}\', \'UTF8\')',
    "organisation_id = 'gemeente-emmen'",
    "confirmed_by = proposed_by",
    "number = 7",
    "activated_at = now()",
]


def alarms(written: str) -> Sequence[str]:
    """The reasons of the alarms a process wrote."""
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    return [line["reason"] for line in lines if line["event"] == "alarm"]


async def slip(admin: AsyncConnection, kind: str, content: str, mac: str, number: int = 99) -> None:
    """Put a setting of Emmen into the table, past every door."""
    sql = SLIPPED.format(organisation=EMMEN, kind=kind, number=number, content=content, mac=mac)
    await admin.exec_driver_sql(sql)


async def asked_of_the_second_person(client: Client) -> str:
    """The id of a request of Emmen's coordinator."""
    await client.as_("ans").report(concernsColleague=True, confidentiality="shielded")
    case = await client.as_("fenna").pull(TRIAGE_EMMEN)
    body = {"kind": "reveal", "caseId": case["id"], "reasonCode": "danger_to_reporter"}
    asked = await client.as_("fenna").post("/v1/approvals", body)
    assert asked.status_code == 201, asked.text
    return str(asked.json()["id"])


@pytest.mark.parametrize("mac", MACS)
async def test_a_cover_agreement_slipped_in_makes_nobody_second_person(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], mac: str
) -> None:
    await settle(client, EMMEN, "cover", content={"organisation": None})
    async with look.as_superuser(settings) as admin:
        await slip(admin, "cover", COVER, mac)
    id_ = await asked_of_the_second_person(client)
    assert "setting_forged" in alarms(capsys.readouterr().err)
    refused = await client.as_("evert").post(f"/v1/approvals/{id_}/decisions", APPROVED)
    assert refused.status_code == 404
    assert (await client.as_("ilse").post(f"/v1/approvals/{id_}/decisions", APPROVED)).status_code == 201


@pytest.mark.parametrize("change", ALTERED)
async def test_a_setting_altered_by_sql_sets_nothing_any_more(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    await settle(client, ASSEN, "cover", content={"organisation": "provincie-drenthe"})
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("alter table settings_versions disable trigger append_only")
        await admin.exec_driver_sql(f"update settings_versions set {change}")
    capsys.readouterr()
    found = await client.as_("gea").items("/v1/settings-versions")
    assert found == []
    assert "setting_forged" in alarms(capsys.readouterr().err)
    for organisation in (EMMEN, ASSEN):
        assert (await readiness(client.as_("gea"), organisation))["cover"] == (True, "not_needed")


async def test_an_administrator_cannot_alter_a_version_without_switching_the_guard_off(
    client: Client, settings: Settings
) -> None:
    await settle(client, ASSEN, "calendar", content={"closedDays": []})
    async with look.as_superuser(settings) as admin:
        with pytest.raises(Exception, match="append only"):
            await admin.exec_driver_sql("update settings_versions set number = 2")
        assert await look.one(admin, "select number from settings_versions") == 1


async def test_documents_slipped_in_make_no_organisation_ready(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    papers = '{"document":"Z1","validUntil":"2099-01-01"}'
    async with look.as_superuser(settings) as admin:
        for kind in ("privacy_protocol", "retention", "matrix"):
            await slip(admin, kind, papers, MACS[1])
    found = await readiness(client.as_("fenna"), EMMEN)
    assert {found[kind] for kind in ("privacy_protocol", "retention", "matrix")} == {(False, "missing")}
    assert alarms(capsys.readouterr().err).count("setting_forged") == 3


async def test_approvers_slipped_in_do_not_make_up_the_number(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(
            f"update grants set role = 'privacy_officer' where organisation_id = '{ASSEN}' and role = 'approver'"
        )
    found = await readiness(client.as_("gerrit"), ASSEN)
    assert (found["approvers"], found["privacy_officer"]) == ((False, "too_few"), (False, "missing"))
    assert "grant_forged" in alarms(capsys.readouterr().err)


async def test_a_number_taken_by_a_slipped_row_does_not_stop_the_next_version(
    client: Client, settings: Settings
) -> None:
    async with look.as_superuser(settings) as admin:
        for number in (1, 2, 2147483647):
            await slip(admin, "calendar", '{"closedDays":[]}', MACS[1], number)
    await settle(client, EMMEN, "calendar", content={"closedDays": []})
    [held] = await client.as_("gea").items("/v1/settings-versions")
    assert (held["number"], held["state"]) == (3, "active")


async def test_an_approval_slipped_in_activates_nothing(client: Client, settings: Settings) -> None:
    await settle_papers(client, ASSEN)
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(
            "insert into approvals select gen_random_uuid(), kind, organisation_id, cover_id, object_kind,"
            " gen_random_uuid()::text, case_id, content, reason_code, requested_by, requested_principal,"
            " requested_role, requested_at, expires_at, mac from approvals where kind = 'setting' limit 1"
        )
        before = await look.one(admin, "select count(*) from settings_versions")
        slipped = await look.one(
            admin, "select id from approvals where id not in (select approval_id from approval_decisions)"
        )
    refused = await client.as_("gea").post(f"/v1/approvals/{slipped}/decisions", APPROVED)
    assert (refused.status_code, refused.json()["code"]) == (503, "damaged")
    async with look.as_superuser(settings) as admin:
        assert await look.one(admin, "select count(*) from settings_versions") == before


async def test_a_slipped_term_counts_as_stated_nowhere(client: Client, settings: Settings) -> None:
    async with look.as_superuser(settings) as admin:
        for queue in (RIEC, "rudd"):
            await admin.exec_driver_sql(
                "insert into supply_terms (id, organisation_id, queue_id, category, mode, ground, valid_until, mac)"
                f" values (gen_random_uuid(), '{ASSEN}', '{queue}', null, '{DIRECT['mode']}', 'riec_partner',"
                " '2099-12-31', '\\x00')"
            )
    assert (await readiness(client.as_("eelco"), ASSEN))["disclosure"] == (False, "no_ground_stated")
    await client.as_("eva").report(location=PLACE)
    assert await client.as_("bouke").items(f"{RIEC_QUEUE}/cases") == []
