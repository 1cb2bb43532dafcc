"""A case as its worker sees it: why it is here, what the machine saw, what can be done now and what is missing."""

from sqlalchemy import select

from app.audit.act import AnyAct
from app.casework import cases, classify, workflow
from app.casework.cases import CaseRow
from app.casework.models import Case
from app.casework.schemas import AllowedTransition, CaseDetail, MergedCase, RoutingDecisionOut, RoutingLine
from app.routing.models import RoutingDecision


async def detail(act: AnyAct, case: CaseRow) -> CaseDetail:
    """Everything about the case but its sealed text."""
    proposals = [row for row in await classify.of_case(act.connection, case.id) if row.made_by == "machine"]
    now = await cases.situation(act.connection, case, str(act.actor.sub), act.at)
    return CaseDetail.model_validate(
        cases.item(case)
        | {
            "queue_id": case.queue_id,
            "flags": case.flags,
            "outcome": case.outcome,
            "lexicon_rules": proposals[0].lexicon_rules if proposals else [],
            "merged_cases": await _merged(act, case),
            "routing_decision": await decision(act, case),
            "allowed_transitions": [
                AllowedTransition(
                    transition=one.transition, needs=list(one.needs), outcomes=list(one.outcomes)
                )
                for one in workflow.possible(case.kind, case.state, act.actor.roles, now)
                if one.transition != "claim"
            ],
        }
    )


async def _merged(act: AnyAct, case: CaseRow) -> list[MergedCase]:
    """The cases that go on in this one, the oldest first."""
    rows = await act.connection.execute(
        cases.visible().where(Case.merged_into == case.id).order_by(Case.received_at, Case.id)
    )
    return [MergedCase(id=row.id, reference=row.reference, unread=row.unread) for row in rows]


async def decision(act: AnyAct, case: CaseRow) -> RoutingDecisionOut | None:
    """The lines of the routing decision that this holder has."""
    rows = (
        await act.connection.execute(
            select(*RoutingDecision.__table__.columns)
            .where(
                RoutingDecision.signal_id == case.signal_id,
                RoutingDecision.holder == case.holder,
                RoutingDecision.mode != "view",
            )
            .order_by(RoutingDecision.decided_at, RoutingDecision.queue_id)
        )
    ).all()
    if not rows:
        return None
    return RoutingDecisionOut(
        rule_set=rows[0].rule_set,
        decided_at=rows[0].decided_at,
        lines=[
            RoutingLine(
                queue_id=row.queue_id,
                rule_id=row.rule_id,
                reason_codes=row.reason_codes,
                tasks=row.tasks,
                mode=row.mode,
                category=row.category,
            )
            for row in rows
        ],
    )
