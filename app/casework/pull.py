"""Pulling a case from a queue: never the same case twice, urgent first, then the shortest term."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.casework import cases
from app.casework.cases import COLUMNS, CaseRow
from app.casework.history import note_move
from app.casework.models import Case
from app.casework.schemas import Claim
from app.errors import Conflict, NotFound


async def pull(
    connection: AsyncConnection, queue_id: str, wanted: Claim, sub: str, moment: datetime
) -> CaseRow | None:
    """Claim the next waiting case of this queue, or the one named; None where nothing waits.

    Rows that others are claiming are skipped, so that many pull at once without waiting (SKIP LOCKED). Raises
    NotFound for a named case that is not here, Conflict where somebody has it.
    """
    waiting = select(Case.id, Case.kind, Case.priority).where(
        Case.queue_id == queue_id, Case.state == "new", Case.returned.is_(False)
    )
    for column, value in (
        (Case.id, wanted.case_id),
        (Case.municipality_code, wanted.municipality),
        (Case.category, wanted.category),
    ):
        if value is not None:
            waiting = waiting.where(column == value)
    # Plain columns, so that ix_cases_queue gives the first at once however many wait.
    in_line = waiting.order_by(Case.priority, Case.due_at, Case.id).limit(1)
    found = (await connection.execute(in_line.with_for_update(skip_locked=True, of=Case))).first()
    if found is None:
        if wanted.case_id is not None:
            await _refuse(connection, queue_id, wanted)
        return None
    values = cases.entered(found.kind, "claimed", found.priority, moment) | {"assignee": sub}
    await connection.execute(
        update(Case).where(Case.id == found.id).values(**values, version=Case.version + 1)
    )
    case = (await connection.execute(select(*COLUMNS).where(Case.id == found.id))).one()
    await note_move(connection, case, "claim", "new", "next_in_line", sub, moment)
    return case


async def _refuse(connection: AsyncConnection, queue_id: str, wanted: Claim) -> None:
    there = await connection.execute(
        select(Case.id).where(Case.id == wanted.case_id, Case.queue_id == queue_id, Case.returned.is_(False))
    )
    if there.first() is None:
        raise NotFound(reason="no_such_case")
    raise Conflict("Een collega heeft deze zaak al. Pak een andere.", reason="not_waiting")
