"""Straight on the database: which rows each login sees in whose scope, and that no scope outlives its transaction."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.database import Login, Scope, literal, transaction
from app.organisations.participants import RIEC, RUDD
from tests.database import look
from tests.database.conftest import Worked
from tests.database.tries import REFUSED, attempt, of

pytestmark = pytest.mark.anyio

EMMEN, ASSEN, MEPPEL = "gemeente-emmen", "gemeente-assen", "gemeente-meppel"
SCOPES = (of(EMMEN), of(ASSEN), of(RIEC), of(RUDD), of(MEPPEL), Scope())
SEEN = {
    "public.cases": (1, 1, 1, 1, 0, 0),
    "public.classifications": (1, 1, 1, 1, 0, 0),
    "public.disclosures": (2, 0, 1, 1, 0, 0),
    "public.key_directories": (1, 1, 1, 1, 1, 1),
    "public.messages": (2, 0, 2, 0, 0, 0),
    "public.openings": (0, 1, 1, 1, 0, 0),
    "public.organisations": (19, 19, 19, 19, 19, 19),
    "public.queues": (19, 19, 19, 19, 19, 19),
    "public.receipts": (1, 1, 1, 1, 0, 0),
    "public.routing_decisions": (3, 3, 1, 1, 0, 0),
    "public.sealed_parts": (4, 3, 3, 2, 0, 0),
    "public.sessions": (0, 0, 0, 0, 0, 0),
    "public.signals": (1, 1, 0, 0, 0, 0),
    "public.supply_terms": (2, 0, 0, 0, 0, 0),
    "public.transitions": (0, 1, 1, 1, 0, 0),
    "wraps.wraps": (3, 2, 3, 2, 0, 0),
}
"""Rows that `meldpunt_app` sees of each table, in the order of SCOPES; every other table it may not read."""
WORKER_READS = {
    "public.cases": {
        "id",
        "signal_id",
        "organisation_id",
        "holder",
        "kind",
        "state",
        "assignee",
        "priority",
        "version",
    },
    "public.disclosures": {"id", "signal_id", "recipient", "ended", "ended_at", "seen_at"},
    "public.idempotency": {"kind", "made_at"},
    "public.rate_buckets": {"filled_at"},
    "public.sessions": {"ends_at"},
    "wraps.wraps": {"record_id", "keyholder"},
}


async def all_tables(worked: Worked) -> list[str]:
    async with look.as_superuser(worked.settings) as connection:
        return await look.tables(connection)


async def test_the_desk_sees_of_each_table_what_the_scope_may_see_and_no_more(worked: Worked) -> None:
    async with look.pool(worked.settings, Login.APP) as engine:
        for table in await all_tables(worked):
            outcomes = [await attempt(engine, scope, f"select 1 from {table}") for scope in SCOPES]
            expected = SEEN.get(table, (REFUSED,) * len(SCOPES))
            assert outcomes == [str(one) for one in expected], table


async def test_what_a_scope_sees_is_its_own_signal_and_its_own_parts(worked: Worked) -> None:
    parts = "select part from sealed_parts where kind = 'signal' order by part"
    expected = {EMMEN: ["content", "minimised"], RIEC: ["content"], RUDD: ["minimised"]}
    async with look.pool(worked.settings, Login.APP) as engine:
        for table in ("cases", "sealed_parts", "wraps.wraps", "receipts", "routing_decisions"):
            for organisation, signal in ((EMMEN, worked.emmen), (ASSEN, worked.assen), (RUDD, worked.emmen)):
                async with transaction(engine, of(organisation)) as held:
                    found = await look.rows(held.connection, f"select signal_id::text from {table}")
                    assert {row.signal_id for row in found} == {signal["id"]}
        for organisation, names in expected.items():
            async with transaction(engine, of(organisation)) as held:
                assert [row.part for row in await look.rows(held.connection, parts)] == names


async def test_recipients_do_not_see_each_others_cases_nor_the_owners_line(worked: Worked) -> None:
    async with look.pool(worked.settings, Login.APP) as engine:
        for organisation in (RIEC, RUDD):
            async with transaction(engine, of(organisation)) as held:
                for sql in (
                    "select holder from cases",
                    "select holder from classifications",
                    "select holder from routing_decisions",
                    "select recipient as holder from disclosures",
                ):
                    found = await look.rows(held.connection, sql)
                    assert {row.holder for row in found} == {organisation}


async def test_intake_and_its_neighbours_read_no_table_at_all(worked: Worked) -> None:
    names = [*await all_tables(worked), "alembic_version", "wraps.wraps_receipt"]
    readable = {
        Login.INTAKE: set[str](),
        Login.WORKER: set(WORKER_READS),
        Login.AUDITOR: {"public.access_entries", "public.access_values"},
    }
    for login, may in readable.items():
        async with look.pool(worked.settings, login) as engine:
            for table in names:
                refused = await attempt(engine, of(EMMEN, "*"), f"select 1 from {table}") == REFUSED
                assert refused == (table not in may), (login, table)


async def test_the_owner_of_the_tables_reads_the_reference_data_and_no_report(worked: Worked) -> None:
    seen = {"public.key_directories": "1", "public.organisations": "19", "public.queues": "19"}
    seen |= {"public.supply_terms": "2"}
    async with look.pool(worked.settings, Login.MIGRATOR) as engine:
        for table in await all_tables(worked):
            for scope in (Scope(), of(EMMEN, "*")):
                assert await attempt(engine, scope, f"select 1 from {table}") == seen.get(table, "0"), table


async def test_the_worker_reads_only_the_columns_its_jobs_need(worked: Worked) -> None:
    async with look.as_superuser(worked.settings) as connection:
        columns = await look.rows(connection, look.COLUMNS)
    async with look.pool(worked.settings, Login.WORKER) as engine:
        for row in columns:
            table = f"{row.nspname}.{row.relname}"
            outcome = await attempt(engine, Scope(), f'select "{row.attname}" from {table}')
            assert (outcome != REFUSED) == (row.attname in WORKER_READS.get(table, set())), (
                table,
                row.attname,
            )


@pytest.mark.parametrize(
    ("mandate", "seen"),
    [
        ((), set[str | None]()),
        ((EMMEN,), {EMMEN}),
        ((EMMEN, RUDD), {EMMEN, RUDD}),
        ((MEPPEL,), set[str | None]()),
        (("*",), {None, EMMEN, ASSEN, RIEC, RUDD}),
    ],
)
async def test_the_auditor_reads_the_log_within_the_mandate(
    worked: Worked, mandate: tuple[str, ...], seen: set[str | None]
) -> None:
    scope = Scope("provincie-drenthe", ("provincie-drenthe",), mandate)
    async with look.pool(worked.settings, Login.AUDITOR) as engine, transaction(engine, scope) as held:
        for table in ("access_entries", "access_values"):
            found = await look.rows(held.connection, f"select organisation from {table}")
            assert {row.organisation for row in found} == seen


async def test_a_partition_of_the_wraps_is_no_way_round_the_policies(worked: Worked) -> None:
    async with look.as_superuser(worked.settings) as connection:
        partitions = await look.rows(
            connection,
            "select oid::regclass::text as name from pg_class where relispartition and relkind = 'r'",
        )
        await connection.exec_driver_sql("grant usage on schema wraps to meldpunt_app")
        for row in partitions:
            await connection.exec_driver_sql(f"grant select on {row.name} to meldpunt_app")
    assert len(partitions) >= 2
    async with look.pool(worked.settings, Login.APP) as engine:
        for row in partitions:
            assert await attempt(engine, of(EMMEN), f"select 1 from {row.name}") == "0"


async def test_after_the_commit_the_scope_is_gone(worked: Worked) -> None:
    async with look.pool(worked.settings, Login.APP, size=1) as engine:
        async with transaction(engine, of(EMMEN)) as held:
            process = await look.one(held.connection, "select pg_backend_pid()")
            assert await look.one(held.connection, "select count(*) from signals") == 1
        async with transaction(engine, Scope()) as held:
            assert await look.one(held.connection, "select pg_backend_pid()") == process
            for table in ("signals", "cases", "wraps.wraps"):
                assert await look.one(held.connection, f"select count(*) from {table}") == 0
            for name in ("organisation", "keyholders", "mandate"):
                setting = f"select nullif(current_setting('meldpunt.{name}', true), '')"
                assert await look.one(held.connection, setting) is None


async def test_after_a_refusal_and_a_restart_the_scope_is_gone_or_the_same(worked: Worked) -> None:
    async with look.pool(worked.settings, Login.APP, size=1) as engine:
        async with transaction(engine, of(EMMEN)) as held:
            await held.restart()
            assert await look.one(held.connection, "select count(*) from signals") == 1
        with pytest.raises(DBAPIError):
            async with transaction(engine, of(EMMEN)) as held:
                await look.one(held.connection, "select 1/0")
        async with transaction(engine, Scope()) as held:
            assert await look.one(held.connection, "select count(*) from signals") == 0


@pytest.mark.parametrize(
    "value",
    [
        "' or '1'='1",
        "gemeente-emmen', true); select set_config('meldpunt.organisation', 'gemeente-emmen",
        "x'); reset all; --",
        "''",
        "$$gemeente-emmen$$",
        "E'gemeente\u2028emmen'",
        "gemeente-emmen ",
        "Gemeente-Emmen",
        "%",
        ":organisation",
    ],
)
async def test_no_value_in_a_scope_can_say_more_than_a_value(worked: Worked, value: str) -> None:
    async with look.pool(worked.settings, Login.APP) as engine:
        plain = value.replace(",", "")
        async with transaction(engine, Scope(value, (plain,), (plain,))) as held:
            assert await look.one(held.connection, "select current_setting('meldpunt.organisation')") == value
            for table in ("signals", "cases", "wraps.wraps", "sealed_parts"):
                assert await look.one(held.connection, f"select count(*) from {table}") == 0
        async with engine.connect() as connection:
            assert await look.one(connection, "select " + literal(value)) == value


@pytest.mark.parametrize(
    "scope",
    [
        Scope("gemeente\\emmen"),
        Scope("gemeente\0emmen"),
        Scope("x", ("x,gemeente-emmen",)),
        Scope("x", ("x",), ("x,gemeente-emmen",)),
    ],
)
def test_a_value_that_could_be_read_as_two_is_no_scope(scope: Scope) -> None:
    with pytest.raises(ValueError, match="scope"):
        scope.begin()
