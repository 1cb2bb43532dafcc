"""The log as it is stored, read past every rule, and whether an entry's bytes say what its columns say."""

from typing import Any

from app.clock import timestamp
from app.crypto import blind, canonical
from app.settings import Settings
from tests.database import look

STORED = (
    "select e.*, v.salt, v.value, v.field, v.organisation as beside from access_entries e"
    " join access_values v on v.entry_id = e.id and v.field = 'actor' order by e.at, e.id"
)
MEMBERS = {
    "role": "role",
    "organisation": "organisation",
    "action": "action",
    "objectKind": "object_kind",
    "objectId": "object_id",
    "caseId": "case_id",
    "signalId": "signal_id",
    "purpose": "purpose",
    "outcome": "outcome",
    "reasonCode": "reason_code",
    "traceId": "trace_id",
    "record": "record",
}
"""Members of a leaf and the columns that repeat them (FORMATS 5)."""


async def stored(settings: Settings) -> list[dict[str, Any]]:
    """Every entry with the value behind its commitment, oldest first."""
    async with look.as_superuser(settings) as connection:
        return [dict(row._mapping) for row in await look.rows(connection, STORED)]


async def acts(settings: Settings) -> list[dict[str, Any]]:
    """Every entry but those of the desk's own start and stop."""
    return [row for row in await stored(settings) if not row["action"].startswith("process_")]


async def actions(settings: Settings) -> list[str]:
    """The actions of those entries, oldest first."""
    return [str(row["action"]) for row in await acts(settings)]


def told(row: dict[str, Any]) -> dict[str, object]:
    """What the leaf of this row has to say, from its columns and the value beside it."""
    columns = {member: row[column] for member, column in MEMBERS.items()}
    said: dict[str, object] = {
        "v": 1,
        "id": str(row["id"]),
        "at": timestamp(row["at"]),
        "actor": blind.commitment(row["salt"], "actor", row["value"]).hex(),
    }
    return said | {name: str(value) for name, value in columns.items() if value is not None}


def is_canonical(leaf: bytes) -> bool:
    """Whether these bytes are the only ones that say what they say."""
    return canonical.encode(canonical.parse(leaf)) == leaf
