"""Finding the lexicon's patterns in a report, in time that grows with its length only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.classification.lexicon import NO_HITS, OPENING, Hits, Index, Lexicon, Pattern
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

    text: str
    words: tuple[Word, ...]
    hits: tuple[Hits, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hit:
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
    hits = [
        NO_HITS if found.elements and word.name_like and at and _is_surname(at, words, hits) else found
        for at, (word, found) in enumerate(zip(words, hits, strict=True))
    ]
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
    for word, found in zip(words, hits, strict=True):
        if word.chunk != chunk and (not word.name_like or found.elements):
            place += step
            step, chunk = 1, word.chunk
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
    present = dict.fromkeys(part for numbers in dict.fromkeys(n for n, _ in phrases) for part in numbers)
    candidates = [
        pattern
        for rarest in present
        for pattern in lexicon.patterns.get(rarest, ())
        if present.keys() >= pattern.members
    ]
    parts = _part_spans(phrases, frozenset().union(*[pattern.members for pattern in candidates]))
    result: list[Hit] = []
    for pattern in candidates:
        result += _windows(pattern, [parts[part] for part in pattern.parts], reading)
    return result


def _phrases(hits: Sequence[Hits]) -> list[tuple[tuple[int, ...], Span]]:
    """Every phrase of the lexicon that stands in the text: the parts it belongs to, and where."""
    result: list[tuple[tuple[int, ...], Span]] = []
    for at, found in enumerate(hits):
        if not found.beginnings:
            continue
        following = hits[at + 1].elements if at + 1 < len(hits) else ()
        for numbers, seconds in found.beginnings:
            if numbers:
                result.append((numbers, (at, at + 1)))
            if not seconds:
                continue
            for second in following:
                for rest, held in seconds.get(second, ()):
                    end = at + 2 + len(rest)
                    if not rest or _follows(rest, hits[at + 2 : end]):
                        result.append((held, (at, end)))
    return result


def _part_spans(
    phrases: Sequence[tuple[tuple[int, ...], Span]], wanted: frozenset[int]
) -> dict[int, list[Span]]:
    """Where the wanted parts stand."""
    parts: dict[int, list[Span]] = {part: [] for part in wanted}
    for numbers, span in phrases:
        for part in wanted.intersection(numbers):
            spans = parts[part]
            if not spans or spans[-1] != span:
                spans.append(span)
    return parts


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
        within = reading.words[chosen[0][0]].sentence == reading.words[chosen[-1][1] - 1].sentence
        if len(result[within]) < HITS_PER_PATTERN:
            result[within].append(Hit(pattern, tuple(chosen), within))
        if within:
            latest = [None] * len(spans)
            if len(result[within]) == HITS_PER_PATTERN:
                break
    return [*result[True], *result[False]]


def _stand_near(chosen: Sequence[Span], reach: int, places: Sequence[int]) -> bool:
    """Whether the spans lie within reach of each other and share no word."""
    if places[chosen[-1][0]] - places[chosen[0][0]] > reach:
        return False
    return all(first[1] <= second[0] for first, second in pairwise(chosen))
