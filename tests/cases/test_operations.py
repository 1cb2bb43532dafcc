"""Cases of others about running the desk, tried on ours. Which test shows which row:

O1  operations/test_outage.py::test_desk_started_before_migrate_lives_and_gets_ready_without_a_restart
    operations/test_outage.py::test_desk_that_started_before_migrate_takes_reports_afterwards
    and an older schema, a closed login and a crowd at the probe here
O2  operations/test_outage.py::test_outage_gives_503_in_time_and_the_desk_goes_on_when_it_is_over
O3  operations/test_migrate.py::test_four_migrates_and_a_server_at_once_make_one_schema
O4  here
O5  operations/test_migrate.py::test_commands_and_server_work_through_an_address_with_an_odd_password
    operations/test_migrate.py::test_address_that_is_none_is_refused_by_name_and_never_shown
O6  operations/test_ending.py::test_stopping_answers_every_report_under_way_and_loses_no_receipt
O7  worker/test_jobs.py::test_a_job_that_one_worker_is_at_is_left_alone_by_the_other
    and lost connections here
O8  operations/test_ending.py::test_clients_that_hang_up_leave_no_transaction_open_and_no_case_lost
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import worker
from app.database import Database
from app.settings import Settings
from app.worker import Work
from tests.desk import REPORT, RIEC, Client, Server, new_key
from tests.operations import own
from tests.operations.own import status_of, until

pytestmark = pytest.mark.anyio

Lacking = Callable[[Settings], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def own_settings() -> Iterator[Settings]:
    """A desk on a database server of its own, whose logins can be closed without hurting another test."""
    with own.own_desk() as settings:
        yield settings


@pytest.fixture(scope="module")
def running(own_settings: Settings) -> Iterator[Server]:
    with Server(own_settings) as started:
        yield started


def without_a_column(settings: Settings) -> AbstractContextManager[None]:
    """The schema of a version before: a column that this code needs has still to come."""
    table = "alter table disclosures rename"
    return own.altered(settings, f"{table} column queue_id to later", f"{table} column later to queue_id")


def without_a_login(settings: Settings) -> AbstractContextManager[None]:
    """The auditor's login is closed, and its sessions are ended."""
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'meldpunt_auditor'"
    role = "alter role meldpunt_auditor"
    return own.altered(settings, f"{role} nologin; {ended}", f"{role} login")


@pytest.mark.parametrize("lacking", [without_a_column, without_a_login])
def test_a_desk_that_lacks_what_a_request_needs_lives_but_is_not_ready_until_it_is_there(
    running: Server, own_settings: Settings, lacking: Lacking
) -> None:
    until(lambda: status_of(running, "/readyz") == 200)
    with lacking(own_settings):
        until(lambda: status_of(running, "/readyz") == 503)
        assert status_of(running, "/healthz") == 200
    until(lambda: status_of(running, "/readyz") == 200)
    assert running.process is not None
    assert running.process.poll() is None


