"""How well the marks tell that two reports tell one event: measured on hand-made pairs, as docs/duplicates.md says."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching import wording
from tests.docs.named import ROOT
from tests.matching.hard_pairs import FAR, NEAR
from tests.matching.pairs import OTHERS, SAME

PLAIN: tuple[str, ...] = ()
SETS = {"SAME": SAME, "OTHERS": OTHERS, "FAR": FAR, "NEAR": NEAR}


def shared(one: str, other: str) -> int:
    """Marks in common."""
    return sum(a == b for a, b in zip(wording.marks(one), wording.marks(other), strict=False))


def proposed(pairs: Sequence[tuple[str, str]], kinds: Sequence[str] = PLAIN) -> int:
    """How many of these pairs a person is asked to look at, where both name an identifier of these kinds."""
    return sum(wording.same_event(shared(*pair), kinds) for pair in pairs)


@pytest.mark.parametrize(
    ("kinds", "named"),
    [((), "words alone"), (("address",), "and one address"), (("plate",), "and one plate")],
)
def test_the_figures_in_the_documentation_are_those_that_are_measured(
    kinds: tuple[str, ...], named: str
) -> None:
    counts = " | ".join(f"{proposed(pairs, kinds)} of {len(pairs)}" for pairs in SETS.values())
    assert f"| {named} | {counts} |" in (ROOT / "docs" / "duplicates.md").read_text(encoding="utf-8")


def test_the_same_event_in_other_words_is_proposed_and_another_in_the_same_street_is_not() -> None:
    assert proposed(SAME) >= 0.9 * len(SAME)
    assert proposed(OTHERS) == 0


def test_of_reports_of_different_events_hardly_any_two_are_proposed() -> None:
    texts = [pair[0] for pair in SAME]
    pairs = [(one, other) for at, one in enumerate(texts) for other in texts[at + 1 :]]
    assert proposed(pairs) == 0


def test_an_identifier_both_name_makes_fewer_words_enough_and_no_words_are_never_enough() -> None:
    assert [wording.same_event(shared, ()) for shared in (3, 4)] == [False, True]
    assert [wording.same_event(shared, ("address",)) for shared in (1, 2)] == [False, True]
    assert [wording.same_event(shared, ("address", "plate")) for shared in (0, 1)] == [False, True]
    assert [wording.likeness(shared) for shared in (1, 4, 8)] == ["slight", "weak", "strong"]


def test_a_text_that_says_too_little_has_no_marks() -> None:
    assert wording.marks("Er is iets niet goed in de straat, kom kijken.") == []
    assert wording.marks("") == []


def test_order_case_common_words_and_what_comes_after_a_long_text_change_no_mark() -> None:
    one = "Twee mannen laadden zwarte zakken in een witte bestelbus bij de loods."
    assert wording.marks(one) == wording.marks(
        "BIJ DE LOODS: witte bestelbus, zwarte zakken, twee mannen die laadden!"
    )
    long = " ".join(f"woord{number}" for number in range(wording.MOST))
    assert wording.marks(long) == wording.marks(f"{long} en nog een heel verhaal over schuren")


@given(st.text(max_size=200))
def test_any_text_gives_all_marks_or_none_and_they_are_written_and_read_back(text: str) -> None:
    made = wording.marks(text)
    assert len(made) in (0, wording.BANDS)
    assert wording.parted("".join(made)) == made
