"""What the database says counts only where the desk itself vouched for it; settings of strangers stop the start."""

import pytest

from app.demo import login
from app.errors import StartRefused
from app.main import create_app
from app.settings import Settings
from tests.attacks.planted import alarms
from tests.casework.steps import case_of, query
from tests.desk import ASSEN, RIEC, TRIAGE_ASSEN, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
SLIPPED = """insert into supply_terms (id, organisation_id, queue_id, category, mode, ground, valid_until, mac)
values (gen_random_uuid(), 'gemeente-assen', :queue, null, 'direct', 'riec_partner', '2099-12-31', {mac})"""
COPIED = "(select mac from supply_terms where organisation_id = 'gemeente-emmen' and queue_id = :queue)"
ALTERED = {
    "until": "update supply_terms set valid_until = valid_until + 365",
    "ground": "update supply_terms set ground = 'environmental_task' where queue_id = 'riec-noord-nederland'",
    "category": "update supply_terms set category = 'drugs' where queue_id = 'riec-noord-nederland'",
    "identity": "update supply_terms set id = gen_random_uuid()",
    "owner": "update supply_terms set organisation_id = 'gemeente-assen'",
    "mac": "update supply_terms set mac = '\\x00'",
}


async def nobody_got(client: Client, settings: Settings) -> None:
    """No recipient has a case or a key of what was reported."""
    holders = await query(
        settings, "select distinct keyholder from wraps.wraps where keyholder !~ 'gemeente|indexer'"
    )
    assert holders == []
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


@pytest.mark.parametrize("mac", ["'\\x00'", "decode(repeat('ab', 32), 'hex')", COPIED])
async def test_a_term_slipped_in_by_sql_supplies_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], mac: str
) -> None:
    for queue in ("riec-noord-nederland", "rudd"):
        await query(settings, SLIPPED.format(mac=mac), queue=queue)
    made = await client.as_("eva").report(location=ASSEN)
    assert (await case_of(client.as_("eelco"), TRIAGE_ASSEN, made))["state"] == "new"
    await nobody_got(client, settings)
    assert "supply_term_forged" in alarms(capsys.readouterr().err)


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
async def test_a_term_altered_by_sql_supplies_nothing_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    await query(settings, change)
    made = await client.as_("ans").report()
    assert (await case_of(client.as_("fenna"), TRIAGE_EMMEN, made))["state"] == "new"
    await client.as_("eva").report(location=ASSEN)
    await nobody_got(client, settings)
    assert "supply_term_forged" in alarms(capsys.readouterr().err)


async def test_a_term_of_the_desks_own_making_supplies_and_nothing_is_told(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await client.as_("ans").report()
    assert (await case_of(client.as_("fenna"), TRIAGE_EMMEN, made))["state"] == "supplied"
    assert "supply_term_forged" not in alarms(capsys.readouterr().err)


@pytest.mark.parametrize(
    "stranger", ["gemeente-elders", "rudd", "riec-noord-nederland", "", "Provincie-Drenthe"]
)
def test_a_fallback_that_cannot_own_a_report_stops_the_start_and_is_named(
    settings: Settings, stranger: str
) -> None:
    wrong = settings.model_copy(update={"fallback_organisation": stranger})
    with pytest.raises(StartRefused, match="MELDPUNT_FALLBACK_ORGANISATION"):
        create_app(wrong, cast=login.cards(), logins=[login.router])
    right = settings.model_copy(update={"fallback_organisation": "gemeente-assen"})
    create_app(right, cast=login.cards(), logins=[login.router])
