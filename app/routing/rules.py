"""Which queues a signal goes to, and why, by a rule set: `drenthe-1` unless another is in force (workflow.md section 1).

Pure and total: whatever the facts, and even when a rule breaks, the owner gets a triage case. Guards (A)
come first and mean triage only; of the other rules all are weighed and the first per queue decides.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from app.routing.drenthe_1 import GUARDS, RULES, Rule
from app.routing.facts import RIEC, RUDD, Environment, Facts, check, owner_of, triage_queue_of
from app.routing.rule_sets import RELEASE, RuleSet

URGENT, ORDINARY = 1, 2
UNCERTAIN = "A8"
"""The guard for what the machine is not sure of."""

Mode = Literal["supply", "proposal", "triage", "view"]
OwnerState = Literal["new", "supplied"]
Terms = Callable[[str], str]
"""For a queue: `direct` or `confirmed`, as the owner states. Anything but `direct` is `confirmed`."""

REASONS = {
    "citizen_report": "Burgermelding: eerst wegen",
    "possible_police_data": "Mogelijk politiegegevens",
    "professional_secrecy": "Beroepsgeheim: eerst toets",
    "whistleblower": "Hoort bij klokkenluidersregeling",
    "other_coordinator": "Andere coördinator",
    "place_unknown": "Gebied onbekend",
    "too_thin": "Te weinig om te delen",
    "uncertain": "Systeem weet het niet zeker",
    "human_trafficking": "Mensenhandel",
    "care_fraud": "Zorgfraude",
    "drugs": "Drugs",
    "premises_13b": "Pand: mogelijk 13b",
    "substances": "Stoffen, bodem, lozing",
    "premises_abuse": "Misbruik van erf, park of bedrijf",
    "environment_part": "Milieudeel",
    "environment_no_network": "Milieu, geen netwerk gezien",
    "environment_network": "Milieu met netwerk",
    "water": "Water",
    "outside_categories": "Buiten de vier categorieën",
    "spatial_planning": "Ruimtelijke ordening",
    "urgent": "Spoed",
    "no_rule": "Geen regel past; een mens beslist",
    "rule_failed": "Een regel werkte niet; een mens beslist",
}
"""Every reason code with the words shown for it."""
_REASON_OF = {rule.id: rule.reason for rule in RULES}


@dataclass(frozen=True, slots=True)
class Target:
    """One queue's line of the decision, complete: nothing of another queue's line needs to be known.

    `supply`: a case there at once. `proposal`: shown to the owner's coordinator, no case. `triage`: the
    owner's own case. `view`: kept by the owner, shown to nobody. `priority` 1 is urgent, 2 ordinary.
    """

    queue: str
    rule_id: str
    reason_codes: tuple[str, ...]
    mode: Mode
    category: str | None
    topics: tuple[str, ...]
    priority: int
    confidence: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a signal goes. The first target is always the owner's triage case, in `triage_queue`.

    `tasks` are the owner's: `ikz`, `damocles`, `water_board`, `planning`.
    """

    rule_set: str
    owner: str
    owner_state: OwnerState
    triage_queue: str
    targets: tuple[Target, ...]
    priority: int
    tasks: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def decide(facts: Facts, terms: Terms, rule_set: RuleSet = RELEASE) -> Decision:
    """The decision for a signal by this rule set, which it names. Never raises.

    A broken rule, an unknown value or a closed rule set is triage, `rule_failed`.
    """
    try:
        check(facts)
        guards = [rule for rule in GUARDS if rule.when(facts)]
        if guards or rule_set.closed:
            return _guarded(facts, guards, terms, rule_set)
        return _matched(facts, terms, rule_set)
    except Exception:
        # What was unknown may be any of them, so no category or topic is passed on: a person decides.
        bare = replace(facts, category=None, topics=(), confidence=0)
        priority = URGENT if _urgent_or_unclear(facts) else ORDINARY
        return _triage_only(bare, rule_set, "Z", ("rule_failed",), priority)


def queues(facts: Facts, rule_set: RuleSet = RELEASE) -> list[str]:
    """The queues that content alone points to, for `meldpunt analyse`; `["triage"]` when unsure or none.

    Looks at category, secondary, topics and facts; not at who reports, from where or under which terms.
    """
    if facts.category is None or facts.confidence_low:
        return ["triage"]
    found = {
        queue
        for queue, rule in _first_per_queue(_matching(facts, rule_set)).items()
        if not rule.only_proposal
    }
    if _reaches_rudd(facts, rule_set):
        found.add(RUDD)
    return [queue for queue in (RIEC, RUDD) if queue in found] or ["triage"]


def _matching(facts: Facts, rule_set: RuleSet) -> list[Rule]:
    return [rule for rule in RULES if rule.id in rule_set.on and rule.when(facts)]


def _urgent(f: Facts) -> bool:
    """P1."""
    return bool({"now", "minor"} & f.facts) or _unsafe(f)


def _unsafe(f: Facts) -> bool:
    return bool({"weapon", "explosion"} & f.safety)


def _urgent_or_unclear(f: Facts) -> bool:
    try:
        return _urgent(f)
    except Exception:
        return True


def _first_per_queue(matched: list[Rule]) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for rule in matched:
        for queue in rule.queues:
            found.setdefault(queue, rule)
    return found


