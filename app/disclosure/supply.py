"""Supplies a signal to one more recipient: an opening by the owner, a wrap for the recipient, a Disclosure row.

All in the act's transaction; the recipient's case is made by casework, which calls this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import entries
from app.audit.act import AnyAct
from app.clock import new_id
from app.database import AnyRow
from app.disclosure.models import Disclosure
from app.signals import read
from app.vault import records
from app.vault.models import Wrap
from app.vault.ring import vault_of


@dataclass(frozen=True, slots=True)
class Supply:
    """One supply as decided: to whom, which parts, on what ground, and the recipient's case."""

    case_id: UUID
    signal_id: UUID
    owner: str
    recipient: str
    queue_id: str
    recipient_case: UUID
    parts: tuple[str, ...]
    ground: str
    rule_id: str | None


async def supply(act: AnyAct, decided: Supply, moment: datetime) -> UUID:
    """Share the keys of these parts with the recipient and record the Disclosure; its id."""
    to = records.recipient(vault_of(act.request).directory, decided.recipient, *decided.parts)
    what = read.What(decided.case_id, decided.signal_id, "supply")
    wrap = await read.share_signal(act, what, to)
    # A recipient that gave the case back has its wrap still.
    await act.connection.execute(postgresql.insert(Wrap).values(**wrap).on_conflict_do_nothing())
    disclosure = new_id()
    await act.connection.execute(
        insert(Disclosure).values(
            id=disclosure,
            signal_id=decided.signal_id,
            organisation_id=decided.owner,
            recipient=decided.recipient,
            queue_id=decided.queue_id,
            case_id=decided.recipient_case,
            parts=list(decided.parts),
            mode="confirmed",
            ground=decided.ground,
            rule_id=decided.rule_id,
            decided_by=act.actor.sub,
            supplied_at=moment,
        )
    )
    act.record(
        entries.Act(
            "signal_supplied",
            "disclosure",
            str(disclosure),
            case_id=decided.recipient_case,
            signal_id=decided.signal_id,
            purpose="supply",
        )
    )
    return disclosure


async def supplies_of(connection: AsyncConnection, signal_id: UUID) -> Sequence[AnyRow]:
    """Who got this signal so far, as this scope may see it."""
    rows = await connection.execute(
        select(Disclosure.queue_id, Disclosure.ended).where(Disclosure.signal_id == signal_id)
    )
    return cast("Sequence[AnyRow]", rows.all())
