"""A report cut into comparable words that remember where they stood (indicators.md 7).

NFKC, lower case, diacritics off; hyphens and spaces are the same; digits apart. Linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+[^\W_]*)*")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]")
CLAUSE_END = frozenset(',.;:!?()\n"')
SENTENCE_END = frozenset(".!?;\n")
LONGEST = 40
HEAD = 3
"""A stem of the lexicon's spelling has at least this many letters."""


class Word(NamedTuple):
    """One word: its comparable form, its place in the original text, what it stands in, whether it is written as a
    name, and whether it is written as its comparable form.
    """

    norm: str
    start: int
    end: int
    chunk: int
    clause: int
    sentence: int
    name_like: bool
    lower: bool


_word = tuple.__new__
"""Makes a `Word` in half the time of calling it: there are as many as a report has words."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Variants to one form: whole words, stems, and words written apart. `sizes` are the lengths of the stems, longest
    first, by their first `HEAD` letters: most words begin as none.
    """

    whole: Mapping[str, str]
    stems: Mapping[str, str]
    apart: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    sizes: Mapping[str, tuple[int, ...]]


def normal(word: str) -> str:
    """The comparable form of one word, at most forty characters of it."""
    if word.isascii():
        return word[:LONGEST].lower()
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", word[: 4 * LONGEST])).lower()
    marked = unicodedata.normalize("NFD", plain)
    return "".join(c for c in marked if not unicodedata.combining(c)).replace("ß", "ss")[:LONGEST]


def read(text: str, spelling: Spelling) -> list[Word]:
    """The words of `text` in order, spelling variants brought together."""
    words: list[Word] = []
    chunk = clause = sentence = last = 0
    for found in WORD.finditer(text):
        start, end = found.span()
        if start == last + 1 and text[last] == " ":
            chunk += 1
        elif start > last:
            gap = text[last:start]
            if gap != "-":
                marks = set(gap)
                chunk += not marks.isdisjoint(" \t\r\n\u00a0") or not gap.isascii()
                clause += not CLAUSE_END.isdisjoint(marks)
                sentence += not SENTENCE_END.isdisjoint(marks) and len(gap) > 1
        last = end
        shape = found[0]
        norm = shape.lower() if shape.isascii() and end - start <= LONGEST else normal(shape)
        lower = norm == shape
        name_like = not lower and shape[0].isupper() and (len(shape) == 1 or not shape.isupper())
        words.append(_word(Word, (norm, start, end, chunk, clause, sentence, name_like, lower)))
    return _joined(words, spelling)


def _joined(words: list[Word], spelling: Spelling) -> list[Word]:
    """Words with their variants replaced; words written apart become one word."""
    seen = {word.norm for word in words}
    if not spelling.apart.keys().isdisjoint(seen):
        words = _written_as_one(words, spelling)
        seen = {word.norm for word in words}
    forms = {norm: form for norm in seen if (form := _spelled(norm, spelling)) is not norm}
    if not forms:
        return words
    return [word._replace(norm=forms[word.norm]) if word.norm in forms else word for word in words]


def _written_as_one(words: list[Word], spelling: Spelling) -> list[Word]:
    result: list[Word] = []
    at = 0
    while at < len(words):
        word, used = words[at], 1
        for rest, form in spelling.apart.get(word.norm, ()):
            following = [w.norm for w in words[at + 1 : at + 1 + len(rest)]]
            if len(following) == len(rest) and _starts(following, rest):
                word, used = _merged(words[at : at + 1 + len(rest)], form, rest), 1 + len(rest)
                break
        result.append(word)
        at += used
    return result


def _starts(following: list[str], rest: tuple[str, ...]) -> bool:
    """Whether the following words are those of a variant; the last may go on («drugs labje»)."""
    return following[:-1] == list(rest[:-1]) and following[-1].startswith(rest[-1])


def _merged(parts: list[Word], form: str, rest: tuple[str, ...]) -> Word:
    first, final = parts[0], parts[-1]
    tail = final.norm[len(rest[-1]) :]
    return Word(
        form + tail, first.start, final.end, first.chunk, first.clause, first.sentence, False, first.lower
    )


def _spelled(norm: str, spelling: Spelling) -> str:
    whole = spelling.whole.get(norm)
    if whole is not None:
        return whole
    for size in spelling.sizes.get(norm[:HEAD], ()):
        stem = spelling.stems.get(norm[:size])
        if stem is not None and size <= len(norm):
            return stem + norm[size:]
    return norm


def lengths(beginnings: Iterable[str], letters: int) -> dict[str, tuple[int, ...]]:
    """The lengths of beginnings, shortest first, by their first letters."""
    result: dict[str, set[int]] = {}
    for bare in beginnings:
        result.setdefault(bare[:letters], set()).add(len(bare))
    return {head: tuple(sorted(held)) for head, held in result.items()}
