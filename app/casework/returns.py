"""When a recipient gives a supplied case back, the desk itself moves the owner's case (T16)."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import entries
from app.casework import cases, workflow
from app.casework.history import note_move
from app.casework.models import Case
from app.disclosure.models import Disclosure
from app.identity.actor import DESK
from app.vault.models import Wrap

COLUMNS = (
    Case.id,
    Case.signal_id,
    Case.organisation_id,
    Case.holder,
    Case.kind,
    Case.state,
    Case.assignee,
    Case.priority,
)
"""What the worker's login may read of a case, but for its version."""


async def take_back(connection: AsyncConnection, moment: datetime) -> int:
    """Move the owner's case of every supply that ended since the last look; how many were looked at."""
    ended = (
        await connection.execute(
            select(Disclosure.id, Disclosure.signal_id, Disclosure.recipient, Disclosure.ended)
            .where(Disclosure.ended_at.is_not(None), Disclosure.seen_at.is_(None))
            .order_by(Disclosure.ended_at)
            .limit(100)
            .with_for_update(skip_locked=True)
        )
    ).all()
    for one in ended:
        if one.ended == "returned":
            await _move_owner(connection, one.signal_id, moment)
            # The need to know has ended, so the recipient's way to the key ends too.
            await connection.execute(
                delete(Wrap).where(Wrap.record_id == one.signal_id, Wrap.keyholder == one.recipient)
            )
        await connection.execute(update(Disclosure).where(Disclosure.id == one.id).values(seen_at=moment))
    return len(ended)


async def _move_owner(connection: AsyncConnection, signal_id: object, moment: datetime) -> None:
    # The owner's case, or the one in which it goes on.
    owners = select(func.coalesce(Case.merged_into, Case.id)).where(
        Case.signal_id == signal_id, Case.kind == "triage"
    )
    case = (
        await connection.execute(
            select(*COLUMNS).where(Case.id == owners.scalar_subquery()).with_for_update()
        )
    ).one()
    move = workflow.returned(case.kind, case.state, workflow.Situation(held=case.assignee is not None))
    if move is None:
        return
    await connection.execute(
        update(Case)
        .where(Case.id == case.id)
        .values(**cases.entered(case.kind, move.target, case.priority, moment), version=Case.version + 1)
    )
    after = (await connection.execute(select(*COLUMNS).where(Case.id == case.id))).one()
    await note_move(connection, after, move.transition, case.state, "recipient_returned", None, moment)
    act = entries.Act(
        "case_moved",
        "case",
        str(case.id),
        case_id=case.id,
        signal_id=case.signal_id,
        purpose=move.transition,
        reason_code="recipient_returned",
    )
    await entries.write(connection, [entries.line(DESK, None, act, moment, None)])
