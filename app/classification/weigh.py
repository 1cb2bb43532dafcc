"""From hits to weighed clues and from clues to a score (indicators.md: weights, 6 and 7)."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from app.classification.lexicon import Lexicon, Rule
from app.classification.match import Hit, Reading, Span, find

NEGATION_REACH = 3
"""How many words a «geen» or «niet» looks ahead within its clause."""


class Finding(NamedTuple):
    """A rule found in one field: its best hit, and what denial and doubt leave of its weight."""

    rule: Rule
    field: str
    spans: tuple[Span, ...]
    weight: int
    denied: bool
    within_sentence: bool
    length: int
    start: int
    end: int
    words: str

    def __repr__(self) -> str:
        return f"Finding({self.rule.id})"


def findings(field: str, reading: Reading, lexicon: Lexicon) -> list[Finding]:
    """One finding per rule: the strongest hit that is not denied, else a denied one."""
    hits = find(reading, lexicon)
    doubtful = {
        reading.words[hit.spans[0][0]].sentence for hit in hits if hit.pattern.rule.context == "hypothesis"
    }
    negators = [at for at, word in enumerate(reading.words) if word.norm in lexicon.negators]
    best: dict[str, Finding] = {}
    for hit in hits:
        found = _finding(field, reading, hit, negators, doubtful)
        held = best.get(hit.pattern.rule.id)
        if held is None or _rank(found) > _rank(held):
            best[hit.pattern.rule.id] = found
    return sorted(best.values(), key=lambda f: (f.start, f.end, f.rule.id))


def _rank(found: Finding) -> tuple[bool, bool, int, int]:
    """Not denied first, then within a sentence, then weight, then the fewest words. Never by letters:
    the length of a name or an origin would then choose the clue.
    """
    return (not found.denied, found.within_sentence, found.weight, -found.length)


def _finding(
    field: str, reading: Reading, hit: Hit, negators: Sequence[int], doubtful: Collection[int]
) -> Finding:
    rule = hit.pattern.rule
    denied = rule.context is None and bool(negators) and is_denied(reading, hit.spans, negators)
    weight = 0 if denied else rule.weight
    if weight and rule.category and reading.words[hit.spans[0][0]].sentence in doubtful:
        weight -= 1
    start, end = reading.words[hit.spans[0][0]].start, reading.words[hit.spans[-1][1] - 1].end
    return Finding(
        rule=rule,
        field=field,
        spans=hit.spans,
        weight=weight,
        denied=denied,
        within_sentence=hit.within,
        length=reading.places[hit.spans[-1][1] - 1] - reading.places[hit.spans[0][0]],
        start=start,
        end=end,
        words=reading.text[start:end],
    )


def is_denied(reading: Reading, spans: Sequence[Span], negators: Sequence[int]) -> bool:
    """Whether a «geen», «niet», «zonder» (`negators`: where they stand) stands just before a part, in its clause and
    outside the hit.
    """
    return any(_denied_at(reading, start, spans, negators) for start, _ in spans)


def _denied_at(reading: Reading, start: int, spans: Sequence[Span], negators: Sequence[int]) -> bool:
    words, places = reading.words, reading.places
    before = max((at for at in negators if at < start), default=-1)
    if before < 0 or places[start] - places[before] > NEGATION_REACH or start - before > 4 * NEGATION_REACH:
        return False
    if words[before].clause != words[start].clause or any(before < end and one < start for one, end in spans):
        return False
    return not _bound_to_name(reading, before)


def _bound_to_name(reading: Reading, at: int) -> bool:
    """«geen Nederlands» denies a word that is no clue; what comes after stands."""
    following = at + 1
    return reading.words[following].name_like and not reading.hits[following].elements


Score = tuple[int, int, list[Finding]]
"""Sum of weights, largest weight, and what was counted."""


def score(found: Collection[Finding]) -> Score:
    """What findings of one category come to: each word of the report counts once."""
    if len(found) < 2:
        counted = [one for one in found if one.weight]
        return sum(one.weight for one in counted), sum(one.weight for one in counted), counted
    used: set[tuple[str, int]] = set()
    seen: set[str] = set()
    counted = []
    for one in sorted(found, key=lambda f: (-f.weight, f.start, f.rule.id)):
        words = {(one.field, at) for start, end in one.spans for at in range(start, end)}
        if one.weight and one.rule.id not in seen and not words <= used:
            counted.append(one)
            seen.add(one.rule.id)
        if one.rule.id in seen:
            used |= words
    return sum(c.weight for c in counted), max((c.weight for c in counted), default=0), counted


def qualifies(total: int, largest: int, doubt: int, lexicon: Lexicon) -> bool:
    """One of weight 3 routes, two of weight 2 do; weight 1 never alone; doubt raises the bar."""
    if doubt == 0 and largest >= lexicon.alone:
        return True
    return largest >= 2 and total - 2 * doubt >= lexicon.route
