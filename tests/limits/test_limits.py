"""Thirty tries in ten minutes for each sender, many at once included, under a name that tells nobody's address."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app import limits
from app.clock import now
from app.database import Login, Scope, transaction
from app.errors import TooMany
from app.settings import Settings
from tests.database import look

SECRET = b"s" * 32
AT = datetime(2026, 11, 25, 23, 59, tzinfo=UTC)
KEY = limits.bucket(SECRET, "receipt", "192.0.2.7", AT)
EMPTIED = "update rate_buckets set tokens = 0, filled_at = clock_timestamp() - make_interval(secs => $1)"


async def take(engine: AsyncEngine, amount: float = 1.0, key: bytes = KEY) -> int:
    """Take from the bucket; the seconds to wait, 0 where it was given."""
    try:
        async with transaction(engine, Scope()) as held:
            await limits.take(held.connection, key, amount=amount)
    except TooMany as refused:
        return int(refused.headers["Retry-After"])
    return 0


def test_a_bucket_has_one_name_a_day_for_each_kind_and_address() -> None:
    assert limits.bucket(SECRET, "receipt", "192.0.2.7", AT - timedelta(hours=20)) == KEY
    for other in (
        limits.bucket(SECRET, "receipt", "192.0.2.8", AT),
        limits.bucket(SECRET, "login", "192.0.2.7", AT),
        limits.bucket(SECRET, "receipt", "192.0.2.7", AT + timedelta(minutes=1)),
        limits.bucket(b"t" * 32, "receipt", "192.0.2.7", AT),
    ):
        assert other != KEY
    assert len(KEY) == 32


@pytest.mark.anyio
async def test_thirty_are_given_and_the_next_must_wait_for_a_twentieth_second(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE) as engine:
        assert [await take(engine) for _ in range(limits.WRONG_CODES)] == [0] * 30
        assert 1 <= await take(engine) <= 20
        assert await take(engine, key=b"another sender" * 2) == 0


@pytest.mark.anyio
async def test_many_at_once_cannot_slip_past(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE, size=8) as engine:
        waits = await asyncio.gather(*(take(engine) for _ in range(45)))
    assert waits.count(0) == 30


@pytest.mark.anyio
async def test_tokens_come_back_evenly_and_never_more_than_thirty(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE) as engine, look.as_superuser(settings) as connection:
        await take(engine)
        for seconds, given in ((0, 0), (21, 1), (61, 3), (10_000, 30)):
            await connection.exec_driver_sql(EMPTIED, (float(seconds),))
            waits = [await take(engine) for _ in range(given + 1)]
            assert waits[:given] == [0] * given
            assert waits[given] > 0


@pytest.mark.anyio
async def test_a_try_given_back_costs_nothing_and_fills_nothing_over_the_brim(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE) as engine:
        for _ in range(40):
            assert await take(engine) == 0
            assert await take(engine, amount=-1.0) == 0
        assert [await take(engine) for _ in range(30)] == [0] * 30
        assert await take(engine) > 0


@pytest.mark.anyio
async def test_a_try_that_is_rolled_back_was_no_try(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE) as engine:

        async def undone() -> None:
            async with transaction(engine, Scope()) as held:
                await limits.take(held.connection, KEY)
                raise ValueError("undone")

        for _ in range(35):
            with pytest.raises(ValueError, match="undone"):
                await undone()
        assert await take(engine) == 0


@pytest.mark.anyio
async def test_buckets_nobody_used_for_a_day_are_forgotten(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE) as engine:
        await take(engine)
        await take(engine, key=b"another sender" * 2)
    async with look.as_superuser(settings) as connection:
        sql = "update rate_buckets set filled_at = now() - interval '25 hours' where key = $1"
        await connection.exec_driver_sql(sql, (KEY,))
        async with look.pool(settings, Login.WORKER) as engine, transaction(engine, Scope()) as held:
            assert await limits.forget_old(held.connection, now()) == 1
        left = await look.rows(connection, "select key from rate_buckets")
    assert [row.key for row in left] == [b"another sender" * 2]
