"""A plain report of a clerk of Emmen about drugs in Emmen, and ways to ask where it goes."""

from dataclasses import replace

from app.routing.facts import Environment, Facts
from app.routing.rules import Decision, Target, decide

EMMEN, ASSEN = "gemeente-emmen", "gemeente-assen"
RIEC, RUDD = "riec-noord-nederland", "rudd"
REPORT = Facts(
    reporter_organisation=EMMEN,
    place="participant",
    place_organisation=EMMEN,
    category="drugs",
    topics=("drug_dealing",),
    confidence=80,
)


def direct(queue: str) -> str:
    return "direct"


def confirmed(queue: str) -> str:
    return "confirmed"


def about(category: str | None, *topics: str, facts: str = "", substances: str = "") -> Facts:
    """The plain report with another matter; the environmental view follows from it."""
    return replace(
        REPORT,
        category=category,
        topics=topics,
        facts=frozenset(facts.split()),
        environment=Environment.of(topics, substances.split(), confidence=80),
    )


def targets(decision: Decision) -> dict[str, Target]:
    return {target.queue: target for target in decision.targets}


def rules(facts: Facts) -> dict[str, str]:
    """Queue to rule under `direct`, the triage left out."""
    return {t.queue: t.rule_id for t in decide(facts, direct).targets if t.mode != "triage"}
