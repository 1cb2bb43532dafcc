"""Fits the model: a linear support vector machine with a little naive Bayes, in whole numbers.

The only module that needs numpy, scipy and scikit-learn; nothing of the running desk imports it. Same corpus, same
lexicon, same masks, same packages: the same file, byte for byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.svm import LinearSVC

from app.classification.features import Features, grams, stem
from app.classification.training.corpus import Example
from app.classification.weights import KINDS, OUTCOMES, SCALE, SQUARE_SCALE

LEAST_TEXTS = 2
COST = 1.0
SHARES = {"grams": 0.7, "rules": 0.0}
RULE_SHARE = 0.05
BAYES_SHARE = 0.1
SMOOTHING = 0.01

Tables = dict[str, dict[str, list[int]]]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Bias per outcome, and per kind the features with their weights (and the square of their measure)."""

    bias: list[int]
    tables: Tables


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each feature counts in each text; counted once for all the models of a measurement."""

    keys: list[Key]
    matrix: "sparse.csr_matrix"

    def of(self, rows: Sequence[int]) -> "Counts":
        """Of some of the texts only."""
        return Counts(self.keys, self.matrix[list(rows)])


def count(seen: Sequence[Features]) -> Counts:
    """The features of all texts, in the order of their letters: the stem and the letters of each word added up, pairs
    and rules once.
    """
    place: dict[Key, int] = {}
    parts: dict[tuple[str, bool], list[int]] = {}
    columns: list[int] = []
    starts = [0]
    for one in seen:
        for word in one.words.items():
            if word not in parts:
                parts[word] = [place.setdefault(key, len(place)) for key in _keys(*word)]
            columns += parts[word]
        beside = [("pairs", pair) for pair in one.pairs] + [("rules", rule) for rule in one.rules]
        columns += [place.setdefault(key, len(place)) for key in beside]
        starts.append(len(columns))
    shape = (len(seen), len(place))
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)
    matrix.sum_duplicates()
    keys = sorted(place)
    ordered = sparse.csr_matrix(matrix[:, [place[key] for key in keys]])
    ordered.sort_indices()
    return Counts(keys, ordered)


def _keys(norm: str, whole: bool) -> list[Key]:
    letters = [] if whole else sorted(grams(norm))
    return [("words", stem(norm)), *(("grams", gram) for gram in letters)]


def fit(examples: Sequence[Example], seen: Sequence[Features]) -> Fitted:
    """A model of these examples; their features in the same order."""
    return fitted(examples, count(seen))


def fitted(examples: Sequence[Example], counts: Counts) -> Fitted:
    """A model of these examples; what was counted of them in the same order."""
    weight = np.array([example.weight for example in examples])
    whole = weight == 1
    texts = np.asarray((counts.matrix[whole] > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero(texts >= LEAST_TEXTS)
    keys = [counts.keys[at] for at in kept]
    measure = _measure(keys, texts[kept], int(whole.sum()))
    beside = np.array([kind == "rules" for kind, _ in keys])
    matrix = _matrix(counts.matrix[:, kept], measure, beside)
    label = np.array([OUTCOMES.index(example.label) for example in examples])
    machine = LinearSVC(C=COST, random_state=0).fit(matrix, label, sample_weight=weight)
    bayes = _bayes(matrix, label)
    bayes[:, beside] = 0
    scaled = (machine.coef_ + BAYES_SHARE * bayes) * np.where(beside, RULE_SHARE, measure) * SCALE
    numbers = np.vstack([np.rint(scaled), np.rint(measure * measure * SQUARE_SCALE)]).T.astype(int).tolist()
    tables: Tables = {kind: {} for kind in KINDS}
    for (kind, feature), row in zip(keys, numbers, strict=True):
        tables[kind][feature] = row[:-1] if kind == "rules" else row
    return Fitted(np.rint(machine.intercept_ * SCALE).astype(int).tolist(), tables)


def _measure(keys: Sequence[Key], texts: "np.ndarray", size: int) -> "np.ndarray":
    """How much each feature weighs by its rarity; rules of the lexicon are not measured."""
    shares = np.array([SHARES.get(kind, 1.0) for kind, _ in keys])
    measure: np.ndarray = (np.log((1 + size) / (1 + texts)) + 1) * shares
    return measure


def _matrix(counted: "sparse.csr_matrix", measure: "np.ndarray", beside: "np.ndarray") -> "sparse.csr_matrix":
    """Texts by features: words, pairs and letters measured by their length together, rules of the lexicon beside."""
    length = np.sqrt(counted @ (measure * measure))
    length[length == 0] = 1.0
    measured = sparse.diags(1 / length) @ counted @ sparse.diags(measure)
    return sparse.csr_matrix(measured + counted @ sparse.diags(beside * RULE_SHARE))


def _bayes(matrix: "sparse.csr_matrix", label: "np.ndarray") -> "np.ndarray":
    """Per outcome how much likelier each feature is in its texts than in the others, as a logarithm."""
    rows: list[np.ndarray] = []
    for outcome in range(len(OUTCOMES)):
        inside = np.asarray(matrix[label == outcome].sum(axis=0)).ravel() + SMOOTHING
        outside = np.asarray(matrix[label != outcome].sum(axis=0)).ravel() + SMOOTHING
        rows.append(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
    weights: np.ndarray = np.stack(rows)
    return weights
