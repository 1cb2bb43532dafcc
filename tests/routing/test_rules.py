"""The rules by line: which matter goes to which queue, on which terms, with which tasks."""

from dataclasses import replace

import pytest

from app.routing.drenthe_1 import GUARDS, RULES
from app.routing.facts import Facts
from app.routing.rules import REASONS, decide, queues

from .reports import REPORT, RIEC, RUDD, about, confirmed, direct, rules, targets


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (about("human_trafficking", "labour_exploitation"), {RIEC: "B1"}),
        (about("care_fraud", "care_billing"), {RIEC: "B2"}),
        (about("drugs", "cannabis"), {RIEC: "B3"}),
        (about("drugs", "drug_waste"), {RIEC: "B3", RUDD: "B5"}),
        (about("drugs", "drug_lab"), {RIEC: "B3"}),
        (about("drugs", "drug_lab", facts="env", substances="chemicals"), {RIEC: "B3", RUDD: "B5"}),
        (about("drugs", "cannabis", facts="env", substances="waste"), {RIEC: "B3"}),
        (about("rural_premises", "shady_rent"), {RIEC: "B6"}),
        (about("rural_premises"), {RIEC: "B6"}),
        (about("rural_premises", "shady_rent", facts="env", substances="soil"), {RIEC: "B6", RUDD: "B7"}),
        (about("rural_premises", "vehicle_stripping"), {RIEC: "B6", RUDD: "B7"}),
        (about("rural_premises", "environment", facts="env", substances="manure"), {RUDD: "B7"}),
        (about("rural_premises", "environment"), {RUDD: "B7"}),
        (
            about("rural_premises", "environment", facts="env network", substances="manure"),
            {RIEC: "B9", RUDD: "B7"},
        ),
        (
            about("human_trafficking", "holiday_park", facts="env", substances="burning"),
            {RIEC: "B1", RUDD: "B7"},
        ),
        (about("human_trafficking", "holiday_park"), {RIEC: "B1"}),
        (about("human_trafficking", facts="env", substances="burning"), {RIEC: "B1"}),
        (about(None, "money_laundering"), {RIEC: "B12"}),
        (about(None, facts="other_crime network"), {RIEC: "B12"}),
        (about(None, facts="permanent_residence"), {}),
    ],
)
def test_a_matter_goes_to_the_queues_of_its_rules(facts: Facts, expected: dict[str, str]) -> None:
    assert rules(facts) == expected


@pytest.mark.parametrize(
    ("category", "rule"),
    [("human_trafficking", "B1"), ("care_fraud", "B2"), ("drugs", "B3"), ("rural_premises", "B6")],
)
def test_a_secondary_category_counts_as_well(category: str, rule: str) -> None:
    matched = decide(replace(about(None, "money_laundering"), secondary=(category,)), direct)
    assert targets(matched)[RIEC].rule_id == rule


@pytest.mark.parametrize(
    ("facts", "tasks"),
    [
        (about("care_fraud"), ("ikz",)),
        (about("drugs", "cannabis"), ("damocles",)),
        (about("drugs", "drug_storage", facts="on_premises"), ("damocles",)),
        (about("drugs", "drug_dealing"), ()),
        (about("rural_premises", "environment", facts="water"), ("water_board",)),
        (about(None, facts="permanent_residence"), ("planning",)),
    ],
)
def test_tasks_are_the_owners_and_open_no_queue(facts: Facts, tasks: tuple[str, ...]) -> None:
    assert decide(facts, direct).tasks == tasks


def test_drug_waste_says_112_first() -> None:
    decision = decide(about("drugs", "drug_waste"), direct)
    assert decision.flags == ("call_112",)
    assert targets(decision)[RUDD].flags == ("call_112",)


def test_under_direct_the_owners_case_is_born_supplied() -> None:
    decision = decide(about("drugs", "drug_waste"), direct)
    assert decision.owner_state == "supplied"
    assert [(t.queue, t.mode) for t in decision.targets] == [
        ("triage-gemeente-emmen", "triage"),
        (RIEC, "supply"),
        (RUDD, "supply"),
    ]


def test_under_confirmed_every_queue_is_a_proposal_to_the_coordinator() -> None:
    decision = decide(about("drugs", "drug_waste"), confirmed)
    assert decision.owner_state == "new"
    assert {t.mode for t in decision.targets[1:]} == {"proposal"}


def test_one_queue_that_is_not_direct_leaves_the_owners_case_new() -> None:
    decision = decide(about("drugs", "drug_waste"), lambda queue: "direct" if queue == RIEC else "confirmed")
    assert decision.owner_state == "new"
    assert targets(decision)[RIEC].mode == "supply"
    assert targets(decision)[RUDD].mode == "proposal"


def test_terms_nobody_knows_count_as_confirmed() -> None:
    assert decide(REPORT, lambda queue: "soon").owner_state == "new"


def test_outside_the_four_categories_riec_is_only_proposed() -> None:
    decision = decide(about(None, "money_laundering"), direct)
    assert targets(decision)[RIEC].mode == "proposal"
    assert decision.owner_state == "new"
    assert decision.targets[0].reason_codes == ("outside_categories",)


def test_without_a_queue_a_person_decides() -> None:
    decision = decide(about(None, facts="permanent_residence"), direct)
    assert decision.owner_state == "new"
    assert decision.targets[0].reason_codes == ("spatial_planning",)


def test_a_case_in_riec_names_its_own_reasons_and_the_owner_sees_all() -> None:
    decision = decide(about("drugs", "drug_waste", facts="now"), direct)
    assert targets(decision)[RIEC].reason_codes == ("drugs",)
    assert decision.targets[0].reason_codes == ("drugs", "substances", "urgent")
    assert targets(decision)[RIEC].priority == decision.priority == 1


def test_trafficking_on_a_park_with_waste_leaves_no_trace_of_its_own_rule() -> None:
    facts = about("human_trafficking", "holiday_park", facts="env", substances="waste")
    assert "B10" not in repr(decide(facts, direct))


def test_every_rule_has_a_reason_with_words() -> None:
    assert {rule.reason for rule in (*GUARDS, *RULES)} <= set(REASONS)
    assert [rule.id for rule in GUARDS] == [f"A{n}" for n in range(1, 9)]
    assert [rule.id for rule in RULES] == ["B7" if n == 10 else f"B{n}" for n in range(1, 14)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (about("drugs", "drug_waste"), [RIEC, RUDD]),
        (about("rural_premises", "environment"), [RUDD]),
        (about("care_fraud"), [RIEC]),
        (about(None), ["triage"]),
        (about(None, "money_laundering"), ["triage"]),
        (replace(about("drugs"), confidence_low=True), ["triage"]),
        (Facts(reporter_organisation=None, category="drugs"), [RIEC]),
    ],
)
def test_analyse_names_the_queues_that_content_points_to(facts: Facts, expected: list[str]) -> None:
    assert queues(facts) == expected
