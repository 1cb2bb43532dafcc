"""How well the model sorts authors it has not read, and from which margin on a category may be proposed."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.classification.features import Features
from app.classification.trained import judge
from app.classification.training.corpus import NEVER_MEASURED, Example
from app.classification.training.fit import Fitted, count, fitted
from app.classification.values import CATEGORIES
from app.classification.weights import OUTCOMES, SCALE, Bar, Weights, pack

RIGHT = 0.97
"""Of what is proposed at least this share is right among unread authors."""
LEAST_PROPOSED = 20
STEPS = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """One text of an author the model had not read: what it is, what the model took it for, and by how much."""

    author: str
    lang: str
    label: str
    secondary: str | None
    best: str
    next: str
    margin: float


def left_out(examples: Sequence[Example], seen: Sequence[Features], known: frozenset[str]) -> list[Judged]:
    """Every text judged by a model of the other authors (leave one author out)."""
    result = []
    counts = count(seen)
    for author in sorted({e.author for e in examples} - NEVER_MEASURED):
        rest = [at for at, e in enumerate(examples) if e.author != author]
        model = weights_of(fitted([examples[at] for at in rest], counts.of(rest)), known, {}, "")
        for example, one in zip(examples, seen, strict=True):
            if example.author == author and example.weight == 1:
                verdict = judge(one, model)
                result.append(
                    Judged(
                        author,
                        example.lang,
                        example.label,
                        example.secondary,
                        OUTCOMES[verdict.best],
                        OUTCOMES[verdict.next],
                        verdict.margin,
                    )
                )
    return result


def weights_of(model: Fitted, known: frozenset[str], bars: Mapping[str, Bar], lexicon: str) -> Weights:
    """A fitted model as the desk would read it."""
    tables = {k: {f: pack(v) for f, v in table.items()} for k, table in model.tables.items()}
    return Weights("", lexicon, tuple(model.bias), bars, known, tables)


def bars(judged: Iterable[Judged]) -> dict[str, Bar]:
    """Per category the lowest margin from which `RIGHT` of the proposals are right, and a logistic curve from
    margin to probability.
    """
    rows = list(judged)
    return {category: _bar([j for j in rows if j.best == category]) for category in CATEGORIES}


def _bar(rows: Sequence[Judged]) -> Bar:
    ordered = sorted(rows, key=lambda j: -j.margin)
    right, lowest = 0, math.inf
    for place, judged in enumerate(ordered, 1):
        right += judged.best == judged.label
        if place >= LEAST_PROPOSED and right >= RIGHT * place:
            lowest = judged.margin
    slope, offset = _curve(rows)
    never = 10**9
    margin = never if lowest == math.inf else math.ceil(lowest * SCALE)
    return Bar(margin, round(slope * SCALE), round(offset * SCALE))


def _curve(rows: Sequence[Judged]) -> tuple[float, float]:
    """Slope and offset of the logistic curve of being right by margin (Newton's method)."""
    slope, offset = 1.0, 0.0
    for _ in range(STEPS):
        g0 = g1 = 0.0
        h00 = h11 = 1e-6
        h01 = 0.0
        for row in rows:
            chance = 1 / (1 + math.exp(-(slope * row.margin + offset)))
            error, spread = (row.best == row.label) - chance, chance * (1 - chance)
            g0, g1 = g0 + error, g1 + error * row.margin
            h00, h01, h11 = h00 + spread, h01 + spread * row.margin, h11 + spread * row.margin**2
        size = h00 * h11 - h01 * h01
        offset += (h11 * g0 - h01 * g1) / size
        slope += (h00 * g1 - h01 * g0) / size
    return slope, offset


def nested(judged: Sequence[Judged]) -> list[tuple[Judged, bool]]:
    """Each text with whether it would be proposed, the bars taken from the other authors only."""
    result = []
    for author in sorted({j.author for j in judged}):
        held = bars(j for j in judged if j.author != author)
        result += [
            (j, j.best in held and j.margin * SCALE >= held[j.best].margin)
            for j in judged
            if j.author == author
        ]
    return result


def f1(judged: Iterable[Judged]) -> float:
    """Macro F1 over the four categories and none, without abstention."""
    pairs = Counter((j.label, j.best) for j in judged)
    return sum(_f1(pairs, outcome) for outcome in OUTCOMES) / len(OUTCOMES)


def _f1(pairs: Counter[tuple[str, str]], outcome: str) -> float:
    sides = sum(count for pair, count in pairs.items() for side in pair if side == outcome)
    return 2 * pairs[outcome, outcome] / sides if sides else 0.0


def precision_recall(judged: Sequence[Judged], outcome: str) -> tuple[float, float]:
    """Of one outcome, without abstention."""
    right = sum(j.best == j.label == outcome for j in judged)
    said, are = sum(j.best == outcome for j in judged), sum(j.label == outcome for j in judged)
    return right / max(said, 1), right / max(are, 1)


def proposed(rows: Sequence[tuple[Judged, bool]]) -> tuple[float, float, float]:
    """Share right of what is proposed, share of texts with a category that get one, share of `none` that do."""
    placed = [j for j, given in rows if given]
    ours = [given for j, given in rows if j.label != "none"]
    others = [given for j, given in rows if j.label == "none"]
    right = sum(j.best == j.label for j in placed)
    return right / max(len(placed), 1), sum(ours) / max(len(ours), 1), sum(others) / max(len(others), 1)
