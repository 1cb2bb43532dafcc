"""Finding the lexicon's patterns in a report, in time that grows with its length only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.classification.lexicon import Index, Lexicon, Pattern
from app.classification.words import Word, read

HITS_PER_PATTERN = 8
"""A pattern that hits more often says nothing new; it also bounds the work on hostile text."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A field read: its words, what each hits, and where it stands when names take no room."""

    text: str
    words: tuple[Word, ...]
    hits: tuple[tuple[int, ...], ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern found: the spans of its parts in word numbers (end excluded), in order of text."""

    pattern: Pattern
    spans: tuple[Span, ...]


def look(text: str, lexicon: Lexicon) -> Reading:
    """The words of `text` and the elements of the lexicon that each of them hits."""
    words = tuple(read(text, lexicon.spelling))
    seen: dict[str, tuple[int, ...]] = {}
    hits = []
    for word in words:
        found = seen.get(word.norm)
        if found is None:
            found = seen[word.norm] = tuple(_elements(word.norm, lexicon.index))
        hits.append(found)
    return Reading(text, words, tuple(hits), tuple(_places(words, hits)))


def _places(words: Sequence[Word], hits: Sequence[tuple[int, ...]]) -> Iterator[int]:
    """Positions for measuring distance. A capitalised word that the lexicon does not know (a name, an
    origin) takes no room, so that changing it changes nothing (invariant 7).
    """
    place = chunk = -1
    for word, found in zip(words, hits, strict=True):
        if word.chunk != chunk and (found or not word.name_like):
            place += 1
            chunk = word.chunk
        yield max(place, 0)


def _elements(norm: str, index: Index) -> Iterator[int]:
    yield from index.whole.get(norm, ())
    if norm.isdecimal():
        yield from index.number
        if norm in {"8", "9", "10", "11", "12", "13", "14", "15", "16", "17"}:
            yield from index.minor
    length = len(norm)
    prefixes, suffixes, infixes = index.sizes
    for size in prefixes:
        if size > length:
            break
        yield from index.prefix.get(norm[:size], ())
    for size in suffixes:
        if size > length:
            break
        yield from index.suffix.get(norm[length - size :], ())
    for size in infixes:
        if size > length:
            break
        for start in range(length - size + 1):
            yield from index.infix.get(norm[start : start + size], ())


def find(reading: Reading, lexicon: Lexicon) -> list[Hit]:
    """Every pattern that hits, each at most `HITS_PER_PATTERN` times, in the lexicon's order."""
    parts = _part_spans(reading, lexicon)
    result: list[Hit] = []
    for first in parts:
        for pattern in lexicon.patterns.get(first, ()):
            if all(part in parts for part in pattern.parts):
                result += _windows(pattern, [parts[part] for part in pattern.parts], reading.places)
    return result


def _part_spans(reading: Reading, lexicon: Lexicon) -> dict[int, list[Span]]:
    parts: dict[int, list[Span]] = {}
    for at, found in enumerate(reading.hits):
        for element in found:
            for phrase, rest in lexicon.phrases.get(element, ()):
                end = at + 1 + len(rest)
                if rest and not _follows(rest, reading.hits[at + 1 : end]):
                    continue
                for part in lexicon.parts_of[phrase]:
                    spans = parts.setdefault(part, [])
                    if not spans or spans[-1] != (at, end):
                        spans.append((at, end))
    return parts


def _follows(rest: tuple[int, ...], hits: Sequence[tuple[int, ...]]) -> bool:
    return len(hits) == len(rest) and all(element in found for element, found in zip(rest, hits, strict=True))


def _windows(pattern: Pattern, spans: list[list[Span]], places: Sequence[int]) -> Iterable[Hit]:
    """Places where all parts stand within reach, no word used twice: one sweep over the spans."""
    if len(spans) == 1:
        return [Hit(pattern, (span,)) for span in spans[0][:HITS_PER_PATTERN]]
    events = sorted((span, part) for part, rows in enumerate(spans) for span in rows)
    latest: list[Span | None] = [None] * len(spans)
    result: list[Hit] = []
    for span, part in events:
        latest[part] = span
        chosen = [held for held in latest if held is not None]
        if len(chosen) < len(spans):
            continue
        chosen.sort()
        near = places[chosen[-1][0]] - places[chosen[0][0]] <= pattern.reach
        if near and all(a[1] <= b[0] for a, b in zip(chosen, chosen[1:], strict=False)):
            result.append(Hit(pattern, tuple(chosen)))
            latest = [None] * len(spans)
            if len(result) == HITS_PER_PATTERN:
                break
    return result
