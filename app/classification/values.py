"""What a categoriser says of a report: the proposal, its clues, and the closed lists they come from.

The proposal is advice: a person confirms or changes it (DESIGN 5, invariant 7). Words of a clue are
sealed text, so no repr shows them.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

CATEGORIES = ("human_trafficking", "drugs", "care_fraud", "rural_premises")
"""The four categories, in the order that breaks a tie (indicators.md 6)."""

TOPICS = (
    "labour_exploitation",
    "sexual_exploitation",
    "criminal_exploitation",
    "care_delivery",
    "care_billing",
    "care_budget",
    "care_housing",
    "care_organisation",
    "care_coercion",
    "cannabis",
    "drug_lab",
    "drug_waste",
    "drug_dealing",
    "drug_storage",
    "shady_rent",
    "owner_pressure",
    "odd_building",
    "vehicle_stripping",
    "holiday_park",
    "environment",
    "sham_company",
    "money_laundering",
)
"""The 22 topics of workflow.md 0."""

FACTS = (
    "env",
    "network",
    "minor",
    "now",
    "on_premises",
    "permanent_residence",
    "water",
    "other_crime",
)
SUBSTANCES = ("chemicals", "soil", "water", "discharge", "waste", "asbestos", "manure", "burning")
"""The `env` words of workflow.md 0, as the minimised part carries them."""

URGENT = (
    "ongoing",
    "weapon",
    "explosion",
    "fire",
    "fumes",
    "unwell",
    "held",
    "minor_victim",
    "threatened",
    "fleeing",
    "leak_water",
    "tapped_power",
)
"""Codes of indicators.md 8: show «bel 112» and put the report first, whatever its category."""


LOW_CONFIDENCE = 0.7
"""Below this a proposal is uncertain (rule A8): a person first. Measured in docs/classification.md."""


class Clue(NamedTuple):
    """One hit of a lexicon rule in a report, or (rule `model`) a word that told for the model's category.

    `start` and `end` are character positions (end excluded) in the field as it was sent; `weight` is 0
    and `counted` false for a clue that is denied; a clue whose words another clue already counted keeps
    its weight and is not counted twice. `within_sentence`: all its words stand in one sentence.
    """

    rule: str
    category: str | None
    topic: str | None
    weight: int
    counted: bool
    words: str
    start: int
    end: int
    field: str = "text"
    within_sentence: bool = True

    def __repr__(self) -> str:
        return f"Clue({self.rule}, {self.field} {self.start}-{self.end})"

    def told(self) -> dict[str, str | int | None]:
        """Its members as they are shown and sealed; the words are in it."""
        return {
            "rule": self.rule,
            "category": self.category,
            "topic": self.topic,
            "weight": self.weight,
            "counted": self.counted,
            "words": self.words,
            "field": self.field,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class Classification:
    """The proposal for one report. `category` None: not sorted, a person decides."""

    category: str | None
    secondary: tuple[str, ...]
    topics: tuple[str, ...]
    facts: frozenset[str]
    confidence: float
    clues: tuple[Clue, ...]
    lexicon_version: str
    urgent: tuple[str, ...]
    substances: tuple[str, ...] = ()
    model_version: str | None = None


class Categoriser(Protocol):
    """What sorts reports: model and lexicon together, or one of them. Same text, same answer; no network."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def classify(self, text: str, title: str | None = None, hint: str | None = None) -> Classification:
        """The proposal for a report; `hint` is the category the reporter chose, None for no choice."""
        ...
