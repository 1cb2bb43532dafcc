"""The part `identifiers`: sealed to the indexer alone, opened once by the worker, and then gone (FORMATS 1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, cast
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto import canonical
from app.database import AnyRow
from app.vault import vouched
from app.vault.keys import KeyRing
from app.vault.models import SealedPart, Wrap
from app.vault.read import open_records

INDEXER: Final = "indexer"
PART: Final = "identifiers"


@dataclass(frozen=True, slots=True)
class Told:
    """One identifier of a report, or the marks of how it is told. `place`: the address it is about, as RUDD may know."""

    kind: str
    value: str = field(repr=False)
    place: bool


async def waiting(connection: AsyncConnection, but: Collection[UUID], most: int) -> Sequence[AnyRow]:
    """Signals whose identifiers wait to be indexed, with their owner; at most so many, and none of `but`."""
    rows = await connection.execute(
        select(SealedPart.signal_id, SealedPart.organisation_id)
        .where(
            SealedPart.part == PART,
            SealedPart.record_id == SealedPart.signal_id,
            SealedPart.signal_id.not_in(but),
        )
        .limit(most)
    )
    return cast("Sequence[AnyRow]", rows.all())


async def opened(connection: AsyncConnection, ring: KeyRing, signal_id: UUID) -> list[Told]:
    """The identifiers of this signal.

    Raises Damaged, with an alarm, for a part that was altered or is nobody's to open; Unavailable without the key.
    """
    found = await open_records(connection, ring, INDEXER, [signal_id], signal_id)
    told = found.get(signal_id, {}).get(PART)
    if not isinstance(told, list):
        vouched.forged("cannot_open")
    return [_told(one) for one in told]


def _told(one: canonical.JsonValue) -> Told:
    if not isinstance(one, dict):
        vouched.forged("cannot_open")
    # Reports of before the place was told apart say nothing of it: then RUDD is shown no match on it.
    return Told(str(one["kind"]), str(one["value"]), one.get("place") is True)


async def forget(connection: AsyncConnection, signal_id: UUID) -> None:
    """Delete the part and the wrap of its key: what is in the index stands nowhere else for the indexer."""
    await connection.execute(
        delete(SealedPart).where(SealedPart.record_id == signal_id, SealedPart.part == PART)
    )
    await connection.execute(delete(Wrap).where(Wrap.record_id == signal_id, Wrap.keyholder == INDEXER))
