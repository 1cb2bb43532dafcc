"""What the model counts in a report: word stems, pairs of them, four letters in a row, and the lexicon's rules.

Made from masked words only (`masked.py`), each feature once however often it stands there, so that length, source
and who somebody is tell nothing. Linear in the text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.classification.masked import Token, tokens
from app.classification.proposal import Field, doubt_of
from app.classification.values import CATEGORIES
from app.classification.weigh import Finding, score

GRAM = 4
ENDINGS = (
    *("heden", "tjes", "ingen", "jes", "ende", "tje", "ing", "end", "en"),
    *("je", "te", "de", "er", "st", "e", "s", "t", "d"),
)
BY_LAST = {last: tuple(e for e in ENDINGS if e[-1] == last) for last in {e[-1] for e in ENDINGS}}
SHORTEST = 4
"""A stem keeps at least this many letters."""
STEPS = 6
"""A lexicon score counts in steps up to this one."""


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one report by kind, and its visible words per field for showing where they stand."""

    words: frozenset[str]
    pairs: frozenset[str]
    grams: frozenset[str]
    rules: frozenset[str]
    tokens: tuple[tuple[str, tuple[Token, ...]], ...]


def features(fields: Sequence[Field], known: frozenset[str]) -> Features:
    """The features of a report; `known` are words that may have a capital in mid-sentence (`masked.tokens`)."""
    words: set[str] = set()
    pairs: set[str] = set()
    norms: set[str] = set()
    seen = []
    for field in fields:
        shown = tokens(field.reading.text, field.reading.words, known)
        stems = [stem(token.norm) for token in shown]
        words.update(stems)
        pairs.update([f"{first} {second}" for first, second in pairwise(stems)])
        norms.update([token.norm for token in shown if not token.whole])
        seen.append((field.name, tuple(shown)))
    found = [finding for field in fields for finding in field.found]
    return Features(
        frozenset(words), frozenset(pairs), frozenset(_grams(norms)), frozenset(rules(found)), tuple(seen)
    )


def stem(word: str) -> str:
    """A word without its ending: rough, and the same for training and use."""
    if len(word) > SHORTEST:
        for ending in BY_LAST.get(word[-1], ()):
            if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
                word = word[: -len(ending)]
                break
    return word[:-1] if len(word) >= SHORTEST and word[-1] == word[-2] else word


def grams(norm: str) -> list[str]:
    """Four letters in a row of one word, its edges as spaces."""
    edged = f" {norm} "
    return [edged[at : at + GRAM] for at in range(len(edged) - GRAM + 1)]


def _grams(norms: Iterable[str]) -> set[str]:
    return {gram for norm in norms for gram in grams(norm)}


def rules(found: Sequence[Finding]) -> Iterator[str]:
    """What the lexicon found: rules and topics that stand or are denied, scores in steps, doubt."""
    for finding in found:
        sign = "no" if finding.denied else "is"
        yield f"{sign} {finding.rule.id}"
        if finding.rule.topic:
            yield f"{sign} {finding.rule.topic}"
    doubt = doubt_of(found)
    for category in CATEGORIES:
        total, largest, _ = score(f for f in found if f.rule.category == category)
        yield from (f"{category} {step}" for step in range(1, min(total, STEPS) + 1))
        if largest == 3:
            yield f"{category} heavy"
        if doubt and total:
            yield f"{category} doubted"
    if doubt:
        yield "doubt"
    if doubt > 2:
        yield "doubt more"
