"""A person confirms or changes what a case is taken for; the machine's proposal stays beside it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import entries
from app.audit.act import AnyAct
from app.casework import cases
from app.casework.cases import CaseRow
from app.casework.schemas import Classify
from app.clock import new_id
from app.database import AnyRow
from app.errors import Conflict, Forbidden
from app.signals.models import Classification

RUDD_CATEGORIES = frozenset({"drugs", "rural_premises"})


async def decide(act: AnyAct, case: CaseRow, wanted: Classify) -> CaseRow:
    """Store the person's decision and set it on this case alone; the case as it is after."""
    if case.assignee != act.actor.sub:
        raise Forbidden("Pak de zaak eerst: alleen de behandelaar kan dit.", reason="not_assigned")
    if case.state == "closed":
        raise Conflict("Deze zaak is afgesloten.", reason="closed")
    if case.kind == "rudd" and wanted.category not in RUDD_CATEGORIES:
        raise Conflict("In deze rij bestaat die categorie niet.", reason="category_not_here")
    await act.connection.execute(
        insert(Classification).values(
            id=new_id(),
            signal_id=case.signal_id,
            organisation_id=case.organisation_id,
            holder=case.holder,
            case_id=case.id,
            made_by="person",
            actor=act.actor.sub,
            category=wanted.category,
            secondary=[],
            topics=list(dict.fromkeys(wanted.topics)),
            confidence=None,
            categoriser=None,
            lexicon_rules=[],
            reason_code=wanted.reason_code,
            made_at=act.at,
        )
    )
    topics = list(dict.fromkeys(wanted.topics)) or case.topics
    after = await cases.change(act.connection, case.id, {"category": wanted.category, "topics": topics})
    act.record(
        entries.Act(
            "case_classified",
            "case",
            str(case.id),
            case_id=case.id,
            signal_id=case.signal_id,
            reason_code=wanted.reason_code,
        )
    )
    return after


async def of_case(connection: AsyncConnection, case_id: UUID) -> Sequence[AnyRow]:
    """Every classification of this case, oldest first."""
    return (
        await connection.execute(
            select(*Classification.__table__.columns)
            .where(Classification.case_id == case_id)
            .order_by(Classification.made_at, Classification.id)
        )
    ).all()
