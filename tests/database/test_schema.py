"""What migrations make is what was reviewed: grants, policies, functions, on the oldest and the newest PostgreSQL."""

import asyncio
import difflib
import re
import subprocess
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError

from app import installation
from app.database import Login, engine_for, plain_url
from app.demo import cluster as embedded
from app.demo.cast import people
from app.settings import Settings
from tests import conftest
from tests.conftest import admin_url, url_of
from tests.database import fifteen, look, schema
from tests.database.look import as_login, as_superuser
from tests.desk import RIEC, Client
from tests.isolation.expected import FUNCTIONS

pytestmark = pytest.mark.anyio

DEFINERS = """
select p.oid::regprocedure::text as name, pg_get_userbyid(p.proowner) as owner, p.prosecdef, p.proconfig,
    exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0) as public
from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('public', 'wraps')
"""
VIEWS = """
select c.relname, coalesce(c.reloptions, '{}') as options from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
"""
SEQUENCES = "select count(*) from pg_class where relkind = 'S'"


def difference(live: list[str]) -> str:
    """How a database differs from the reviewed file, and how to write the file anew."""
    reviewed = schema.FILE.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(reviewed, live, "migrations/schema.txt", "this database", lineterm="", n=0)
    found = "\n".join(lines)
    return f"{found}\n{schema.RENEW}" if found else ""


async def test_the_schema_is_the_one_that_was_reviewed(cluster: Settings) -> None:
    assert difference(await schema.lines(admin_url(cluster, "meldpunt"))) == ""


def test_postgresql_15_gives_the_same_schema(cluster: Settings) -> None:
    with fifteen.running() as url:
        installation.run(url, cluster)
        assert difference(asyncio.run(schema.lines(url))) == ""


async def test_a_grant_or_function_that_nobody_reviewed_shows(settings: Settings) -> None:
    assert settings.database_url is not None
    async with as_superuser(settings) as connection:
        for planted in (
            "grant select on signals to meldpunt_intake",
            "grant select (category) on cases to meldpunt_auditor",
            "create policy easy on signals for select to meldpunt_worker using (true)",
            "create function peek() returns text language sql as 'select 1::text'",
            "alter table receipts no force row level security",
        ):
            await connection.exec_driver_sql(planted)
    shown = difference(await schema.lines(settings.database_url.get_secret_value()))
    for words in (
        "+grant insert, select on public.signals to meldpunt_intake",
        "+grant select (category) on public.cases to meldpunt_auditor",
        "+policy public.signals.easy select to meldpunt_worker using true",
        "+function peek() returns text: owner postgres, volatile, execute PUBLIC",
        "+table public.receipts: owner meldpunt_owner, row security\n",
        "python -m tests.database.schema",
    ):
        assert words in shown


async def test_every_table_and_partition_forces_row_security(settings: Settings) -> None:
    async with as_superuser(settings) as connection:
        assert await look.unguarded(connection) == []
        assert len(await look.tables(connection)) >= 20
        await connection.exec_driver_sql("create table notes (id uuid)")
        await connection.exec_driver_sql("alter table cases no force row level security")
        partition = await look.one(
            connection, "select min(oid::regclass::text) from pg_class where relispartition and relkind = 'r'"
        )
        await connection.exec_driver_sql(f"alter table {partition} disable row level security")
        assert await look.unguarded(connection) == ["public.cases", "public.notes", partition]


async def test_every_column_that_can_hold_a_word_is_declared_clear_or_sealed(settings: Settings) -> None:
    async with as_superuser(settings) as connection:
        assert await look.undeclared(connection) == []
        await connection.exec_driver_sql("alter table cases add column remark text, add column extra jsonb")
        await connection.exec_driver_sql("create table notes (seen boolean)")
        assert await look.undeclared(connection) == [
            "public.cases.extra",
            "public.cases.remark",
            "public.notes.seen",
        ]


async def test_every_column_of_a_model_is_in_the_database(settings: Settings) -> None:
    async with as_superuser(settings) as connection:
        there = {(row.nspname, row.relname, row.attname) for row in await look.rows(connection, look.COLUMNS)}
    assert look.declared().keys() <= there


async def test_functions_that_act_for_the_door_are_closed_to_the_public(settings: Settings) -> None:
    async with as_superuser(settings) as connection:
        functions = await look.rows(connection, DEFINERS)
    assert [row.name for row in functions if row.public] == []
    assert all(row.proconfig == ["search_path=pg_catalog"] for row in functions)
    definers = {row.name: row.owner for row in functions if row.prosecdef}
    assert set(definers.values()) == {"meldpunt_door"}
    assert {name.replace(", ", ",") for name in definers} == set(FUNCTIONS)


async def test_views_look_through_the_eyes_of_who_asks_and_no_sequence_counts_reports(
    settings: Settings,
) -> None:
    async with as_superuser(settings) as connection:
        views = await look.rows(connection, VIEWS)
        assert [view.relname for view in views if "security_invoker=true" not in view.options] == []
        assert await look.one(connection, SEQUENCES) == 0


