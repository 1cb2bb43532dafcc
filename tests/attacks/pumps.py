"""Hostile texts for an expression, from its own parts: what may be repeated is there again and again, the end never fits.

The desk's expressions come apart with the standard library's own parser, so that each repetition is reached by what has
to stand before it. Groups that look ahead or behind count as nothing: they make a text fit less, never cost less.
"""

import importlib
import re
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

kinds: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
WHOLE = 50_000
OFTEN = 20
"""A part that may be repeated so many times or more is one to try."""
CHOICES = 24
PIECES = 40
END = "\x00\n!"
POOL = " \ta0A,.-/:;@\"'\\[{=+%é\u0301\u200b\ud800\x85"
REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT)
CATEGORIES = {
    kinds.CATEGORY_DIGIT: r"\d",
    kinds.CATEGORY_NOT_DIGIT: r"\D",
    kinds.CATEGORY_SPACE: r"\s",
    kinds.CATEGORY_NOT_SPACE: r"\S",
    kinds.CATEGORY_WORD: r"\w",
    kinds.CATEGORY_NOT_WORD: r"\W",
}
Tree = Sequence[tuple[Any, Any]]


def characters(items: Sequence[tuple[Any, Any]]) -> list[str]:
    """A few characters of a class: its own, or where it is one of all others some that are none of them."""
    own = [chr(value if kind is kinds.LITERAL else value[0]) for kind, value in items if kind in _SPELLED]
    found = [one for one in dict.fromkeys([*POOL, *own]) if _within(one, items)]
    return found[:6] or own[:1]


_SPELLED = (kinds.LITERAL, kinds.RANGE)


def _within(one: str, items: Sequence[tuple[Any, Any]]) -> bool:
    negated = bool(items) and items[0][0] is kinds.NEGATE
    code = ord(one)
    for kind, value in items:
        inside = (
            (kind is kinds.LITERAL and code == value)
            or (kind is kinds.RANGE and value[0] <= code <= value[1])
            or (kind is kinds.CATEGORY and re.match(CATEGORIES[value], one) is not None)
        )
        if inside:
            return not negated
    return negated


def texts(tree: Tree) -> list[str]:
    """Some texts that fit: every choice taken, what may be left out both there and not."""
    parts = [_part(kind, value) for kind, value in tree]
    return ["".join(each) for each in islice(product(*parts), CHOICES)]


def _part(kind: Any, value: Any) -> list[str]:
    if kind is kinds.LITERAL:
        return [chr(value)]
    if kind is kinds.NOT_LITERAL:
        return [one for one in POOL if ord(one) != value][:3]
    if kind is kinds.ANY:
        return ["a", " "]
    if kind is kinds.IN:
        return characters(value)
    if kind in REPEATS:
        least, most, body = value
        inside = texts(body)
        often = [min(most, max(least, 1)), *([0] if least == 0 else [])]
        return [one * times for times in often for one in inside]
    if kind is kinds.BRANCH:
        return [one for branch in value[1] for one in texts(branch)]
    if kind is kinds.SUBPATTERN:
        return texts(value[-1])
    if kind is kinds.ATOMIC_GROUP:
        return texts(value)
    return [""]


def sites(tree: Tree, before: str = "", after: Tree = ()) -> Iterator[tuple[str, list[str]]]:
    """Where something may be repeated: what has to stand before it, and texts of what is repeated or comes next."""
    for place, (kind, value) in enumerate(tree):
        rest = tree[place + 1 : place + 2] or after
        if kind in REPEATS:
            _, most, body = value
            if most >= OFTEN:
                yield before, [one for one in [*texts(body), *texts(rest)[:2]] if one]
            yield from sites(body, before, rest)
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from sites(branch, before, rest)
        elif kind is kinds.SUBPATTERN:
            yield from sites(value[-1], before, rest)
        elif kind is kinds.ATOMIC_GROUP:
            yield from sites(value, before, rest)
        before += _part(kind, value)[0]


def attacks(pattern: "re.Pattern[Any]") -> Iterator[Any]:
    """Hostile texts of some 50 000 characters, of the pattern's own type."""
    raw = isinstance(pattern.pattern, bytes)
    source = pattern.pattern.decode("latin-1") if raw else pattern.pattern
    seen = set()
    for before, inside in sites(parser.parse(source, pattern.flags & ~re.UNICODE)):
        pairs = [one + other for one, other in product(inside[:6], repeat=2)]
        for piece in dict.fromkeys([*inside, *pairs][:PIECES]):
            for prefix in {"", before}:
                if (prefix, piece) not in seen:
                    seen.add((prefix, piece))
                    text = prefix + piece * (WHOLE // len(piece)) + END
                    yield text.encode("latin-1", "replace") if raw else text
