"""Finding the lexicon's patterns in a report, in time that grows with its length only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from app.classification.lexicon import NO_HITS, OPENING, Hits, Index, Lexicon, Parts, Pattern
from app.classification.words import Word, read

HITS_PER_PATTERN = 8
"""A pattern that hits more often says nothing new; it also bounds the work on hostile text."""

PARTICLES = frozenset({"de", "den", "der", "van", "ter", "ten", "t", "el", "al", "von", "la"})
ADDRESS = frozenset(
    {"heer", "dhr", "meneer", "mevrouw", "mevr", "mw", "familie", "fam", "herr", "frau", "mr", "mrs", "ms"}
)

MINOR_AGES = frozenset(map(str, range(8, 18)))

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A field read: its words, what each hits, and where it stands when names take no room."""

    text: str = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)
    hits: tuple[Hits, ...]
    places: tuple[int, ...]


class Hit(NamedTuple):
    """A pattern found: the spans of its parts in word numbers (end excluded), in order of text, and
    whether all of it stands in one sentence.
    """

    pattern: Pattern
    spans: tuple[Span, ...]
    within: bool


def look(text: str, lexicon: Lexicon) -> Reading:
    """The words of `text` and the elements of the lexicon that each of them hits."""
    words = tuple(read(text, lexicon.spelling))
    held = lexicon.held
    seen: dict[str, Hits] = {}
    hits = []
    for word in words:
        norm = word.norm
        found = held.get(norm) or seen.get(norm)
        if found is None:
            found = seen[norm] = _hits(norm, lexicon)
        hits.append(found)
    for at in [at for at, word in enumerate(words) if word.name_like and _is_surname(at, words, hits)]:
        hits[at] = NO_HITS
    return Reading(text, words, tuple(hits), _places(words, hits))


def remember(words: Iterable[str], lexicon: Lexicon) -> None:
    """Look up once what these words hit, for every report that holds them."""
    lexicon.held.update({word: _hits(word, lexicon) for word in words})


def _hits(norm: str, lexicon: Lexicon) -> Hits:
    elements = tuple(_elements(norm, lexicon.index))
    beginnings = tuple(lexicon.beginnings[one] for one in elements if one in lexicon.beginnings)
    return Hits(elements, beginnings) if elements else NO_HITS


def _is_surname(at: int, words: Sequence[Word], hits: Sequence[Hits]) -> bool:
    """«Jan de Boer», «mevrouw Bakker», «familie Stal»: a capitalised word that hits and comes after a name or a form of
    address is a name, whatever else the word may mean. Names are no clue (invariant 7).
    """
    if at == 0 or not hits[at].elements:
        return False
    before = at - 1
    while before > 0 and words[before].norm in PARTICLES:
        before -= 1
    held = words[before]
    if held.norm in ADDRESS:
        return True
    opens = before == 0 or words[before - 1].sentence != held.sentence
    lower_between = before < at - 1 and not words[at - 1].name_like
    return held.name_like and not hits[before].elements and (not opens or lower_between)


def _places(words: Sequence[Word], hits: Sequence[Hits]) -> tuple[int, ...]:
    """Positions for measuring distance. A capitalised word that the lexicon does not know (a name, an
    origin) takes no room, so that changing it changes nothing (invariant 7).
    """
    result = []
    place = step = 0
    chunk = -1
    for at, (_, _, _, of, _, _, name_like, _) in enumerate(words):
        if of != chunk and (not name_like or hits[at].elements):
            place += step
            step, chunk = 1, of
        result.append(place)
    return tuple(result)


def _elements(norm: str, index: Index) -> list[int]:
    """The elements a word hits: whole, by its beginning, its ending or its middle, or as a number."""
    result = [*index.whole.get(norm, ())]
    if norm.isdecimal():
        result += index.number
        if norm in MINOR_AGES:
            result += index.minor
    length = len(norm)
    for size in index.openings.get(norm[:OPENING], ()):
        if size > length:
            break
        result += index.prefix.get(norm[:size], ())
    suffixes, infixes = index.sizes
    for size in suffixes:
        if size > length:
            break
        result += index.suffix.get(norm[length - size :], ())
    for size in infixes:
        for start in range(length - size + 1):
            result += index.infix.get(norm[start : start + size], ())
    return result


