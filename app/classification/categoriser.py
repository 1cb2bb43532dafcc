"""The first categoriser: weighted phrases, no training, every decision with its words."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.classification.lexicon import Lexicon, shipped
from app.classification.match import look
from app.classification.values import (
    CATEGORIES,
    FACTS,
    SUBSTANCES,
    TOPICS,
    URGENT,
    Categoriser,
    Classification,
    Clue,
)
from app.classification.weigh import Finding, findings, qualifies, score


@dataclass(frozen=True, slots=True)
class Standing:
    """How one category stands: its score, and whether that is enough."""

    category: str
    total: int
    largest: int
    enough: bool
    counted: tuple[Finding, ...]


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
        found = findings("text", look(text, self.lexicon), self.lexicon)
        if title:
            found = findings("title", look(title, self.lexicon), self.lexicon) + found
        doubt = sum(f.rule.weight for f in found if f.rule.context == "explained")
        standings = [self._standing(category, found, doubt, hint) for category in CATEGORIES]
        chosen = [s for s in standings if s.enough]
        facts = _facts(found, standings)
        return Classification(
            category=chosen[0].category if chosen else None,
            secondary=tuple(s.category for s in chosen[1:]),
            topics=_topics(found, chosen),
            facts=facts,
            confidence=_confidence(chosen, standings, doubt, hint),
            clues=_clues(found, standings),
            lexicon_version=self.version,
            urgent=_urgent(found, facts),
            substances=substances(found),
        )

    def _standing(self, category: str, found: Sequence[Finding], doubt: int, hint: str | None) -> Standing:
        total, largest, counted = score(f for f in found if f.rule.category == category)
        if counted and hint == category:
            total, largest = total + self.lexicon.hint, max(largest, self.lexicon.hint)
        return Standing(
            category, total, largest, qualifies(total, largest, doubt, self.lexicon), tuple(counted)
        )


def _topics(found: Sequence[Finding], chosen: Sequence[Standing]) -> tuple[str, ...]:
    """Topics of what was counted for the chosen categories, strongest first, and money laundering."""
    weights: dict[str, int] = {}
    rows = [c for s in chosen for c in s.counted]
    rows += [f for f in found if f.rule.category is None and f.rule.topic and not f.denied]
    for row in rows:
        if row.rule.topic:
            weights[row.rule.topic] = weights.get(row.rule.topic, 0) + row.weight
    strong = [topic for topic, weight in weights.items() if weight >= 2]
    return tuple(sorted(strong, key=lambda topic: (-weights[topic], TOPICS.index(topic))))


def _facts(found: Sequence[Finding], standings: Sequence[Standing]) -> frozenset[str]:
    """Facts from the closed list. `minor` counts with a clue of exploitation, `env` from substances."""
    facts = {f.rule.fact for f in found if f.rule.fact and not f.denied}
    if substances(found):
        facts.add("env")
    if "minor" in facts and not any(s.counted for s in standings if s.category == "human_trafficking"):
        facts.discard("minor")
    if "on_premises" in facts and not any(s.enough for s in standings if s.category == "drugs"):
        facts.discard("on_premises")
    if "permanent_residence" in facts and any(s.enough for s in standings):
        facts.discard("permanent_residence")
    return frozenset(fact for fact in FACTS if fact in facts)


def substances(found: Sequence[Finding]) -> tuple[str, ...]:
    """The `env` words of the closed list that the report speaks of and does not deny."""
    named = {f.rule.substance for f in found if not f.denied}
    return tuple(s for s in SUBSTANCES if s in named)


def _urgent(found: Sequence[Finding], facts: frozenset[str]) -> tuple[str, ...]:
    codes = {f.rule.urgent for f in found if not f.denied}
    if "now" in facts:
        codes.add("ongoing")
    if "minor" in facts:
        codes.add("minor_victim")
    return tuple(code for code in URGENT if code in codes)


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


def _clues(found: Sequence[Finding], standings: Sequence[Standing]) -> tuple[Clue, ...]:
    counted = {id(c) for s in standings for c in s.counted}
    return tuple(
        Clue(
            rule=f.rule.id,
            category=f.rule.category,
            topic=f.rule.topic,
            weight=f.weight,
            counted=not f.denied and (f.rule.category is None or id(f) in counted),
            words=f.words,
            start=f.start,
            end=f.end,
            field=f.field,
            within_sentence=f.within_sentence,
        )
        for f in found
    )


def current() -> Categoriser:
    """The categoriser in use; a trained one takes its place here."""
    return LexiconCategoriser(shipped())


def classify(text: str, title: str | None = None, hint: str | None = None) -> Classification:
    """The proposal of the categoriser in use for one report."""
    return current().classify(text, title, hint)
