"""One text for one value: the JSON bytes that are sealed, signed, logged and compared, and a strict reader.

Writing: UTF-8, no spaces, keys in code-point order, decimals as strings (FORMATS 1 and 5). Reading refuses
what parsers disagree about (RFC 8259 sections 4, 6 and 8; RFC 7493): duplicate names, NUL, lone surrogates,
NaN, numbers no database holds, deep nesting. A refusal carries a code and never the text.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | str | Decimal | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DIGITS = 100
"""Longest number in characters."""
MAX_EXPONENT = 308
"""Largest power of ten, up or down: what a double can hold, so that no later conversion overflows."""

_SURROGATE = re.compile("[\ud800-\udfff]")
# A string without its closing quote matches to the end of the text, so that the scan stays linear.
_NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class NotJson(Exception):
    """The bytes are not JSON as the desk reads it. `code` says which rule; the text is never kept."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode(value: JsonValue) -> bytes:
    """The canonical bytes of `value`.

    Raises TypeError for a float, a key that is no string or any other type; ValueError for a lone surrogate
    and for a decimal that is no number.
    """
    _check(value)
    text = _ENCODER.encode(value)
    if _SURROGATE.search(text) is not None:
        raise ValueError("surrogate")
    return text.encode()


_PLAIN = frozenset({str, int, bool, type(None)})
"""Types that need no look inside; asked first, for most members are one of these."""


def _check(value: object) -> None:
    if isinstance(value, dict):
        for key, member in value.items():
            if type(key) is not str and not isinstance(key, str):
                raise TypeError("a key must be a string")
            if type(member) not in _PLAIN:
                _check(member)
    elif isinstance(value, (list, tuple)):
        for member in value:
            if type(member) not in _PLAIN:
                _check(member)
    elif isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("not a number")
    elif value is None or isinstance(value, (str, int)):
        return
    else:
        raise TypeError(f"{type(value).__name__} has no canonical form")


def _decimal(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no canonical form")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_decimal
)


def parse(raw: bytes, *, depth: int = 32) -> JsonValue:
    """The value of `raw`, nested at most `depth` deep; numbers with a fraction or exponent become Decimal.

    Raises NotJson with code not_utf8, syntax, duplicate_key, nul, surrogate, number or too_deep.
    """
    text = _decoded(raw)
    if text is None:
        raise NotJson("not_utf8")
    if text.count("[") + text.count("{") > depth:
        _measure(text, depth)
    value, understood = _loaded(text)
    if not understood:
        raise NotJson("syntax")
    # Raw NULs are a syntax error and raw surrogates are not UTF-8: both can only come in as an escape.
    if "\\u" in text:
        _search(value)
    return value


def _decoded(raw: bytes) -> str | None:
    # The decoding error holds the whole text; returning first lets no exception carry it.
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _loaded(text: str) -> tuple[JsonValue, bool]:
    try:
        value: JsonValue = _DECODER.decode(text)
    except ValueError:
        return None, False
    return value, True


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("duplicate_key")
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotJson("number")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise NotJson("number")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        raise NotJson("number") from None
    if abs(value.adjusted()) > MAX_EXPONENT:
        raise NotJson("number")
    return value


def _constant(_name: str) -> JsonValue:
    raise NotJson("number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _measure(text: str, depth: int) -> None:
    level = 0
    for token in _NESTING.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            level += 1
            if level > depth:
                raise NotJson("too_deep")
        elif mark in "]}":
            level -= 1


def _search(value: JsonValue) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise NotJson("nul")
        if _SURROGATE.search(value) is not None:
            raise NotJson("surrogate")
    elif isinstance(value, dict):
        for key, member in value.items():
            _search(key)
            _search(member)
    elif isinstance(value, list):
        for member in value:
            _search(member)


def length_prefixed(*fields: bytes) -> bytes:
    """The fields, each after its length in 4 bytes big-endian: no two lists of fields give the same bytes."""
    return b"".join([piece for field in fields for piece in (len(field).to_bytes(4, "big"), field)])


def split(raw: bytes, count: int) -> tuple[bytes, ...]:
    """The `count` fields that `length_prefixed` joined. Raises ValueError for others, trailing bytes too."""
    fields = []
    start = 0
    for _ in range(count):
        end = start + 4 + int.from_bytes(raw[start : start + 4], "big")
        if len(raw) < max(end, start + 4):
            raise ValueError("cut short")
        fields.append(raw[start + 4 : end])
        start = end
    if start != len(raw):
        raise ValueError("trailing bytes")
    return tuple(fields)
