"""The trained categoriser: it proposes where it is sure, says on which words, and leaves the rest to a person."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classification.categoriser import LexiconCategoriser
from app.classification.environment import environmental
from app.classification.lexicon import shipped
from app.classification.trained import RULE, SHOWN, trained
from app.classification.values import CATEGORIES, LOW_CONFIDENCE
from tests.classification.reports import CLEAR, NOT_OURS
from tests.classification.test_hostile_text import HOSTILE, steps

classify = trained().classify
REPORTS = {
    "human_trafficking": "Bij ons op de kwekerij werken de mannen zeven dagen in de week. Ze slapen in de loods op "
    "matrassen en de baas heeft hun paspoorten afgepakt. Van het loon gaat bijna alles af aan huur en boetes.",
    "drugs": "In het huis naast ons ruikt het al weken naar wiet. De ramen zijn afgeplakt met folie, er loopt een "
    "afzuigslang naar het dak en de meterkast is opengebroken om stroom af te tappen.",
    "care_fraud": "Het zorgbureau declareert elke week twintig uur begeleiding voor mijn broer, maar er komt nooit "
    "iemand. Hij moest de urenbriefjes vooraf blanco tekenen en zij hebben zijn DigiD.",
    "rural_premises": "Een onbekende man bood de boer contant geld om zijn lege schuur te huren. Sindsdien mag de "
    "boer er zelf niet meer in, er hangen camera's en 's nachts rijden busjes het erf op en af.",
}


@pytest.mark.parametrize(("category", "text"), REPORTS.items())
def test_a_clear_report_is_proposed_with_words_of_the_report_that_say_why(category: str, text: str) -> None:
    proposal = classify(text)
    words = [clue for clue in proposal.clues if clue.rule == RULE]
    assert (proposal.category, proposal.model_version) == (category, trained().weights.version)
    assert proposal.confidence >= LOW_CONFIDENCE
    assert 1 <= len(words) <= SHOWN
    assert all(c.category == category and c.counted and text[c.start : c.end] == c.words for c in words)


@pytest.mark.parametrize("text", NOT_OURS)
def test_an_everyday_report_is_left_to_a_person_without_words_of_the_model(text: str) -> None:
    proposal = classify(text)
    assert (proposal.category, proposal.secondary, proposal.confidence) == (None, (), 0.0)
    assert not any(clue.rule == RULE for clue in proposal.clues)


@pytest.mark.parametrize("text", ["Er staat een auto.", "Vreemd bij de buren.", "Gordijnen altijd dicht."])
def test_what_says_too_little_is_left_to_a_person(text: str) -> None:
    assert classify(text).category is None


@pytest.mark.parametrize("text", [*REPORTS.values(), *(t for texts in CLEAR.values() for t in texts)])
def test_facts_urgency_and_the_view_of_rudd_are_those_of_the_lexicon(text: str) -> None:
    model, plain = classify(text), LexiconCategoriser(shipped()).classify(text)
    assert environmental(model) == environmental(plain)
    assert (model.facts, model.urgent, model.substances) == (plain.facts, plain.urgent, plain.substances)
    assert tuple(c for c in model.clues if c.rule != RULE) == plain.clues


def test_a_title_is_read_with_the_text_and_its_clues_say_so() -> None:
    text = REPORTS["drugs"]
    proposal = classify("Zie boven.", title=text)
    words = [c for c in proposal.clues if c.rule == RULE]
    assert proposal.category == "drugs"
    assert {c.field for c in words} == {"title"}
    assert all(text[c.start : c.end] == c.words for c in words)


@pytest.mark.parametrize("hint", [*CATEGORIES, "onbekend"])
def test_a_hint_never_sorts_a_report_that_tells_nothing(hint: str) -> None:
    assert classify("Kan de lantaarnpaal gemaakt worden?", hint=hint).category is None


def test_a_hint_for_another_category_lowers_the_confidence_and_does_not_win() -> None:
    proposal = classify(REPORTS["drugs"], hint="care_fraud")
    assert proposal.category == "drugs"
    assert proposal.confidence < classify(REPORTS["drugs"]).confidence


def test_a_word_of_the_report_is_no_rule_id_and_stands_in_no_repr() -> None:
    proposal = classify(REPORTS["drugs"])
    assert all(c.rule == RULE or c.rule in shipped().rules for c in proposal.clues)
    assert "wiet" not in repr(proposal)


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "wi\0et", "😀" * 100, "Привет мир", "大麻农场", "مرحبا", "\u0301", "\ud800"]
)
def test_odd_text_is_answered_and_not_sorted(text: str) -> None:
    assert classify(text).category is None


@pytest.mark.parametrize("piece", HOSTILE)
def test_eight_times_the_text_is_at_most_ten_times_the_work(piece: str) -> None:
    classify("")
    small = steps((piece * 20_000)[:2_500], classify)
    large = steps((piece * 20_000)[:20_000], classify)
    assert large <= 10 * small + 5_000


@given(st.text(max_size=400), st.none() | st.text(max_size=60), st.none() | st.sampled_from(CATEGORIES))
def test_any_text_title_and_hint_give_the_same_answer_twice(
    text: str, title: str | None, hint: str | None
) -> None:
    first = classify(text, title, hint)
    assert first == classify(text, title, hint)
    assert 0.0 <= first.confidence <= 1.0
    assert (first.category is None) == (first.confidence == 0.0)


def test_the_desk_runs_without_the_packages_of_training() -> None:
    code = (
        "import sys, app.cli, app.classification.trained as t; t.trained().classify('wiet');"
        "sys.exit(bool({'numpy', 'scipy', 'sklearn', 'app.classification.training.fit'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
