"""What an identifier is to the desk, and how typed text is brought back to plain letters and figures.

Pure. Spaces and dashes that word processors put in count as plain ones; other scripts' digits and look-alike
letters do not count as ASCII.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

IdentifierKind = Literal["plate", "phone", "iban", "kvk", "address", "email"]

LONGEST = 254
HIDDEN = "\x00"
DASH = "[-\u2010\u2011\u2012\u2013\u2212]"
SPACE = "[ \t\u00a0\u2007\u2009\u202f]"

_SPACES = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
)
_SEPARATORS = re.compile(r"[ .\-]+")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One normalised identifier. The value is sensitive and stays out of the repr."""

    kind: IdentifierKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier in a text: `text[start:end]` is how it was written there (characters, end excluded)."""

    kind: IdentifierKind
    value: str = field(repr=False)
    start: int
    end: int


def typed(text: str) -> str:
    """`text` with the spaces and dashes that word processors put in turned into plain ones."""
    return text.translate(_SPACES).strip(" \t\r\n")


def bare(text: str) -> str:
    """`text` without spaces, dots and dashes."""
    return _SEPARATORS.sub("", typed(text))


def compact(text: str) -> str | None:
    """ASCII capitals without spaces, dots and dashes; None where a character is not ASCII.

    The ASCII check comes before `upper`, which would turn a dotless i or a long s into a plain letter.
    """
    plain = bare(text)
    return plain.upper() if plain.isascii() and len(plain) <= LONGEST else None


def hide(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with these stretches made unreadable and just as long, so that nothing else is found in them."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept += [text[at : max(at, start)], HIDDEN * (end - max(at, start))]
        at = max(at, end)
    return "".join([*kept, text[at:]])