def find(reading: Reading, lexicon: Lexicon) -> list[Hit]:
    """Every pattern that hits, each at most `HITS_PER_PATTERN` times, in the lexicon's order."""
    phrases = _phrases(reading.hits)
    different = dict.fromkeys([parts for parts, _ in phrases])
    present = frozenset().union(*[parts.every for parts in different])
    candidates = [
        pattern
        for lead in dict.fromkeys([lead for parts in different for lead in parts.leads])
        for pattern in lexicon.patterns[lead]
        if pattern.members <= present
    ]
    parts = _part_spans(phrases, frozenset().union(*[pattern.members for pattern in candidates]))
    result: list[Hit] = []
    for pattern in candidates:
        result += _windows(pattern, [parts[part] for part in pattern.parts], reading)
    return result


def _phrases(hits: Sequence[Hits]) -> list[tuple[Parts, Span]]:
    """Every phrase of the lexicon that stands in the text: the parts it belongs to, and where."""
    result: list[tuple[Parts, Span]] = []
    for at, found in enumerate(hits):
        if found is NO_HITS or not found.beginnings:
            continue
        following = hits[at + 1].elements if at + 1 < len(hits) else ()
        for alone, seconds in found.beginnings:
            if alone is not None:
                result.append((alone, (at, at + 1)))
            if not seconds:
                continue
            for second in following:
                for rest, held in seconds.get(second, ()):
                    end = at + 2 + len(rest)
                    if not rest or _follows(rest, hits[at + 2 : end]):
                        result.append((held, (at, end)))
    return result


def _part_spans(phrases: Sequence[tuple[Parts, Span]], wanted: frozenset[int]) -> dict[int, list[Span]]:
    """Where the wanted parts stand."""
    spans: dict[int, list[Span]] = {part: [] for part in wanted}
    for parts, span in phrases:
        for part in wanted & parts.every:
            held = spans[part]
            if not held or held[-1] != span:
                held.append(span)
    return spans


def _follows(rest: tuple[int, ...], hits: Sequence[Hits]) -> bool:
    return len(hits) == len(rest) and all(
        element in found.elements for element, found in zip(rest, hits, strict=True)
    )


def _windows(pattern: Pattern, spans: list[list[Span]], reading: Reading) -> Iterable[Hit]:
    """Places where all parts stand within reach, no word used twice: one sweep over the spans.

    A hit across sentences does not use up its parts, so that it never hides one within a sentence.
    """
    if len(spans) == 1:
        return [Hit(pattern, (span,), within=True) for span in spans[0][:HITS_PER_PATTERN]]
    if max(map(len, spans)) == 1:
        chosen = sorted([span for [span] in spans])
        return [_hit(pattern, chosen, reading)] if _stand_near(chosen, pattern.reach, reading.places) else []
    events = sorted((span, part) for part, rows in enumerate(spans) for span in rows)
    latest: list[Span | None] = [None] * len(spans)
    result: dict[bool, list[Hit]] = {True: [], False: []}
    for span, part in events:
        latest[part] = span
        chosen = [held for held in latest if held is not None]
        if len(chosen) < len(spans):
            continue
        chosen.sort()
        if not _stand_near(chosen, pattern.reach, reading.places):
            continue
        hit = _hit(pattern, chosen, reading)
        if len(result[hit.within]) < HITS_PER_PATTERN:
            result[hit.within].append(hit)
        if hit.within:
            latest = [None] * len(spans)
            if len(result[True]) == HITS_PER_PATTERN:
                break
    return [*result[True], *result[False]]


def _hit(pattern: Pattern, chosen: Sequence[Span], reading: Reading) -> Hit:
    within = reading.words[chosen[0][0]].sentence == reading.words[chosen[-1][1] - 1].sentence
    return Hit(pattern, tuple(chosen), within)


def _stand_near(chosen: Sequence[Span], reach: int, places: Sequence[int]) -> bool:
    """Whether the spans lie within reach of each other and share no word."""
    if places[chosen[-1][0]] - places[chosen[0][0]] > reach:
        return False
    return all(first[1] <= second[0] for first, second in pairwise(chosen))
