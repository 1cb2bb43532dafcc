"""What RUDD may know: the environmental part of a proposal, from environmental clues alone.

RUDD must not be able to tell that a report is (also) about people (DESIGN 5, invariant 5; workflow.md
B10 is shown as B7). So nothing here looks at other clues, at the reporter's hint, or at doubt raised
elsewhere in the text: with or without the words of trafficking the view is equal.
"""

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
    no environmental clue weighs enough by itself.
    """
    strong = [c for c in classification.clues if c.topic in ACTIVITIES and c.category and c.weight]
    totals = {activity: _total(strong, activity) for activity in ACTIVITIES}
    shown = tuple(activity for activity in ACTIVITIES if totals[activity] >= 2)
    rules = tuple(sorted({c.rule for c in strong if c.topic in shown}))
    total = sum(totals[activity] for activity in shown)
    category = None
    if shown:
        category = "drugs" if {"drug_waste", "drug_lab"} & set(shown) else "rural_premises"
    return EnvironmentalView(
        category=category,
        topics=shown,
        substances=tuple(s for s in SUBSTANCES if s in classification.substances),
        activities=shown,
        confidence=round(1 - 1 / (1 + total), 2) if shown else 0.0,
        rules=rules + _substance_rules(classification),
    )


def _total(clues: list[Clue], activity: str) -> int:
    """Weight of an activity: every rule once."""
    return sum({c.rule: c.weight for c in clues if c.topic == activity}.values())


def _substance_rules(classification: Classification) -> tuple[str, ...]:
    rules = shipped().rules
    named = {c.rule for c in classification.clues if c.counted and c.rule in rules}
    return tuple(sorted(rule for rule in named if rules[rule].substance))
