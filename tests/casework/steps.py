"""Steps that many stories share: looking into the database, finding one's case, working it, the desk's own turn."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text

from app.database import Database, engine_for
from app.settings import Settings
from app.worker import JOBS, once
from tests.desk import Client

Case = dict[str, Any]
LAB = "In de schuur is een drugslab. Er staan vaten met chemicaliën en er loopt afvalwater de sloot in."
"""Goes to RIEC (drugs) and to RUDD (a lab with substances)."""


async def query(settings: Settings, statement: str, **values: object) -> list[dict[str, Any]]:
    """Rows of any table, as the superuser sees them: row security aside."""
    assert settings.database_url is not None
    engine = engine_for(settings.database_url.get_secret_value(), 1, seconds=None)
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement), values)
            return [dict(row._mapping) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


def spellings(word: str) -> Iterator[str]:
    """A word as text, and as bytes in the way a bytea shows them: UTF-8, UTF-16, base64, hex."""
    raw = word.encode()
    yield word
    for form in (raw, word.encode("utf-16-le"), base64.b64encode(raw), raw.hex().encode()):
        yield form.hex()


async def places_of(settings: Settings, *words: str) -> list[str]:
    """The tables in which one of these words stands in any column, in any spelling."""
    tables = await query(
        settings,
        "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
        " where table_schema in ('public', 'wraps') and table_type = 'BASE TABLE' order by name",
    )
    assert tables
    looks = " union all ".join(
        f"(select '{table['name']}' as name from {table['name']} t, unnest(cast(:words as text[])) word"
        " where position(word in t::text) > 0 limit 1)"
        for table in tables
    )
    found = await query(settings, looks, words=[one for word in words for one in spellings(word)])
    return [row["name"] for row in found]


async def the_desk_acts(settings: Settings) -> None:
    """The worker's look at supplies that ended, once."""
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, 1)
    try:
        assert await once(database, JOBS[0]) is not None
    finally:
        await database.close()


async def case_of(worker: Client, queue: str, signal: Mapping[str, Any]) -> Case:
    """The one case of this signal in a queue of this worker."""
    [case] = [one for one in await worker.items(f"{queue}/cases") if one["signalId"] == signal["id"]]
    return case


async def claim(worker: Client, queue: str, case: Mapping[str, Any]) -> Case:
    """Pull this very case."""
    answer = await worker.post(f"{queue}/claims", {"caseId": case["id"]})
    assert answer.status_code == 201, answer.text
    claimed: Case = answer.json()
    return claimed


async def assess(worker: Client, queue: str, case: Mapping[str, Any] | None = None) -> Case:
    """Pull a case (the next, or this one), open it and take it up for assessment."""
    mine = await (worker.pull(queue) if case is None else claim(worker, queue, case))
    await worker.open(mine)
    moved = await worker.move(mine, "assess", reasonCode="read_and_ready")
    assert moved.status_code == 201, moved.text
    assessing: Case = moved.json()
    return assessing


async def supply(worker: Client, case: Mapping[str, Any], *queues: str) -> Any:
    """Supply to these queues on the grounds that fit them."""
    grounds = {"riec-noord-nederland": "riec_partner", "rudd": "environmental_task"}
    recipients = [{"queueId": queue, "ground": grounds[queue]} for queue in queues]
    return await worker.move(case, "supply", reasonCode="needs_recipient", recipients=recipients)


async def history(worker: Client, case: Mapping[str, Any]) -> list[str]:
    """The moves of a case, oldest first."""
    return [move["transition"] for move in await worker.items(f"/v1/cases/{case['id']}/transitions")]


async def look_up(desk: Client, made: Mapping[str, Any]) -> dict[str, Any]:
    """What the holder of a receipt code sees."""
    answer = await desk.as_(None).post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]})
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def denials(desk: Client, who: Client, case_id: str) -> list[dict[str, Any]]:
    """What the auditor sees of refusals of this person on this case."""
    found = await desk.as_("dirk").items(f"/v1/access-log?caseId={case_id}&outcome=denied")
    return [entry for entry in found if entry["actor"] == who.sub]
