"""The reporter's own choice, and which category comes first."""

from itertools import pairwise

from app.classification.categoriser import classify
from app.classification.values import CATEGORIES

WEAK = "De ramen van het huis zijn beslagen."


def test_a_hint_lifts_a_clue_that_alone_is_too_little() -> None:
    assert classify(WEAK).category is None
    assert classify(WEAK, hint="drugs").category == "drugs"


def test_a_hint_never_sorts_a_report_without_a_clue_of_that_category() -> None:
    assert classify("Kan de lantaarnpaal gemaakt worden?", hint="drugs").category is None
    assert classify(WEAK, hint="care_fraud").category is None


def test_a_hint_is_overridden_by_what_the_text_says() -> None:
    text = "De paspoorten van het personeel liggen bij de baas in de kluis."
    proposal = classify(text, hint="rural_premises")
    assert proposal.category == "human_trafficking"
    assert proposal.confidence < classify(text).confidence


def test_a_denied_clue_gives_a_hint_nothing_to_lift() -> None:
    assert classify("Er is geen wietlucht.", hint="drugs").category is None


def test_an_unknown_hint_is_no_hint() -> None:
    assert classify(WEAK, hint="onbekend") == classify(WEAK)


def test_a_hint_counts_for_a_title_too() -> None:
    assert classify("Zie boven.", title=WEAK, hint="drugs").category == "drugs"


STRONG = {
    "human_trafficking": "Paspoorten van personeel liggen bij de baas in de kluis. ",
    "drugs": "Sterke wietlucht uit de schuur. ",
    "care_fraud": "Cliënten moesten urenbriefjes blanco tekenen. ",
    "rural_premises": "De boer mag zijn schuur niet meer in. ",
}


def test_trafficking_goes_before_drugs_before_care_before_premises() -> None:
    assert CATEGORIES == ("human_trafficking", "drugs", "care_fraud", "rural_premises")
    for first, second in pairwise(CATEGORIES):
        for text in (STRONG[first] + STRONG[second], STRONG[second] + STRONG[first]):
            proposal = classify(text)
            assert (proposal.category, proposal.secondary) == (first, (second,))


def test_all_four_at_once_keeps_the_others_as_secondary() -> None:
    proposal = classify("".join(STRONG.values()))
    assert (proposal.category, *proposal.secondary) == CATEGORIES
