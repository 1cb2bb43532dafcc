"""The training texts, read: one file per author, one object a line (`id text label secondary lang indicators`), and
the project's own sentences in `written.tsv` (`label TAB lang TAB text`).
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path

from app.classification.lexicon import Lexicon
from app.classification.masked import NUMBER, WORKER, is_kept
from app.classification.proposal import Field, fields
from app.classification.weights import OUTCOMES

OTHER_LANGUAGES = frozenset({"de", "mixed"})
"""Languages in which a capital in mid-sentence does not say that a word is a name."""
OFTEN = 2
LEXICON = "lexicon"
"""The author of sentences that say what a lexicon rule means."""
WRITTEN = "written"
"""The author of the project's own sentences."""
NEVER_MEASURED = frozenset({LEXICON, WRITTEN})


class CorpusError(ValueError):
    """The folder holds no usable texts; the message names file and line, never a text."""


@dataclass(frozen=True, slots=True)
class Example:
    """One text to learn from. `weight` below 1 marks a paraphrase, which is learnt from and never measured."""

    author: str
    label: str
    secondary: str | None
    lang: str
    weight: float
    fields: tuple[Field, ...]


PARAPHRASE = 0.15
MEANING = 0.5


def read(folder: Path, lexicon: Lexicon) -> list[Example]:
    """Every text, its indicators as a paraphrase, what the lexicon's rules say, and the project's own sentences, in a
    fixed order.
    """
    paths = sorted(folder.glob("author-*.jsonl"))
    if not paths:
        raise CorpusError(f"{folder}: no author-*.jsonl")
    result = [example for path in paths for example in _of_file(path, lexicon)]
    said = {
        (rule.says, rule.category) for rule in lexicon.rules.values() if rule.category and rule.weight > 1
    }
    result += [
        Example(LEXICON, category or "", None, "nl", MEANING, fields(says, None, lexicon))
        for says, category in sorted(said, key=str)
        if says
    ]
    return [*result, *_written(lexicon)]


def _written(lexicon: Lexicon) -> Iterator[Example]:
    text = resources.files("app.classification.training").joinpath("written.tsv").read_text("utf-8")
    for line in text.splitlines():
        label, lang, said = line.split("\t")
        yield Example(WRITTEN, label, None, lang, 1.0, fields(said, None, lexicon))


def _of_file(path: Path, lexicon: Lexicon) -> Iterator[Example]:
    author = path.stem.removeprefix("author-")
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line:
            continue
        try:
            row = json.loads(line)
            label, lang, secondary = row["label"], row["lang"], row.get("secondary")
            text, told = row["text"], ". ".join(row.get("indicators") or ())
        except (ValueError, KeyError, TypeError):
            raise CorpusError(f"{path.name} line {number}") from None
        if label not in OUTCOMES:
            raise CorpusError(f"{path.name} line {number}: label")
        yield Example(author, label, secondary, lang, 1.0, fields(text, None, lexicon))
        if told:
            yield Example(author, label, secondary, lang, PARAPHRASE, fields(told, None, lexicon))


def known_words(examples: Sequence[Example]) -> frozenset[str]:
    """Words that are no names: written without a capital at least twice and at least as often as with one, in
    mid-sentence; and the abbreviations that masks.toml keeps.
    """
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for example in examples:
        if example.weight < 1:
            continue
        free = example.lang in OTHER_LANGUAGES
        words = example.fields[0].reading.words
        for before, word in pairwise(words):
            if before.sentence == word.sentence:
                if not word.name_like or example.lang == "de":
                    small[word.norm] += 1
                elif not free:
                    capital[word.norm] += 1
    common = {w for w, count in small.items() if count >= OFTEN and count >= capital[w]}
    letters = {w for w in common | {w for w in capital if is_kept(w)} if w.isalpha() and len(w) > 1}
    return frozenset(letters | {NUMBER, WORKER})
