"""From findings to the parts of a proposal that rest on the lexicon alone: topics, facts, urgency signs, clues.

Whichever categoriser chooses the category, these are found the same way (workflow.md 0, indicators.md 6 and 8).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.classification.lexicon import Lexicon
from app.classification.match import Reading, look
from app.classification.values import CATEGORIES, FACTS, SUBSTANCES, TOPICS, URGENT, Clue
from app.classification.weigh import Finding, Score, findings, qualifies, score


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a report as it was read: its words and what the lexicon finds in them."""

    name: str
    reading: Reading
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one category stands: its score, and whether that is enough."""

    category: str
    total: int
    largest: int
    enough: bool
    counted: tuple[Finding, ...]


def fields(text: str, title: str | None, lexicon: Lexicon) -> tuple[Field, ...]:
    """The title, where there is one, and the text."""
    given = (("title", title), ("text", text)) if title else (("text", text),)
    result = []
    for name, words in given:
        reading = look(words or "", lexicon)
        result.append(Field(name, reading, tuple(findings(name, reading, lexicon))))
    return tuple(result)


def doubt_of(found: Sequence[Finding]) -> int:
    """The weight of news, lessons, questions and innocent explanations."""
    return sum(f.rule.weight for f in found if f.rule.context == "explained")


def scores(found: Sequence[Finding]) -> list[Score]:
    """What the findings of each category come to, in the order of `CATEGORIES`."""
    of: dict[str | None, list[Finding]] = {category: [] for category in CATEGORIES}
    for finding in found:
        if finding.rule.category in of:
            of[finding.rule.category].append(finding)
    return [score(of[category]) for category in CATEGORIES]


def standings(found: Sequence[Finding], hint: str | None, lexicon: Lexicon) -> list[Standing]:
    """How each category stands, in the order that breaks a tie."""
    return stand(scores(found), doubt_of(found), hint, lexicon)


def stand(scored: Sequence[Score], doubt: int, hint: str | None, lexicon: Lexicon) -> list[Standing]:
    """`standings` of scores that are there already."""
    return [
        _standing(category, one, doubt, hint, lexicon)
        for category, one in zip(CATEGORIES, scored, strict=True)
    ]


def _standing(category: str, scored: Score, doubt: int, hint: str | None, lexicon: Lexicon) -> Standing:
    total, largest, counted = scored
    if counted and hint == category:
        total, largest = total + lexicon.hint, max(largest, lexicon.hint)
    return Standing(category, total, largest, qualifies(total, largest, doubt, lexicon), tuple(counted))


def topics(found: Sequence[Finding], chosen: Sequence[Standing]) -> tuple[str, ...]:
    """Topics of what was counted for the chosen categories, strongest first, and money laundering."""
    weights: dict[str, int] = {}
    rows = [c for s in chosen for c in s.counted]
    rows += [f for f in found if f.rule.category is None and f.rule.topic and not f.denied]
    for row in rows:
        if row.rule.topic:
            weights[row.rule.topic] = weights.get(row.rule.topic, 0) + row.weight
    strong = [topic for topic, weight in weights.items() if weight >= 2]
    return tuple(sorted(strong, key=lambda topic: (-weights[topic], TOPICS.index(topic))))


def facts(found: Sequence[Finding], stand: Sequence[Standing]) -> frozenset[str]:
    """Facts from the closed list. `minor` counts with a clue of exploitation, `env` from substances."""
    told = {f.rule.fact for f in found if f.rule.fact and not f.denied}
    if substances(found):
        told.add("env")
    if "minor" in told and not any(s.counted for s in stand if s.category == "human_trafficking"):
        told.discard("minor")
    if "on_premises" in told and not any(s.enough for s in stand if s.category == "drugs"):
        told.discard("on_premises")
    if "permanent_residence" in told and any(s.enough for s in stand):
        told.discard("permanent_residence")
    return frozenset(fact for fact in FACTS if fact in told)


def substances(found: Sequence[Finding]) -> tuple[str, ...]:
    """The `env` words of the closed list that the report speaks of and does not deny."""
    named = {f.rule.substance for f in found if not f.denied}
    return tuple(s for s in SUBSTANCES if s in named)


def urgent(found: Sequence[Finding], told: frozenset[str]) -> tuple[str, ...]:
    """The signs of danger that are not denied, with what two facts say of it."""
    codes = {f.rule.urgent for f in found if not f.denied}
    if "now" in told:
        codes.add("ongoing")
    if "minor" in told:
        codes.add("minor_victim")
    return tuple(code for code in URGENT if code in codes)


def clues(found: Sequence[Finding], stand: Sequence[Standing]) -> tuple[Clue, ...]:
    """Every finding as a clue; denied ones and words that another clue used are shown and not counted."""
    counted = {id(c) for s in stand for c in s.counted}
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
