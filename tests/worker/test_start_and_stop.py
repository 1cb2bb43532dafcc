"""A worker that runs is seen in the log: when it began, and when it was told to stop."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from app.settings import Settings
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
    until = time.monotonic() + 30
    while await said(settings) != ["process_started"] and time.monotonic() < until:
        assert worker.poll() is None
    worker.terminate()
    assert worker.wait(20) == 0
    assert await said(settings) == ["process_started", "process_stopped"]
