"""The deny list of a desk that made no MACs: believed once, at the upgrade, and never again."""

import pytest

from app import installation
from app.clock import new_id
from app.demo.cast import people
from app.settings import Settings
from app.vault import keyfolder
from tests.conftest import admin_url
from tests.database import look
from tests.desk import Client
from tests.identity.test_session_upgrade import migrate
from tests.organisations.desk import read_anew

pytestmark = pytest.mark.anyio
BEFORE = "1a5c0de0b030"
DATABASE = "before_denials"
RIEC = "riec-noord-nederland"
BARE = "update denials set mac = '', door_mac = ''"
LIFTED = "update denials set lifted_at = now() - interval '1 minute', lifted_by = 'somebody'"


async def run(url: str, *statements: str) -> None:
    """Statements of the superuser."""
    async with look.connected(url) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def upgrade(settings: Settings) -> None:
    """What `meldpunt migrate` does."""
    assert settings.database_url is not None
    await installation.prepare(settings.database_url.get_secret_value(), settings, (), people())


async def test_rows_of_before_are_believed_once_and_a_row_made_bare_later_is_not(
    client: Client, settings: Settings
) -> None:
    assert settings.database_url is not None
    url, bouke, bart = settings.database_url.get_secret_value(), client.as_("bouke"), client.as_("bart")
    for worker in (bouke, bart):
        body = {"organisationId": RIEC, "subject": worker.sub, "reasonCode": "left"}
        assert (await client.as_("gerrit").post("/v1/denials", body)).status_code == 201
    await run(url, BARE, f"{LIFTED} where subject = '{bouke.sub}'")
    (settings.keys_folder / keyfolder.DENIALS_VOUCHED).unlink()
    await upgrade(settings)
    read_anew(client)
    assert [(await worker.get("/v1/queues")).status_code for worker in (bouke, bart)] == [200, 401]

    await run(url, BARE, f"{LIFTED} where subject = '{bart.sub}'")
    await upgrade(settings)
    read_anew(client)
    assert (await bart.get("/v1/queues")).status_code == 401
    async with look.connected(url) as connection:
        assert await look.one(connection, "select count(*) from denials where mac = ''") == 2


async def test_of_two_open_rows_for_one_person_the_first_stays_and_all_are_numbered(
    cluster: Settings,
) -> None:
    url = admin_url(cluster, DATABASE)
    columns = "id, organisation_id, subject, person, reason_code, denied_by, denied_at"
    rows = ", ".join(
        f"('{new_id()}', '{RIEC}', '{subject}', sha256('p'), 'left', 'x', '2026-11-2{day}T08:00Z')"
        for subject, day in (("one", 2), ("one", 1), ("two", 3))
    )
    async with look.connected(admin_url(cluster, "postgres")) as server:
        await server.exec_driver_sql(f"create database {DATABASE}")
        try:
            await installation.make_logins(url, cluster.logins_folder)
            await migrate(cluster, url, BEFORE)
            await run(
                url,
                "insert into organisations (id, name, kind, active, mac) "
                f"values ('{RIEC}', 'RIEC', 'riec', true, sha256('m'))",
                f"insert into denials ({columns}) values {rows}",
            )
            await migrate(cluster, url, "head")
            async with look.connected(url) as connection:
                listed = await look.rows(
                    connection,
                    "select subject, number, lifted_at is null as open from denials order by number",
                )
            assert [tuple(row) for row in listed] == [("one", 1, True), ("one", 2, False), ("two", 3, True)]
        finally:
            await server.exec_driver_sql(f"drop database {DATABASE} with (force)")
