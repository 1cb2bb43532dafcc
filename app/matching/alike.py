"""Which reports of one owner may tell the same event: asked of the blind index, proposed to a person, merged by nobody.

From the marks of how each is told and the identifiers both name; never from text, never across organisations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.matching.wording import ORDER, Likeness, likeness, same_event

_ASK = text("select case_id, shared, kinds from ask_duplicates(:asked)")


@dataclass(frozen=True, slots=True)
class Alike:
    """Another triage case of the owner, how alike it is told, and the kinds of identifier both name."""

    case_id: UUID
    wording: Likeness
    kinds: tuple[str, ...]


async def alike(connection: AsyncConnection, case_id: UUID) -> Sequence[Alike]:
    """What may tell the same event as this triage case of the scope's organisation, likeliest first; 200 at most."""
    rows = await connection.execute(_ASK, {"asked": case_id})
    found = [
        Alike(row.case_id, likeness(row.shared), tuple(row.kinds))
        for row in rows
        if same_event(row.shared, row.kinds)
    ]
    return sorted(found, key=lambda one: (ORDER.index(one.wording), -len(one.kinds), one.case_id))
