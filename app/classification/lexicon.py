"""The lexicon: weighted, readable rules in the TOML files beside this module, read once and checked.

A pattern is one line. `|` parts alternatives, `&` parts that must stand near each other in any order,
`/8` at the end says within how many words (10 when nothing is said). An alternative is a row of
words: `stem*`, `*ending`, `*middle*`, a whole word, `#` for a number, `#minor` for 8 to 17; `@name` is
a group of the file groups.toml.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import NamedTuple

from app.classification.values import CATEGORIES, FACTS, SUBSTANCES, TOPICS, URGENT
from app.classification.words import HEAD, Spelling, lengths, normal

FILES = (
    "human_trafficking",
    "drugs",
    "care_fraud",
    "rural_premises",
    "other",
    "facts",
    "urgent",
    "context",
)
DEFAULT_REACH = 10
OPENING = 2
"""A beginning has at least this many letters."""
CONTEXTS = ("hypothesis", "explained")


class LexiconError(ValueError):
    """The lexicon breaks one of its own rules; the message names the rule and the line."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the lexicon's table: what a hit means. `says` is the indicator in Dutch."""

    id: str
    category: str | None
    topic: str | None
    weight: int
    says: str
    fact: str | None
    substance: str | None
    urgent: str | None
    context: str | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to hit a rule: parts (numbers of part sets) within `reach` words of each other."""

    rule: Rule
    parts: tuple[int, ...]
    members: frozenset[int]
    reach: int
    line: str


@dataclass(frozen=True, slots=True)
class Index:
    """Which elements a single word can hit, by the way they are written. `openings` are the lengths of the beginnings,
    shortest first, by their first two letters; `sizes` those of endings and middles.
    """

    whole: Mapping[str, tuple[int, ...]]
    prefix: Mapping[str, tuple[int, ...]]
    suffix: Mapping[str, tuple[int, ...]]
    infix: Mapping[str, tuple[int, ...]]
    openings: Mapping[str, tuple[int, ...]]
    sizes: tuple[tuple[int, ...], tuple[int, ...]]
    number: tuple[int, ...]
    minor: tuple[int, ...]


class Parts(NamedTuple):
    """The parts of patterns that a phrase belongs to; `leads` are those that are the rarest of a pattern."""

    every: frozenset[int]
    leads: tuple[int, ...]


Row = tuple[tuple[int, ...], Parts]
"""A phrase of more words: its elements from the third on, and the parts it belongs to."""


Beginning = tuple[Parts | None, Mapping[int, tuple[Row, ...]]]
"""What an element begins: the parts it is by itself, and the phrases of more words by their second element."""


class Hits(NamedTuple):
    """What a single word hits, and what of that begins a phrase of the lexicon."""

    elements: tuple[int, ...]
    beginnings: tuple[Beginning, ...]


NO_HITS = Hits((), ())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The compiled whole. `beginnings` by element; `patterns` by their rarest part."""

    version: str
    spelling: Spelling
    index: Index
    beginnings: Mapping[int, Beginning]
    patterns: Mapping[int, tuple[Pattern, ...]]
    rules: Mapping[str, Rule]
    negators: frozenset[str]
    elements: tuple[str, ...]
    route: int
    alone: int
    hint: int
    held: dict[str, Hits] = field(default_factory=dict, repr=False, compare=False)
    """What single words hit, looked up before. Only words that training knows: none of a report alone."""


@cache
def shipped() -> Lexicon:
    """The lexicon of this release, read from the package once."""
    folder = resources.files("app.classification").joinpath("lexicon")
    names = ("settings", "spelling", "groups", *FILES)
    return build({name: folder.joinpath(name + ".toml").read_text("utf-8") for name in names})


def build(files: Mapping[str, str]) -> Lexicon:
    """A lexicon from the text of its files; raises `LexiconError` when a rule of the house is broken."""
    tables = {name: tomllib.loads(text) for name, text in files.items()}
    settings = tables["settings"]
    digest = hashlib.sha256("\0".join(files[name] for name in sorted(files)).encode()).hexdigest()
    builder = _Builder(tables["groups"], frozenset(settings["people"]), frozenset(settings["never_alone"]))
    for name in FILES:
        for ident, row in tables[name].items():
            for rule, lines in _rules(ident, row, name if name in CATEGORIES else None):
                builder.add(rule, lines)
    return Lexicon(
        version=f"{settings['version']}+{digest[:8]}",
        spelling=_spelling(tables["spelling"]),
        index=builder.index(),
        beginnings=builder.beginnings(),
        patterns=builder.by_rarest_part(),
        rules=builder.rules,
        negators=frozenset(settings["negators"]),
        elements=tuple(builder.elements),
        route=settings["route"],
        alone=settings["alone"],
        hint=settings["hint"],
    )


def _rules(ident: str, row: Mapping[str, object], category: str | None) -> Iterator[tuple[Rule, list[str]]]:
    """A table's rule with its lines; with `each = true` every line is a rule, «MH90.3»."""
    lines = [line.strip() for line in str(row["any"]).splitlines() if line.strip()]
    if not row.get("each"):
        yield _rule(ident, row, category), lines
        return
    for number, line in enumerate(lines, 1):
        yield _rule(f"{ident}.{number}", row, category), [line]


def _rule(ident: str, row: Mapping[str, object], category: str | None) -> Rule:
    def word(key: str, allowed: tuple[str, ...]) -> str | None:
        value = row.get(key)
        if value is not None and value not in allowed:
            raise LexiconError(f"{ident}: {key} {value!r} is not in the closed list")
        return None if value is None else str(value)

    weight = row.get("weight", 0)
    if not isinstance(weight, int) or not 0 <= weight <= 3 or (category and weight == 0):
        raise LexiconError(f"{ident}: a weight is 1, 2 or 3")
    return Rule(
        id=ident,
        category=category,
        topic=word("topic", TOPICS),
        weight=weight,
        says=str(row.get("says", "")),
        fact=word("fact", FACTS),
        substance=word("substance", SUBSTANCES),
        urgent=word("urgent", URGENT),
        context=word("context", CONTEXTS),
    )