async def test_models_and_migrations_agree_and_there_is_one_head(settings: Settings) -> None:
    def agree(connection: Connection) -> None:
        config = Config(installation.ROOT / "alembic.ini")
        config.attributes["connection"] = connection
        command.check(config)

    script = installation.script()
    assert len(script.get_heads()) == 1
    engine = engine_for(url_of(settings, Login.MIGRATOR), 1)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
            assert await connection.run_sync(installation.current) == script.get_current_head()
            await connection.rollback()
            await connection.run_sync(agree)
    finally:
        await engine.dispose()


def test_migrations_are_named_by_the_minute() -> None:
    names = [file.name for file in (installation.ROOT / "migrations" / "versions").glob("*.py")]
    assert names
    assert [name for name in names if not re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]+\.py", name)] == []


async def test_several_that_prepare_one_database_at_once_make_one_schema(cluster: Settings) -> None:
    async with look.connected(admin_url(cluster, "postgres")) as connection:
        await connection.exec_driver_sql("create database together")
    url = admin_url(cluster, "together")
    try:
        await asyncio.gather(
            *(
                asyncio.to_thread(installation.run, url, cluster, ("gemeente-emmen",), people())
                for _ in range(4)
            )
        )
        assert difference(await schema.lines(url)) == ""
        async with look.connected(url) as connection:
            assert await look.one(connection, "select count(*) from supply_terms") == 2
            assert await look.one(connection, "select count(*) from key_directories") == 1
            assert await look.unguarded(connection) == []
    finally:
        async with look.connected(admin_url(cluster, "postgres")) as connection:
            await connection.exec_driver_sql("drop database together with (force)")


async def test_the_migrator_acts_as_the_owner_and_no_other_login_can(settings: Settings) -> None:
    async with as_login(settings, Login.MIGRATOR) as connection:
        assert await look.one(connection, "select current_user::text") == "meldpunt_owner"
    for login in set(Login) - {Login.MIGRATOR}:
        async with as_login(settings, login) as connection:
            for role in ("meldpunt_owner", "meldpunt_door", "meldpunt_app", "postgres"):
                if role != login:
                    with pytest.raises(ProgrammingError):
                        await connection.exec_driver_sql(f"set role {role}")


async def test_no_login_can_make_anything_in_the_database(settings: Settings) -> None:
    for login in set(Login) - {Login.MIGRATOR}:
        async with as_login(settings, login) as connection:
            for sql in (
                "create table own (id int)",
                "create function own() returns int language sql as 'select 1'",
                "create table wraps.own (id int)",
                "create schema own",
            ):
                with pytest.raises(ProgrammingError):
                    await connection.exec_driver_sql(sql)


async def test_the_backup_login_dumps_everything_and_changes_nothing(settings: Settings) -> None:
    dump = embedded.binaries() / "pg_dump"
    url = plain_url(url_of(settings, Login.BACKUP))
    done = await asyncio.to_thread(
        subprocess.run, [str(dump), "--data-only", url], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "gemeente Borger-Odoorn" in done.stdout
    assert "wraps_receipt" in done.stdout
    async with as_login(settings, Login.BACKUP) as connection:
        for table in ("signals", "wraps.wraps", "access_entries", "organisations"):
            with pytest.raises(ProgrammingError):
                await connection.exec_driver_sql(f"delete from {table}")


async def test_a_copy_of_the_logs_entries_for_another_machine_names_nobody(client: Client) -> None:
    bouke = client.as_("bouke")
    assert (await bouke.post(f"{RIEC}/claims")).status_code == 204
    url = plain_url(url_of(client.settings, Login.BACKUP))
    words = [str(embedded.binaries() / "pg_dump"), "--data-only", "--table=access_entries", url]
    done = await asyncio.to_thread(subprocess.run, words, check=True, capture_output=True, text=True)
    assert "case_claimed" in done.stdout
    assert bouke.sub not in done.stdout


def test_reviewed_file_has_no_line_for_the_public() -> None:
    text = Path(schema.FILE).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if re.search(r"\bPUBLIC\b|superuser|grant option", line)] == []


async def test_the_tests_run_on_the_version_that_was_asked_for(
    settings: Settings, pytestconfig: pytest.Config
) -> None:
    async with as_superuser(settings) as connection:
        version = await look.one(connection, "show server_version")
    assert version.partition(".")[0] == pytestconfig.getoption("--postgresql")


def test_a_run_on_a_version_that_is_not_here_stops_with_a_sentence(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fifteen, "BINARIES", tmp_path)
    monkeypatch.setattr(pytestconfig.option, "postgresql", "15")
    with pytest.raises(pytest.UsageError, match="apt install postgresql-15"):
        conftest.pytest_configure(pytestconfig)