def _flags(facts: Facts, matched: list[Rule]) -> tuple[str, ...]:
    asked = (("integrity", facts.integrity), ("other_coordinator", facts.other_coordinator))
    own = [name for name, holds in asked if holds]
    return tuple(own + [flag for rule in matched for flag in rule.flags])


def _triage_only(
    facts: Facts,
    rule_set: RuleSet,
    rule_id: str,
    reasons: tuple[str, ...],
    priority: int,
    flags: tuple[str, ...] = (),
) -> Decision:
    queue = triage_queue_of(facts)
    target = Target(
        queue, rule_id, reasons, "triage", facts.category, facts.topics, priority, facts.confidence, flags
    )
    return Decision(rule_set.name, owner_of(facts), "new", queue, (target,), priority, (), flags)


def _guarded(facts: Facts, guards: list[Rule], terms: Terms, rule_set: RuleSet) -> Decision:
    reasons = ["rule_failed"] if rule_set.closed else []
    reasons += [rule.reason for rule in guards[:1]]
    if facts.other_coordinator and "other_coordinator" not in reasons:
        reasons.append("other_coordinator")
    urgent = _urgent(facts)
    codes = (*reasons, "urgent") if urgent else tuple(reasons)
    rule_id = "Z" if rule_set.closed else guards[0].id
    priority = URGENT if urgent else ORDINARY
    decision = _triage_only(facts, rule_set, rule_id, codes, priority, _flags(facts, []))
    # A8 asks per queue what is uncertain: RUDD's category and confidence are those of the environmental part.
    if rule_id != UNCERTAIN or not _reaches_rudd(facts, rule_set):
        return decision
    rudd = _rudd_target(facts.environment, facts, _mode(terms, RUDD))
    return replace(decision, targets=(*decision.targets, rudd))


def _matched(facts: Facts, terms: Terms, rule_set: RuleSet) -> Decision:
    matched = _matching(facts, rule_set)
    priority = URGENT if _urgent(facts) else ORDINARY
    flags = _flags(facts, matched)
    first = _first_per_queue(matched)
    riec = [_riec_target(facts, matched, first[RIEC], terms, priority)] if RIEC in first else []
    supplies = (*riec, *_rudd_targets(facts, terms, rule_set, fits=RUDD in first))
    reasons = tuple(dict.fromkeys(rule.reason for rule in matched)) or ("no_rule",)
    triage = _triage_only(
        facts,
        rule_set,
        matched[0].id if matched else "Z",
        (*reasons, "urgent") if priority == URGENT else reasons,
        priority,
        flags,
    )
    direct = bool(supplies) and all(target.mode == "supply" for target in supplies)
    return Decision(
        rule_set.name,
        triage.owner,
        "supplied" if direct else "new",
        triage.triage_queue,
        (*triage.targets, *supplies),
        priority,
        tuple(task for rule in matched for task in rule.tasks),
        flags,
    )


def _mode(terms: Terms, queue: str) -> Mode:
    return "supply" if terms(queue) == "direct" else "proposal"


def _rudd_targets(facts: Facts, terms: Terms, rule_set: RuleSet, *, fits: bool) -> list[Target]:
    """RUDD's line: supplied where the environmental facts reach it by themselves, else for a person where a rule
    `fits` the whole report. A supply that those facts alone would not have made would tell that there is another part.
    """
    if _reaches_rudd(facts, rule_set):
        return [_rudd_target(facts.environment, facts, _mode(terms, RUDD))]
    return [_rudd_target(facts.environment, facts, "proposal")] if fits else []


def _reaches_rudd(facts: Facts, rule_set: RuleSet) -> bool:
    """Whether the environmental facts are sure, and a rule brings a report of them alone to RUDD."""
    environment = facts.environment
    if environment.confidence < rule_set.strong or not environment.activities:
        return False
    alone = Facts(
        reporter_organisation=None,
        category=environment.category,
        topics=environment.activities,
        facts=frozenset({"env"} if environment.substances else ()),
        environment=environment,
    )
    return RUDD in _first_per_queue(_matching(alone, rule_set))


def rudd_view(facts: Facts) -> Target:
    """What RUDD would see of this signal if a person supplied it: kept by the owner for every signal, so that a supply
    by hand looks the same whatever else the report holds.
    """
    return _rudd_target(facts.environment, facts, "view")


def _riec_target(facts: Facts, matched: list[Rule], rule: Rule, terms: Terms, priority: int) -> Target:
    mode: Mode = "proposal" if rule.only_proposal else _mode(terms, RIEC)
    mine = [other for other in matched if RIEC in other.queues]
    reasons = tuple(dict.fromkeys(other.reason for other in mine))
    flags = _flags(facts, mine)
    return Target(
        RIEC, rule.id, reasons, mode, facts.category, facts.topics, priority, facts.confidence, flags
    )


def _rudd_target(environment: Environment, facts: Facts, mode: Mode) -> Target:
    # Only the environmental view and safety may be read here: RUDD must not be able to tell a report
    # with a trafficking side from one without. Which rule brought it here is therefore not told either.
    rule_id = environment.rule_id
    return Target(
        RUDD,
        rule_id,
        (_REASON_OF[rule_id],),
        mode,
        environment.category,
        environment.activities,
        URGENT if _unsafe(facts) else ORDINARY,
        environment.confidence,
        ("call_112",) if rule_id == "B5" else (),
    )
