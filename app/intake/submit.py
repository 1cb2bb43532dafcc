"""Takes a signal in: sorts it, decides where it goes, seals it, and stores all of it in one statement.

Intake writes and never reads: everything it needs to decide is in the report and in the terms it was handed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from app.audit import entries
from app.audit.act import AnyAct
from app.casework import calendar
from app.casework.models import Case
from app.classification.categoriser import current
from app.classification.environment import environmental
from app.classification.values import LOW_CONFIDENCE, Classification
from app.clock import new_id
from app.crypto import canonical, reference
from app.database import AlreadyThere, RowOf, insert_rows
from app.disclosure.models import Disclosure
from app.errors import Conflict, Forbidden
from app.identifiers import Identifier
from app.identity.actor import DESK
from app.intake import parts
from app.intake.parts import Who
from app.intake.terms import Desk
from app.routing import rules
from app.routing.facts import RIEC, RUDD, Environment, Facts, owner_of
from app.routing.models import RoutingDecision
from app.signals import receipts
from app.signals.codes import regime
from app.signals.models import Classification as ClassificationRow
from app.signals.models import Receipt, Signal
from app.signals.report import Report
from app.vault import records
from app.vault.records import Label, Recipient, SealedRecord

NO_COVER = (
    "Voor uw organisatie is nog geen andere coördinator geregeld. Uw melding is niet bewaard. Bel de"
    " vertrouwenspersoon of de privacyfunctionaris, of meld zonder deze keuze."
)
REFERENCES = frozenset({"uq_signals_reference", "uq_cases_holder"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report on its way in. `id` is a UUIDv4; the receipt's public half is absent for citizens' reports."""

    id: UUID
    reference: str
    report: Report
    who: Who
    origin: str
    received_at: datetime
    more: Mapping[str, canonical.JsonValue] = field(default_factory=dict, repr=False)
    lookup: bytes | None = field(default=None, repr=False)
    receipt_public: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was found in a report and where it goes."""

    found: Classification
    environment: Environment
    rudd_rules: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    facts: Facts
    decision: rules.Decision
    owner: str


def arrival(
    report: Report,
    who: Who,
    at: datetime,
    origin: str = "employee",
    more: Mapping[str, canonical.JsonValue] | None = None,
) -> Arrival:
    """A new arrival; an anonymous one is stored by the hour, so that the clock cannot name her."""
    when = at.replace(minute=0, second=0, microsecond=0) if report.confidentiality == "anonymous" else at
    return Arrival(new_id(), reference.new(at.year), report, who, origin, when, more or {})


def sort(arrived: Arrival, desk: Desk) -> Sorted:
    """Classify the text and decide on stored closed facts where the signal goes."""
    report = arrived.report
    found = current().classify(report.text, report.title, report.category_hint)
    view = environmental(found)
    environment = Environment(view.activities, frozenset(view.substances), round(view.confidence * 100))
    known = tuple(parts.normalised(report))
    facts = _facts(arrived, desk, found, environment, bool(known))
    today = arrived.received_at.date()
    owner = owner_of(facts)
    if owner not in desk.participants:
        raise Forbidden("Uw organisatie doet niet mee aan dit meldpunt.", reason="unknown_organisation")

    def terms(queue: str) -> str:
        category = environment.category if queue == RUDD else found.category
        stated = desk.term(owner, queue, category, today)
        return "confirmed" if stated is None else stated.mode

    decision = rules.decide(facts, terms)
    covering = decision.triage_queue.removeprefix("triage-")
    if report.request_other_coordinator and covering == owner:
        raise Conflict(NO_COVER, reason="no_cover")
    # Who may not be read by her own coordinator is owned by the organisation that covers: keys and row
    # security follow the owner.
    return Sorted(found, environment, view.rules, known, facts, decision, covering)


def _facts(
    arrived: Arrival, desk: Desk, found: Classification, environment: Environment, has_identifier: bool
) -> Facts:
    report = arrived.report
    code = report.location.municipality_code
    place = desk.municipality(code)
    told = set(found.facts)
    if report.urgency == "immediate_danger":
        told.add("now")
    if report.minor_involved:
        told.add("minor")
    confidence = round(found.confidence * 100)
    return Facts(
        reporter_organisation=arrived.who.organisation,
        place="participant" if place else "outside" if code else "unknown",
        place_organisation=place,
        fallback_organisation=desk.fallback,
        origin=arrived.origin,
        channel=report.channel,
        regime=regime(report.capacity, report.channel),
        observation=report.observation,
        integrity=report.concerns_colleague,
        other_coordinator=report.request_other_coordinator,
        has_identifier=has_identifier,
        category=found.category,
        secondary=found.secondary,
        topics=found.topics,
        facts=frozenset(told),
        safety=frozenset(report.safety),
        confidence=confidence,
        confidence_low=found.category is not None and found.confidence < LOW_CONFIDENCE,
        environment=environment,
    )


def seal(arrived: Arrival, sorted_: Sorted, desk: Desk) -> SealedRecord:
    """The parts of the signal, each for those who may have it and nobody else."""
    report, owner = arrived.report, sorted_.owner
    contents = {
        "content": parts.content(report, sorted_.found, arrived.more),
        "minimised": parts.minimised(report, sorted_.environment, arrived.received_at),
    }
    directory = desk.vault.directory
    to: list[Recipient] = [records.recipient(directory, owner, "content", "minimised")]
    if report.confidentiality != "anonymous":
        contents["reporter"] = parts.reporter(report, arrived.who)
        to.append(records.recipient(directory, f"reporter-{owner}", "reporter"))
    if sorted_.identifiers:
        contents["identifiers"] = [{"kind": one.kind, "value": one.value} for one in sorted_.identifiers]
        to.append(records.recipient(directory, "indexer", "identifiers"))
    for target in sorted_.decision.targets:
        if target.mode == "supply":
            part = "minimised" if target.queue == RUDD else "content"
            to.append(records.recipient(directory, target.queue, part))
    return records.seal(Label("signal", arrived.id, arrived.id, owner), contents, to)


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


def note_supply(act: AnyAct, signal_id: UUID, row: Mapping[str, object]) -> None:
    """Tell the log to whom the rule set supplied: the Disclosure and the recipient's case."""
    supplied = entries.Act(
        "signal_supplied",
        "disclosure",
        str(row["id"]),
        case_id=UUID(str(row["case_id"])),
        signal_id=signal_id,
        purpose="supply",
    )
    act.record(supplied, by=DESK)


async def take_in(act: AnyAct, desk: Desk, arrived: Arrival, more: Sequence[RowOf], action: str) -> Arrival:
    """Sort, seal and store one arrival with its log entry and `more` rows, in one round trip; as it was stored.

    A reference that was given out before is drawn anew. Raises AlreadyThere for a request that was done before.
    """
    await desk.fresh(act.connection, act.at)
    sorted_ = sort(arrived, desk)
    sealed = seal(arrived, sorted_, desk)
    act.at = arrived.received_at
    while True:
        act.record(entries.Act(action, "signal", str(arrived.id), signal_id=arrived.id, record=sealed.digest))
        made = rows(arrived, sorted_, sealed, desk)
        for table, row in made:
            if table is Disclosure:
                note_supply(act, arrived.id, row)
        stored = [*made, *more, *entries.rows(act.take_lines())]
        try:
            await insert_rows(act.connection, stored)
        except AlreadyThere as taken:
            if taken.constraint not in REFERENCES:
                raise
            await act.restart()
            arrived = replace(arrived, reference=reference.new(arrived.received_at.year))
        else:
            return arrived
