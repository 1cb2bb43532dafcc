"""The rows one report makes: signal, receipt, sealed parts, and per queue its case, decision, classification, supply."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.casework import calendar
from app.casework.models import Case
from app.classification.categoriser import current
from app.clock import new_id
from app.crypto import reference
from app.database import RowOf
from app.disclosure.models import Disclosure
from app.intake.sorting import Arrival, Sorted
from app.intake.terms import Desk
from app.routing import rules
from app.routing.facts import RIEC, RUDD
from app.routing.models import RoutingDecision
from app.signals import receipts
from app.signals.models import Classification as ClassificationRow
from app.signals.models import Receipt, Signal
from app.vault.records import SealedRecord


def rows(arrived: Arrival, sorted_: Sorted, sealed: SealedRecord, desk: Desk) -> list[RowOf]:
    """Everything that is stored of a signal, in the order of its foreign keys."""
    report, facts, at = arrived.report, sorted_.facts, arrived.received_at
    signal: RowOf = (
        Signal,
        {
            "id": arrived.id,
            "organisation_id": sorted_.owner,
            "reference": arrived.reference,
            "origin": arrived.origin,
            "channel": report.channel,
            "municipality_code": report.location.municipality_code,
            "confidentiality": report.confidentiality,
            "regime": facts.regime,
            "observation": report.observation,
            "safety": sorted(set(report.safety)),
            "facts": sorted(facts.facts),
            "category_hint": report.category_hint,
            "received_at": at,
        },
    )
    receipt: list[RowOf] = []
    if arrived.lookup is not None and arrived.receipt_public is not None:
        receipt = [
            (
                Receipt,
                {
                    "lookup": arrived.lookup,
                    "signal_id": arrived.id,
                    "public_key": arrived.receipt_public,
                    "mac": receipts.mac(desk.vault.ring.intake, arrived.id, arrived.receipt_public),
                },
            )
        ]
    cases = {target.queue: new_id() for target in sorted_.decision.targets if target.mode != "proposal"}
    triage = sorted_.decision.targets[0]
    return [
        signal,
        *receipt,
        *sealed.rows(),
        *(_case(arrived, sorted_, target, cases[target.queue]) for target in _landing(sorted_)),
        *_decisions(arrived, sorted_),
        *(_classification(arrived, sorted_, target, cases[target.queue]) for target in _landing(sorted_)),
        *(
            _disclosure(arrived, sorted_, target, cases[target.queue], desk)
            for target in _landing(sorted_)
            if target is not triage
        ),
    ]


def _landing(sorted_: Sorted) -> Sequence[rules.Target]:
    return [target for target in sorted_.decision.targets if target.mode != "proposal"]


def _kind(target: rules.Target) -> str:
    return {RIEC: "riec", RUDD: "rudd"}.get(target.queue, "triage")


def _moment(arrived: Arrival, holder: str) -> datetime:
    """When it came in; RUDD's copy by the hour, so that no exact time joins it to another queue's."""
    at = arrived.received_at
    return at.replace(minute=0, second=0, microsecond=0) if holder == RUDD else at


def _holder(target: rules.Target) -> str:
    return target.queue.removeprefix("triage-")


def _lexicon_rules(sorted_: Sorted, target: rules.Target) -> list[str]:
    if target.queue == RUDD:
        return list(sorted_.rudd_rules)
    return list(dict.fromkeys(clue.rule for clue in sorted_.found.clues if clue.counted))


def _case(arrived: Arrival, sorted_: Sorted, target: rules.Target, case_id: UUID) -> RowOf:
    kind, at = _kind(target), _moment(arrived, _holder(target))
    state = sorted_.decision.owner_state if kind == "triage" else "new"
    due = calendar.due_at(kind, state, target.priority, at)
    return (
        Case,
        {
            "id": case_id,
            "signal_id": arrived.id,
            "organisation_id": sorted_.owner,
            "holder": _holder(target),
            "queue_id": target.queue,
            "kind": kind,
            # RUDD's has a reference of its own: nothing joins it to another queue's case.
            "reference": reference.new(at.year) if kind == "rudd" else arrived.reference,
            "state": state,
            "category": target.category,
            "topics": list(target.topics),
            "confidence": target.confidence,
            "urgency": "normal" if kind == "rudd" else arrived.report.urgency,
            "priority": target.priority,
            "safety": sorted(set(arrived.report.safety)),
            "flags": [
                *target.flags,
                *([sorted_.facts.regime] if kind == "triage" and sorted_.facts.regime != "avg" else []),
            ],
            "municipality_code": arrived.report.location.municipality_code,
            "assignee": None,
            "received_at": at,
            "state_since": at,
            "due_at": None if due is None else due.at,
            "due_kind": None if due is None else due.kind,
            "visit_hold": kind == "rudd",
            "outcome": None,
            "returned": False,
            "version": 1,
        },
    )


def _decisions(arrived: Arrival, sorted_: Sorted) -> list[RowOf]:
    """The owner holds every line of the decision; a queue that was supplied holds its own line."""
    lines = [(sorted_.owner, target) for target in sorted_.decision.targets]
    if all(target.queue != RUDD for target in sorted_.decision.targets):
        lines.append((sorted_.owner, rules.rudd_view(sorted_.facts)))
    lines += [(_holder(target), target) for target in _landing(sorted_) if target.mode == "supply"]
    return [
        (
            RoutingDecision,
            {
                "id": new_id(),
                "signal_id": arrived.id,
                "organisation_id": sorted_.owner,
                "holder": holder,
                "queue_id": target.queue,
                "rule_set": sorted_.decision.rule_set,
                "rule_id": target.rule_id,
                "reason_codes": list(target.reason_codes),
                "tasks": list(sorted_.decision.tasks) if target.mode == "triage" else [],
                "mode": target.mode,
                "category": target.category,
                "topics": list(target.topics),
                "priority": target.priority,
                "confidence": target.confidence,
                "lexicon_rules": _lexicon_rules(sorted_, target),
                "decided_at": _moment(arrived, holder),
            },
        )
        for holder, target in lines
    ]


def _classification(arrived: Arrival, sorted_: Sorted, target: rules.Target, case_id: UUID) -> RowOf:
    secondary = [] if target.queue == RUDD else list(sorted_.found.secondary)
    return (
        ClassificationRow,
        {
            "id": new_id(),
            "signal_id": arrived.id,
            "organisation_id": sorted_.owner,
            "holder": _holder(target),
            "case_id": case_id,
            "made_by": "machine",
            "actor": None,
            "category": target.category,
            "secondary": secondary,
            "topics": list(target.topics),
            "confidence": target.confidence,
            "categoriser": f"{current().name} {sorted_.found.lexicon_version}",
            "lexicon_rules": _lexicon_rules(sorted_, target),
            "reason_code": "proposed",
            "made_at": _moment(arrived, _holder(target)),
        },
    )


def _disclosure(arrived: Arrival, sorted_: Sorted, target: rules.Target, case_id: UUID, desk: Desk) -> RowOf:
    stated = desk.term(sorted_.owner, target.queue, target.category, arrived.received_at.date())
    return (
        Disclosure,
        {
            "id": new_id(),
            "signal_id": arrived.id,
            "organisation_id": sorted_.owner,
            "recipient": _holder(target),
            "queue_id": target.queue,
            "case_id": case_id,
            "parts": ["minimised" if target.queue == RUDD else "content"],
            "mode": "direct",
            "ground": "unstated" if stated is None else stated.ground,
            "rule_id": target.rule_id,
            "decided_by": None,
            "supplied_at": arrived.received_at,
            "ended": None,
            "outcome": None,
            "ended_at": None,
            "seen_at": None,
        },
    )
