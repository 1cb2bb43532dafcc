"""What no login may, whatever the tables: become another, make things, leave the database, lift row security, count.

Each is done over a real connection of each login, as somebody with its password would.
"""

from urllib.parse import urlsplit

import pytest

from app.database import Login, Scope, execute_raw, login_url
from app.demo import postgres
from app.installation import password, prepare
from app.settings import Settings
from tests.conftest import admin_url
from tests.database import look
from tests.database.tries import REFUSED, of
from tests.isolation.expected import APP, BACKUP, BECOMES, DOOR, FUNCTIONS, LOGINS, OWNER
from tests.isolation.matrix import hand_of, outcome
from tests.isolation.planted import EMMEN

pytestmark = pytest.mark.anyio

DESK = tuple(login for login in LOGINS if login not in {OWNER, DOOR})
"""Logins that only use the tables; the migrator's may change them, and whoever has its password has the tables."""
ROLES = (*LOGINS, Login.MIGRATOR.value, "postgres", "pg_read_all_data", "pg_execute_server_program")
CALLS = """
select p.oid::regprocedure::text as name,
    p.proname || '(' || coalesce((select string_agg('null::' || format_type(t.type, null), ', ' order by t.at)
        from unnest(p.proargtypes::oid[]) with ordinality t (type, at)), '') || ')' as call
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('public', 'wraps') and p.prorettype <> 'trigger'::regtype
"""
MAKING = (
    "create table own (id int)",
    "create table wraps.own (id int)",
    "create temporary table own (id int)",
    "create schema own",
    "create view own as select 1",
    "create sequence own",
    "create type own as (id int)",
    "create function own() returns int language sql as 'select 1'",
    "create function pg_temp.own() returns int language sql as 'select 1'",
    "create publication own for all tables",
    "create event trigger own on ddl_command_end execute function refuse_change()",
    "create trigger own before insert on signals for each row execute function refuse_change()",
    "create rule own as on insert to signals do also notify own",
    "select lo_create(0)",
    "select lo_creat(1)",
    "select lo_from_bytea(0, 'text outside every table')",
)
LEAVING = (
    "copy (select 1) to program 'cat'",
    "copy cases from program 'cat'",
    "copy (select 1) to '/tmp/out'",
    "copy cases from '/etc/passwd'",
    "select pg_read_file('PG_VERSION')",
    "select pg_read_binary_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select pg_stat_file('PG_VERSION')",
    "select lo_import('/etc/passwd')",
    "load 'auto_explain'",
    "select pg_create_logical_replication_slot('own', 'pgoutput')",
)
SECRETS = (
    "select rolpassword from pg_authid",
    "select passwd from pg_shadow",
    "select 1 from pg_largeobject",
    "select starelid from pg_statistic",
    "select 1 from pg_hba_file_rules",
    "select 1 from pg_file_settings",
)
LIFTING = (
    "alter table signals disable row level security",
    "alter table signals no force row level security",
    "drop policy select_app on signals",
    "create policy own on signals using (true)",
    "alter policy select_app on signals using (true)",
    "alter table access_entries disable trigger append_only",
    "drop trigger append_only on access_entries",
    "drop table access_entries",
    "alter function mailbox(bytea) owner to current_user",
    "set session_replication_role = replica",
    "alter role current_user bypassrls",
    "alter role current_user superuser",
    "alter role current_user createrole",
    "alter role meldpunt_app password 'mine'",
    "select set_config('log_statement', 'all', false)",
    "lock table signals in access exclusive mode",
)


async def refusals(settings: Settings, login: str, statements: tuple[str, ...]) -> dict[str, str]:
    """Those of these statements that were not refused for want of a right, and what came instead."""
    async with hand_of(settings, login) as hand:
        got = {one: await hand.tries(of(EMMEN, "*"), one) for one in statements}
    return {one: what for one, what in got.items() if what != REFUSED}


