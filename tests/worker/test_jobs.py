"""What the desk does by itself: each job once at a time, whichever worker gets to it, with its own login alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import anyio
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app import worker
from app.clock import now
from app.database import Database, Login
from app.errors import Unavailable
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.sessions import Sessions
from app.settings import Settings
from app.worker import JOBS, Work
from tests.audit.rows import stored
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio

TAKE_BACK = next(job for job in JOBS if job.name == "take_back_returned_supplies")


@pytest.fixture
async def workers(settings: Settings) -> AsyncIterator[tuple[Database, Database]]:
    """The databases of two workers on one desk."""
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    both = (Database(url, settings.logins_folder, 2), Database(url, settings.logins_folder, 2))
    yield both
    for one in both:
        await one.close()


@dataclass(slots=True)
class Slow:
    """A job that waits until it is let go."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, connection: AsyncConnection, moment: datetime) -> int:
        self.begun.set()
        await self.go.wait()
        return 1


def test_the_table_has_each_job_once_with_a_lock_of_its_own() -> None:
    assert len({job.name for job in JOBS}) == len({job.lock for job in JOBS}) == len(JOBS)
    assert all(job.every >= 1 for job in JOBS)


async def test_a_job_that_one_worker_is_at_is_left_alone_by_the_other(
    workers: tuple[Database, Database],
) -> None:
    slow = Slow()
    job = Work("slow", 1.0, 4_242_999, slow.run)
    first = asyncio.create_task(worker.once(workers[0], job))
    with anyio.fail_after(20):
        await slow.begun.wait()
    with anyio.fail_after(5):
        assert await worker.once(workers[1], job) is None
    other = replace(job, lock=4_242_998, run=TAKE_BACK.run)
    assert await worker.once(workers[1], other) == 0
    slow.go.set()
    assert await first == 1
    assert await worker.once(workers[1], job) == 1


async def test_a_worker_that_fails_lets_go_of_the_job(workers: tuple[Database, Database]) -> None:
    async def broken(connection: AsyncConnection, moment: datetime) -> int:
        raise Unavailable

    job = Work("broken", 1.0, 4_242_999, broken)
    with pytest.raises(Unavailable):
        await worker.once(workers[0], job)
    slow = Slow()
    slow.go.set()
    assert await worker.once(workers[1], replace(job, run=slow.run)) == 1


async def test_every_job_runs_with_what_the_workers_login_may_do(
    workers: tuple[Database, Database], client: Client
) -> None:
    await client.as_("ans").report()
    for job in JOBS:
        assert await worker.once(workers[0], job) == 0, job.name


async def test_a_supply_given_back_returns_to_the_owner_once_though_two_workers_look(
    workers: tuple[Database, Database], client: Client, settings: Settings
) -> None:
    bouke, fenna = client.as_("bouke"), client.as_("fenna")
    made = await client.as_("ans").report()
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    assert (await bouke.move(case, "assess")).status_code == 201
    given_back = await bouke.move(case, "return_to_triage")
    assert given_back.status_code == 201, given_back.text
    looked = await asyncio.gather(*(worker.once(one, TAKE_BACK) for one in workers for _ in range(3)))
    assert sum(number or 0 for number in looked) == 1
    [owned] = [one for one in await fenna.items(f"{TRIAGE_EMMEN}/cases") if one["signalId"] == made["id"]]
    assert owned["state"] == "new"
    async with look.as_superuser(settings) as connection:
        left = "select count(*) from wraps.wraps where record_id = $1 and keyholder = $2"
        assert await look.one(connection, left, UUID(made["id"]), "riec-noord-nederland") == 0
        assert await look.one(connection, left, UUID(made["id"]), "gemeente-emmen") == 1
    moves = [row for row in await stored(settings) if row["purpose"] == "returned"]
    assert [(row["value"], row["reason_code"]) for row in moves] == [("the desk", "recipient_returned")]


async def test_ended_sessions_are_forgotten_and_live_ones_stay(
    workers: tuple[Database, Database], client: Client, settings: Settings
) -> None:
    actor = Actor(Kind.PERSON, OrganisationId("gemeente-emmen"), frozenset({Role.EMPLOYEE}), Subject("d-1"))
    forget = next(job for job in JOBS if job.name == "forget_sessions")
    sessions = Sessions(lambda: workers[0].engine(Login.APP), lambda: b"a" * 32)
    for _ in range(2):
        await sessions.start(actor, "Ans")
    async with look.as_superuser(settings) as connection:
        sql = "update sessions set ends_at = $1 where digest = (select digest from sessions limit 1)"
        await connection.exec_driver_sql(sql, (now(),))
        assert await worker.once(workers[0], forget) == 1
        assert await look.one(connection, "select count(*) from sessions") == 1
