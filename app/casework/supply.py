"""The owner supplies by hand (T10): the matrix is asked, the recipient's case is made, the keys are shared."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.act import AnyAct
from app.casework import cases
from app.casework.cases import CaseRow
from app.casework.models import Case
from app.casework.schemas import Recipient
from app.clock import new_id
from app.crypto import reference
from app.database import AlreadyThere, AnyRow, RowOf, insert_rows
from app.disclosure.matrix import Ruling, ruling
from app.disclosure.supply import Supply, supplies_of, supply
from app.errors import Conflict, Unavailable
from app.organisations import taking_part
from app.organisations.participants import Participant, load
from app.routing.models import RoutingDecision
from app.routing.rule_sets import CLOSED
from app.signals.models import Classification, Signal

REFUSED = {
    "regime": "Deze melding valt onder een regime dat nog niet gedeeld mag worden.",
    "privacy_officer": "Deze melding valt onder beroepsgeheim. Vraag eerst akkoord van de privacy officer.",
    "no_ground_known": "Voor deze verstrekking is nog geen grond vastgelegd.",
    "wrong_ground": "Deze grond past niet bij deze ontvanger. Kies een andere.",
    "no_such_recipient": "Deze rij kan geen verstrekking krijgen.",
    "no_view": "Van deze melding is geen milieudeel bewaard. Bel de ontvanger.",
    "supplied_before": "Deze ontvanger heeft de melding al.",
}


PARTICIPANTS = {one.id: one for one in load()}
"""Who receives comes from the data file: a row of the database may not choose whose key is sealed to."""


async def supply_to(
    act: AnyAct, case: CaseRow, recipients: list[Recipient], *, privacy_officer_agreed: bool = False
) -> None:
    """Supply to each recipient. Raises Conflict with the reason where one may not have it; then none gets it."""
    found = await allowed(act, case, recipients)
    if not privacy_officer_agreed and any(verdict.privacy_officer for _, verdict in found):
        _refuse("privacy_officer")
    for recipient, verdict in found:
        await _supply_one(act, case, recipient, PARTICIPANTS[recipient.queue_id], verdict.parts)


async def allowed(act: AnyAct, case: CaseRow, recipients: list[Recipient]) -> list[tuple[Recipient, Ruling]]:
    """Each recipient with what the matrix says of it. Raises Conflict where one may not have it at all."""
    regime = (
        await act.connection.execute(select(Signal.regime).where(Signal.id == case.signal_id))
    ).scalar_one()
    known = {
        row.queue_id for row in await supplies_of(act.connection, case.signal_id) if row.ended != "returned"
    }
    found = []
    sender = await _kind_of(act, case.organisation_id)
    for recipient in recipients:
        if recipient.queue_id in known:
            _refuse("supplied_before")
        known.add(recipient.queue_id)
        to = PARTICIPANTS[recipient.queue_id]
        verdict = ruling(sender, to.kind, regime, recipient.ground)
        if not verdict.allowed:
            _refuse(verdict.reason)
        found.append((recipient, verdict))
    return found


async def _kind_of(act: AnyAct, owner: str) -> str:
    """What kind of organisation supplies. Raises Conflict where the desk did not write who it is."""
    found = await taking_part.found(act, owner)
    if found is None:
        raise Conflict(REFUSED["no_ground_known"], reason="no_ground_known")
    return found.kind


def _moment(at: datetime, to: Participant) -> datetime:
    """RUDD's copy is dated by the hour: no exact time joins it to another queue's."""
    return at.replace(minute=0, second=0, microsecond=0) if to.kind == "rudd" else at


def _refuse(reason: str) -> None:
    raise Conflict(REFUSED[reason], reason=reason)


async def _supply_one(
    act: AnyAct, case: CaseRow, recipient: Recipient, to: Participant, parts: tuple[str, ...]
) -> None:
    view = _view(case, to.kind, await _line_for(act, case, to))
    case_id = new_id()
    try:
        await insert_rows(
            act.connection,
            [
                (Case, _case_row(act, case, to, case_id, view)),
                *_explaining_rows(
                    act, case, to, case_id, view | await _sorted_by(act, case), await _categoriser(act, case)
                ),
            ],
        )
    except AlreadyThere:
        # RUDD's reference was drawn before: asking again draws another.
        raise Unavailable(reason="reference") from None
    decided = Supply(
        case_id=case.id,
        signal_id=case.signal_id,
        owner=case.organisation_id,
        recipient=to.id,
        queue_id=to.queue,
        recipient_case=case_id,
        parts=parts,
        ground=recipient.ground,
        rule_id=view["rule_id"],
    )
    await supply(act, decided, act.at)


async def _line_for(act: AnyAct, case: CaseRow, to: Participant) -> AnyRow | None:
    """The owner's line of the routing decision about this queue: a proposal, or RUDD's view."""
    found = await act.connection.execute(
        select(*RoutingDecision.__table__.columns).where(
            RoutingDecision.signal_id == case.signal_id,
            RoutingDecision.holder == case.holder,
            RoutingDecision.queue_id == to.queue,
        )
    )
    return found.first()


async def _sorted_by(act: AnyAct, case: CaseRow) -> dict[str, str]:
    """The rule set that decided when the report came in: a copy supplied later names the same."""
    found = await act.connection.execute(
        select(RoutingDecision.rule_set)
        .where(RoutingDecision.signal_id == case.signal_id, RoutingDecision.holder == case.holder)
        .order_by(RoutingDecision.decided_at)
        .limit(1)
    )
    return {"rule_set": found.scalar_one_or_none() or CLOSED.name}


async def _categoriser(act: AnyAct, case: CaseRow) -> str | None:
    """What sorted the report when it came in, so that a copy supplied later names the same."""
    made = await act.connection.execute(
        select(Classification.categoriser)
        .where(Classification.case_id == case.id, Classification.made_by == "machine")
        .limit(1)
    )
    return made.scalar_one_or_none()


def _case_row(
    act: AnyAct, case: CaseRow, to: Participant, case_id: UUID, view: dict[str, Any]
) -> dict[str, object]:
    at = _moment(act.at, to)
    return {
        "id": case_id,
        "signal_id": case.signal_id,
        "organisation_id": case.organisation_id,
        "holder": to.id,
        "queue_id": to.queue,
        "kind": to.kind,
        "reference": case.reference if to.kind == "riec" else reference.new(act.at.year),
        "urgency": case.urgency if to.kind == "riec" else "normal",
        "safety": case.safety,
        "flags": _flags(to.kind, view["rule_id"]),
        "municipality_code": case.municipality_code,
        "assignee": None,
        "received_at": at,
        "visit_hold": to.kind == "rudd",
        "outcome": None,
        "returned": False,
        "version": 1,
        **{name: view[name] for name in ("category", "topics", "confidence", "priority")},
        **cases.entered(to.kind, "new", view["priority"], at),
    }


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
        raise Conflict(REFUSED["no_view"], reason="no_view")
    return {
        "category": proposal.category,
        "topics": proposal.topics,
        "confidence": proposal.confidence,
        "priority": proposal.priority,
        "rule_id": proposal.rule_id,
        "reasons": proposal.reason_codes,
        "rules": proposal.lexicon_rules,
    }


def _flags(kind: str, rule_id: str) -> list[str]:
    """What the recipient's screen warns of: 112 first, where RUDD's own rule is B5; RIEC's rules warn of nothing."""
    return ["call_112"] if kind == "rudd" and rule_id == "B5" else []


def _explaining_rows(
    act: AnyAct, case: CaseRow, to: Participant, case_id: UUID, view: dict[str, Any], categoriser: str | None
) -> list[RowOf]:
    """The recipient's own routing line and classification, so that its case explains itself.

    RUDD's look as those of a direct supply: that a person stood between would tell that something held it back.
    """
    common = {
        "signal_id": case.signal_id,
        "organisation_id": case.organisation_id,
        "holder": to.id,
        "category": view["category"],
        "topics": view["topics"],
        "confidence": view["confidence"],
        "lexicon_rules": view["rules"],
    }
    decision = {
        "id": new_id(),
        "queue_id": to.queue,
        "rule_set": view["rule_set"],
        "rule_id": view["rule_id"],
        "reason_codes": view["reasons"],
        "tasks": [],
        "mode": "supply",
        "priority": view["priority"],
        "decided_at": _moment(act.at, to),
    }
    classification = {
        "id": new_id(),
        "case_id": case_id,
        "made_by": "machine",
        "actor": None,
        "secondary": [],
        "categoriser": categoriser,
        "reason_code": "proposed" if to.kind == "rudd" else "supplied",
        "made_at": _moment(act.at, to),
    }
    return [(RoutingDecision, common | decision), (Classification, common | classification)]
