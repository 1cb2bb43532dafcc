"""What a rule set is: which of the closed list of conditions are on, and from which certainty they act.

Pure. The guards A1 to A8 and the triage of the owner (Z) are in every rule set: no version can leave them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.classification.values import CATEGORIES, LOW_CONFIDENCE
from app.routing.drenthe_1 import GUARDS, RULE_SET, RULES

GUARD_IDS: Final = tuple(dict.fromkeys(rule.id for rule in GUARDS))
RULE_IDS: Final = tuple(dict.fromkeys(rule.id for rule in RULES))
"""What can be on or off. B10 is a line of B7: on and off with it."""
LEAST_PERCENT: Final = 50
"""No threshold lies lower: a guard that lets through what is more often wrong than right would be off in all but name."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One rule set. `on`: ids of the rules that count. `least`: per category the percentage below which a person
    decides first (A8). `strong`: from which percentage environmental facts reach RUDD by themselves.
    """

    name: str
    on: frozenset[str]
    least: Mapping[str, int]
    strong: int

    @property
    def closed(self) -> bool:
        """Whether this is no rule set at all: then every signal is for a person."""
        return not self.on

    def unsure(self, category: str | None, confidence: float) -> bool:
        """Whether a proposal is too uncertain. `confidence` from 0 to 1; without a category there is none."""
        return category is not None and confidence < self.least.get(category, 101) / 100


_MEASURED: Final = dict.fromkeys(CATEGORIES, round(LOW_CONFIDENCE * 100))
RELEASE: Final = RuleSet(RULE_SET, frozenset((*GUARD_IDS, *RULE_IDS)), _MEASURED, round(LOW_CONFIDENCE * 100))
"""The rule set of this release, in force until two functional managers put another in its place."""
CLOSED: Final = RuleSet("none", frozenset(), _MEASURED, 100)
"""What is used where the rule set in force cannot be trusted."""
