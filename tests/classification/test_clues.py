"""A clue points at the reporter's own words and hides them from logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classification.categoriser import classify
from tests.classification.reports import CLEAR


@given(
    before=st.text(max_size=40),
    text=st.sampled_from([t for texts in CLEAR.values() for t in texts]),
    after=st.text(max_size=40),
)
def test_positions_cut_exactly_the_words_out_of_the_text_as_sent(before: str, text: str, after: str) -> None:
    whole = f"{before}\n{text} {after}"
    for clue in classify(whole).clues:
        assert whole[clue.start : clue.end] == clue.words
        assert 0 <= clue.start < clue.end <= len(whole)


@pytest.mark.parametrize(
    "text",
    [
        "😀😀 Sterke wietlucht 🏠 uit de ventilatie van de schuur.",
        "Clie\u0308nten moesten urenbriefjes vooraf blanco tekenen.",
        "Sterke wiet\u00adlucht uit de ventilatie van de schuur.",
        "Sterke \uff57\uff49\uff45\uff54 geur uit de ventilatie van de schuur.",
    ],
)
def test_positions_hold_with_emoji_loose_accents_soft_hyphens_and_wide_letters(text: str) -> None:
    proposal = classify(text)
    assert proposal.category is not None
    assert all(text[c.start : c.end] == c.words for c in proposal.clues)


def test_a_clue_of_the_title_says_so_and_points_into_the_title() -> None:
    title = "Sterke wietlucht uit de schuur"
    proposal = classify("Kom alstublieft kijken.", title=title)
    clues = [c for c in proposal.clues if c.category == "drugs"]
    assert proposal.category == "drugs"
    assert {c.field for c in clues} == {"title"}
    assert all(title[c.start : c.end] == c.words for c in clues)


def test_the_same_words_in_title_and_text_count_once() -> None:
    words = "Er is gezoem van afzuiging dag en nacht."
    assert classify(words, title=words).category == classify(words).category
    assert classify(words, title=words).confidence == classify(words).confidence


def test_words_never_show_in_a_repr() -> None:
    assert "wietlucht" not in repr(classify("Sterke wietlucht uit de ventilatie van de schuur."))


def test_every_proposal_names_the_lexicon_that_made_it() -> None:
    assert classify("").lexicon_version.startswith("lexicon-1+")
