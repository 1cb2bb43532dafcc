"""The one way into a transaction: committed or refused, never in between, and no connection left dirty behind it."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import anyio
import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolEmpty
from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import now
from app.database import (
    AlreadyThere,
    Database,
    Login,
    RowOf,
    Scope,
    Transaction,
    engine_for,
    insert_rows,
    passing,
    reachable,
    transaction,
)
from app.errors import Forbidden, Unavailable
from app.identity.models import SessionRow
from app.settings import Settings
from tests.conftest import url_of
from tests.database import look

pytestmark = pytest.mark.anyio

KEEP = "insert into sessions (digest, person, content, ends_at) values ($1, $1, $1, now())"
KEPT = "select count(*) from sessions"
IDLE = (
    "select count(*) from pg_stat_activity where usename like 'meldpunt%' and datname = current_database()"
    " and state <> 'idle'"
)


async def keep(engine: AsyncEngine, value: bytes) -> None:
    async with transaction(engine, Scope()) as held:
        await held.connection.exec_driver_sql(KEEP, (value,))


async def act(engine: AsyncEngine, do: Callable[[Transaction], Awaitable[object]]) -> None:
    """Keep one thing, then do this, all in one transaction."""
    async with transaction(engine, Scope()) as held:
        await held.connection.exec_driver_sql(KEEP, (b"one",))
        await do(held)


async def kept(settings: Settings) -> int:
    async with look.as_superuser(settings) as connection:
        return int(await look.one(connection, KEPT))


async def process_of(engine: AsyncEngine) -> int:
    async with transaction(engine, Scope()) as held:
        return int(await look.one(held.connection, "select pg_backend_pid()"))


async def end(settings: Settings, *processes: int) -> None:
    """End these server processes as an administrator would, and wait until they are gone."""
    async with look.as_superuser(settings) as connection:
        for process in processes:
            await look.one(connection, "select pg_terminate_backend($1, 5000)", process)


async def test_what_was_done_is_there_after_the_block(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:
        await keep(engine, b"one")
        assert await kept(settings) == 1


@pytest.mark.parametrize("error", [Forbidden(reason="no"), ValueError("no"), asyncio.CancelledError()])
async def test_any_error_gives_up_everything_and_passes_unchanged(
    settings: Settings, error: BaseException
) -> None:
    async with look.pool(settings, Login.APP, size=1) as engine:

        async def fail(_held: Transaction) -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            await act(engine, fail)
        assert raised.value is error
        assert await kept(settings) == 0
        await keep(engine, b"two")


async def test_a_restart_gives_up_what_was_done_and_keeps_what_follows(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:
        async with transaction(engine, Scope()) as held:
            await held.connection.exec_driver_sql(KEEP, (b"one",))
            values = {"digest": b"one", "person": b"", "content": b"", "ends_at": now()}
            row: RowOf = (SessionRow, values)
            with pytest.raises(AlreadyThere) as raised:
                await insert_rows(held.connection, [row])
            assert raised.value.constraint == "pk_sessions"
            await held.restart()
            await held.connection.exec_driver_sql(KEEP, (b"two",))
        async with look.as_superuser(settings) as connection:
            found = await look.rows(connection, "select digest from sessions")
        assert [row.digest for row in found] == [b"two"]


async def test_a_commit_that_the_server_answers_with_rollback_is_no_success(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:

        async def fail_unseen(held: Transaction) -> None:
            with pytest.raises(DBAPIError):
                await held.connection.exec_driver_sql("select 1/0")

        with pytest.raises(Unavailable):
            await act(engine, fail_unseen)
        assert await kept(settings) == 0
        await keep(engine, b"two")


async def test_a_commit_on_a_dead_connection_is_no_success(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:

        async def die(held: Transaction) -> None:
            await end(settings, await look.one(held.connection, "select pg_backend_pid()"))

        with pytest.raises(Unavailable):
            await act(engine, die)
        assert await kept(settings) == 0


async def test_a_statement_or_restart_on_a_dead_connection_is_unavailable(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:

        async def die_and_go_on(held: Transaction) -> None:
            await end(settings, await look.one(held.connection, "select pg_backend_pid()"))
            await look.one(held.connection, "select 1")

        async def die_and_restart(held: Transaction) -> None:
            await end(settings, await look.one(held.connection, "select pg_backend_pid()"))
            await held.restart()

        for do in (die_and_go_on, die_and_restart):
            with pytest.raises(Unavailable):
                await act(engine, do)


async def test_a_dead_connection_in_the_pool_is_replaced_before_anyone_notices(settings: Settings) -> None:
    async with look.pool(settings, Login.APP, size=1) as engine:
        first = await process_of(engine)
        await end(settings, first)
        assert await process_of(engine) != first


async def test_after_a_restart_of_the_server_a_full_pool_of_dead_connections_refuses_nobody(
    settings: Settings,
) -> None:
    async with look.pool(settings, Login.APP, size=4) as engine:

        async def hold(ready: anyio.Event, enough: anyio.Event, found: list[int]) -> None:
            async with transaction(engine, Scope()) as held:
                found.append(await look.one(held.connection, "select pg_backend_pid()"))
                if len(found) == 4:
                    ready.set()
                await enough.wait()

        ready, enough, found = anyio.Event(), anyio.Event(), list[int]()
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(hold, ready, enough, found)
            await ready.wait()
            enough.set()
        await end(settings, *found)
        for _ in range(8):
            assert await process_of(engine) not in found


async def test_no_server_no_login_and_a_full_pool_are_unavailable(settings: Settings) -> None:
    nowhere = engine_for("postgresql://meldpunt_app:x@/none?host=/nowhere", 1)
    wrong = engine_for(url_of(settings, Login.APP).replace("meldpunt_app:", "meldpunt_app:x"), 1)
    for engine in (nowhere, wrong):
        with pytest.raises(Unavailable):
            await keep(engine, b"one")
        assert not await reachable(engine)
        await engine.dispose()
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), settings.home / "none", 1)
    with pytest.raises(Unavailable):
        database.engine(Login.APP)


def sqlstate(code: str) -> DBAPIError:
    """An error of the server with this SQLSTATE, as SQLAlchemy hands it on."""
    origin = Exception()
    vars(origin)["sqlstate"] = code
    return DBAPIError("select", {}, origin)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (PoolEmpty(), True),
        (asyncpg.InterfaceError("closed"), True),
        (asyncpg.AdminShutdownError("stop"), True),
        (asyncpg.TooManyConnectionsError("full"), True),
        (asyncpg.DeadlockDetectedError("dead"), True),
        (asyncpg.InvalidCachedStatementError("old"), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (sqlstate("08006"), True),
        (sqlstate("40001"), True),
        (sqlstate("40P01"), True),
        (sqlstate("53300"), True),
        (sqlstate("57P01"), True),
        (sqlstate("57014"), True),
        (sqlstate("23505"), False),
        (sqlstate("42501"), False),
        (sqlstate("22021"), False),
        (ValueError(), False),
        (Forbidden(), False),
    ],
)
def test_only_faults_of_connection_and_server_may_pass_by_asking_again(
    error: BaseException, expected: bool
) -> None:
    assert passing(error) is expected


async def test_a_fault_of_ours_stays_one_and_a_passing_one_becomes_unavailable(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:

        async def take_too_long(held: Transaction) -> None:
            await held.connection.exec_driver_sql("set local statement_timeout = 20")
            await look.one(held.connection, "select pg_sleep(5)")

        with pytest.raises(DBAPIError):
            await act(engine, lambda held: look.one(held.connection, "select nothing"))
        with pytest.raises(Unavailable):
            await act(engine, take_too_long)


async def test_a_caller_that_hangs_up_leaves_no_open_transaction_and_no_lost_connection(
    settings: Settings,
) -> None:
    async with look.pool(settings, Login.APP, size=1) as engine:
        for sql in ("select 1", "select pg_sleep(10)"):
            begun = anyio.Event()

            async def hang_up(begun: anyio.Event = begun, sql: str = sql) -> None:
                async with transaction(engine, Scope()) as held:
                    await held.connection.exec_driver_sql(KEEP, (uuid4().bytes,))
                    begun.set()
                    await look.one(held.connection, sql)
                    await anyio.sleep_forever()

            async with anyio.create_task_group() as group:
                group.start_soon(hang_up)
                await begun.wait()
                group.cancel_scope.cancel()
            with anyio.fail_after(5):
                await keep(engine, uuid4().bytes)
        assert await kept(settings) == 2
        async with look.as_superuser(settings) as connection:
            assert await look.one(connection, IDLE) == 0


async def test_callers_that_hang_up_while_they_wait_do_not_empty_the_pool(settings: Settings) -> None:
    async with look.pool(settings, Login.APP, size=2) as engine:
        for number in range(12):
            task = asyncio.create_task(keep(engine, uuid4().bytes))
            for _ in range(number):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        with anyio.fail_after(5):
            await asyncio.gather(*(keep(engine, uuid4().bytes) for _ in range(4)))
