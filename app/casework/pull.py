"""Pulling a case from a queue: never the same case twice, urgent first, then the shortest term."""

from datetime import datetime

from sqlalchemy import literal, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.casework import cases
from app.casework.cases import COLUMNS, CaseRow
from app.casework.history import note_move
from app.casework.models import Case
from app.casework.schemas import Claim
from app.errors import Conflict, NotFound
from app.identity import policy
from app.identity.actor import Actor

POLICE = literal("wpg")
"""The flag of a case that may hold police data."""


async def pull(
    connection: AsyncConnection, queue_id: str, wanted: Claim, actor: Actor, moment: datetime
) -> CaseRow | None:
    """Claim the next waiting case of this queue, or the one named; None where nothing waits for this worker.

    What may be police data waits for somebody authorised for it.

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
    if not actor.wpg:
        waiting = waiting.where(not_(Case.flags.any_() == POLICE))
    sub = str(actor.sub)
    # Plain columns, so that ix_cases_queue gives the first at once however many wait.
    in_line = waiting.order_by(Case.priority, Case.due_at, Case.id).limit(1)
    found = (await connection.execute(in_line.with_for_update(skip_locked=True, of=Case))).first()
    if found is None:
        return (
            None if wanted.case_id is None else await _take_over(connection, queue_id, wanted, actor, moment)
        )
    values = cases.entered(found.kind, "claimed", found.priority, moment) | {"assignee": sub}
    await connection.execute(
        update(Case).where(Case.id == found.id).values(**values, version=Case.version + 1)
    )
    case = (await connection.execute(select(*COLUMNS).where(Case.id == found.id))).one()
    await note_move(connection, case, "claim", "new", "next_in_line", sub, moment)
    return case


async def _take_over(
    connection: AsyncConnection, queue_id: str, wanted: Claim, actor: Actor, moment: datetime
) -> CaseRow:
    """Take a case whose worker lost the role, as it stands. Raises NotFound, Forbidden or Conflict."""
    await _may_take(connection, queue_id, wanted, actor)
    free = select(Case.id, Case.state).where(
        Case.queue_id == queue_id,
        Case.id == wanted.case_id,
        Case.assignee.is_(None),
        Case.state.not_in(("new", "supplied", "closed")),
        Case.returned.is_(False),
    )
    found = (await connection.execute(free.with_for_update(skip_locked=True, of=Case))).first()
    if found is None:
        raise Conflict("Een collega heeft deze zaak al. Pak een andere.", reason="not_waiting")
    sub = str(actor.sub)
    await connection.execute(
        update(Case).where(Case.id == found.id).values(assignee=sub, version=Case.version + 1)
    )
    case = (await connection.execute(select(*COLUMNS).where(Case.id == found.id))).one()
    await note_move(connection, case, "take_over", found.state, "next_in_line", sub, moment)
    return case


async def _may_take(connection: AsyncConnection, queue_id: str, wanted: Claim, actor: Actor) -> None:
    there = (
        await connection.execute(cases.visible().where(Case.id == wanted.case_id, Case.queue_id == queue_id))
    ).first()
    if there is None:
        raise NotFound(reason="no_such_case")
    cases.refuse(policy.on(actor, "case:pull", cases.thing(there)))
