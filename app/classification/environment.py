"""What RUDD may know: the environmental part of a proposal, from environmental clues alone.

RUDD must not be able to tell that a report is (also) about people (DESIGN 5, invariant 5; workflow.md
B10 is shown as B7). So nothing here looks at other clues, at the reporter's hint, or at doubt raised
elsewhere in the text, and a clue counts only when all its words stand in one sentence (a word about
people could complete one from the next): with or without the words of trafficking the view is equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.classification.lexicon import shipped
from app.classification.values import SUBSTANCES, Classification, Clue

ACTIVITIES = ("environment", "drug_waste", "drug_lab", "vehicle_stripping")
"""Topics that are environmental, and the activity codes of the minimised part (FORMATS 2)."""


@dataclass(frozen=True, slots=True)
class EnvironmentalView:
    """Category, topics, substances and activities as RUDD's case shows them; `rules` are lexicon rules."""

    category: str | None
    topics: tuple[str, ...]
    substances: tuple[str, ...]
    activities: tuple[str, ...]
    confidence: float
    rules: tuple[str, ...]


def environmental(classification: Classification) -> EnvironmentalView:
    """The environmental part. `category` is `drugs` for waste or a lab, else `rural_premises`; None when
    the report names no environmental activity and no substance.
    """
    near = [clue for clue in classification.clues if clue.within_sentence]
    rules = shipped().rules
    named = {c.rule for c in near if c.counted and c.rule in rules and rules[c.rule].substance}
    substances = {rules[rule].substance for rule in named}
    totals = {activity: _total(near, activity) for activity in ACTIVITIES}
    shown = tuple(activity for activity in ACTIVITIES if totals[activity] >= 2)
    if not shown and named:
        shown = ("environment",)
    total = max(1, sum(totals[activity] for activity in shown))
    return EnvironmentalView(
        category=_category(shown),
        topics=shown,
        substances=tuple(s for s in SUBSTANCES if s in substances),
        activities=shown,
        confidence=round(1 - 1 / (1 + total), 2) if shown else 0.0,
        rules=tuple(sorted(named | {c.rule for c in near if c.topic in shown and c.weight})),
    )


def _category(shown: tuple[str, ...]) -> str | None:
    if not shown:
        return None
    return "rural_premises" if {"drug_waste", "drug_lab"}.isdisjoint(shown) else "drugs"


def _total(clues: Sequence[Clue], activity: str) -> int:
    """Weight of an activity: every rule once, at its heaviest, whether or not other clues used its words."""
    weights: dict[str, int] = {}
    for clue in clues:
        if clue.topic == activity and clue.category:
            weights[clue.rule] = max(clue.weight, weights.get(clue.rule, 0))
    return sum(weights.values())