@pytest.mark.parametrize("login", DESK)
@pytest.mark.parametrize(
    "kind", [MAKING, LEAVING, SECRETS, LIFTING], ids=["make", "leave", "secrets", "lift"]
)
async def test_no_login_makes_things_leaves_the_database_reads_passwords_or_lifts_the_rules(
    filled: Settings, login: str, kind: tuple[str, ...]
) -> None:
    # its own password anybody may set; the next `migrate` sets it back
    kind = tuple(
        one
        for one in kind
        if one not in {f"alter role {login} password 'mine'", "alter system set fsync = off"}
    )
    assert await refusals(filled, login, kind) == {}


@pytest.mark.parametrize("login", [OWNER, DOOR])
async def test_the_owner_of_the_tables_gets_no_further_than_the_tables(filled: Settings, login: str) -> None:
    of_the_server = tuple(one for one in LIFTING if one.startswith(("set ", "alter role current", "select ")))
    assert len(of_the_server) == 5
    assert await refusals(filled, login, LEAVING[:1] + LEAVING[2:] + SECRETS + of_the_server) == {}
    no_place = tuple(one for one in MAKING if "temp" in one or "lo_" in one or "event" in one)
    assert await refusals(filled, login, no_place) == {}


@pytest.mark.parametrize("login", [*DESK, DOOR])
async def test_no_login_empties_a_table(filled: Settings, login: str) -> None:
    async with look.as_superuser(filled) as connection:
        tables = await look.tables(connection)
    assert await refusals(filled, login, tuple(f"truncate {table} cascade" for table in tables)) == {}


async def test_not_even_the_owner_empties_or_changes_the_log_and_what_was_decided(filled: Settings) -> None:
    kept = (
        "access_entries",
        "access_values",
        "approvals",
        "approval_decisions",
        "approval_uses",
        "erasures",
        "settings_versions",
        "rule_sets",
    )
    assert await refusals(filled, OWNER, tuple(f"truncate {table} cascade" for table in kept)) == {}
    assert await refusals(filled, OWNER, ("delete from access_entries", "delete from access_values")) == {}


@pytest.mark.parametrize("login", LOGINS)
async def test_no_login_acts_as_another(filled: Settings, login: str) -> None:
    async with hand_of(filled, login) as hand:
        became = {
            role
            for role in ROLES
            if await hand.tries(Scope(), f"set role {role}") != REFUSED
            or await hand.tries(Scope(), f"set session authorization {role}") != REFUSED
        }
    itself = {login, Login.MIGRATOR.value} if login in {OWNER, DOOR} else {login}
    assert became <= itself | BECOMES.get(login, frozenset()) | (BECOMES[OWNER] if login == DOOR else set())


@pytest.mark.parametrize("login", LOGINS)
async def test_each_function_opens_for_whom_it_is_listed_and_for_nobody_else(
    filled: Settings, login: str
) -> None:
    async with look.as_superuser(filled) as connection:
        calls = {row.name.replace(", ", ","): row.call for row in await look.rows(connection, CALLS)}
    assert set(calls) == set(FUNCTIONS)
    async with hand_of(filled, login) as hand:
        opened = {
            name for name, call in calls.items() if await hand.tries(Scope(), f"select {call}") != REFUSED
        }
    assert opened == {name for name, may in FUNCTIONS.items() if login in may or login == DOOR}


@pytest.mark.parametrize("login", DESK)
async def test_switching_row_security_off_makes_a_question_fail_and_shows_nothing(
    filled: Settings, login: str
) -> None:
    async with look.as_superuser(filled) as connection:
        tables = await look.tables(connection)
    async with hand_of(filled, login) as hand:
        await execute_raw(hand.connection, "set row_security = off")
        got = {table: await hand.tries(of(EMMEN, "*"), f"select 1 from {table}") for table in tables}
    shown = {table for table, what in got.items() if what != REFUSED}
    assert shown == (set(tables) if login == BACKUP else set())