def looks(server: Server) -> int:
    """How often the server has looked and found itself not ready."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    return sum(line["event"] == "not_ready" for line in lines)


async def test_a_crowd_at_the_probe_makes_one_look_a_second_and_not_one_each(
    running: Server, own_settings: Settings
) -> None:
    with without_a_column(own_settings):
        await asyncio.to_thread(until, lambda: status_of(running, "/readyz") == 503)
        before, began = looks(running), time.monotonic()
        async with running.client() as desk:
            for _ in range(5):
                answers = await asyncio.gather(*(desk.get("/readyz") for _ in range(40)))
                assert {answer.status_code for answer in answers} == {503}
        assert looks(running) - before <= 2 + time.monotonic() - began
    await asyncio.to_thread(until, lambda: status_of(running, "/readyz") == 200)


@dataclass
class Load:
    """People who report, list and look at the log, one request after the other, until it is over."""

    desk: Client
    answers: list[tuple[float, httpx2.Response]] = field(default_factory=list)
    over: bool = False

    async def report(self) -> None:
        ans = self.desk.as_("ans")
        while not self.over:
            began = time.monotonic()
            answer = await ans.post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
            self.answers.append((began, answer))

    async def look(self, name: str, path: str) -> None:
        reader = self.desk.as_(name)
        while not self.over:
            began = time.monotonic()
            self.answers.append((began, await reader.get(path)))

    async def more(self, since: float, number: int) -> None:
        """Wait until so many answers came to what was asked after this moment."""
        await asyncio.to_thread(until, lambda: sum(at > since for at, _ in self.answers) >= number)

    def failures_since(self, moment: float) -> list[str]:
        return [answer.text for at, answer in self.answers if at > moment and answer.status_code >= 500]


CHANGES = (
    ("alter table signals add column extra text not null default ''",),
    ("alter table cases add column extra text", "alter table cases alter column extra set default 'x'"),
    ("alter table access_entries add column extra text",),
    (
        "drop index uq_cases_holder",
        "create unique index uq_cases_holder on cases (holder, reference) where not returned",
    ),
    (
        "alter table signals drop constraint uq_signals_reference",
        "alter table signals add constraint uq_signals_reference unique (reference)",
    ),
)
SETTLED_SECONDS = 1.0
"""How long after a change requests may be asked to repeat (cases, O4)."""


async def changed_under(load: Load, settings: Settings) -> None:
    """Each change while the load goes on; afterwards nobody is refused."""
    try:
        await load.more(0, 30)
        for statements in CHANGES:
            await asyncio.to_thread(own.rows, settings, *statements)
            settled = time.monotonic() + SETTLED_SECONDS
            await load.more(settled, 20)
            assert load.failures_since(settled) == []
    finally:
        load.over = True


async def test_a_changed_table_or_rebuilt_index_refuses_nobody_for_longer_than_a_second(
    server: Server, settings: Settings
) -> None:
    async with server.client() as desk:
        load = Load(desk)
        await desk.as_("ans").report()
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(load.report())
            group.create_task(load.look("bouke", f"{RIEC}/cases"))
            group.create_task(load.look("dirk", "/v1/access-log?limit=5"))
            group.create_task(changed_under(load, settings))
        assert {answer.status_code for _, answer in load.answers} <= {200, 201, 503}
        assert status_of(server, "/readyz") == 200


KILLS = 20
LOCK = 4_242_997
HOLDERS = f"select pid from pg_locks where locktype = 'advisory' and objid = {LOCK} and granted"


async def next_round(connection: AsyncConnection, _moment: datetime) -> int:
    """A job that takes a while and writes the number after the last: two at once would write one number twice."""
    [last] = (await connection.execute(text("select coalesce(max(number), 0) from rounds"))).one()
    await connection.execute(text("select pg_sleep(0.02)"))
    await connection.execute(text("insert into rounds values (:number)"), {"number": last + 1})
    return int(last)


@pytest.fixture
async def two_workers(settings: Settings) -> AsyncIterator[Settings]:
    """Two workers that have the same job, each with a pool of its own; it has a table to write to."""
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    own.rows(
        settings, "create table rounds (number int)", "grant select, insert on rounds to meldpunt_worker"
    )
    both = [Database(url, settings.logins_folder, 2) for _ in range(2)]
    job = Work("next_round", 0.01, LOCK, next_round)
    tasks = [asyncio.create_task(worker.repeat(one, job)) for one in both]
    yield settings
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for one in both:
        await one.close()


def rounds(settings: Settings) -> list[int]:
    """The numbers that were written, in the order of their writing."""
    return [int(line) for line in own.rows(settings, "select number from rounds order by xmin::text::bigint")]


def a_holder_ended(settings: Settings) -> bool:
    """Whether there was a worker at the job, whose connection is now ended. There are never two."""
    holders = own.rows(settings, HOLDERS)
    assert len(holders) <= 1
    return bool(holders) and own.rows(settings, f"select pg_terminate_backend({holders[0]})") == ["t"]


def goes_on(settings: Settings) -> None:
    """Wait until the job was done once more."""
    before = len(rounds(settings))
    until(lambda: len(rounds(settings)) > before)


async def test_a_worker_that_loses_its_lock_leaves_the_job_to_one_other_and_it_goes_on(
    two_workers: Settings,
) -> None:
    for _ in range(KILLS):
        await asyncio.to_thread(until, lambda: a_holder_ended(two_workers))
        await asyncio.to_thread(goes_on, two_workers)
    written = rounds(two_workers)
    assert len(written) >= KILLS
    assert written == list(range(1, len(written) + 1))
