"""What a rule set changes and what it can never change; what a written one may say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.http.body import parse
from app.routing.documents import RuleSetIn, faults_in
from app.routing.facts import Facts
from app.routing.rule_sets import CLOSED, GUARD_IDS, RELEASE, RULE_IDS, RuleSet
from app.routing.rules import decide, queues, rudd_view
from app.routing.versions import InForce, Version, ruling

from .reports import REPORT, RIEC, RUDD, about, direct, rules, targets
from .test_guards import GUARDED

WASTE = about("drugs", "drug_waste")
KEY, OTHER = bytes(range(32)), bytes(32)
SECOND = (
    b'{"confidenceLow":{"careFraud":70,"drugs":90,"humanTrafficking":70,"ruralPremises":70},"name":"drenthe-2",'
    + (b'"rules":["A1","A2","A3","A4","A5","A6","A7","A8","B1"],"strong":80}')
)


def without(*off: str) -> RuleSet:
    """The release's rule set under another name, these rules off."""
    return replace(RELEASE, name="drenthe-2", on=RELEASE.on - set(off))


def test_a_rule_that_is_off_sends_nothing_and_the_others_still_do() -> None:
    decision = decide(WASTE, direct, without("B3"))
    assert {queue: one.rule_id for queue, one in targets(decision).items() if queue in {RIEC, RUDD}} == {
        RUDD: "B5"
    }
    assert decision.rule_set == "drenthe-2"
    assert (rules(WASTE), decide(WASTE, direct).rule_set) == ({RIEC: "B3", RUDD: "B5"}, "drenthe-1")


def test_with_every_rule_off_a_person_decides_because_none_fits() -> None:
    decision = decide(WASTE, direct, without(*RULE_IDS))
    [only] = decision.targets
    assert (only.mode, only.rule_id, only.reason_codes) == ("triage", "Z", ("no_rule",))
    assert queues(WASTE, without(*RULE_IDS)) == ["triage"]
    assert queues(WASTE, without("B5")) == [RIEC]


@pytest.mark.parametrize(("rule", "reason", "facts"), GUARDED)
def test_no_rule_set_takes_a_guard_away(rule: str, reason: str, facts: Facts) -> None:
    for chosen in (RELEASE, without(*RULE_IDS), replace(RELEASE, on=frozenset(RULE_IDS))):
        [only] = decide(facts, direct, chosen).targets
        assert (only.rule_id, only.reason_codes) == (rule, (reason,))


def test_environmental_facts_reach_rudd_by_themselves_from_the_rule_sets_own_percentage() -> None:
    for strong, mode in ((80, "supply"), (81, "proposal")):
        decision = decide(WASTE, direct, replace(RELEASE, strong=strong))
        assert targets(decision)[RUDD].mode == mode


def test_a_category_is_uncertain_below_its_own_threshold_and_not_at_it() -> None:
    chosen = replace(RELEASE, least=dict(RELEASE.least) | {"drugs": 57})
    assert not chosen.unsure("drugs", 0.57)
    assert chosen.unsure("drugs", 0.5699)
    assert chosen.unsure("care_fraud", 0.6999)
    assert not chosen.unsure("care_fraud", 0.7)
    assert not chosen.unsure(None, 0.0)
    assert chosen.unsure("something_new", 1.0)


def test_without_a_rule_set_that_can_be_trusted_every_signal_is_for_a_person() -> None:
    decision = decide(replace(WASTE, facts=frozenset({"now"})), direct, CLOSED)
    [only] = decision.targets
    assert (only.mode, only.rule_id, only.reason_codes) == ("triage", "Z", ("rule_failed", "urgent"))
    assert (decision.rule_set, decision.owner_state, decision.priority) == ("none", "new", 1)
    assert queues(WASTE, CLOSED) == ["triage"]


@pytest.mark.parametrize(("rule", "reason", "facts"), GUARDED)
def test_also_then_the_guard_is_told_and_the_right_coordinator_has_it(
    rule: str, reason: str, facts: Facts
) -> None:
    open_, closed = decide(facts, direct), decide(facts, direct, CLOSED)
    assert closed.targets[0].reason_codes == ("rule_failed", reason)
    assert (closed.triage_queue, closed.flags) == (open_.triage_queue, open_.flags)


