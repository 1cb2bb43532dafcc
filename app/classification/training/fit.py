"""Fits the model: a linear support vector machine with a little naive Bayes, in whole numbers.

The only module that needs numpy, scipy and scikit-learn; nothing of the running desk imports it. Same corpus, same
lexicon, same masks, same packages: the same file, byte for byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.svm import LinearSVC

from app.classification.features import Features
from app.classification.training.corpus import Example
from app.classification.weights import KINDS, OUTCOMES, SCALE, SQUARE_SCALE

LEAST_TEXTS = 3
COST = 1.0
GRAM_SHARE = 0.7
RULE_SHARE = 0.05
BAYES_SHARE = 0.1
SMOOTHING = 0.1

Tables = dict[str, dict[str, list[int]]]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Bias per outcome, and per kind the features with their weights (and the square of their measure)."""

    bias: list[int]
    tables: Tables


def fit(examples: Sequence[Example], seen: Sequence[Features]) -> Fitted:
    """A model of these examples; their features in the same order."""
    texts = sum(example.weight == 1 for example in examples)
    counts = _counts(examples, seen)
    keys = sorted(key for key, count in counts.items() if count >= LEAST_TEXTS)
    measure = np.array([_measure(key, counts[key], texts) for key in keys])
    beside = np.array([kind == "rules" for kind, _ in keys])
    matrix = _matrix(seen, keys, measure, beside)
    label = np.array([OUTCOMES.index(example.label) for example in examples])
    weight = np.array([example.weight for example in examples])
    machine = LinearSVC(C=COST, random_state=0).fit(matrix, label, sample_weight=weight)
    bayes = _bayes(matrix, label)
    bayes[:, beside] = 0
    scaled = (machine.coef_ + BAYES_SHARE * bayes) * np.where(beside, RULE_SHARE, measure) * SCALE
    squares = np.rint(measure * measure * SQUARE_SCALE).astype(int).tolist()
    tables: Tables = {kind: {} for kind in KINDS}
    for at, (kind, feature) in enumerate(keys):
        numbers = np.rint(scaled[:, at]).astype(int).tolist()
        if kind != "rules":
            numbers.append(squares[at])
        tables[kind][feature] = numbers
    return Fitted(np.rint(machine.intercept_ * SCALE).astype(int).tolist(), tables)


def _kinds(seen: Features) -> Mapping[str, frozenset[str]]:
    return {"words": seen.words, "pairs": seen.pairs, "grams": seen.grams, "rules": seen.rules}


def _counts(examples: Sequence[Example], seen: Sequence[Features]) -> dict[Key, int]:
    """In how many whole texts each feature stands."""
    counts: dict[Key, int] = {}
    for example, one in zip(examples, seen, strict=True):
        if example.weight == 1:
            for kind, held in _kinds(one).items():
                for feature in held:
                    counts[kind, feature] = counts.get((kind, feature), 0) + 1
    return counts


def _measure(key: Key, count: int, texts: int) -> float:
    """How much a feature weighs by its rarity; rules of the lexicon are not measured."""
    if key[0] == "rules":
        return 0.0
    rarity = float(np.log((1 + texts) / (1 + count)) + 1)
    return rarity * GRAM_SHARE if key[0] == "grams" else rarity


def _matrix(
    seen: Sequence[Features], keys: Sequence[Key], measure: "np.ndarray", beside: "np.ndarray"
) -> "sparse.csr_matrix":
    """Texts by features: words, pairs and letters of unit length, rules of the lexicon beside them."""
    place = {key: at for at, key in enumerate(keys)}
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for one in seen:
        held = sorted(
            place[kind, feature]
            for kind, group in _kinds(one).items()
            for feature in group
            if (kind, feature) in place
        )
        lengths = measure[held]
        length = float(np.sqrt((lengths * lengths).sum())) or 1.0
        values += np.where(beside[held], RULE_SHARE, lengths / length).tolist()
        columns += held
        starts.append(len(columns))
    return sparse.csr_matrix((values, columns, starts), shape=(len(seen), len(keys)))


def _bayes(matrix: "sparse.csr_matrix", label: "np.ndarray") -> "np.ndarray":
    """Per outcome how much likelier each feature is in its texts than in the others, as a logarithm."""
    rows: list[np.ndarray] = []
    for outcome in range(len(OUTCOMES)):
        inside = np.asarray(matrix[label == outcome].sum(axis=0)).ravel() + SMOOTHING
        outside = np.asarray(matrix[label != outcome].sum(axis=0)).ravel() + SMOOTHING
        rows.append(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
    weights: np.ndarray = np.stack(rows)
    return weights
