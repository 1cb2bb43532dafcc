"""The owner supplies by hand (T10): the matrix is asked, the recipient's case is made, the keys are shared."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from app.audit.act import AnyAct
from app.casework import cases
from app.casework.cases import CaseRow
from app.casework.models import Case
from app.casework.schemas import Recipient
from app.clock import new_id
from app.crypto import reference
from app.database import AnyRow
from app.disclosure.matrix import ruling
from app.disclosure.supply import Supply, supplies_of, supply
from app.errors import Conflict
from app.organisations.models import Organisation, Queue
from app.routing.models import RoutingDecision
from app.signals.models import Classification, Signal

REFUSED = {
    "regime": "Deze melding valt onder een regime dat nog niet gedeeld mag worden.",
    "no_ground_known": "Voor deze verstrekking is nog geen grond vastgelegd.",
    "wrong_ground": "Deze grond past niet bij deze ontvanger. Kies een andere.",
    "no_such_recipient": "Deze rij kan geen verstrekking krijgen.",
    "supplied_before": "Deze ontvanger heeft de melding al.",
}


async def supply_to(act: AnyAct, case: CaseRow, recipients: list[Recipient]) -> None:
    """Supply to each recipient. Raises Conflict with the reason where one may not have it; then none gets it."""
    owner = (
        await act.connection.execute(
            select(Organisation.kind, Signal.regime, Signal.received_at)
            .join(Signal, Signal.organisation_id == Organisation.id)
            .where(Signal.id == case.signal_id)
        )
    ).one()
    known = {
        row.queue_id for row in await supplies_of(act.connection, case.signal_id) if row.ended != "returned"
    }
    for recipient in recipients:
        if recipient.queue_id in known:
            _refuse("supplied_before")
        known.add(recipient.queue_id)
        queue = (await act.connection.execute(select(Queue).where(Queue.id == recipient.queue_id))).one()
        verdict = ruling(owner.kind, queue.kind, owner.regime, recipient.ground)
        if not verdict.allowed:
            _refuse(verdict.reason)
        await _supply_one(act, case, recipient, queue, verdict.parts)


def _refuse(reason: str) -> None:
    raise Conflict(REFUSED[reason], reason=reason)


async def _supply_one(
    act: AnyAct, case: CaseRow, recipient: Recipient, queue: AnyRow, parts: tuple[str, ...]
) -> None:
    proposal = (
        await act.connection.execute(
            select(*RoutingDecision.__table__.columns).where(
                RoutingDecision.signal_id == case.signal_id,
                RoutingDecision.holder == case.holder,
                RoutingDecision.queue_id == queue.id,
            )
        )
    ).first()
    case_id = new_id()
    view = _view(case, queue.kind, proposal)
    await act.connection.execute(
        insert(Case).values(
            id=case_id,
            signal_id=case.signal_id,
            organisation_id=case.organisation_id,
            holder=queue.organisation_id,
            queue_id=queue.id,
            kind=queue.kind,
            reference=case.reference if queue.kind == "riec" else reference.new(act.at.year),
            urgency=case.urgency if queue.kind == "riec" else "normal",
            safety=case.safety,
            flags=_flags(case, queue.kind, view["rule_id"]),
            municipality_code=case.municipality_code,
            assignee=None,
            received_at=act.at,
            visit_hold=queue.kind == "rudd",
            outcome=None,
            returned=False,
            version=1,
            **{name: view[name] for name in ("category", "topics", "confidence", "priority")},
            **cases.entered(queue.kind, "new", view["priority"], act.at),
        )
    )
    await _explain(act, case, queue, case_id, view)
    await supply(
        act,
        Supply(
            case.id,
            case.signal_id,
            case.organisation_id,
            queue.organisation_id,
            queue.id,
            case_id,
            parts,
            recipient.ground,
            view["rule_id"],
        ),
        act.at,
    )


def _view(case: CaseRow, kind: str, proposal: AnyRow | None) -> dict[str, Any]:
    """What the recipient's case shows: RIEC the category a person settled on, RUDD the environmental line alone."""
    if kind == "riec":
        return {
            "category": case.category,
            "topics": case.topics,
            "confidence": case.confidence,
            "priority": case.priority,
            "rule_id": proposal.rule_id if proposal else "hand",
            "reasons": proposal.reason_codes if proposal else ["by_hand"],
            "rules": proposal.lexicon_rules if proposal else [],
        }
    if proposal is None:
        unsafe = {"weapon", "explosion"} & set(case.safety)
        return {
            "category": "rural_premises",
            "topics": ["environment"],
            "confidence": 0,
            "priority": 1 if unsafe else 2,
            "rule_id": "hand",
            "reasons": ["by_hand"],
            "rules": [],
        }
    return {
        "category": proposal.category,
        "topics": proposal.topics,
        "confidence": proposal.confidence,
        "priority": proposal.priority,
        "rule_id": proposal.rule_id,
        "reasons": proposal.reason_codes,
        "rules": proposal.lexicon_rules,
    }


def _flags(case: CaseRow, kind: str, rule_id: str) -> list[str]:
    """What the recipient's screen warns of: 112 first (B5). RUDD's follows from its own rule alone."""
    warned = rule_id == "B5" if kind == "rudd" else "call_112" in case.flags
    return ["call_112"] if warned else []


async def _explain(act: AnyAct, case: CaseRow, queue: AnyRow, case_id: UUID, view: dict[str, Any]) -> None:
    """The recipient's own routing line and classification, so that its case explains itself."""
    common = {
        "signal_id": case.signal_id,
        "organisation_id": case.organisation_id,
        "holder": queue.organisation_id,
        "category": view["category"],
        "topics": view["topics"],
        "confidence": view["confidence"],
        "lexicon_rules": view["rules"],
    }
    await act.connection.execute(
        insert(RoutingDecision).values(
            id=new_id(),
            queue_id=queue.id,
            rule_set="drenthe-1",
            rule_id=view["rule_id"],
            reason_codes=view["reasons"],
            tasks=[],
            mode="supply",
            priority=view["priority"],
            decided_at=act.at,
            **common,
        )
    )
    await act.connection.execute(
        insert(Classification).values(
            id=new_id(),
            case_id=case_id,
            made_by="machine",
            actor=None,
            secondary=[],
            categoriser=None,
            reason_code="supplied",
            made_at=act.at,
            **common,
        )
    )
