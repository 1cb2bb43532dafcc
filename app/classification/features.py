"""What the model counts in a report: word stems, pairs of them, five letters in a row, and the lexicon's rules.

Made from masked words only (`masked.py`), each word and pair once however often it stands there, so that length,
source and who somebody is tell nothing. What a word counts for (its stem and its letters) is the same in every
report, so that it is added up once per word. Linear in the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from app.classification.masked import Token, tokens
from app.classification.proposal import Field, doubt_of, scores
from app.classification.values import CATEGORIES
from app.classification.weigh import Finding, Score

GRAM = 5
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
    """What one report holds: its words, and whether each is looked up only as a whole (`masked.Token`); pairs of
    stems; the lexicon's rules; and its visible words per field for showing where they stand.
    """

    words: Mapping[str, bool]
    pairs: frozenset[str]
    rules: frozenset[str]
    tokens: tuple[tuple[Field, list[Token]], ...]

    @property
    def length(self) -> int:
        """How many words the model may see, those about who somebody is left out."""
        return sum(len(shown) for _, shown in self.tokens)


def features(
    fields: Sequence[Field], known: frozenset[str], scored: Sequence[Score] | None = None
) -> Features:
    """The features of a report; `known` are words that may have a capital in mid-sentence (`masked.tokens`), `scored`
    its `proposal.scores` where they are there already.
    """
    words: dict[str, bool] = {}
    pairs: set[str] = set()
    seen = []
    held = _stems(known)
    for field in fields:
        shown = tokens(field.reading.text, field.reading.words, known)
        stems = [held.get(norm) or stem(norm) for norm, _, _ in shown]
        for norm, whole, _ in shown:
            words[norm] = whole and words.get(norm, True)
        pairs.update([f"{first} {second}" for first, second in pairwise(stems)])
        seen.append((field, shown))
    found = [finding for field in fields for finding in field.found]
    return Features(words, frozenset(pairs), frozenset(rules(found, scored or scores(found))), tuple(seen))


@cache
def _stems(known: frozenset[str]) -> dict[str, str]:
    """The stems of the words that training knows, made once."""
    return {word: stem(word) for word in known}


def stem(word: str) -> str:
    """A word without its ending: rough, and the same for training and use."""
    if len(word) > SHORTEST:
        for ending in BY_LAST.get(word[-1], ()):
            if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
                word = word[: -len(ending)]
                break
    return word[:-1] if len(word) >= SHORTEST and word[-1] == word[-2] else word


def grams(norm: str) -> set[str]:
    """Five letters in a row of one word, its edges as spaces; each once."""
    edged = f" {norm} "
    return {edged[at : at + GRAM] for at in range(len(edged) - GRAM + 1)}


def rules(found: Sequence[Finding], scored: Sequence[Score]) -> Iterator[str]:
    """What the lexicon found: rules and topics that stand or are denied, scores in steps, doubt."""
    for finding in found:
        sign = "no" if finding.denied else "is"
        yield f"{sign} {finding.rule.id}"
        if finding.rule.topic:
            yield f"{sign} {finding.rule.topic}"
    doubt = doubt_of(found)
    for category, (total, largest, _) in zip(CATEGORIES, scored, strict=True):
        yield from (f"{category} {step}" for step in range(1, min(total, STEPS) + 1))
        if largest == 3:
            yield f"{category} heavy"
        if doubt and total:
            yield f"{category} doubted"
    if doubt:
        yield "doubt"
    if doubt > 2:
        yield "doubt more"
