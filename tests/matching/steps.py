"""What stories of matches share: the worker's turn at the index, looking at its rows, asking from a case."""

from typing import Any

import httpx2

from app import worker
from app.database import Database
from app.settings import Settings
from app.vault.keys import KeyRing
from tests.casework.steps import Case, query
from tests.desk import Client

PLATE = "GZ-918-V"


def worker_ring(settings: Settings) -> KeyRing:
    """The keys of a worker."""
    return KeyRing.load(settings, holders={"indexer"})


async def run(settings: Settings, name: str = "index_identifiers") -> int:
    """One turn of the worker at this job; how much it did."""
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, 1)
    try:
        [job] = [one for one in worker.jobs(lambda: worker_ring(settings)) if one.name == name]
        done = await worker.once(database, job)
        assert done is not None
        return done
    finally:
        await database.close()


async def indexed(settings: Settings) -> list[dict[str, Any]]:
    """Every row of the index."""
    return await query(settings, "select * from blind_index order by kind, key_version, token")


async def waiting(settings: Settings) -> int:
    """How many parts and wraps for the indexer are still there."""
    [row] = await query(
        settings,
        "select (select count(*) from sealed_parts where part = 'identifiers')"
        " + (select count(*) from wraps.wraps where keyholder = 'indexer') as number",
    )
    return int(row["number"])


async def report_with(client: Client, **members: Any) -> dict[str, Any]:
    """A report that names a vehicle, indexed."""
    made = await client.report(**({"vehicles": [{"plate": PLATE}]} | members))
    await run(client.settings)
    return made


async def ask(who: Client, case: Case) -> httpx2.Response:
    """Ask for matches from a case."""
    return await who.post(f"/v1/cases/{case['id']}/match-requests")


async def search(who: Client, kind: str, value: str) -> httpx2.Response:
    """Search the own queue."""
    return await who.post("/v1/searches", {"kind": kind, "value": value})
