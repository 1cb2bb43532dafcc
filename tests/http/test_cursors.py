"""Cursors: they go on where the list stopped, for the same list only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.http.cursors import decode, encode

KEY = b"k" * 32
CONTEXT = ["bouke", "riec-noord-nederland", "state=new", "sort=due"]
POSITION = ("2026-03-31T14:05:00.000000Z", 7, "é")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def refused(text: str, context: list[str] | None = None, key: bytes = KEY) -> bool:
    try:
        decode(key, context or CONTEXT, text)
    except Invalid as refusal:
        return [fault.where for fault in refusal.faults] == ["cursor"]
    return False


@given(
    st.lists(st.text(max_size=8), max_size=4),
    st.lists(st.text(max_size=20) | st.integers(-(2**63), 2**63), max_size=4),
)
def test_a_cursor_gives_back_its_position(context: list[str], position: list[str | int]) -> None:
    assert decode(KEY, context, encode(KEY, context, position)) == tuple(position)


def test_a_cursor_is_safe_in_a_query() -> None:
    assert set(encode(KEY, CONTEXT, POSITION)) <= set(ALPHABET)


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_cursor_is_of_one_list_only(at: int) -> None:
    text = encode(KEY, CONTEXT, POSITION)
    other = [*CONTEXT]
    other[at] = "x"
    assert refused(text, other)
    assert refused(text, CONTEXT[:at] + CONTEXT[at + 1 :])


def test_fields_of_the_list_do_not_run_into_each_other() -> None:
    assert refused(encode(KEY, ["ab", "c"], [1]), ["a", "bc"])
    assert refused(encode(KEY, ["a", "b"], [1]), ["ab"])


def test_a_cursor_of_another_key_is_refused() -> None:
    assert refused(encode(b"x" * 32, CONTEXT, POSITION))


@pytest.mark.parametrize("text", ["", "!", "AA", "AQ", "é", "A" * 2000, "AQ==", "Zm9vYmFy", "\x00", " "])
def test_junk_is_refused(text: str) -> None:
    assert refused(text)


@given(st.integers(0, 10_000), st.sampled_from(ALPHABET + "!=+/ \n"))
def test_one_altered_character_is_refused(at: int, character: str) -> None:
    text = encode(KEY, CONTEXT, POSITION)
    at %= len(text)
    altered = text[:at] + character + text[at + 1 :]
    if altered != text:
        assert refused(altered)
    assert refused(text + character)
    assert refused(text[:-1])


@given(st.text(max_size=80))
def test_no_text_ends_in_anything_but_a_refusal(text: str) -> None:
    assert refused(text)


def test_another_spelling_of_the_same_bytes_is_refused() -> None:
    spellings = 0
    for size in range(1, 7):
        text = encode(KEY, CONTEXT, ["x" * size])
        for last in ALPHABET:
            if last != text[-1]:
                spellings += refused(text[:-1] + last)
    assert spellings == 6 * 63
