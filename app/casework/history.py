"""The moves of a case as rows that never change."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.casework.cases import CaseRow
from app.casework.models import TransitionRow
from app.clock import new_id
from app.database import AnyRow


async def note_move(
    connection: AsyncConnection,
    case: CaseRow,
    transition: str,
    source: str,
    reason_code: str,
    actor: str | None,
    moment: datetime,
    *,
    outcome: str | None = None,
    record_id: UUID | None = None,
    other_case: UUID | None = None,
) -> None:
    """Write the move that brought `case` (as it is now) from `source` to its state."""
    await connection.execute(
        insert(TransitionRow).values(
            id=new_id(),
            case_id=case.id,
            organisation_id=case.organisation_id,
            holder=case.holder,
            transition=transition,
            source=source,
            target=case.state,
            reason_code=reason_code,
            outcome=outcome,
            actor=actor,
            record_id=record_id,
            other_case=other_case,
            at=moment,
        )
    )


async def moves_of(connection: AsyncConnection, case_id: UUID) -> Sequence[AnyRow]:
    """The moves of a case, oldest first."""
    return (
        await connection.execute(
            select(*TransitionRow.__table__.columns)
            .where(TransitionRow.case_id == case_id)
            .order_by(TransitionRow.at, TransitionRow.id)
        )
    ).all()
