"""A rule set as it is written down: strict, with only rules and categories this desk knows."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from app.approvals.kinds import REASONS
from app.errors import Fault
from app.http.body import Input
from app.http.fields import OneOf
from app.routing.rule_sets import CLOSED, GUARD_IDS, LEAST_PERCENT, RELEASE, RULE_IDS, RuleSet

LONGEST_NAME: Final = 40
Percent = Annotated[int, Field(ge=LEAST_PERCENT, le=100)]


class Thresholds(Input):
    """Per category the percentage below which a person decides first. All four are named."""

    human_trafficking: Percent
    drugs: Percent
    care_fraud: Percent
    rural_premises: Percent


class RuleSetDocument(Input):
    """One version: its name, the rules that are on, the thresholds in percent."""

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")]
    rules: Annotated[list[Annotated[str, OneOf((*GUARD_IDS, *RULE_IDS))]], Field(max_length=50)]
    confidence_low: Thresholds
    strong: Percent

    def rule_set(self) -> RuleSet:
        """The rule set that this says."""
        return RuleSet(self.name, frozenset(self.rules), self.confidence_low.model_dump(), self.strong)


class RuleSetIn(RuleSetDocument):
    """A proposed version, and why."""

    reason_code: Annotated[str, OneOf(REASONS)]


def faults_in(document: RuleSetDocument, taken: Sequence[str]) -> list[Fault]:
    """What does not fit together, all at once. `taken`: the names that versions have already."""
    faults = []
    if len(set(document.rules)) != len(document.rules):
        faults.append(Fault("/rules", "repeated", "Noem elke regel een keer."))
    if not set(GUARD_IDS) <= set(document.rules):
        faults.append(Fault("/rules", "guard_off", "De regels A1 tot en met A8 blijven altijd aan."))
    if document.name in taken or document.name in {RELEASE.name, CLOSED.name}:
        faults.append(Fault("/name", "taken", "Deze naam is al gebruikt. Kies een nieuwe."))
    return faults


def told(rule_set: RuleSet) -> dict[str, object]:
    """The members of a rule set as the interface shows them, its rules in the order of the table."""
    return {
        "name": rule_set.name,
        "rules": [one for one in (*GUARD_IDS, *RULE_IDS) if one in rule_set.on],
        "confidence_low": dict(rule_set.least),
        "strong": rule_set.strong,
    }
