"""The worker: one table of jobs, each a plain function of its part, run by whichever worker holds its lock."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app import figures, idempotency, limits, telemetry
from app.audit import entries
from app.casework import leavers, returns, waiting
from app.clock import now
from app.database import Database, Login, Scope, transaction
from app.errors import Refusal
from app.identity import sessions
from app.identity.actor import DESK
from app.matching import index
from app.vault.keys import KeyRing

Job = Callable[[AsyncConnection, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Work:
    """One line of the table. `every` in seconds; `lock` is this job's advisory lock."""

    name: str
    every: float
    lock: int
    run: Job


JOBS = (
    Work("take_back_returned_supplies", 1.0, 4_242_101, returns.take_back),
    Work("forget_idempotency_keys", 600.0, 4_242_102, idempotency.forget_old),
    Work("forget_rate_buckets", 600.0, 4_242_103, limits.forget_old),
    Work("count_what_waits", 60.0, 4_242_106, waiting.count),
    Work("forget_sessions", 600.0, 4_242_104, sessions.forget_old),
)


STOP_SECONDS = 10.0
"""How long a worker that stops waits for the database to take the line that says so."""


async def once(database: Database, work: Work) -> int | None:
    """Run a job in a transaction of its own; None where another worker is at it."""
    async with transaction(database.engine(Login.WORKER), Scope()) as held:
        mine = await held.connection.execute(
            text("select pg_try_advisory_xact_lock(:key)"), {"key": work.lock}
        )
        if not mine.scalar_one():
            return None
        return await work.run(held.connection, now())


async def repeat(database: Database, work: Work) -> None:
    """Run a job again and again; a fault is logged by class and the job tried again at its next turn."""
    while True:
        try:
            if await once(database, work) is not None:
                figures.SUCCEEDED.labels(work.name).set_to_current_time()
        except (Refusal, SQLAlchemyError, OSError) as error:
            figures.FAILED.labels(work.name).inc()
            telemetry.log_error("job_failed", error, job=work.name)
        await asyncio.sleep(work.every)


async def note(database: Database, action: str) -> None:
    """Write that this worker started or stopped."""
    row = entries.line(DESK, None, entries.Act(action, "process"), now(), None)
    async with transaction(database.engine(Login.WORKER), Scope()) as held:
        await entries.write(held.connection, [row])


async def started(database: Database) -> None:
    """Wait until the start is in the log: a worker that nobody can see does nothing."""
    while True:
        try:
            return await note(database, "process_started")
        except (Refusal, SQLAlchemyError, OSError) as error:
            telemetry.log_error("not_ready", error)
        await asyncio.sleep(1.0)


def jobs(load: Callable[[], KeyRing]) -> tuple[Work, ...]:
    """All lines of the table. `load` reads the worker's keys: what vouches for grants, and those of the index."""
    ring = cache(load)
    return (
        *JOBS,
        Work("free_cases_of_leavers", 15.0, 4_242_105, leavers.freeing(lambda: ring().authority)),
        # Read anew each time there is work: a new pair or version counts without a restart.
        Work("index_identifiers", 1.0, 4_242_107, index.indexing(load)),
        Work("forget_retired_index", 600.0, 4_242_108, index.forgetting(load)),
    )


async def work(database: Database, load: Callable[[], KeyRing]) -> None:
    """Every job, until the process is told to stop (SIGTERM).

    The loop itself hears the signal: an exception raised wherever the code happens to be can be swallowed there, and
    then the worker would never end.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    doing = asyncio.create_task(_work(database, load))
    stop = asyncio.create_task(told.wait())
    try:
        await asyncio.wait((doing, stop), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing
        loop.remove_signal_handler(signal.SIGTERM)


async def _work(database: Database, load: Callable[[], KeyRing]) -> None:
    await started(database)
    try:
        async with asyncio.TaskGroup() as group:
            for line in jobs(load):
                group.create_task(repeat(database, line))
    finally:
        with contextlib.suppress(Refusal, SQLAlchemyError, OSError):
            async with asyncio.timeout(STOP_SECONDS):
                await note(database, "process_stopped")
