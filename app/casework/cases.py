"""Reads and changes of cases, as statements: what row security leaves visible, in the form the API shows.

Every function works in the act's transaction and scope; a case of another holder does not exist here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.approvals import requests
from app.audit.act import known_queue
from app.casework import calendar, workflow
from app.casework.models import Case, Opening
from app.casework.schemas import CaseFilter
from app.database import AnyRow
from app.disclosure.matrix import SECRECY
from app.disclosure.models import Disclosure
from app.errors import Forbidden, NotFound
from app.identity import policy
from app.identity.actor import Actor, Role
from app.organisations.models import Queue
from app.signals.models import Message, Signal

CaseRow = AnyRow
FAR = datetime.fromisoformat("9999-12-31T00:00:00+00:00")

LEAD, MERGED = aliased(Case), aliased(Case)
_NEW = (Message.sender == "reporter", Message.read_at.is_(None))
UNREAD = or_(
    exists().where(Message.case_id == Case.id, *_NEW),
    exists().where(Message.case_id == MERGED.id, MERGED.merged_into == Case.id, *_NEW),
)
COLUMNS = (
    *Case.__table__.columns,
    UNREAD.label("unread"),
    # Whose it is, where it goes on in another case: who works on that one reads this one too.
    select(LEAD.state).where(LEAD.id == Case.merged_into).scalar_subquery().label("lead_state"),
    select(LEAD.assignee).where(LEAD.id == Case.merged_into).scalar_subquery().label("lead_assignee"),
)


def visible() -> Select[Any]:
    """Cases this scope may see; what was given back to the owner is the recipient's no longer."""
    return select(*COLUMNS).where(Case.returned.is_(False))


def thing(case: CaseRow) -> policy.Thing:
    """The case as the policy asks about it; one that was merged is in the hands of whoever has the other."""
    assignee = case.assignee if case.merged_into is None else case.lead_assignee
    return policy.Thing(
        organisation=case.organisation_id,
        holder=case.holder,
        queue_kind=case.kind,
        assignee=assignee,
        returned=case.returned,
        supplied_unclaimed=case.kind == "triage" and going_on(case) == "supplied" and assignee is None,
        police="wpg" in case.flags,
    )


def going_on(case: CaseRow) -> str:
    """The state of the case, or of the one in which it goes on."""
    return str(case.state if case.merged_into is None else case.lead_state)


def refuse(ruling: policy.Verdict) -> None:
    """Raises NotFound or Forbidden where the policy said no."""
    if isinstance(ruling, policy.Denied):
        raise (NotFound if ruling.hidden else Forbidden)(reason=ruling.reason)


async def load(connection: AsyncConnection, case_id: UUID, actor: Actor, *, lock: bool = False) -> CaseRow:
    """The case, locked for a change if asked. Raises NotFound where it is not this caller's to know of."""
    statement = visible().where(Case.id == case_id)
    found = (await connection.execute(statement.with_for_update(of=Case) if lock else statement)).first()
    if found is None:
        raise NotFound(reason="no_such_case")
    refuse(policy.on(actor, "case:read", thing(found)))
    return cast("CaseRow", found)


async def queue_for(
    connection: AsyncConnection, queue_id: str, organisation: str, roles: frozenset[Role]
) -> AnyRow:
    """The queue, if the caller works in it. Raises NotFound otherwise."""
    if known_queue(queue_id) is None:
        raise NotFound(reason="no_such_queue")
    found = (
        await connection.execute(
            select(Queue.id, Queue.kind, Queue.name).where(
                Queue.id == queue_id, Queue.organisation_id == organisation
            )
        )
    ).first()
    if found is None or not policy.WORKERS[found.kind] & roles:
        raise NotFound(reason="no_such_queue")
    return found


def item(row: CaseRow) -> dict[str, object]:
    """The members of a list item. RUDD's case has a reference of its own and no way to the signal."""
    return {
        "id": row.id,
        "reference": row.reference,
        "signal_id": row.signal_id if policy.shows(row.kind, "signalId") else None,
        "state": row.state,
        "category": row.category,
        "topics": row.topics,
        "municipality": row.municipality_code,
        "confidence": row.confidence / 100,
        "urgency": row.urgency,
        "priority": row.priority,
        "safety": row.safety,
        "received_at": row.received_at,
        "due_at": row.due_at,
        "due_kind": row.due_kind,
        "owner_organisation": row.organisation_id,
        "assignee": row.assignee,
        "unread": row.unread,
        "visit_hold": row.visit_hold,
        "merged_into": row.merged_into,
        "version": row.version,
    }


def filtered(wanted: CaseFilter, moment: datetime) -> list[ColumnElement[bool]]:
    """The conditions a list was asked for."""
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (Case.state, wanted.state),
        (Case.category, wanted.category),
        (Case.municipality_code, wanted.municipality),
        (Case.assignee, wanted.assignee),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.topic is not None:
        conditions.append(literal(wanted.topic) == Case.topics.any_())
    if wanted.overdue is not None:
        late = and_(Case.due_at.is_not(None), Case.due_at < moment)
        conditions.append(late if wanted.overdue == "true" else ~late)
    return conditions


