"""Sorts an arrival: what the text was taken for, on which clues, and where the rules send it. Nothing is stored here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.classification.categoriser import current
from app.classification.environment import environmental
from app.classification.values import Classification
from app.clock import new_id
from app.crypto import canonical, reference
from app.errors import Conflict, Forbidden
from app.identifiers import Identifier
from app.intake import parts
from app.intake.masking import without_bsn
from app.intake.parts import Who
from app.intake.terms import Desk
from app.routing import rules
from app.routing.facts import RUDD, Environment, Facts, owner_of
from app.signals.codes import regime
from app.signals.report import Report

NO_COVER = (
    "Voor uw organisatie is nog geen andere coördinator geregeld. Uw melding is niet bewaard. Bel de"
    " vertrouwenspersoon of de privacyfunctionaris, of meld zonder deze keuze."
)


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
    """A new arrival without citizen service numbers; an anonymous one is stored by the hour: the clock names nobody."""
    when = at.replace(minute=0, second=0, microsecond=0) if report.confidentiality == "anonymous" else at
    return Arrival(new_id(), reference.new(at.year), without_bsn(report), who, origin, when, more or {})


def sort(arrived: Arrival, desk: Desk) -> Sorted:
    """Classify the text and decide on stored closed facts where the signal goes."""
    report = arrived.report
    found = current().classify(report.text, report.title, report.category_hint)
    view = environmental(found)
    environment = Environment(view.activities, frozenset(view.substances), round(view.confidence * 100))
    known = tuple(parts.known(report))
    facts = _facts(arrived, desk, found, environment, bool(known))
    today = arrived.received_at.date()
    owner = owner_of(facts)
    if owner not in desk.participants:
        raise Forbidden("Uw organisatie doet niet mee aan dit meldpunt.", reason="unknown_organisation")

    def terms(queue: str) -> str:
        category = environment.category if queue == RUDD else found.category
        stated = desk.term(owner, queue, category, today)
        return "confirmed" if stated is None else stated.mode

    decision = rules.decide(facts, terms, desk.rule_set)
    covering = decision.triage_queue.removeprefix("triage-")
    # What waits for keys is not with her own coordinator anyway.
    own = not desk.awaits_keys(arrived.who.organisation)
    if report.request_other_coordinator and covering == owner and own:
        raise Conflict(NO_COVER, reason="no_cover")
    # Who may not be read by her own coordinator is owned by the organisation that covers: keys and row
    # security follow the owner.
    return Sorted(found, environment, view.rules, known, facts, decision, covering)


def _facts(
    arrived: Arrival, desk: Desk, found: Classification, environment: Environment, has_identifier: bool
) -> Facts:
    report = arrived.report
    code = report.location.municipality_code
    waiting = desk.awaits_keys(arrived.who.organisation)
    # Nothing can be sealed to it yet: a person at the fallback looks, whatever the place.
    place = None if waiting else desk.municipality(code)
    told = set(found.facts)
    if report.urgency == "immediate_danger":
        told.add("now")
    if report.minor_involved:
        told.add("minor")
    confidence = round(found.confidence * 100)
    return Facts(
        reporter_organisation=None if waiting else arrived.who.organisation,
        place="participant" if place else "outside" if code else "unknown",
        place_organisation=place,
        fallback_organisation=desk.catching,
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
        confidence_low=desk.rule_set.unsure(found.category, found.confidence),
        environment=environment,
    )
