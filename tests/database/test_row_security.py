"""Straight on the database: whose rows a scope shows, and that no scope outlives its transaction.

Every table, login and verb is tried in tests/isolation.
"""

import pytest
from sqlalchemy.exc import DBAPIError

from app.database import Login, Scope, literal, transaction
from app.organisations.participants import RIEC, RUDD
from tests.database import look
from tests.database.story import Worked
from tests.database.tries import attempt, of

pytestmark = pytest.mark.anyio

EMMEN, ASSEN, MEPPEL = "gemeente-emmen", "gemeente-assen", "gemeente-meppel"


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
