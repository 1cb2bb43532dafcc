"""Matches at a million indexed signals against a thousand: asking from a case must not cost more as the index grows.

Two databases, copies of the migrated one, are filled by the superuser with the same kind of signals: each names a plate
that three share, an address that eight share, and a telephone number of its own. So every case asked about has as many
hits in both, and only the index around them grows. Cases are drawn anew for each turn, the same number in both, asked as
RIEC's login does, notices to the owners included, and the databases take turns; the figure is the ratio of the medians.
"""

import asyncio
import json
import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.casework.models import Case
from app.database import Login, Scope, engine_for, insert_rows, login_url, password_of, transaction
from app.demo import postgres
from app.matching import asked
from app.routing.facts import RIEC
from app.settings import Settings
from app.signals.models import Signal
from tests.bench.shape import sample
from tests.desk import REPORT

SMALL, LARGE = 1_000, 1_000_000
ASKS = 300
TURNS = 10
MOST = 1.5
TEMPLATE = "meldpunt"
HITS = range(7, 10)
"""Other signals that a case has in common with: seven by address, and two by plate that may be among them."""
PLANT = """
insert into {table} ({columns}) select {values} from {table} t cross join generate_series({first}, {last}) n
where t.id = '{id}'
"""
INDEX = """
insert into blind_index (token, signal_id, organisation_id, kind, key_version, place)
select sha256(convert_to(kind || n / shared, 'UTF8')), md5('signal' || n)::uuid, '{owner}', kind, 1, kind = 'address'
from generate_series({first}, {last}) n cross join (values ('plate', 3), ('address', 8), ('phone', 1)) k (kind, shared)
"""


def report(settings: Settings) -> None:
    """Fill, ask in turns, print the medians and their ratio, and drop what was filled."""
    asyncio.run(compared(settings))


async def compared(settings: Settings) -> None:
    """As `report`, within a loop."""
    sizes = {"matches_small": SMALL, "matches_large": LARGE}
    times: dict[str, list[float]] = {name: [] for name in sizes}
    try:
        for name, size in sizes.items():
            await fill(settings, name, size)
        for turn in range(TURNS):
            # There and back: neither may always come last.
            for name in sorted(sizes, reverse=bool(turn % 2)):
                times[name].append(await asking(settings, name, sizes[name], turn))
    finally:
        async with administrator(settings, "postgres") as admin:
            for name in sizes:
                await admin.exec_driver_sql(f"drop database if exists {name} with (force)")
    for name, size in sizes.items():
        told = ", ".join(f"{1000 * one:.2f}" for one in times[name])
        print(f"{size:9} signals   p50 {1000 * statistics.median(times[name]):6.2f} ms   (turns: {told})")
    ratio = statistics.median(times["matches_large"]) / statistics.median(times["matches_small"])
    print(f"(e) matches at {LARGE} / at {SMALL} signals   {ratio:.2f}   (must stay within {MOST})")


@asynccontextmanager
async def administrator(settings: Settings, database: str) -> AsyncIterator[AsyncConnection]:
    """The superuser in one database, as long as it takes."""
    password = (settings.logins_folder / "postgres").read_text().strip()
    engine = engine_for(postgres.login_url(settings, "postgres", password, database), 1, seconds=None)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def fill(settings: Settings, name: str, size: int) -> None:
    """A copy of the migrated database with so many indexed signals, each with a case of its owner and one of RIEC."""
    async with administrator(settings, "postgres") as admin:
        await admin.exec_driver_sql(f"create database {name} template {TEMPLATE}")
    made = [(table, row) for table, row in sample(json.dumps(REPORT).encode()) if table in {Signal, Case}]
    async with administrator(settings, name) as admin:
        # Rows that fit each other: no reference has to be looked up three million times.
        await admin.exec_driver_sql("set session_replication_role = replica")
        await admin.exec_driver_sql("set synchronous_commit = off")
        await insert_rows(admin, made)
        for table, row in made:
            kind = str(row.get("kind", "signal"))
            if kind == "rudd":
                continue
            told = {"id": f"md5('{kind}' || n)::uuid", "reference": "n::text"}
            told |= {"signal_id": "md5('signal' || n)::uuid"} if table is Case else {}
            values = ", ".join(told.get(column, f't."{column}"') for column in row)
            columns = ", ".join(f'"{column}"' for column in row)
            place = {"first": 1, "last": size, "id": row["id"], "columns": columns, "values": values}
            await admin.exec_driver_sql(PLANT.format(table=table.__tablename__, **place))
        owner = made[0][1]["organisation_id"]
        await admin.exec_driver_sql(INDEX.format(owner=owner, first=1, last=size))
        for settle in ("vacuum analyze", "checkpoint"):
            await admin.exec_driver_sql(settle)


async def asking(settings: Settings, name: str, size: int, turn: int) -> float:
    """The median of the times that RIEC waits for the matches of a case, in seconds."""
    app = login_url(
        postgres.login_url(settings, "postgres", "", name),
        Login.APP,
        password_of(settings.logins_folder, Login.APP),
    )
    engine = engine_for(app, 1)
    drawn = random.Random(turn).sample(range(8, size - 8), ASKS)
    async with administrator(settings, name) as admin:
        found = await admin.exec_driver_sql(
            "select md5('riec' || n)::uuid from unnest($1::int[]) n", (drawn,)
        )
        cases = list(found.scalars())
        try:
            for case in cases[: ASKS // 10]:
                await one(engine, case)
            return statistics.median([await one(engine, case) for case in cases])
        finally:
            await engine.dispose()
            await admin.exec_driver_sql("truncate notices")


async def one(engine: AsyncEngine, case: UUID) -> float:
    """How long the answer took."""
    async with transaction(engine, Scope(organisation=RIEC)) as held:
        began = time.perf_counter()
        found = await asked.matches(held.connection, case, own_report=False)
        taken = time.perf_counter() - began
    assert len({(hit.organisation, hit.case_id) for hit in found}) in HITS, found
    return taken
