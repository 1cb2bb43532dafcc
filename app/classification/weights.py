"""The trained weights: a text file beside this module, whole numbers only, read once.

Lines are `key TAB value`, then under a line `[kind]` one feature a line: the feature and, for each outcome, its
weight in thousandths. The weights of one feature and the square of its measure are packed into one number, so that
a report is summed with one addition per feature (`LANE` bits each).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from app.classification.features import grams, stem
from app.classification.values import CATEGORIES

OUTCOMES = (*CATEGORIES, "none")
KINDS = ("words", "pairs", "grams", "rules")
SCALE = 1000
SQUARE_SCALE = 100
LANE = 40
_HALF = 1 << (LANE - 1)
_MASK = (1 << LANE) - 1
_LIFT = sum(_HALF << (LANE * at) for at in range(len(OUTCOMES) + 1))


class WeightsError(ValueError):
    """The file of weights is not one; the message names the line's number."""


@dataclass(frozen=True, slots=True)
class Bar:
    """When a category is proposed: from this margin on (thousandths), and how a margin becomes a probability."""

    margin: int
    slope: int
    offset: int


@dataclass(frozen=True, slots=True)
class Weights:
    """Packed weights by kind, the bias of each outcome, the bars of the categories, the words that may have a
    capital, and from which lexicon the model was trained.
    """

    version: str
    lexicon_version: str
    bias: tuple[int, ...]
    bars: Mapping[str, Bar]
    known: frozenset[str]
    tables: Mapping[str, Mapping[str, int]]
    sums: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    """What known words count for, once looked up. Words that training does not know are never kept."""

    def of_word(self, norm: str, *, whole: bool) -> int:
        """What one word counts for: its stem and, unless it is only looked up as a `whole`, its letters."""
        if whole:
            return self.tables["words"].get(stem(norm), 0)
        held = self.sums.get(norm)
        if held is None:
            get = self.tables["grams"].get
            held = self.tables["words"].get(stem(norm), 0)
            held += sum([packed for gram in grams(norm) if (packed := get(gram))])
            if norm in self.known:
                self.sums[norm] = held
        return held


@cache
def shipped() -> Weights:
    """The weights of this release."""
    return parse(resources.files("app.classification").joinpath("model.tsv").read_text("utf-8"))


def pack(numbers: Sequence[int]) -> int:
    """Numbers, also negative ones, side by side in one."""
    return sum(number << (LANE * at) for at, number in enumerate(numbers))


def unpack(packed: int, count: int) -> list[int]:
    """The numbers of a sum of packed ones."""
    lifted = packed + _LIFT
    return [((lifted >> (LANE * at)) & _MASK) - _HALF for at in range(count)]


def apart(packed: int, one: int, other: int) -> int:
    """How far two of the packed numbers lie apart."""
    lifted = packed + _LIFT
    return ((lifted >> (LANE * one)) & _MASK) - ((lifted >> (LANE * other)) & _MASK)


def parse(text: str) -> Weights:
    """Weights from the text of their file; raises `WeightsError`."""
    head: dict[str, str] = {}
    tables: dict[str, dict[str, int]] = {}
    table: dict[str, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.startswith("["):
                table = tables[line[1:-1]] = {}
            elif table is None:
                key, value = line.split("\t")
                head[key] = value
            else:
                feature, *values = line.split("\t")
                table[feature] = pack([int(value) for value in values])
        except ValueError:
            raise WeightsError(f"line {number}") from None
    if set(tables) != set(KINDS):
        raise WeightsError("kinds")
    try:
        return Weights(
            version=f"{head['version']}+{hashlib.sha256(text.encode()).hexdigest()[:8]}",
            lexicon_version=head["lexicon"],
            bias=tuple(map(int, head["bias"].split())),
            bars={category: Bar(*map(int, head[category].split())) for category in CATEGORIES},
            known=frozenset(head["known"].split()),
            tables=tables,
        )
    except (KeyError, ValueError, TypeError):
        raise WeightsError("head") from None


def write(head: Mapping[str, str], tables: Mapping[str, Mapping[str, Sequence[int]]]) -> Iterator[str]:
    """The lines of a file of weights, features in the order of their letters."""
    for key, value in head.items():
        yield f"{key}\t{value}\n"
    for kind in KINDS:
        yield f"[{kind}]\n"
        for feature in sorted(tables[kind]):
            yield "\t".join([feature, *map(str, tables[kind][feature])]) + "\n"
