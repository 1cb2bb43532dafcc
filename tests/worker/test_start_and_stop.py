"""A worker that runs is seen in the log: when it began, and when it was told to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime

import anyio
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app import worker as working
from app.database import Database
from app.settings import Settings
from app.vault.keys import KeyRing
from app.worker import Work
from tests.database import look
from tests.desk import Server

pytestmark = pytest.mark.anyio

SAID = "select action from access_entries where object_kind = 'process' order by at"


async def said(settings: Settings) -> list[str]:
    async with look.as_superuser(settings) as admin:
        return [row.action for row in await look.rows(admin, SAID)]


@pytest.fixture
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, on an empty database."""
    environment = Server(settings).environment()
    with subprocess.Popen(
        [sys.executable, "-m", "app", "worker"], env=environment, cwd=settings.home
    ) as running:
        yield running
        running.kill()


async def test_a_workers_start_and_stop_stand_in_the_log(
    settings: Settings, worker: subprocess.Popen[bytes]
) -> None:
    until = time.monotonic() + 180
    while await said(settings) != ["process_started"] and time.monotonic() < until:
        assert worker.poll() is None
    worker.terminate()
    assert worker.wait(20) == 0
    assert await said(settings) == ["process_started", "process_stopped"]


class Ends:
    """Tells this process to stop at a moment at which Python swallows whatever is raised."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        sum(range(1000))


async def test_a_worker_stops_whatever_it_is_doing_when_it_is_told_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(connection: AsyncConnection, moment: datetime) -> int:
        Ends()
        return 0

    monkeypatch.setattr(working, "jobs", lambda load: (Work("ends", 1.0, 4_242_997, ends),))
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, 2)
    with anyio.fail_after(20):
        await working.work(database, lambda: KeyRing(bytes(32), b""))
    await database.close()
    assert await said(settings) == ["process_started", "process_stopped"]
