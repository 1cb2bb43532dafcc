"""The categoriser in use: the model chooses, and the lexicon speaks where the model is silent or two themes are heavy.

- The model proposes from the margin at which 97 in 100 were right; what the lexicon finds beside it is secondary.
- Where the model abstains, a short report keeps the lexicon's category if nothing in it raises doubt and the model
  puts one of the lexicon's categories first too: the plain words for the crime count in one sentence. In longer
  reports the same words were too often wrong among authors the model had not read (docs/classification.md).
- Of news, a lesson or what is explained as innocent the model says nothing that the lexicon does not say too.
- Of a few words only the model says nothing by itself: the training texts hold too few of them to measure it.
- Of two themes that both have a clue which is heavy by itself, the first of `CATEGORIES` is the main one (tie-break
  of indicators.md 6). Where the model abstains because it wavers between those two, they are proposed all the same.
What rests on the lexicon alone, or sets the model's own choice behind another, is for a person first: its confidence
lies below `LOW_CONFIDENCE`.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from app.classification import trained
from app.classification.lexicon import Lexicon
from app.classification.trained import RULE, TrainedCategoriser
from app.classification.values import CATEGORIES, TOPICS, Classification, Clue
from app.classification.weigh import qualifies
from app.classification.words import normal

SHORT = 30
"""Words, those about who somebody is left out: below this many a report is short."""
FEW = 8
"""Words, counted likewise: below this many the model alone does not propose."""
BACKED = 0.6
"""Confidence of what the model alone would not propose: 33 of 45 were right, and so few texts do not show more."""
TWO = 0.8
"""Confidence where two heavy themes are the model's first two: of 22 such texts with two themes 18 named one of them."""
_SILENT = """
aan achter af als alstublieft andere anders bij boven daar daarna dan dat de der deze die dit door dus
een en er erin geen graag haar had heb heeft hem hen het hier hij hoe hun iets ik in is je kan kom komen
kon maar me mee meer men met mij mijn na naar niet nog of om onder ons ook op over per s sinds sindsdien
t te tegen toch toen tot tussen u uit uw van vanuit veel voor waar was wat we wel werd wie wij word
worden wordt ze zei zeg zegt zelf zich zie zij zijn zo zoals zou zonder a an and are as at be been but by
for from has have he her him his if it its my not on or our out she so that the their them then there
they this to us were with you your am auch auf aus das dass dem den des ein eine einem einen einer es für
hat hatte ich ihr im ist mit nicht noch sie sind über und vom von vor war wenn wir wird zu zum zur
"""
SILENT = frozenset(normal(word) for word in _SILENT.split())
"""Words that join or point and say nothing to a reader: the model may weigh them, they are not shown as its clues."""
HARMLESS = frozenset({"C-news", "C-innocent"})
"""Rules of news, lessons and innocent explanations."""
LEAST_TOPIC = 2
"""A topic is told from this weight on, as in `proposal.topics`."""
OTHER_HINT = 0.1
"""What a hint for another category takes off, as for the model's own proposals."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A category that the lexicon finds heavy enough; `heavy` where one of its clues is so by itself."""

    category: str
    heavy: bool


@dataclass(frozen=True, slots=True)
class CombinedCategoriser:
    """Sorts by model and lexicon together. Pure: same text, same answer."""

    model: TrainedCategoriser

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def version(self) -> str:
        return self.model.version

    def classify(self, text: str, title: str | None = None, hint: str | None = None) -> Classification:
        """The proposal. `hint`, the reporter's own choice, weighs as one clue of weight 2 for its category, and only
        where the text holds a clue of that category; it never sorts a report alone.
        """
        judged = self.model.judged(text, title, hint)
        found, lexicon = judged.found, self.model.lexicon
        themes = strong(found.clues, hint, lexicon)
        first, most = main(
            found.category,
            themes,
            doubted=doubt(found.clues, lexicon) > 0,
            harmless=harmless(found.clues),
            words=judged.words,
            best=judged.best,
        )
        if first is not None and first == found.category:
            return replace(found, clues=_telling(found.clues))
        if first is None:
            return _unsorted(found)
        others = ({theme.category for theme in themes} | {found.category}) - {first, None}
        against = OTHER_HINT if hint in CATEGORIES and hint != first else 0.0
        return replace(
            found,
            category=first,
            secondary=tuple(c for c in CATEGORIES if c in others),
            topics=_topics(found.clues, {first, *others}),
            confidence=round(min(found.confidence or most, most) - against, 2),
            clues=_telling(found.clues),
        )


