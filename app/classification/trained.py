"""The trained categoriser: a linear model chooses the category or abstains; all else comes from the lexicon.

A category is proposed only from a margin on at which, among authors the model had not read, 97 in 100 were right.
Facts, topics, urgency, secondary categories and RUDD's view rest on the lexicon as before.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from app.classification import lexicon, proposal, weights
from app.classification.features import Features, features
from app.classification.lexicon import Lexicon
from app.classification.match import remember
from app.classification.proposal import Field, Standing
from app.classification.values import CATEGORIES, LOW_CONFIDENCE, Classification, Clue
from app.classification.weights import OUTCOMES, SCALE, SQUARE_SCALE, Weights, apart, unpack

RULE = "model"
"""The rule that clues of the model name: never a word, since rule ids are stored in the clear."""
SHOWN = 5
STRONG, FAIR, LEAST = 0.3, 0.15, 0.05
"""Shares of the margin from which a word weighs 3, 2 and 1."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The model's order: the best outcome, the next, by how much, the length the words were measured by, and what
    each word counts for.
    """

    best: int
    next: int
    margin: float
    norm: float
    told: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model makes of a report: its proposal, how many words it sees, and its first two outcomes, sure or not."""

    found: Classification
    words: int
    best: tuple[str, str]


@dataclass(frozen=True, slots=True)
class TrainedCategoriser:
    """Sorts by the model with the lexicon beside it. Pure: same text, same answer."""

    weights: Weights
    lexicon: Lexicon

    @property
    def name(self) -> str:
        return self.weights.version

    @property
    def version(self) -> str:
        return f"{self.weights.version} {self.lexicon.version}"

    def classify(self, text: str, title: str | None = None, hint: str | None = None) -> Classification:
        """The proposal. A `hint` for the model's own category lowers the bar to `LOW_CONFIDENCE` where the text
        holds a clue of it; one for another category lowers the confidence; it never sorts a report alone.
        """
        return self.judged(text, title, hint).found

    def judged(self, text: str, title: str | None = None, hint: str | None = None) -> Judged:
        """The proposal, with what it rests on beside the clues."""
        fields = proposal.fields(text, title, self.lexicon)
        found = [f for field in fields for f in field.found]
        scored = proposal.scores(found)
        stand = proposal.stand(scored, proposal.doubt_of(found), hint, self.lexicon)
        seen = features(fields, self.weights.known, scored)
        verdict = judge(seen, self.weights)
        confidence = self._confidence(verdict, stand, hint)
        category = OUTCOMES[verdict.best] if confidence else None
        others = tuple(s.category for s in stand if s.enough and s.category != category) if category else ()
        chosen = [s for s in stand if s.category == category or s.category in others]
        facts = proposal.facts(found, stand)
        told = proposal.clues(found, stand)
        proposed = Classification(
            category=category,
            secondary=others,
            topics=proposal.topics(found, chosen),
            facts=facts,
            confidence=confidence,
            clues=told + (_clues(seen, verdict) if category else ()),
            lexicon_version=self.lexicon.version,
            urgent=proposal.urgent(found, facts),
            substances=proposal.substances(found),
            model_version=self.weights.version,
        )
        return Judged(proposed, seen.length, (OUTCOMES[verdict.best], OUTCOMES[verdict.next]))

    def _confidence(self, verdict: Verdict, stand: Sequence[Standing], hint: str | None) -> float:
        """How often such a margin was right among unread authors, two decimals; 0 below the bar."""
        if verdict.best == len(CATEGORIES):
            return 0.0
        category = CATEGORIES[verdict.best]
        bar = self.weights.bars[category]
        chance = 1 / (1 + math.exp(-(bar.slope * verdict.margin + bar.offset) / SCALE))
        backed = hint == category and stand[verdict.best].counted and chance >= LOW_CONFIDENCE
        if verdict.margin * SCALE < bar.margin and not backed:
            return 0.0
        if hint in CATEGORIES and hint != category:
            chance -= 0.1
        return round(min(max(chance, 0.05), 0.99), 2)


def judge(seen: Features, model: Weights) -> Verdict:
    """The scores of all outcomes, and what follows from them. Words are measured by their number and rarity, so
    that a long text does not weigh more than a short one.
    """
    sums, pairs = model.sums, model.tables["pairs"].get
    told = {
        norm: sums[norm] if norm in sums and not whole else model.of_word(norm, whole=whole)
        for norm, whole in seen.words.items()
    }
    total = sum(told.values())
    total += sum([packed for pair in seen.pairs if (packed := pairs(pair))])
    rules = model.tables["rules"]
    beside = unpack(sum(rules.get(rule, 0) for rule in seen.rules), len(OUTCOMES))
    *scored, square = unpack(total, len(OUTCOMES) + 1)
    norm = math.sqrt(square / SQUARE_SCALE) or 1.0
    scores = [(b + r + s / norm) / SCALE for b, r, s in zip(model.bias, beside, scored, strict=True)]
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    return Verdict(order[0], order[1], scores[order[0]] - scores[order[1]], norm, told)


def _clues(seen: Features, verdict: Verdict) -> tuple[Clue, ...]:
    """The words that told most for the category against the next outcome, at most `SHOWN`, in order of the text."""
    whole = verdict.norm * max(verdict.margin, 0.1)
    least = LEAST * whole * SCALE
    shares = {
        norm: lead / SCALE / whole
        for norm, packed in verdict.told.items()
        if packed and (lead := apart(packed, verdict.best, verdict.next)) >= least
    }
    told: dict[str, tuple[float, str, int, Field]] = {}
    for field, shown in seen.tokens:
        for norm, _, at in shown:
            if norm in shares and norm not in told:
                told[norm] = (-shares[norm], field.name, at, field)
    best = sorted(told.values(), key=itemgetter(0, 1, 2))[:SHOWN]
    best.sort(key=lambda one: (one[1] == "text", one[2]))
    return tuple([_clue(field, at, -share, verdict) for share, _, at, field in best])


def _clue(field: Field, at: int, share: float, verdict: Verdict) -> Clue:
    weight = 3 if share >= STRONG else 2 if share >= FAIR else 1
    start, end = field.reading.words[at].start, field.reading.words[at].end
    words = field.reading.text[start:end]
    return Clue(RULE, OUTCOMES[verdict.best], None, weight, True, words, start, end, field.name)


def trained() -> TrainedCategoriser:
    """The trained categoriser of this release."""
    held = weights.shipped()
    remember(held.known, lexicon.shipped())
    return TrainedCategoriser(held, lexicon.shipped())