def _spelling(table: Mapping[str, str]) -> Spelling:
    whole: dict[str, str] = {}
    stems: dict[str, str] = {}
    apart: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for form, variants in table.items():
        for variant in variants.split(","):
            first, *rest = variant.split()
            if rest:
                apart.setdefault(first, []).append((tuple(rest), form))
            elif first.endswith("*"):
                stems[first[:-1]] = form
            else:
                whole[first] = form
    sizes = {head: held[::-1] for head, held in lengths(stems, HEAD).items()}
    return Spelling(whole, stems, {k: tuple(v) for k, v in apart.items()}, sizes)


class _Builder:
    """Numbers elements, phrases and parts while the files are read."""

    def __init__(
        self, groups: Mapping[str, str], people: frozenset[str], never_alone: frozenset[str]
    ) -> None:
        self.groups = groups
        self.people = people
        self.never_alone = never_alone
        self.elements: dict[str, int] = {}
        self.rules: dict[str, Rule] = {}
        self._phrases: dict[tuple[int, ...], int] = {}
        self._parts: dict[frozenset[int], int] = {}
        self._patterns: list[Pattern] = []

    def add(self, rule: Rule, lines: Iterable[str]) -> None:
        if rule.id in self.rules:
            raise LexiconError(f"{rule.id}: stands twice")
        self.rules[rule.id] = rule
        for line in lines:
            body, _, reach = line.partition("/")
            parts = [self._alternatives(part, rule.id) for part in body.split("&")]
            if len(parts) == 1:
                self._refuse_alone(parts[0], rule)
            numbers = [self._parts.setdefault(self._numbers(p), len(self._parts)) for p in parts]
            self._patterns.append(
                Pattern(rule, tuple(numbers), frozenset(numbers), int(reach or DEFAULT_REACH), line)
            )

    def _alternatives(self, part: str, ident: str) -> list[str]:
        result: list[str] = []
        for alternative in part.replace("\n", "|").split("|"):
            name = alternative.strip()
            if name.startswith("@"):
                if name[1:] not in self.groups:
                    raise LexiconError(f"{ident}: there is no group {name}")
                result += self._alternatives(self.groups[name[1:]], ident)
            elif name:
                result.append(name)
        if not result:
            raise LexiconError(f"{ident}: an empty part")
        return result

    def _refuse_alone(self, phrases: Iterable[str], rule: Rule) -> None:
        refused = self.people | self.never_alone if rule.weight >= 2 else self.people
        for phrase in phrases:
            if rule.category and phrase.strip("*") in refused:
                raise LexiconError(f"{rule.id}: «{phrase}» may never count alone")

    def _numbers(self, phrases: Iterable[str]) -> frozenset[int]:
        return frozenset(self._phrase(phrase) for phrase in phrases)

    def _phrase(self, phrase: str) -> int:
        words = tuple(self.elements.setdefault(element, len(self.elements)) for element in phrase.split())
        return self._phrases.setdefault(words, len(self._phrases))

    def beginnings(self) -> dict[int, Beginning]:
        """What each element begins."""
        parts = self._parts_of()
        single: dict[int, Parts] = {}
        rows: dict[int, dict[int, tuple[Row, ...]]] = {}
        for words, number in self._phrases.items():
            if len(words) == 1:
                single[words[0]] = parts[number]
            else:
                held = rows.setdefault(words[0], {})
                held[words[1]] = (*held.get(words[1], ()), (words[2:], parts[number]))
        return {first: (single.get(first), rows.get(first, {})) for first in {*single, *rows}}

    def _parts_of(self) -> dict[int, Parts]:
        leading = self.by_rarest_part()
        result: dict[int, list[int]] = {}
        for phrases, number in self._parts.items():
            for phrase in phrases:
                result.setdefault(phrase, []).append(number)
        return {
            phrase: Parts(frozenset(numbers), tuple(number for number in numbers if number in leading))
            for phrase, numbers in result.items()
        }

    def by_rarest_part(self) -> dict[int, tuple[Pattern, ...]]:
        """Patterns by the part with the fewest phrases: few patterns are then looked at in vain."""
        sizes = {number: len(phrases) for phrases, number in self._parts.items()}
        result: dict[int, list[Pattern]] = {}
        for pattern in self._patterns:
            result.setdefault(min(pattern.parts, key=lambda part: sizes[part]), []).append(pattern)
        return {part: tuple(patterns) for part, patterns in result.items()}

    def index(self) -> Index:
        tables: tuple[dict[str, list[int]], ...] = ({}, {}, {}, {})
        for element, number in self.elements.items():
            bare = element.strip("*")
            written = bare == normal(bare) and bare.isalnum() and element[1:] != "*"
            if not element.startswith("#") and not written:
                raise LexiconError(f"«{element}» is not written in its comparable form")
            kind = (1 if element.endswith("*") else 0) + (2 if element.startswith("*") else 0)
            tables[kind].setdefault(bare, []).append(number)
        whole, prefix, suffix, infix = (
            {bare: tuple(numbers) for bare, numbers in table.items()} for table in tables
        )
        sizes = tuple(tuple(sorted({len(bare) for bare in t})) for t in (suffix, infix))
        return Index(
            whole,
            prefix,
            suffix,
            infix,
            lengths(prefix, OPENING),
            (sizes[0], sizes[1]),
            whole.get("#", ()),
            whole.get("#minor", ()),
        )
