"""Routing is total, and RUDD cannot tell what else a report was about."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.routing import facts as known
from app.routing.drenthe_1 import RULES
from app.routing.facts import ACTIVITIES, Environment, Facts
from app.routing.rules import REASONS, Terms, decide

from .reports import ASSEN, EMMEN, REPORT, RIEC, RUDD, confirmed, direct, targets


def some(values: frozenset[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(values)))


def one(values: frozenset[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(values))


ORGANISATION = st.none() | st.sampled_from([EMMEN, ASSEN, known.PROVINCE, RIEC, RUDD, ""])
CATEGORY = st.none() | one(known.CATEGORIES)
ENVIRONMENT = st.builds(
    Environment.of,
    some(frozenset(ACTIVITIES)),
    some(known.SUBSTANCES),
    st.integers(0, 100),
)
ANY = st.builds(
    Facts,
    reporter_organisation=ORGANISATION,
    place=one(known.PLACES),
    place_organisation=ORGANISATION,
    fallback_organisation=st.sampled_from([known.PROVINCE, ASSEN, ""]),
    origin=one(known.ORIGINS),
    channel=one(known.CHANNELS),
    regime=one(known.REGIMES),
    observation=one(known.OBSERVATIONS),
    integrity=st.booleans(),
    other_coordinator=st.booleans(),
    has_identifier=st.booleans(),
    category=CATEGORY,
    secondary=some(known.CATEGORIES).map(tuple),
    topics=some(known.TOPICS).map(tuple),
    facts=some(known.FACTS),
    safety=some(known.SAFETY),
    confidence_low=st.booleans(),
    environment=ENVIRONMENT,
)
BROKEN: dict[str, Callable[[Facts, str], Facts]] = {
    "origin": lambda facts, word: replace(facts, origin=word),
    "channel": lambda facts, word: replace(facts, channel=word),
    "regime": lambda facts, word: replace(facts, regime=word),
    "place": lambda facts, word: replace(facts, place=word),
    "observation": lambda facts, word: replace(facts, observation=word),
    "category": lambda facts, word: replace(facts, category=word),
    "topics": lambda facts, word: replace(facts, topics=(word,)),
    "secondary": lambda facts, word: replace(facts, secondary=(word,)),
    "facts": lambda facts, word: replace(facts, facts=frozenset({word})),
    "safety": lambda facts, word: replace(facts, safety=frozenset({word})),
}
KNOWN = frozenset[str]().union(
    known.ORIGINS,
    known.CHANNELS,
    known.REGIMES,
    known.PLACES,
    known.OBSERVATIONS,
    known.CATEGORIES,
    known.TOPICS,
    known.FACTS,
    known.SAFETY,
)
TERMS = st.sampled_from([direct, confirmed])


@given(facts=ANY, terms=TERMS)
def test_every_signal_lands_in_the_triage_of_a_named_organisation(facts: Facts, terms: Terms) -> None:
    decision = decide(facts, terms)
    first, *others = decision.targets
    assert decision.owner
    assert decision.owner not in known.RECEIVERS
    assert first.mode == "triage"
    assert first.queue == decision.triage_queue
    assert first.queue.removeprefix("triage-")
    assert {t.queue for t in others} <= {RIEC, RUDD}
    assert all(set(t.reason_codes) <= set(REASONS) and t.reason_codes for t in decision.targets)
    assert (decision.owner_state == "supplied") == (bool(others) and all(t.mode == "supply" for t in others))
    assert "rule_failed" not in first.reason_codes


@given(
    facts=ANY,
    field=st.sampled_from(sorted(BROKEN)),
    word=st.text(min_size=1),
    terms=TERMS,
)
def test_a_value_nobody_knows_is_triage_with_the_reason_rule_failed(
    facts: Facts, field: str, word: str, terms: Terms
) -> None:
    assume(word not in KNOWN)
    decision = decide(BROKEN[field](facts, word), terms)
    (target,) = decision.targets
    assert (target.rule_id, target.reason_codes, target.category) == ("Z", ("rule_failed",), None)
    assert decision.owner_state == "new"


def test_a_rule_that_breaks_is_triage_of_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(facts: Facts) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("app.routing.rules.RULES", (replace(RULES[0], when=broken),))
    decision = decide(replace(REPORT, facts=frozenset({"now"})), direct)
    assert decision.triage_queue == "triage-gemeente-emmen"
    assert [t.reason_codes for t in decision.targets] == [("rule_failed",)]
    assert decision.priority == 1


def test_terms_that_cannot_be_had_are_triage() -> None:
    def broken(queue: str) -> str:
        raise LookupError

    assert decide(REPORT, broken).targets[0].reason_codes == ("rule_failed",)


@given(one_report=ANY, other=ANY, terms=TERMS, safety=some(known.SAFETY), environment=ENVIRONMENT)
def test_rudd_sees_the_same_whatever_else_a_report_is_about(
    one_report: Facts, other: Facts, terms: Terms, safety: frozenset[str], environment: Environment
) -> None:
    seen = [
        targets(decide(open_to_rules(facts, safety, environment), terms)).get(RUDD)
        for facts in (one_report, other)
    ]
    assume(None not in seen)
    assert repr(seen[0]).encode() == repr(seen[1]).encode()


def open_to_rules(facts: Facts, safety: frozenset[str], environment: Environment) -> Facts:
    """`facts` with no guard in the way, the given safety, and topics that agree with the environment."""
    others = tuple(topic for topic in facts.topics if topic not in ACTIVITIES)
    return replace(
        facts,
        origin="employee",
        channel="form",
        regime="avg",
        place="participant",
        place_organisation=EMMEN,
        observation="own",
        integrity=False,
        other_coordinator=False,
        category=facts.category or "rural_premises",
        confidence_low=False,
        topics=(*environment.activities, *others),
        safety=safety,
        environment=environment,
    )


def test_a_trafficking_side_changes_nothing_for_rudd() -> None:
    plain = replace(
        REPORT,
        category="rural_premises",
        topics=("environment",),
        facts=frozenset({"env"}),
        environment=Environment.of(["environment"], ["asbestos"], 70),
        confidence=70,
    )
    grave = replace(
        plain,
        category="human_trafficking",
        secondary=("rural_premises",),
        topics=("sexual_exploitation", "environment"),
        facts=frozenset({"env", "minor", "now", "network"}),
        confidence=95,
    )
    assert targets(decide(plain, direct))[RUDD] == targets(decide(grave, direct))[RUDD]
    assert RIEC not in targets(decide(plain, direct))
    assert RIEC in targets(decide(grave, direct))


def test_only_safety_makes_a_case_urgent_for_rudd() -> None:
    waste = replace(REPORT, topics=("drug_waste",), environment=Environment.of(["drug_waste"], []))
    now = decide(replace(waste, facts=frozenset({"now", "minor"})), direct)
    armed = decide(replace(waste, safety=frozenset({"weapon"})), direct)
    assert targets(now)[RUDD].priority == 2
    assert targets(now)[RIEC].priority == 1
    assert targets(armed)[RUDD].priority == 1