@given(on=st.frozensets(st.sampled_from(RULE_IDS)), strong=st.integers(50, 100))
def test_whatever_the_rule_set_rudd_sees_of_a_report_what_it_saw_before(
    on: frozenset[str], strong: int
) -> None:
    chosen = RuleSet("drenthe-2", on | set(GUARD_IDS), RELEASE.least, strong)
    trafficked = about("human_trafficking", "holiday_park", facts="env", substances="burning")
    for facts in (WASTE, trafficked, about("rural_premises", "environment")):
        seen = targets(decide(facts, direct, chosen)).get(RUDD)
        if seen is not None:
            assert replace(seen, mode="view") == rudd_view(facts)


def body(**members: Any) -> Mapping[str, Any]:
    whole = {
        "name": "drenthe-2",
        "rules": [*GUARD_IDS, *RULE_IDS],
        "confidence_low": {
            "human_trafficking": 70,
            "drugs": 70,
            "care_fraud": 70,
            "rural_premises": 70,
        },
        "strong": 70,
        "reason_code": "in_order",
    }
    return whole | members


@given(
    rules=st.lists(st.sampled_from([*GUARD_IDS, *RULE_IDS]), unique=True),
    percent=st.integers(50, 100),
)
def test_what_fits_says_what_was_written_and_always_holds_the_guards(rules: list[str], percent: int) -> None:
    document = RuleSetIn.model_validate(body(rules=rules, strong=percent), by_name=True)
    if not faults_in(document, ()):
        found = document.rule_set()
        assert (found.on, found.strong, found.closed) == (frozenset(rules), percent, False)
        assert found.on >= set(GUARD_IDS)
    else:
        assert not set(rules) >= set(GUARD_IDS)


@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_are_taken_for_a_rule_set_or_break_the_reading(raw: bytes) -> None:
    with pytest.raises(Invalid):
        parse(RuleSetIn, raw)


def handed(number: int = 1, content: bytes = SECOND, confirmed: str = "gea") -> dict[str, Any]:
    """A row as the door hands it over, the desk's own."""
    version = Version(UUID(int=7), number, content, "gerrit", confirmed, UUID(int=8), datetime.now(UTC))
    return {
        "id": str(version.id),
        "number": number,
        "content": content.hex(),
        "proposedBy": "gerrit",
        "confirmedBy": confirmed,
        "approval": str(version.approval_id),
        "at": (version.activated_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
        "mac": version.mac(KEY).hex(),
    }


def test_the_newest_version_of_the_desk_is_in_force_and_none_means_the_releases() -> None:
    assert ruling(None, KEY, 0) == InForce(RELEASE, 0)
    found = ruling(handed(3), KEY, 1)
    assert (found.rule_set.name, found.rule_set.strong, found.number) == ("drenthe-2", 80, 3)
    assert found.rule_set.least["drugs"] == 90


CHANGES: list[dict[str, Any]] = [
    {"id": str(UUID(int=9))},
    {"number": 4},
    {"content": SECOND.replace(b"80", b"90").hex()},
    {"proposedBy": "somebody"},
    {"confirmedBy": "somebody"},
    {"approval": str(UUID(int=9))},
    {"at": 0},
    {"mac": ""},
    {"mac": bytes(32).hex()},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_row_with_any_field_altered_is_no_rule_set(change: dict[str, Any]) -> None:
    assert ruling(handed(3) | change, KEY, 1) == InForce(CLOSED, 1)


def test_a_row_under_another_key_or_of_one_person_is_no_rule_set() -> None:
    assert ruling(handed(3), OTHER, 1) == InForce(CLOSED, 1)
    assert ruling(handed(3, confirmed="gerrit"), KEY, 1) == InForce(CLOSED, 1)


def test_an_older_version_put_back_is_no_rule_set_until_a_newer_one_is_there() -> None:
    assert ruling(handed(2), KEY, 3) == InForce(CLOSED, 3)
    assert ruling(None, KEY, 3) == InForce(CLOSED, 3)
    assert ruling(handed(3), KEY, 3).rule_set.name == "drenthe-2"


@pytest.mark.parametrize("content", [b"{}", SECOND.replace(b"B1", b"B99"), SECOND.replace(b'"A8",', b"")])
def test_a_version_that_this_release_cannot_read_sends_everything_to_a_person(content: bytes) -> None:
    assert ruling(handed(3, content), KEY, 1) == InForce(CLOSED, 3)


def test_the_plain_report_is_sorted_as_before() -> None:
    assert decide(REPORT, direct) == decide(REPORT, direct, RELEASE)
