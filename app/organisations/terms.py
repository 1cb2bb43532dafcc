"""An organisation's terms of supply grant: each row is vouched for under a key outside the database (FORMATS 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.clock import new_id
from app.crypto import blind
from app.organisations import participants
from app.organisations.models import SupplyTerm

GROUND_OF: Final[Mapping[str, str]] = {
    participants.RIEC: "riec_partner",
    participants.RUDD: "environmental_task",
}
"""The one ground on which reports go to each recipient (workflow.md 7)."""
RECIPIENTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "municipality": (participants.RIEC, participants.RUDD),
    "province": (participants.RIEC, participants.RUDD),
    "water_board": (participants.RUDD,),
}
"""To whom each kind of organisation may supply at all by the matrix; the rest stays `no` until the law is clear."""


def mac(
    key: bytes,
    term_id: UUID,
    organisation: str,
    queue: str,
    category: str | None,
    mode: str,
    ground: str,
    until: date,
) -> bytes:
    """MAC over everything the row grants. `key` is the intake key: intake checks it at use."""
    fields = (str(term_id), organisation, queue, category or "", mode, ground, until.isoformat())
    return blind.mac(key, b"supply term", *(field.encode() for field in fields))


@dataclass(frozen=True, slots=True)
class Stated:
    """What an organisation states about one recipient and category (None: all)."""

    organisation: str
    queue: str
    category: str | None
    mode: str
    ground: str
    valid_until: date

    def vouched(self, key: bytes, term_id: UUID) -> bytes:
        """The MAC of its row."""
        return mac(
            key,
            term_id,
            self.organisation,
            self.queue,
            self.category,
            self.mode,
            self.ground,
            self.valid_until,
        )


async def state(connection: AsyncConnection, key: bytes, stated: Stated) -> None:
    """Put the term in force: it takes the place of what was stated before for the same recipient and category."""
    there = (
        await connection.execute(
            select(SupplyTerm.id)
            .where(
                SupplyTerm.organisation_id == stated.organisation,
                SupplyTerm.queue_id == stated.queue,
                SupplyTerm.category.is_not_distinct_from(stated.category),
            )
            .with_for_update()
        )
    ).scalar_one_or_none()
    values: dict[str, object] = {
        "mode": stated.mode,
        "ground": stated.ground,
        "valid_until": stated.valid_until,
    }
    if there is not None:
        vouched = values | {"mac": stated.vouched(key, there)}
        await connection.execute(update(SupplyTerm).where(SupplyTerm.id == there).values(**vouched))
        return
    term_id = new_id()
    row = values | {
        "id": term_id,
        "organisation_id": stated.organisation,
        "queue_id": stated.queue,
        "category": stated.category,
        "mac": stated.vouched(key, term_id),
    }
    await connection.execute(insert(SupplyTerm).values(**row))


async def in_force(connection: AsyncConnection, key: bytes, organisation: str, today: date) -> list[Stated]:
    """The terms of this organisation that have not ended and that the desk itself wrote; an alarm for others."""
    rows = await connection.execute(
        select(SupplyTerm.__table__).where(SupplyTerm.organisation_id == organisation)
    )
    found = []
    for row in rows:
        stated = Stated(
            row.organisation_id, row.queue_id, row.category, row.mode, row.ground, row.valid_until
        )
        if not blind.equal(row.mac, stated.vouched(key, row.id)):
            telemetry.alarm("supply_term_forged")
        elif stated.valid_until >= today:
            found.append(stated)
    return found