def order(sort: str) -> tuple[tuple[SQLColumnExpression[Any], ...], bool]:
    """The columns a list is sorted by, ending in the id, and whether downwards."""
    if sort == "due":
        return (Case.priority, func.coalesce(Case.due_at, FAR), Case.id), False
    return (Case.received_at, Case.id), sort == "newest"


def position(row: CaseRow, sort: str) -> tuple[str | int, ...]:
    """Where in this order a row stands, for the cursor."""
    if sort == "due":
        return (row.priority, (row.due_at or FAR).isoformat(), str(row.id))
    return (row.received_at.isoformat(), str(row.id))


def after(sort: str, place: Sequence[str | int]) -> ColumnElement[bool]:
    """Everything that comes after a cursor's place."""
    columns, down = order(sort)
    values = [literal(int(value)) if isinstance(value, int) else literal(_typed(value)) for value in place]
    here, there = tuple_(*columns), tuple_(*values)
    return here < there if down else here > there


def _typed(value: str) -> datetime | UUID:
    return datetime.fromisoformat(value) if "T" in value else UUID(value)


async def page(
    connection: AsyncConnection,
    queue_id: str,
    wanted: CaseFilter,
    moment: datetime,
    place: Sequence[str | int] | None,
) -> Sequence[CaseRow]:
    """One more row than asked for, so that the caller knows whether there is a next page."""
    columns, down = order(wanted.sort)
    statement = visible().where(Case.queue_id == queue_id, *filtered(wanted, moment))
    if place is not None:
        statement = statement.where(after(wanted.sort, place))
    ordered = statement.order_by(*(column.desc() if down else column.asc() for column in columns))
    return cast("Sequence[CaseRow]", (await connection.execute(ordered.limit(wanted.limit + 1))).all())


async def counts(
    connection: AsyncConnection, organisation: str, roles: frozenset[Role], moment: datetime
) -> list[dict[str, object]]:
    """The queues this caller works in, with how many cases are in each state and how many are late."""
    kinds = [kind for kind, workers in policy.WORKERS.items() if workers & roles]
    queues = (
        await connection.execute(
            select(Queue.id, Queue.name, Queue.kind)
            .where(Queue.organisation_id == organisation, Queue.kind.in_(kinds))
            .order_by(Queue.id)
        )
    ).all()
    late = func.count().filter(Case.due_at < moment)
    rows = (
        await connection.execute(
            select(Case.queue_id, Case.state, func.count().label("number"), late.label("late"))
            .where(Case.returned.is_(False))
            .group_by(Case.queue_id, Case.state)
        )
    ).all()
    return [
        {
            "id": queue.id,
            "name": queue.name,
            "kind": queue.kind,
            "counts": {row.state: row.number for row in rows if row.queue_id == queue.id},
            "overdue": sum(row.late for row in rows if row.queue_id == queue.id),
        }
        for queue in queues
    ]


async def situation(
    connection: AsyncConnection, case: CaseRow, sub: str, moment: datetime
) -> workflow.Situation:
    """What is true of this case for this worker now, as the table of moves asks it."""
    supplies = (
        (
            await connection.execute(
                select(Disclosure.ended).where(
                    # What was supplied of a report that goes on in this case is this case's to wait for.
                    Disclosure.signal_id.in_(
                        select(Case.signal_id).where(or_(Case.id == case.id, Case.merged_into == case.id))
                    ),
                    Disclosure.organisation_id == case.organisation_id,
                    # What was given back and came to this case (T16) is no supply any more.
                    or_(Disclosure.ended.is_distinct_from("returned"), Disclosure.seen_at.is_(None)),
                )
            )
        )
        .scalars()
        .all()
        if case.kind == "triage"
        else []
    )
    opened = (
        await connection.execute(
            select(func.max(Opening.at)).where(Opening.case_id == case.id, Opening.actor == sub)
        )
    ).scalar_one()
    return workflow.Situation(
        opened=opened is not None and opened >= case.state_since,
        read=opened is not None,
        in_hand=case.assignee == sub or thing(case).supplied_unclaimed,
        assigned_to_me=case.assignee == sub,
        held=case.assignee is not None,
        open_supply=any(ended is None for ended in supplies),
        all_reported=bool(supplies) and all(ended == "closed" for ended in supplies),
        asked=case.state == "waiting_approval"
        and await requests.pending(connection, moment, str(case.id), "disclosure"),
        secrecy=case.kind == "triage"
        and case.state == "assessing"
        and await _regime(connection, case.signal_id) == SECRECY,
    )


async def _regime(connection: AsyncConnection, signal_id: UUID) -> str:
    """Which law the report falls under."""
    return str((await connection.execute(select(Signal.regime).where(Signal.id == signal_id))).scalar_one())


def entered(kind: str, state: str, priority: int, moment: datetime) -> dict[str, object]:
    """What a case gets on entering a state: since when, and until when for what."""
    due = calendar.due_at(kind, state, priority, moment)
    return {
        "state": state,
        "state_since": moment,
        "due_at": None if due is None else due.at,
        "due_kind": None if due is None else due.kind,
    }


async def change(connection: AsyncConnection, case_id: UUID, values: Mapping[str, object]) -> CaseRow:
    """Change the case and count its version up; the case as it is now."""
    await connection.execute(
        update(Case).where(Case.id == case_id).values(**values, version=Case.version + 1)
    )
    return (await connection.execute(select(*COLUMNS).where(Case.id == case_id))).one()
