"""How well the lexicon by itself sorts the invented corpus: `.venv/bin/python -m tests.classification.measure`.

Figures per author and over all, never a random split (corpus/README.md). Authors e, j and n were kept
out while the lexicon was written; the others are development figures. The model has read all of them: for what it adds,
`meldpunt classifier evaluate`.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.classification.categoriser import LexiconCategoriser
from app.classification.lexicon import shipped
from app.classification.values import CATEGORIES

CORPUS = Path(__file__).parents[3] / "shared" / "domain" / "corpus"
KEPT_OUT = ("e", "j", "n")
NONE = "none"


@dataclass(frozen=True, slots=True)
class Sorted:
    """One text of the corpus: its author, its label, and where it was put."""

    author: str
    label: str
    secondary: str | None
    given: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares between 0 and 1. `precision` is of what is sorted, `with_secondary` counts the second theme
    as right; `coverage` is the share of texts with a category that get one; `alarms` the share of `none`
    texts that get one.
    """

    texts: int
    macro_f1: float
    precision: float
    with_secondary: float
    coverage: float
    alarms: float


def read() -> list[Sorted]:
    """Every text of the corpus sorted by the lexicon; empty when there is no corpus."""
    categoriser = LexiconCategoriser(shipped())
    rows = []
    for path in sorted(CORPUS.glob("author-*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            if line:
                row = json.loads(line)
                given = categoriser.classify(row["text"]).category or NONE
                rows.append(Sorted(path.stem[-1], row["label"], row["secondary"], given))
    return rows


def figures(rows: Sequence[Sorted]) -> Figures:
    """The figures of these rows."""
    pairs = Counter((row.label, row.given) for row in rows)
    placed = [row for row in rows if row.given != NONE]
    ours = [row for row in rows if row.label != NONE]
    others = [row for row in rows if row.label == NONE]
    return Figures(
        texts=len(rows),
        macro_f1=sum(_f1(pairs, label) for label in (*CATEGORIES, NONE)) / (len(CATEGORIES) + 1),
        precision=_share(sum(row.given == row.label for row in placed), len(placed)),
        with_secondary=_share(sum(row.given in {row.label, row.secondary} for row in placed), len(placed)),
        coverage=_share(sum(row.given != NONE for row in ours), len(ours)),
        alarms=_share(sum(row.given != NONE for row in others), len(others)),
    )


def _f1(pairs: Counter[tuple[str, str]], label: str) -> float:
    right = pairs[label, label]
    total = sum(n for (a, b), n in pairs.items() for side in (a, b) if side == label)
    return _share(2 * right, total)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def main() -> None:
    """Print the table of docs/classification.md."""
    rows = read()
    authors = sorted({row.author for row in rows})
    groups = {f"author {a}": [r for r in rows if r.author == a] for a in authors}
    groups["development"] = [r for r in rows if r.author not in KEPT_OUT]
    groups["kept out"] = [r for r in rows if r.author in KEPT_OUT]
    groups["all"] = rows
    print("| texts of | n | macro F1 | precision | with secondary | coverage | none sorted |")
    print("|---|---|---|---|---|---|---|")
    for name, group in groups.items():
        f = figures(group)
        shares = (f.macro_f1, f.precision, f.with_secondary, f.coverage, f.alarms)
        print(f"| {name} | {f.texts} | " + " | ".join(f"{share:.2f}" for share in shares) + " |")


if __name__ == "__main__":
    main()