@pytest.mark.parametrize("login", [*DESK, DOOR])
async def test_no_login_hands_its_rights_on(filled: Settings, login: str) -> None:
    rights = "select count(*) from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'public'::regnamespace"
    async with hand_of(filled, login) as hand:
        for table in ("signals", "cases", "access_entries", "sessions"):
            async with hand.within(Scope()) as connection:
                before = await look.one(connection, rights)
                # PostgreSQL warns that nothing was granted, and calls it done
                assert await outcome(connection, f"grant all on {table} to public") in {"-1", "0", REFUSED}
            async with hand.within(Scope()) as connection:
                await outcome(connection, f"grant select, insert on {table} to public")
                assert await outcome(connection, rights) in {"1", "25P02"}
            async with hand.within(Scope()) as connection:
                assert await look.one(connection, rights) == before


@pytest.mark.parametrize("login", DESK)
async def test_what_the_planner_keeps_of_the_rows_shows_to_nobody_whom_policies_bind(
    filled: Settings, login: str
) -> None:
    async with look.as_superuser(filled) as connection:
        await connection.exec_driver_sql("analyze")
        kept = "select count(*) from pg_stats where schemaname in ('public', 'wraps')"
        assert await look.one(connection, kept) > 50
    async with hand_of(filled, login) as hand, hand.within(of(EMMEN, "*")) as connection:
        seen = await look.one(connection, f"{kept} and tablename <> 'alembic_version'")
    assert (seen > 0) == (login == BACKUP)


@pytest.mark.parametrize("login", DESK)
async def test_no_login_reads_what_another_asks(filled: Settings, login: str) -> None:
    other = APP if login != APP else BACKUP
    async with hand_of(filled, other) as asking, asking.within(of(EMMEN)) as connection:
        await look.rows(connection, "select 'a question of somebody else'")
        async with hand_of(filled, login) as hand, hand.within(Scope()) as looking:
            seen = await look.rows(
                looking, "select query from pg_stat_activity where usename <> current_user"
            )
    assert [row.query for row in seen if row.query not in {"", "<insufficient privilege>"}] == []


@pytest.mark.parametrize("login", [*DESK, OWNER])
@pytest.mark.parametrize("database", ["postgres", "template1"])
async def test_no_login_gets_into_another_database_of_the_server(
    cluster: Settings, login: str, database: str
) -> None:
    name = Login.MIGRATOR.value if login == OWNER else login
    there = postgres.login_url(cluster, name, password(cluster.logins_folder, name), database)
    with pytest.raises(Exception, match="permission denied for database"):
        async with look.connected(there):
            raise AssertionError("it got in")


@pytest.mark.parametrize("login", DESK)
async def test_no_login_leaves_a_scope_behind_for_those_who_come_after(filled: Settings, login: str) -> None:
    for statement in (
        "alter role current_user set meldpunt.organisation = 'gemeente-emmen'",
        "alter role current_user set meldpunt.register = 'all'",
        "alter database meldpunt set meldpunt.mandate = '*'",
        "set meldpunt.mandate = '*'; alter role current_user set meldpunt.mandate = '*'",
    ):
        async with hand_of(filled, login) as hand:
            await execute_raw(hand.connection, "begin")
            with pytest.raises(Exception, match=r"permission denied|must be owner"):
                await execute_raw(hand.connection, statement)
            await execute_raw(hand.connection, "rollback")


async def test_defaults_that_a_login_gave_itself_are_gone_after_the_next_migrate(
    cluster: Settings, settings: Settings
) -> None:
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    database = urlsplit(url).path.removeprefix("/")
    left = "select count(*) from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where rolname like 'meld%'"
    mine = password(settings.logins_folder, APP)
    async with look.connected(login_url(url, APP, mine)) as connection:
        await connection.exec_driver_sql("alter role current_user set synchronous_commit = off")
        await connection.exec_driver_sql(
            f"alter role current_user in database {database} set search_path = ''"
        )
        await connection.exec_driver_sql("alter role current_user password 'taken over'")
    async with look.connected(admin_url(cluster, "postgres")) as connection:
        assert await look.one(connection, left) == 3
        await prepare(url, settings)
        # the migrator's, which makes it the owner
        assert await look.one(connection, left) == 1
    async with look.connected(login_url(url, APP, mine)) as connection:
        assert await look.one(connection, "show synchronous_commit") == "on"
