"""The rule set `drenthe-1`, line by line as in workflow.md section 1. Pure data and small conditions.

A line holds on stored closed facts, never on text. "Is drugs" and the like mean: category or secondary.
P1 and Z are no lines here: urgency and triage are worked out for every signal (`app.routing.rules`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.routing.facts import RIEC, RUDD, Facts

RULE_SET = "drenthe-1"
Condition = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the rule set. No `queues` and no `tasks`: a guard, or it only sets the priority."""

    id: str
    reason: str
    when: Condition
    queues: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    only_proposal: bool = False


def _is(category: str) -> Condition:
    return lambda f: category == f.category or category in f.secondary


def _env(f: Facts) -> bool:
    return "env" in f.facts or bool(f.environment.substances)


def _environment_alone(f: Facts) -> bool:
    return set(f.topics) == {"environment"}


def _beyond_categories(f: Facts) -> bool:
    return "money_laundering" in f.topics or {"other_crime", "network"} <= f.facts


def _residence_only(f: Facts) -> bool:
    return f.category is None and "permanent_residence" in f.facts


def _uncertain(f: Facts) -> bool:
    # Money laundering and permanent residence have no category and are recognised all the same: B12, B13.
    unknown = f.category is None and not _beyond_categories(f) and not _residence_only(f)
    return unknown or f.confidence_low


def _thin(f: Facts) -> bool:
    return f.observation in {"rumour", "third_party"} and not f.has_identifier


def _citizen(f: Facts) -> bool:
    return f.origin == "citizen_platform" or f.channel in {"mma", "platform"} or f.regime == "mma"


_trafficking, _care, _drugs, _rural = map(_is, ("human_trafficking", "care_fraud", "drugs", "rural_premises"))

GUARDS = (
    Rule("A1", "citizen_report", _citizen),
    Rule("A2", "possible_police_data", lambda f: f.regime == "wpg"),
    Rule("A3", "professional_secrecy", lambda f: f.regime == "wmo_youth"),
    Rule("A4", "whistleblower", lambda f: f.integrity),
    Rule("A5", "other_coordinator", lambda f: f.other_coordinator),
    Rule("A6", "place_unknown", lambda f: f.place != "participant" or not f.place_organisation),
    Rule("A7", "too_thin", _thin),
    Rule("A8", "uncertain", _uncertain),
)
RULES = (
    Rule("B1", "human_trafficking", _trafficking, (RIEC,)),
    Rule("B2", "care_fraud", _care, (RIEC,), tasks=("ikz",)),
    Rule("B3", "drugs", _drugs, (RIEC,)),
    Rule(
        "B4",
        "premises_13b",
        lambda f: _drugs(f) and ("cannabis" in f.topics or "on_premises" in f.facts),
        tasks=("damocles",),
    ),
    Rule(
        "B5",
        "substances",
        lambda f: "drug_waste" in f.topics or ("drug_lab" in f.topics and _env(f)),
        (RUDD,),
        flags=("call_112",),
    ),
    Rule("B6", "premises_abuse", lambda f: _rural(f) and not _environment_alone(f), (RIEC,)),
    Rule(
        "B7",
        "environment_part",
        lambda f: _rural(f) and (_env(f) or "vehicle_stripping" in f.topics),
        (RUDD,),
    ),
    Rule(
        "B8", "environment_no_network", lambda f: _environment_alone(f) and "network" not in f.facts, (RUDD,)
    ),
    Rule(
        "B9",
        "environment_network",
        lambda f: "environment" in f.topics and "network" in f.facts,
        (RIEC, RUDD),
    ),
    # B10 of the table: stored and shown as B7, so that no line of it tells of trafficking.
    Rule(
        "B7",
        "environment_part",
        lambda f: _trafficking(f) and "holiday_park" in f.topics and _env(f),
        (RUDD,),
    ),
    Rule("B11", "water", lambda f: "water" in f.facts, tasks=("water_board",)),
    Rule("B12", "outside_categories", _beyond_categories, (RIEC,), only_proposal=True),
    Rule("B13", "spatial_planning", _residence_only, tasks=("planning",)),
)
