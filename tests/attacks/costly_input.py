"""Texts and bodies made to cost more to read than they are long: what a stranger would send to stop the desk."""

import json
from collections.abc import Callable, Mapping

TEXTS = (
    "a",
    " ",
    "a ",
    "1",
    "1 ",
    "12-",
    "12-AB-",
    "a@",
    "a.",
    "a@a.",
    "NL00",
    "NL 00 AAAA ",
    "06 ",
    "+",
    "+31 6 ",
    "(0591) ",
    "9411 NA ",
    "9411NA, ",
    "k.v.k.",
    "kvk 1234567 ",
    "kenteken ",
    "kenteken: ",
    "1-mrt-",
    "-",
    ".-/ ",
    "é",
    "\u0301",
    "x\u0301",
    "\u200b",
    "\u00ad",
    "0\u0660",
    "😀",
    "niet geen nooit ",
    "wiet\n",
    "\n",
    "\t ",
)
"""Pieces of words, numbers, plates, phone numbers and addresses; a text holds one of them up to its full length."""


def _deep(size: int) -> bytes:
    return b"[" * size


def _deep_objects(size: int) -> bytes:
    return b'{"a":' * (size // 5)


def _quotes(size: int) -> bytes:
    return b'["' * (size // 2)


def _escapes(size: int) -> bytes:
    return b'"' + b"\\u0041" * ((size - 2) // 6) + b'"'


def _half_characters(size: int) -> bytes:
    return b'"' + b"\\ud83d" * ((size - 2) // 6) + b'"'


def _backslashes(size: int) -> bytes:
    return b'"' + b"\\" * (size - 1)


def _figures(size: int) -> bytes:
    return b"9" * size


def _fraction(size: int) -> bytes:
    return b"0." + b"9" * (size - 2)


def _powers(size: int) -> bytes:
    return b"[" + b"1e999999999," * ((size - 12) // 12) + b"1]"


def _many_numbers(size: int) -> bytes:
    one = b"9" * 99 + b","
    return b"[" + one * ((size - 3) // len(one)) + b"1]"


def _many_names(size: int) -> bytes:
    made = json.dumps({f"{number:06d}": 0 for number in range(size // 12)}, separators=(",", ":"))
    return made.encode()


def _same_names(size: int) -> bytes:
    return b"{" + b'"a":0,' * ((size - 7) // 6) + b'"a":0}'


def _alike_names(size: int) -> bytes:
    """Names that weak tables put on one heap: long, and different only at their ends."""
    made = json.dumps(
        {"a" * 1000 + f"{number:06d}": 0 for number in range(size // 1012)}, separators=(",", ":")
    )
    return made.encode()


def _blanks(size: int) -> bytes:
    return b" " * (size - 4) + b"null"


def _empty_lists(size: int) -> bytes:
    return b"[" + b"[]," * ((size - 4) // 3) + b"[]]"


BODIES: Mapping[str, Callable[[int], bytes]] = {
    make.__name__.lstrip("_"): make
    for make in (
        _deep,
        _deep_objects,
        _quotes,
        _escapes,
        _half_characters,
        _backslashes,
        _figures,
        _fraction,
        _powers,
        _many_numbers,
        _many_names,
        _same_names,
        _alike_names,
        _blanks,
        _empty_lists,
    )
}
"""Bodies of at most so many bytes."""
