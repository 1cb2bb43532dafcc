"""The categoriser in use, and the lexicon by itself: weighted phrases, no training, every decision with its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from app.classification import proposal
from app.classification.combined import combined
from app.classification.lexicon import Lexicon
from app.classification.proposal import Standing
from app.classification.values import CATEGORIES, Categoriser, Classification


@dataclass(frozen=True, slots=True)
class LexiconCategoriser:
    """Sorts by the lexicon. Pure: same text, same answer."""

    lexicon: Lexicon

    @property
    def name(self) -> str:
        return "lexicon"

    @property
    def version(self) -> str:
        return self.lexicon.version

    def classify(self, text: str, title: str | None = None, hint: str | None = None) -> Classification:
        """The proposal. Where more categories weigh enough, the first of `CATEGORIES` is the main one
        (tie-break of indicators.md 6) and the others are secondary. `hint`, the reporter's own choice,
        weighs as one clue of weight 2 for its category, and only where the text holds a clue of that
        category; an unknown hint is none.
        """
        found = [f for field in proposal.fields(text, title, self.lexicon) for f in field.found]
        standings = proposal.standings(found, hint, self.lexicon)
        chosen = [s for s in standings if s.enough]
        facts = proposal.facts(found, standings)
        return Classification(
            category=chosen[0].category if chosen else None,
            secondary=tuple(s.category for s in chosen[1:]),
            topics=proposal.topics(found, chosen),
            facts=facts,
            confidence=_confidence(chosen, standings, proposal.doubt_of(found), hint),
            clues=proposal.clues(found, standings),
            lexicon_version=self.version,
            urgent=proposal.urgent(found, facts),
            substances=proposal.substances(found),
        )


def _confidence(
    chosen: Sequence[Standing], standings: Sequence[Standing], doubt: int, hint: str | None
) -> float:
    """0 to 1, two decimals: grows with the score, shrinks with a rival, with doubt, with another hint.

    Not sorted: 0.
    """
    if not chosen:
        return 0.0
    main = chosen[0]
    rival = max(s.total for s in standings if s is not main)
    value = 1 - 1 / (1 + main.total)
    value -= 0.2 * rival / (rival + main.total)
    value -= 0.05 * min(doubt, 4)
    if hint in CATEGORIES and hint != main.category:
        value -= 0.1
    return round(max(value, 0.05), 2)


@cache
def current() -> Categoriser:
    """The categoriser in use, model and lexicon together; read from its files once. Raises `WeightsError`."""
    return combined()


def classify(text: str, title: str | None = None, hint: str | None = None) -> Classification:
    """The proposal of the categoriser in use for one report."""
    return current().classify(text, title, hint)
