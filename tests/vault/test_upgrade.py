"""A database of the first desk, whose parts have no MAC: all of it opens after the upgrade, nothing slipped in later."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from app import installation
from app.database import Login, engine_for, login_url
from app.demo import login
from app.demo.cast import people
from app.main import create_app
from app.settings import Settings
from app.vault import keyfolder, store
from tests.attacks.planted import alarms
from tests.conftest import admin_url
from tests.database import look
from tests.desk import DRUGS, RIEC, TRIAGE_EMMEN, Client, client_for

pytestmark = pytest.mark.anyio
FIRST = "0ceb4ceec3cc"
SAID, ANSWERED = "Welke dag was dat?", "Dinsdag."
DATABASE = "first_desk"
COLUMNS = """
select n.nspname || '.' || c.relname as name, array_agg(quote_ident(a.attname) order by a.attnum) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where n.nspname in ('public', 'wraps') and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0
    and not a.attisdropped and c.relname <> 'alembic_version' group by 1
"""


@dataclass(frozen=True, slots=True)
class Old:
    """A database as the first desk left it, with a report, a question and an answer in it."""

    settings: Settings
    made: dict[str, Any]
    case: dict[str, Any]

    async def upgrade(self) -> None:
        """What `meldpunt migrate` does."""
        await installation.prepare(admin_url(self.settings, DATABASE), self.settings, (), people())

    async def ask(self, sql: str) -> Any:
        """One value, as the superuser sees it."""
        async with look.connected(admin_url(self.settings, DATABASE)) as connection:
            return await look.one(connection, sql)

    async def do(self, *statements: str) -> None:
        """Statements of the superuser."""
        async with look.connected(admin_url(self.settings, DATABASE)) as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)


def to_first_desk(connection: Connection) -> None:
    """The schema of the first desk."""
    config = Config(installation.ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    command.upgrade(config, FIRST)


async def copy(source: AsyncConnection, target: AsyncConnection) -> None:
    """Every row of the tables and columns that the first desk had."""
    await target.exec_driver_sql("set session_replication_role = replica")
    for table in await look.rows(target, COLUMNS):
        names = ", ".join(table.columns)
        places = ", ".join(f"${number}" for number in range(1, len(table.columns) + 1))
        for row in await look.rows(source, f"select {names} from {table.name}"):
            await target.exec_driver_sql(f"insert into {table.name} ({names}) values ({places})", tuple(row))


@pytest.fixture
async def old(client: Client, settings: Settings, cluster: Settings) -> AsyncIterator[Old]:
    made, bouke = await client.as_("ans").report(), client.as_("bouke")
    case = await bouke.pull(RIEC)
    asked = await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": SAID})
    body = {"receiptCode": made["receiptCode"], "text": ANSWERED}
    answered = await client.as_(None).post("/v1/receipt-messages", body)
    assert (asked.status_code, answered.status_code) == (201, 201)
    async with look.connected(admin_url(cluster, "postgres")) as server:
        await server.exec_driver_sql(f"create database {DATABASE}")
        try:
            await _fill(settings, cluster)
            (cluster.keys_folder / keyfolder.VOUCHED).unlink()
            url = SecretStr(admin_url(cluster, DATABASE))
            yield Old(settings.model_copy(update={"database_url": url}), made, case)
        finally:
            await server.exec_driver_sql(f"drop database {DATABASE} with (force)")
            keyfolder.note_vouched(cluster.keys_folder)


async def _fill(settings: Settings, cluster: Settings) -> None:
    """Schema and rows of the first desk in the database made for it."""
    url = admin_url(cluster, DATABASE)
    await installation.make_logins(url, cluster.logins_folder)
    password = installation.password(cluster.logins_folder, Login.MIGRATOR)
    engine = engine_for(login_url(url, Login.MIGRATOR, password), 1, seconds=None)
    async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
        await connection.run_sync(to_first_desk)
        for generation in ("2026q4", "receipt"):
            await store.open_generation(connection, generation)
        await connection.commit()
    await engine.dispose()
    async with look.as_superuser(settings) as source, look.connected(url) as target:
        await copy(source, target)


async def read(client: Client, old: Old) -> list[str]:
    """What those who could read at the first desk read now: the report twice, both lines of the dialogue, the code's."""
    bouke, fenna = client.as_("bouke"), client.as_("fenna")
    [own] = await fenna.items(f"{TRIAGE_EMMEN}/cases")
    contents = [(await worker.open(case))["content"] for worker, case in ((bouke, old.case), (fenna, own))]
    lines = await bouke.items(f"/v1/cases/{old.case['id']}/messages")
    seen = await client.as_(None).post("/v1/receipt-lookups", {"receiptCode": old.made["receiptCode"]})
    assert seen.status_code == 200, seen.text
    return [
        *(content["text"] for content in contents),
        *(line["text"] for line in lines),
        *(line["text"] for line in seen.json()["messages"]),
    ]


async def test_everything_that_the_first_desk_sealed_opens_after_the_upgrade(
    old: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = await old.ask("select count(*) from sealed_parts")
    assert parts > 4
    await old.upgrade()
    assert await old.ask("select count(*) from sealed_parts where length(mac) = 32") == parts
    assert await old.ask(
        "select relforcerowsecurity and relrowsecurity from pg_class where relname = 'sealed_parts'"
    )
    application = create_app(old.settings, cast=login.cards(), logins=[login.router])
    async with client_for(application, old.settings) as client:
        assert await read(client, old) == [DRUGS, DRUGS, SAID, ANSWERED, SAID]
    assert alarms(capsys.readouterr().err) == []


async def test_a_part_slipped_in_after_the_upgrade_is_never_vouched_for(
    old: Old, capsys: pytest.CaptureFixture[str]
) -> None:
    await old.upgrade()
    await old.do("update sealed_parts set mac = null where part = 'content'")
    await old.upgrade()
    assert await old.ask("select count(*) from sealed_parts where mac is null") == 1
    application = create_app(old.settings, cast=login.cards(), logins=[login.router])
    async with client_for(application, old.settings) as client:
        answer = await client.as_("bouke").post(f"/v1/cases/{old.case['id']}/openings", {"purpose": "review"})
        assert answer.status_code == 503
        [entry] = await client.as_("dirk").items("/v1/access-log?action=case_opened&outcome=failed")
        assert entry["reasonCode"] == "record_forged"
    assert alarms(capsys.readouterr().err) == ["record_forged"]


async def test_an_upgrade_that_was_broken_off_before_it_vouched_goes_on_where_it_was(old: Old) -> None:
    await old.upgrade()
    (old.settings.keys_folder / keyfolder.VOUCHED).unlink()
    await old.do("update sealed_parts set mac = null")
    await old.upgrade()
    assert await old.ask("select count(*) from sealed_parts where mac is null") == 0
    assert keyfolder.records_vouched(old.settings.keys_folder)


async def test_more_parts_than_are_taken_at_a_time_all_get_theirs(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_UNVOUCHED", store._UNVOUCHED.limit(2))
    await old.upgrade()
    assert await old.ask("select count(*) from sealed_parts where mac is null") == 0
