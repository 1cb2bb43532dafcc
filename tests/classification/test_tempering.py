"""Denial, doubt, news and innocent explanations: what keeps alarming words from sorting a report."""

import pytest

from app.classification.categoriser import classify
from app.classification.trained import RULE


def test_a_denied_clue_is_shown_but_does_not_count() -> None:
    proposal = classify("Er is geen wietlucht in de schuur.")
    denied = [c for c in proposal.clues if c.category == "drugs"]
    assert proposal.category is None
    assert denied
    assert all((c.weight, c.counted) == (0, False) for c in denied)


def test_the_same_words_without_the_denial_do_count() -> None:
    proposal = classify("Er is een sterke wietlucht in de schuur.")
    assert proposal.category == "drugs"


def test_denial_reaches_only_into_its_own_clause() -> None:
    proposal = classify("Er was niemand, geen auto, niets. Sterke wietlucht uit de ventilatie van de schuur.")
    assert proposal.category == "drugs"


def test_one_denied_hit_does_not_hide_another_that_stands() -> None:
    proposal = classify(
        "Gisteren geen wietlucht in de schuur. Vandaag een zware wietlucht uit de ventilatie."
    )
    assert proposal.category == "drugs"


@pytest.mark.parametrize(
    "text",
    [
        "In de krant las ik over paspoorten van personeel die bij de baas in de kluis liggen.",
        "Wij geven een voorlichting: zo herken je wietlucht in de schuur en een meterkast buiten de meter om.",
        "De wietlucht in de schuur bleek van de buren die composteren, niets aan de hand.",
        "Melding van wietlucht bij de schuur. Vals alarm, alles klopt.",
    ],
)
def test_news_lessons_and_innocent_explanations_are_left_to_a_person(text: str) -> None:
    proposal = classify(text)
    assert proposal.category is None
    assert any(c.rule.startswith("C-") for c in proposal.clues)


def test_long_ago_lowers_the_clues_of_that_sentence() -> None:
    now = classify("Er zijn vaten met onbekende vloeistof achtergelaten in het bos, het stinkt.")
    before = classify("Vroeger zijn er vaten met onbekende vloeistof achtergelaten in het bos, het stinkt.")
    weights = {c.rule: c.weight for c in now.clues if c.category and c.rule != RULE}
    lowered = {c.rule: c.weight for c in before.clues if c.category and c.rule != RULE}
    assert lowered == {rule: weight - 1 for rule, weight in weights.items()}


def test_doubt_lowers_confidence_where_the_report_is_still_sorted() -> None:
    text = "Sterke wietlucht uit de schuur, de stroom loopt buiten de meter om."
    assert classify(text).category == classify(text + " Graag een reactie.").category == "drugs"
    assert classify(text + " Graag een reactie.").confidence < classify(text).confidence
