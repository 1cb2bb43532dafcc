"""How well model and lexicon together sort authors the model has not read: the rule of the desk, text by text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.classification import combined, proposal
from app.classification.features import Features
from app.classification.lexicon import Lexicon
from app.classification.training.corpus import NEVER_MEASURED, Example
from app.classification.training.measure import Judged, f1, nested
from app.classification.values import CATEGORIES, LOW_CONFIDENCE
from app.classification.weights import OUTCOMES


@dataclass(frozen=True, slots=True)
class Placed:
    """One text: what it is, the category it gets, and whether it may go to a queue without a person first."""

    judged: Judged
    category: str | None
    sure: bool


def placed(
    judged: Sequence[Judged], examples: Sequence[Example], seen: Sequence[Features], lexicon: Lexicon
) -> list[Placed]:
    """Every text sorted by model and lexicon together; the margins of the model taken from the other authors."""
    texts = [
        (e, s)
        for e, s in zip(examples, seen, strict=True)
        if e.author not in NEVER_MEASURED and e.weight == 1
    ]
    texts.sort(key=lambda pair: pair[0].author)
    rows = nested(judged)
    return [_placed(j, given, e, s, lexicon) for (j, given), (e, s) in zip(rows, texts, strict=True)]


def _placed(judged: Judged, given: bool, example: Example, seen: Features, lexicon: Lexicon) -> Placed:
    found = [one for field in example.fields for one in field.found]
    clues = proposal.clues(found, proposal.standings(found, None, lexicon))
    model = judged.best if given else None
    category, most = combined.main(
        model,
        combined.strong(clues, None, lexicon),
        doubted=combined.doubt(clues, lexicon) > 0,
        harmless=combined.harmless(clues),
        words=seen.length,
        best=(judged.best, judged.next),
    )
    return Placed(judged, category, category == model or most >= LOW_CONFIDENCE)


def table(rows: Sequence[Placed]) -> Iterator[str]:
    """The figures of all, of each author and of each language."""
    groups = {"all": list(rows)}
    for name, of in (("author", "author"), ("language", "lang")):
        values = sorted({getattr(row.judged, of) for row in rows})
        groups |= {f"{name} {v}": [r for r in rows if getattr(r.judged, of) == v] for v in values}
    columns = (
        "macro F1 | F1 as sorted | right of proposed | with secondary | proposed | none proposed | none sent"
    )
    yield f"\n| texts of | n | {columns} |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, group in groups.items():
        yield f"| {name} | {len(group)} | " + " | ".join(f"{share:.3f}" for share in shares(group)) + " |"


def shares(rows: Sequence[Placed]) -> tuple[float, ...]:
    """Macro F1 of what the model takes each text for, the same of what is proposed with nothing as `none`; right of
    what is proposed, the same with the second theme as right, share of texts with a category that get one, share of
    `none` that do, and share of `none` that may go to a queue without a person.
    """
    done = [row for row in rows if row.category]
    ours = [row for row in rows if row.judged.label in CATEGORIES]
    none = [row for row in rows if row.judged.label not in CATEGORIES]
    right = sum(row.category == row.judged.label for row in done)
    either = sum(row.category in {row.judged.label, row.judged.secondary} for row in done)
    return (
        f1(row.judged for row in rows),
        f1(replace(row.judged, best=row.category or OUTCOMES[-1]) for row in rows),
        right / max(len(done), 1),
        either / max(len(done), 1),
        sum(row.category is not None for row in ours) / max(len(ours), 1),
        sum(row.category is not None for row in none) / max(len(none), 1),
        sum(row.category is not None and row.sure for row in none) / max(len(none), 1),
    )
