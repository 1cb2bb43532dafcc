"""What routing may know of a signal: closed values only, never text, and who owns the signal.

Pure. Values: workflow.md section 0. The environmental part stands apart in `Environment`, because what
RUDD sees must not depend on anything else (DESIGN invariant 5).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.classification import values
from app.signals import codes

RIEC = "riec-noord-nederland"
RUDD = "rudd"
PROVINCE = "provincie-drenthe"
RECEIVERS = frozenset({RIEC, RUDD})
"""Organisations that receive and own nothing: what their staff report belongs to the place."""

ORIGINS = frozenset({"employee", "citizen_platform"})
CHANNELS = frozenset(codes.CHANNELS)
REGIMES = frozenset({"avg", "wpg", "wmo_youth", "mma"})
PLACES = frozenset({"participant", "outside", "unknown"})
OBSERVATIONS = frozenset(codes.OBSERVATIONS)
CATEGORIES = frozenset(values.CATEGORIES)
TOPICS = frozenset(values.TOPICS)
FACTS = frozenset(values.FACTS)
SAFETY = frozenset(codes.SAFETY)
ACTIVITIES = ("environment", "drug_waste", "drug_lab", "vehicle_stripping")
SUBSTANCES = frozenset(values.SUBSTANCES)


@dataclass(frozen=True, slots=True)
class Environment:
    """The environmental facts of a signal: all that RUDD's category, topics, rule and confidence rest on.

    `confidence` is a percentage about these facts alone; leave 0 where it cannot be had apart.
    """

    activities: tuple[str, ...] = ()
    substances: frozenset[str] = frozenset()
    confidence: int = 0

    @classmethod
    def of(cls, topics: Iterable[str], substances: Iterable[str], confidence: int = 0) -> "Environment":
        """From all topics found and the env words found; other topics fall away."""
        found = frozenset(topics)
        activities = tuple(name for name in ACTIVITIES if name in found)
        return cls(activities, frozenset(substances), confidence)

    @property
    def rule_id(self) -> str:
        """The rule that RUDD is shown: B5 for drug waste or a lab with substances, else B7."""
        lab = "drug_lab" in self.activities and self.substances
        return "B5" if lab or "drug_waste" in self.activities else "B7"

    @property
    def category(self) -> str:
        """The category that RUDD is shown, whatever the signal's own is."""
        drugs = {"drug_lab", "drug_waste"} & set(self.activities)
        return "drugs" if drugs else "rural_premises"


@dataclass(frozen=True, slots=True)
class Facts:
    """The stored facts of one signal.

    `place`: whether the place lies in a participating municipality, and `place_organisation` which.
    `fallback_organisation`: owner of citizens' reports without such a place. `owner`: the owner already
    settled, None to have it worked out. `confidence` is a percentage.
    """

    reporter_organisation: str | None
    place: str = "unknown"
    place_organisation: str | None = None
    fallback_organisation: str = PROVINCE
    owner: str | None = None
    origin: str = "employee"
    channel: str = "form"
    regime: str = "avg"
    observation: str = "own"
    integrity: bool = False
    other_coordinator: bool = False
    has_identifier: bool = False
    category: str | None = None
    secondary: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()
    safety: frozenset[str] = frozenset()
    confidence: int = 0
    confidence_low: bool = False
    environment: Environment = field(default_factory=Environment)


def check(facts: Facts) -> None:
    """ValueError where a value is in none of the closed lists: a rule must not guess what it means."""
    single = (
        (facts.origin, ORIGINS),
        (facts.channel, CHANNELS),
        (facts.regime, REGIMES),
        (facts.place, PLACES),
        (facts.observation, OBSERVATIONS),
    )
    several = (
        (facts.secondary, CATEGORIES),
        (facts.topics, TOPICS),
        (facts.facts, FACTS),
        (facts.safety, SAFETY),
        (facts.environment.activities, frozenset(ACTIVITIES)),
        (facts.environment.substances, SUBSTANCES),
    )
    known = facts.category is None or facts.category in CATEGORIES
    if not known or any(one not in allowed for one, allowed in single):
        raise ValueError("unknown value")
    if any(not allowed.issuperset(given) for given, allowed in several):
        raise ValueError("unknown value")


def owner_of(facts: Facts) -> str:
    """The organisation that owns the signal; always a named one.

    Employees of a reporting organisation: that organisation. Staff of RIEC or RUDD: the municipality of
    the place, else the province. Citizens: the municipality of the place, else the fallback.
    """
    if facts.origin == "citizen_platform":
        wanted: tuple[str | None, ...] = (
            facts.owner,
            facts.place_organisation,
            facts.fallback_organisation,
        )
    elif facts.reporter_organisation in RECEIVERS:
        wanted = (facts.owner, facts.place_organisation)
    else:
        wanted = (facts.owner, facts.reporter_organisation, facts.fallback_organisation)
    return next((name for name in wanted if name and name not in RECEIVERS), PROVINCE)


def triage_queue_of(facts: Facts) -> str:
    """The triage queue that holds the owner's case: its own, unless its coordinator is to be kept out.

    Who asks for another coordinator gets the province's, or for a signal of the province that of the
    fallback. Data under another regime than the avg stays inside the owner all the same: it may not be
    handed on without a weighing (workflow.md 7).
    """
    owner = owner_of(facts)
    if not facts.other_coordinator or facts.regime != "avg":
        return f"triage-{owner}"
    cover = PROVINCE if owner != PROVINCE else facts.fallback_organisation
    return f"triage-{cover or owner}"
