"""Whatever is typed: an answer, the same each time, and work that grows only with the length."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classification.categoriser import classify

HOSTILE = [
    "paspoort kluis baas slaapt schuur nacht auto ",
    "geen ",
    "a",
    ". ",
    "A-",
    "é",
    "x\u0301",
    "\u200b",
    "cliënt declareert nooit ",
    "vaten sloot bos geen aceton lucht schuur ",
]


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "wiet\0lucht", "😀" * 100, "Привет мир", "大麻农场", "مرحبا", "\u0301", "\ud800"]
)
def test_odd_text_is_answered_and_not_sorted(text: str) -> None:
    assert classify(text).category is None


@pytest.mark.parametrize("piece", HOSTILE)
def test_eight_times_the_text_is_at_most_ten_times_the_work(piece: str) -> None:
    classify("")
    small = steps((piece * 20_000)[:2_500])
    large = steps((piece * 20_000)[:20_000])
    assert large <= 10 * small + 5_000


@given(st.text(max_size=400), st.none() | st.text(max_size=60), st.none() | st.text(max_size=20))
def test_any_text_title_and_hint_give_the_same_answer_twice(
    text: str, title: str | None, hint: str | None
) -> None:
    first = classify(text, title, hint)
    assert first == classify(text, title, hint)
    assert 0.0 <= first.confidence <= 1.0
    assert (first.category is None) == (first.confidence == 0.0)


def steps(text: str, sort: Callable[[str], object] = classify) -> int:
    """Calls made while sorting: a measure of work that does not depend on the machine."""
    count = 0

    def tick(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(tick)
    try:
        sort(text)
    finally:
        sys.setprofile(None)
    return count
