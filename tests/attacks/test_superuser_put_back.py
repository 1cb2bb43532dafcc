"""Who runs SQL as superuser and puts an older row back with its own MAC gives nothing back: the log speaks against it."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import ProgrammingError

from app.casework import leavers
from app.clock import now
from app.database import Login, Scope, transaction
from app.figures import REGISTRY
from app.main import create_app
from app.organisations import readiness, review
from app.settings import Settings
from app.vault.keys import KeyRing
from tests.attacks.test_superuser_denials import deny, run
from tests.database import look
from tests.desk import RIEC, Client, client_for
from tests.organisations import rule_sets
from tests.organisations.desk import database_of, read_anew
from tests.organisations.settled import ASSEN, settle, take

pytestmark = pytest.mark.anyio
HOLDER = "riec-noord-nederland"
COLUMNS = "ended_at = o.ended_at, ended_by = o.ended_by, ended_reason = o.ended_reason, mac = o.mac"
PUT_BACK = f"update grants g set {COLUMNS} from old o where o.id = g.id"


def alarms(reason: str) -> float:
    """How often this alarm was raised in this process."""
    return REGISTRY.get_sample_value("meldpunt_alarms_total", {"reason": reason}) or 0.0


async def put_back(client: Client, settings: Settings, name: str = "bouke", role: str = "analyst") -> None:
    """End somebody's role, and put the row of before back, as out of a backup."""
    await run(settings, "create table old as select * from grants")
    await take(client, client.as_(name).sub, role)
    await run(settings, PUT_BACK)
    read_anew(client)


async def test_an_ended_grant_put_back_gives_nothing_and_is_told_once(
    client: Client, settings: Settings
) -> None:
    bouke, raised = client.as_("bouke"), alarms("grant_forged")
    assert (await bouke.get(f"{RIEC}/cases")).status_code == 200
    await put_back(client, settings)
    for _ in range(2):
        read_anew(client)
        assert (await bouke.get(f"{RIEC}/cases")).status_code == 404
    assert (await client.as_("bart").get(f"{RIEC}/cases")).status_code == 200
    assert alarms("grant_forged") == raised + 1


async def test_nor_does_it_in_a_process_that_starts_after_it(client: Client, settings: Settings) -> None:
    await put_back(client, settings)
    raised = alarms("grant_forged")
    async with client_for(create_app(settings), settings) as fresh:
        assert (await fresh.as_("bouke").get(f"{RIEC}/cases")).status_code == 404
    assert alarms("grant_forged") == raised + 1


async def test_ending_it_again_puts_it_right(client: Client, settings: Settings) -> None:
    await put_back(client, settings)
    await take(client, client.as_("bouke").sub, "analyst")
    raised = alarms("grant_forged")
    async with client_for(create_app(settings), settings) as fresh:
        assert (await fresh.as_("bouke").get(f"{RIEC}/cases")).status_code == 404
    assert alarms("grant_forged") == raised


async def test_she_counts_for_nothing_in_readiness_review_and_the_search_for_leavers(
    client: Client, settings: Settings
) -> None:
    await client.as_("ans").report()
    await client.as_("bouke").pull(RIEC)
    await put_back(client, settings)
    authority, moment = KeyRing.load(settings, holders=()).authority, now() + timedelta(seconds=1)
    async with database_of(settings) as database:
        worker = transaction(database.engine(Login.WORKER), Scope())
        keeper = transaction(database.engine(Login.APP), Scope(register=True))
        async with worker as held:
            assert await leavers.freeing(lambda: authority)(held.connection, moment) == 1
        async with keeper as held:
            found = await readiness.held(held.connection, authority, [HOLDER], moment)
            gathered = await review.gather(held.connection, authority, HOLDER, moment)
    bart = client.as_("bart").sub
    assert {str(one.subject) for one in found} == {str(one.subject) for one in gathered.found} == {bart}
    assert len(gathered.forged) == 1


async def test_a_refused_try_to_end_a_role_speaks_against_nobody(client: Client) -> None:
    bouke = client.as_("bouke")
    [held] = await client.as_("gerrit").items(f"/v1/grants?subject={bouke.sub}")
    for name in ("bart", "eelco"):
        refused = await client.as_(name).post(f"/v1/grants/{held['id']}/withdrawals", {"reasonCode": "left"})
        assert refused.status_code in {403, 404}
    read_anew(client)
    assert (await bouke.get(f"{RIEC}/cases")).status_code == 200


async def test_the_newest_denial_taken_away_is_told_by_a_process_that_never_read_it(
    client: Client, settings: Settings
) -> None:
    await deny(client, "bouke", HOLDER)
    await run(settings, "delete from denials")
    raised = alarms("denial_forged")
    async with client_for(create_app(settings), settings) as fresh:
        for _ in range(2):
            read_anew(fresh)
            await fresh.as_("gerrit").get("/v1/denials")
    assert alarms("denial_forged") == raised + 1


@pytest.mark.parametrize(
    ("table", "reason"), [("settings_versions", "setting_forged"), ("rule_sets", "rule_set_forged")]
)
async def test_a_newest_version_taken_away_so_that_an_older_one_holds_again_is_told(
    client: Client, settings: Settings, table: str, reason: str
) -> None:
    if table == "rule_sets":
        await rule_sets.put_in_force(client, "drenthe-2", "B1")
    else:
        await settle(client, ASSEN, "calendar", content={"closedDays": []})
    raised = alarms(reason)
    await run(settings, f"delete from {table}")
    for _ in range(2):
        read_anew(client)
        await client.as_("gerrit").get("/v1/denials")
    assert alarms(reason) == raised + 1


@pytest.mark.parametrize("login", [Login.INTAKE, Login.WORKER, Login.AUDITOR])
async def test_no_login_but_the_desks_own_says_that_something_was_taken_away(
    settings: Settings, login: Login
) -> None:
    columns = "id, leaf, at, action, object_kind, object_id, outcome"
    values = "gen_random_uuid(), '', now(), '{}', 'grant', 'x', 'allowed'"
    async with look.as_login(settings, login) as connection:
        insert = f"insert into access_entries ({columns}) values ({values})"
        await connection.exec_driver_sql(insert.format("case_viewed"))
        for action in ("grant_ended", "person_denied", "setting_activated", "rule_set_activated"):
            with pytest.raises(ProgrammingError, match="row-level security"):
                await connection.exec_driver_sql(insert.format(action))
