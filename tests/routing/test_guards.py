"""Guards: what must be weighed by a person first lies in triage and nowhere else."""

from dataclasses import replace

import pytest

from app.routing.facts import PROVINCE, Facts
from app.routing.rules import REASONS, decide

from .reports import ASSEN, EMMEN, REPORT, direct

CITIZEN = replace(REPORT, origin="citizen_platform", channel="platform", reporter_organisation=None)
GUARDED = [
    ("A1", "citizen_report", CITIZEN),
    ("A1", "citizen_report", replace(REPORT, channel="mma", regime="mma")),
    ("A2", "possible_police_data", replace(REPORT, regime="wpg")),
    ("A3", "professional_secrecy", replace(REPORT, regime="wmo_youth")),
    ("A4", "whistleblower", replace(REPORT, integrity=True)),
    ("A5", "other_coordinator", replace(REPORT, other_coordinator=True)),
    ("A6", "place_unknown", replace(REPORT, place="unknown", place_organisation=None)),
    ("A6", "place_unknown", replace(REPORT, place="outside", place_organisation=None)),
    ("A7", "too_thin", replace(REPORT, observation="rumour")),
    ("A7", "too_thin", replace(REPORT, observation="third_party")),
    ("A8", "uncertain", replace(REPORT, category=None)),
    ("A8", "uncertain", replace(REPORT, confidence_low=True)),
]


@pytest.mark.parametrize(("rule", "reason", "facts"), GUARDED)
def test_a_guard_means_triage_of_a_new_case_only(rule: str, reason: str, facts: Facts) -> None:
    decision = decide(facts, direct)
    (target,) = decision.targets
    assert (target.rule_id, target.reason_codes, target.mode) == (rule, (reason,), "triage")
    assert decision.owner_state == "new"
    assert decision.tasks == ()
    assert target.queue == decision.triage_queue


@pytest.mark.parametrize(("rule", "reason", "facts"), [g for g in GUARDED if g[0] not in {"A1", "A5"}])
def test_the_triage_is_the_owners(rule: str, reason: str, facts: Facts) -> None:
    decision = decide(facts, direct)
    assert (decision.owner, decision.triage_queue) == (EMMEN, "triage-gemeente-emmen")


def test_the_first_guard_that_hits_is_the_one_shown() -> None:
    decision = decide(replace(REPORT, regime="wpg", integrity=True, category=None), direct)
    assert decision.targets[0].rule_id == "A2"
    assert decision.targets[0].reason_codes == ("possible_police_data",)


def test_a_third_partys_word_with_an_identifier_is_enough() -> None:
    decision = decide(replace(REPORT, observation="third_party", has_identifier=True), direct)
    assert len(decision.targets) == 2


def test_another_coordinator_is_the_provinces_and_the_owner_stays() -> None:
    decision = decide(replace(REPORT, other_coordinator=True), direct)
    assert (decision.owner, decision.triage_queue) == (EMMEN, "triage-provincie-drenthe")
    assert decision.flags == ("other_coordinator",)


def test_a_report_about_a_colleague_with_another_coordinator_asked_is_not_shown_to_the_own_one() -> None:
    decision = decide(replace(REPORT, integrity=True, other_coordinator=True), direct)
    assert decision.triage_queue == "triage-provincie-drenthe"
    assert decision.targets[0].rule_id == "A4"
    assert decision.targets[0].reason_codes == ("whistleblower", "other_coordinator")
    assert decision.flags == ("integrity", "other_coordinator")


def test_a_report_of_the_province_for_another_coordinator_goes_to_the_fallback() -> None:
    facts = replace(
        REPORT, reporter_organisation=PROVINCE, other_coordinator=True, fallback_organisation=ASSEN
    )
    assert decide(facts, direct).triage_queue == "triage-gemeente-assen"


@pytest.mark.parametrize("regime", ["wpg", "wmo_youth"])
def test_police_data_and_care_secrets_leave_the_owner_for_nobody(regime: str) -> None:
    decision = decide(replace(REPORT, regime=regime, other_coordinator=True), direct)
    assert decision.triage_queue == "triage-gemeente-emmen"
    assert decision.flags == ("other_coordinator",)


@pytest.mark.parametrize(
    ("facts", "owner"),
    [
        (replace(REPORT, place_organisation=ASSEN), EMMEN),
        (replace(REPORT, reporter_organisation="waterschap-vechtstromen"), "waterschap-vechtstromen"),
        (replace(REPORT, reporter_organisation="riec-noord-nederland", place_organisation=ASSEN), ASSEN),
        (replace(REPORT, reporter_organisation="rudd", place_organisation=ASSEN), ASSEN),
        (replace(REPORT, reporter_organisation="rudd", place="outside", place_organisation=None), PROVINCE),
        (CITIZEN, EMMEN),
        (replace(CITIZEN, place_organisation=None, place="unknown", fallback_organisation=ASSEN), ASSEN),
        (replace(REPORT, channel="mma", regime="mma", place_organisation=ASSEN), EMMEN),
        (replace(REPORT, owner=ASSEN), ASSEN),
    ],
)
def test_a_signal_has_the_owner_the_design_names_and_its_triage(facts: Facts, owner: str) -> None:
    decision = decide(facts, direct)
    assert (decision.owner, decision.triage_queue) == (owner, f"triage-{owner}")


@pytest.mark.parametrize(
    "more",
    [
        {"facts": frozenset({"now"})},
        {"facts": frozenset({"minor"})},
        {"safety": frozenset({"weapon"})},
        {"safety": frozenset({"explosion"})},
    ],
)
def test_urgency_counts_under_a_guard_too(more: dict[str, frozenset[str]]) -> None:
    facts = replace(CITIZEN, facts=more.get("facts", frozenset()), safety=more.get("safety", frozenset()))
    decision = decide(facts, direct)
    assert decision.priority == decision.targets[0].priority == 1
    assert decision.targets[0].reason_codes == ("citizen_report", "urgent")


def test_reasons_are_shown_in_dutch() -> None:
    assert {reason for _, reason, _ in GUARDED} <= set(REASONS)
    assert REASONS["uncertain"] == "Systeem weet het niet zeker"
