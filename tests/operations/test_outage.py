"""The database is not there yet, goes away, freezes, comes back: the desk says so and goes on without a restart."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx2
import pytest

from app.settings import Settings
from tests.desk import REPORT, RIEC, Client, Server, new_key
from tests.operations import own
from tests.operations.own import Listening, children, status_of, until

pytestmark = pytest.mark.anyio

Outage = Callable[[Settings], AbstractContextManager[None]]

PATIENCE_SECONDS = 30.0
"""How long a caller waits for an answer at most, also when the database does not move: three times what cases, O2 asks,
for a machine that does other work too."""


def test_desk_started_before_migrate_lives_and_gets_ready_without_a_restart(empty_database: Settings) -> None:
    with Listening(empty_database) as server:
        assert status_of(server, "/healthz") == 200
        assert status_of(server, "/readyz") == 503
        assert status_of(server, "/v1/openapi.json") == 200
        done = own.run(own.environment(empty_database), "migrate")
        assert done.returncode == 0, done.stderr
        until(lambda: status_of(server, "/readyz") == 200)
        assert server.process is not None
        assert server.process.poll() is None


async def test_desk_that_started_before_migrate_takes_reports_afterwards(empty_database: Settings) -> None:
    with Listening(empty_database) as server:
        async with server.client() as desk:
            ans, key = desk.as_("ans"), {"Idempotency-Key": new_key()}
            refused = await ans.post("/v1/signals", REPORT, key)
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            assert own.run(own.environment(empty_database), "migrate").returncode == 0
            assert (await ans.post("/v1/signals", REPORT, key)).status_code == 201


@contextmanager
def stopped(settings: Settings) -> Iterator[None]:
    """PostgreSQL is down, and started again afterwards."""
    own.stop_database(settings.home)
    yield
    own.start_database(settings.home)


@contextmanager
def frozen(settings: Settings) -> Iterator[None]:
    """PostgreSQL and all its processes stand still, and go on afterwards: connections stay open, nothing answers."""
    postmaster = int((settings.home / "postgres" / "postmaster.pid").read_text().split()[0])
    pids = [postmaster, *children(postmaster)]
    own.signal_all(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        own.signal_all(pids, signal.SIGCONT)


@contextmanager
def cut_off(settings: Settings) -> Iterator[None]:
    """The socket is gone and every session ended: as behind a broken network."""
    folder = settings.home / "socket"
    away = folder.with_name("socket-away")
    own.rows(
        settings, "select pg_terminate_backend(pid) from pg_stat_activity where usename like 'meldpunt%'"
    )
    os.rename(folder, away)
    try:
        yield
    finally:
        os.rename(away, folder)


@pytest.fixture(scope="module")
def server(own_desk: Settings) -> Iterator[Server]:
    """A desk that goes through all outages without a restart."""
    with Server(own_desk) as running:
        yield running


async def asked(desk: Client, key: str, receipt: str) -> list[tuple[httpx2.Response, float]]:
    """What reporters, workers and auditors get now, each with the seconds it took."""

    async def timed(call: Awaitable[httpx2.Response]) -> tuple[httpx2.Response, float]:
        began = time.monotonic()
        return await call, time.monotonic() - began

    calls = (
        desk.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": key}),
        desk.as_("bouke").get(f"{RIEC}/cases"),
        desk.as_("dirk").get("/v1/access-log"),
        desk.as_(None).post("/v1/receipt-lookups", {"receiptCode": receipt}),
    )
    return await asyncio.gather(*(timed(call) for call in calls))


@pytest.mark.parametrize("outage", [stopped, frozen, cut_off])
async def test_outage_gives_503_in_time_and_the_desk_goes_on_when_it_is_over(
    server: Server, own_desk: Settings, outage: Outage
) -> None:
    key = new_key()
    async with server.client() as desk:
        made = await desk.as_("ans").report()
        for answer, _ in await asked(desk, new_key(), made["receiptCode"]):
            assert answer.status_code in {200, 201}, answer.text
        before = own.count(own_desk, "signals")
        with outage(own_desk):
            for answer, seconds in await asked(desk, key, made["receiptCode"]):
                assert answer.status_code == 503, server.log.read_text()[-2000:]
                assert int(answer.headers["retry-after"]) > 0
                assert seconds < PATIENCE_SECONDS
            assert status_of(server, "/healthz") == 200
            until(lambda: status_of(server, "/readyz") == 503)
        until(lambda: status_of(server, "/readyz") == 200)
        for answer, _ in await asked(desk, key, made["receiptCode"]):
            assert answer.status_code in {200, 201}, answer.text
        assert own.count(own_desk, "signals") == before + 1
        assert server.process is not None
        assert server.process.poll() is None
