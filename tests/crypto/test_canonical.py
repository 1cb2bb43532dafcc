"""One text for one value, and a reader that refuses what parsers disagree about."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import canonical
from app.crypto.canonical import JsonValue, NotJson

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def refusal(raw: bytes, depth: int = 32) -> NotJson:
    with pytest.raises(NotJson) as caught:
        canonical.parse(raw, depth=depth)
    return caught.value


@given(values)
def test_what_was_written_is_read_back(value: JsonValue) -> None:
    assert canonical.parse(canonical.encode(value)) == value


@given(st.dictionaries(texts, st.integers(), min_size=2))
def test_order_of_insertion_does_not_change_the_bytes(members: dict[str, int]) -> None:
    one: dict[str, JsonValue] = dict(members.items())
    other: dict[str, JsonValue] = dict(reversed(members.items()))
    assert canonical.encode(one) == canonical.encode(other)


def test_bytes_have_no_spaces_sorted_keys_and_bare_utf8() -> None:
    value: JsonValue = {"é": [1, True, None], "a": {"z": "ü\n", "B": "x"}}
    assert canonical.encode(value) == '{"a":{"B":"x","z":"ü\\n"},"é":[1,true,null]}'.encode()


def test_keys_stand_in_code_point_order_beyond_16_bits() -> None:
    assert canonical.encode({"\U0001f600": 1, "\uffe5": 2}) == '{"\uffe5":2,"\U0001f600":1}'.encode()


@pytest.mark.parametrize(
    ("value", "text"), [("52.10", "52.10"), ("1E+2", "100"), ("-0.5", "-0.5"), ("1e-7", "0.0000001")]
)
def test_a_decimal_is_written_as_a_string(value: str, text: str) -> None:
    assert canonical.encode({"x": Decimal(value)}) == b'{"x":"' + text.encode() + b'"}'


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1: "x"}, {None: 1}, [object()], {"x": {1, 2}}])
def test_what_has_no_canonical_form_is_a_type_error(value: JsonValue) -> None:
    with pytest.raises(TypeError):
        canonical.encode(value)


@pytest.mark.parametrize("value", ["\ud83d", {"\ud83d": 1}, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_text_or_number_is_a_value_error(value: JsonValue) -> None:
    with pytest.raises(ValueError, match=r"surrogate|not a number"):
        canonical.encode(value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xff", "not_utf8"),
        (b'{"x":"\xc3"}', "not_utf8"),
        (b'"\xed\xa0\xbd"', "not_utf8"),
        (b"", "syntax"),
        (b" ", "syntax"),
        (b"{", "syntax"),
        (b"{}{}", "syntax"),
        (b"[1,]", "syntax"),
        (b"{'x':1}", "syntax"),
        (b"\xef\xbb\xbf{}", "syntax"),
        (b'"a\nb"', "syntax"),
        (b'"a\0b"', "syntax"),
        (b"01", "syntax"),
        (b"1_0", "syntax"),
        ("١".encode(), "syntax"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b'[{"b":{"a":1,"a":2}}]', "duplicate_key"),
        (b'"a\\u0000b"', "nul"),
        (b'{"a\\u0000":1}', "nul"),
        (b'{"text":"x \\ud83d"}', "surrogate"),
        (b'{"text":"x","\\ud83d":1}', "surrogate"),
        (b'["\\ude00\\ud83d"]', "surrogate"),
        (b"NaN", "number"),
        (b'{"x":Infinity}', "number"),
        (b"[-Infinity]", "number"),
        (b"1" * 101, "number"),
        (b"1" * 5000, "number"),
        (b"1." + b"1" * 5000, "number"),
        (b"1e400", "number"),
        (b"1e-400", "number"),
        (b"1e99999999999999999999", "number"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
    ],
)
def test_bad_json_is_refused_with_its_code(raw: bytes, code: str) -> None:
    assert refusal(raw).code == code


def test_nesting_up_to_the_limit_is_read_and_brackets_in_texts_do_not_count() -> None:
    assert canonical.parse(b"[" * 32 + b"]" * 32)
    assert canonical.parse(json.dumps(['"[[[[{{{{\\"' * 40, "]" * 40]).encode(), depth=1)
    assert refusal(b"[[1]]", depth=1).code == "too_deep"
    assert canonical.parse(b"[[1],[2],[3],[4]]", depth=2)


def test_a_pair_of_surrogate_escapes_is_one_sign() -> None:
    assert canonical.parse(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_fractions_become_decimals_and_whole_numbers_stay_whole() -> None:
    assert canonical.parse(b"[1.10, 1e2, 7]") == [Decimal("1.10"), Decimal("1e2"), 7]


@pytest.mark.parametrize(
    "raw", [b'{"geheim":"wit busje" x', b'"wit busje\xff"', b'{"wit busje":1,"wit busje":2}']
)
def test_a_refusal_holds_nothing_of_the_text(raw: bytes) -> None:
    error: BaseException | None = refusal(raw)
    while error is not None:
        assert "busje" not in repr((error.args, vars(error)))
        assert not isinstance(error, json.JSONDecodeError | UnicodeError)
        error = error.__context__


@given(st.binary(max_size=200) | st.text('{}[]",:\\u0d8e1-. nft', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = canonical.parse(raw)
    except NotJson:
        return
    canonical.encode(value)


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_prefixed_fields_come_apart_as_they_were(fields: list[bytes]) -> None:
    joined = canonical.length_prefixed(*fields)
    assert canonical.split(joined, len(fields)) == tuple(fields)
    for other in (joined + b"\0", joined[:-1]):
        with pytest.raises(ValueError, match=r"cut short|trailing"):
            canonical.split(other, len(fields) if other or fields else 1)


def test_a_length_is_four_bytes_big_endian() -> None:
    assert canonical.length_prefixed(b"ab", b"") == b"\0\0\0\2ab\0\0\0\0"


@given(st.binary(max_size=60), st.integers(0, 4))
def test_any_bytes_come_apart_or_are_refused(raw: bytes, count: int) -> None:
    try:
        fields = canonical.split(raw, count)
    except ValueError:
        return
    assert canonical.length_prefixed(*fields) == raw
