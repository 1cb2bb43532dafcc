"""`meldpunt classifier train` and `evaluate`: write the weights, and print the tables of the data sheet."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from app.classification import weights
from app.classification.features import Features, features
from app.classification.lexicon import shipped
from app.classification.training import corpus, measure, together
from app.classification.training.corpus import Example
from app.classification.training.fit import fit
from app.classification.training.measure import Judged
from app.classification.values import CATEGORIES
from app.classification.weights import OUTCOMES

VERSION = "model-1"
MARGINS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)


def place() -> Path:
    """Where the desk reads its weights."""
    return Path(str(resources.files("app.classification").joinpath("model.tsv")))


def train(folder: Path) -> str:
    """The text of the weights file for the corpus in `folder`. Raises `corpus.CorpusError`."""
    examples, seen, known, judged = _prepared(folder)
    bars = measure.bars(judged)
    fitted = fit(examples, seen)
    head = {
        "version": VERSION,
        "lexicon": shipped().version,
        "bias": " ".join(map(str, fitted.bias)),
        **{c: f"{bars[c].margin} {bars[c].slope} {bars[c].offset}" for c in CATEGORIES},
        "known": " ".join(sorted(known)),
    }
    return "".join(weights.write(head, fitted.tables))


def evaluate(folder: Path) -> Iterator[str]:
    """The lines of the data sheet's tables: every author judged by a model of the others."""
    examples, seen, _known, judged = _prepared(folder)
    yield from _groups(judged)
    yield from _categories(judged)
    yield from _margins(judged)
    yield from _confusion(judged)
    yield from together.table(together.placed(judged, examples, seen, shipped()))


@cache
def _prepared(folder: Path) -> tuple[list[Example], list[Features], frozenset[str], list[Judged]]:
    examples = corpus.read(folder, shipped())
    known = corpus.known_words(examples)
    seen = [features(example.fields, known) for example in examples]
    return examples, seen, known, measure.left_out(examples, seen, known)


def _groups(judged: Sequence[Judged]) -> Iterator[str]:
    rows = measure.nested(judged)
    groups = {"all": rows}
    groups |= {
        f"author {a}": [r for r in rows if r[0].author == a] for a in sorted({j.author for j in judged})
    }
    groups |= {f"language {a}": [r for r in rows if r[0].lang == a] for a in sorted({j.lang for j in judged})}
    yield "| texts of, model alone | n | macro F1 | right of proposed | proposed | none proposed |"
    yield "|---|---|---|---|---|---|"
    for name, group in groups.items():
        shares = (measure.f1(j for j, _ in group), *measure.proposed(group))
        yield f"| {name} | {len(group)} | " + " | ".join(f"{share:.3f}" for share in shares) + " |"


def _categories(judged: Sequence[Judged]) -> Iterator[str]:
    rows = measure.nested(judged)
    yield "\n| outcome | precision | recall | right of proposed | proposed of its texts |"
    yield "|---|---|---|---|---|"
    for outcome in OUTCOMES:
        precision, recall = measure.precision_recall(judged, outcome)
        placed = [j for j, given in rows if given and j.best == outcome]
        right = sum(j.label == outcome for j in placed)
        size = sum(j.label == outcome for j in judged)
        shares = (
            f"{right / max(len(placed), 1):.3f} | {right / size:.3f}" if outcome in CATEGORIES else "- | -"
        )
        yield f"| {outcome} | {precision:.3f} | {recall:.3f} | {shares} |"


def _margins(judged: Sequence[Judged]) -> Iterator[str]:
    yield "\n| margin from | right of proposed | proposed | none proposed |"
    yield "|---|---|---|---|"
    for least in MARGINS:
        shares = measure.proposed([(j, j.best in CATEGORIES and j.margin >= least) for j in judged])
        yield f"| {least:.2f} | " + " | ".join(f"{share:.3f}" for share in shares) + " |"


def _confusion(judged: Sequence[Judged]) -> Iterator[str]:
    yield "\n| is, taken for | " + " | ".join(OUTCOMES) + " |"
    yield "|---" * (len(OUTCOMES) + 1) + "|"
    for label in OUTCOMES:
        counts = [str(sum(j.label == label and j.best == best for j in judged)) for best in OUTCOMES]
        yield f"| {label} | " + " | ".join(counts) + " |"