def main(
    model: str | None,
    themes: Sequence[Theme],
    *,
    doubted: bool,
    harmless: bool,
    words: int,
    best: tuple[str, str],
) -> tuple[str | None, float]:
    """The category of a report, None for a person's choice, and the most its confidence may be. `model`: what the
    model proposes, None where it abstains; `best`: its first two outcomes, sure or not; `words`: how many it sees.
    """
    if harmless and model not in {theme.category for theme in themes}:
        return None, 0.0
    heavy = [theme.category for theme in themes if theme.heavy]
    if model is None:
        if not themes or doubted:
            return None, 0.0
        first, second = best
        if first in heavy and second in heavy:
            return heavy[0], TWO
        backed = words < SHORT and first in {theme.category for theme in themes}
        return (themes[0].category, BACKED) if backed else (None, 0.0)
    if model not in {theme.category for theme in themes} and words < FEW:
        return None, 0.0
    return (heavy[0] if model in heavy else model), BACKED


def _telling(clues: Sequence[Clue]) -> tuple[Clue, ...]:
    """The clues without the model's words that say nothing to a reader; all of them where no other would be left."""
    kept = tuple(c for c in clues if c.rule != RULE or normal(c.words) not in SILENT)
    return kept if any(c.counted and c.category for c in kept) else tuple(clues)


def _unsorted(found: Classification) -> Classification:
    """A proposal without its category: the clues of the lexicon, and the topics that belong to no category."""
    kept = tuple(clue for clue in found.clues if clue.rule != RULE)
    return replace(
        found, category=None, secondary=(), topics=_topics(kept, set()), confidence=0.0, clues=kept
    )


def _topics(clues: Sequence[Clue], categories: Collection[str | None]) -> tuple[str, ...]:
    """Topics of what was counted for these categories or belongs to none, strongest first (`proposal.topics`)."""
    weights = Counter[str]()
    for clue in clues:
        if clue.topic and clue.counted and (clue.category is None or clue.category in categories):
            weights[clue.topic] += clue.weight
    told = [topic for topic, weight in weights.items() if weight >= LEAST_TOPIC]
    return tuple(sorted(told, key=lambda topic: (-weights[topic], TOPICS.index(topic))))


def doubt(clues: Sequence[Clue], lexicon: Lexicon) -> int:
    """The weight of news, lessons, questions and innocent explanations among the clues of a proposal."""
    rules = lexicon.rules
    return sum(c.weight for c in clues if c.rule in rules and rules[c.rule].context == "explained")


def harmless(clues: Sequence[Clue]) -> bool:
    """Whether the lexicon took part of the report for news, a lesson or an innocent explanation."""
    return any(clue.rule in HARMLESS for clue in clues)


def strong(clues: Sequence[Clue], hint: str | None, lexicon: Lexicon) -> list[Theme]:
    """The categories that the lexicon's clues in a proposal make heavy enough, in the order that breaks a tie."""
    against = doubt(clues, lexicon)
    themes = []
    for category in CATEGORIES:
        weights = [c.weight for c in clues if c.category == category and c.counted and c.rule != RULE]
        if weights and hint == category:
            weights.append(lexicon.hint)
        if qualifies(sum(weights), max(weights, default=0), against, lexicon):
            themes.append(Theme(category, max(weights) >= lexicon.alone))
    return themes


def combined() -> CombinedCategoriser:
    """The categoriser of this release."""
    return CombinedCategoriser(trained.trained())
