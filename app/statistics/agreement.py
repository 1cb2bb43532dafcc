"""How often people agree with what the machine proposed, as tables. Pure: it counts, and nothing learns from it.

Small numbers are not told (workflow.md 8, k = 5): a row needs five decisions, counts are rounded down to fives, one
below five is `<5`, and a share is told only where neither of its two sides is that small.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.figures import STEP

HEAD = (
    "# Wat mensen besloten naast wat het meldpunt voorstelde",
    "",
    "Elke zaak telt een keer, met het laatste besluit over de categorie. «Geen van deze» kan niemand kiezen: een",
    "melding die ten onrechte een voorstel kreeg en daarna is gesloten, telt hier niet mee. Getallen zijn naar beneden",
    f"afgerond op {STEP}. Wat minder dan {STEP} keer voorkomt, staat er niet, of als «<{STEP}».",
    "Het meldpunt leert hier niet vanzelf van.",
)
UNSORTED = "zonder voorstel"
HIDDEN = "–"


@dataclass(frozen=True, slots=True)
class Decided:
    """A case on which a person decided: what was proposed, by which model and lexicon, on which rules, and the
    decision with its month (`2026-11`). `proposed` None: the machine left it to a person.
    """

    month: str
    proposed: str | None
    decided: str
    rules: tuple[str, ...]
    categoriser: str

    @property
    def changed(self) -> bool:
        """Whether the person decided otherwise than was proposed."""
        return self.proposed is not None and self.decided != self.proposed


Keys = Callable[[Decided], Iterable[str]]


def tables(found: Sequence[Decided]) -> Iterator[str]:
    """The lines of the report: in all and by version, by category, by clue rule, by month, and what was left over."""
    proposals = [one for one in found if one.proposed is not None]
    yield from HEAD
    yield from _table("model en woordenlijst", proposals, lambda one: ("alle", one.categoriser))
    yield from _table("voorgesteld", proposals, lambda one: (str(one.proposed),))
    yield from _table(
        "aanwijzing, voorgesteld", proposals, lambda one: {f"{rule}, {one.proposed}" for rule in one.rules}
    )
    yield from _table("maand", proposals, lambda one: (one.month,))
    yield from _left(one for one in found if one.proposed is None)


def _table(name: str, found: Sequence[Decided], keys: Keys) -> Iterator[str]:
    counts = Counter(key for one in found for key in keys(one))
    changed = Counter(key for one in found if one.changed for key in keys(one))
    yield ""
    yield f"| {name} | besluiten | anders besloten | deel anders |"
    yield "|---|---|---|---|"
    for key in sorted(counts):
        if counts[key] >= STEP:
            told = (number(counts[key]), number(changed[key]), share(changed[key], counts[key]))
            yield f"| {key} | " + " | ".join(told) + " |"


def _left(found: Iterable[Decided]) -> Iterator[str]:
    """What people made of reports that got no proposal."""
    counts = Counter(one.decided for one in found)
    yield ""
    yield f"| {UNSORTED}, besloten | besluiten |"
    yield "|---|---|"
    for decided in sorted(counts):
        if counts[decided] >= STEP:
            yield f"| {decided} | {number(counts[decided])} |"


def number(count: int) -> str:
    """A count as it may be told."""
    return f"<{STEP}" if 0 < count < STEP else str(count - count % STEP)


def share(part: int, whole: int) -> str:
    """A share in whole percents, or a dash where it would tell a small number."""
    small = any(0 < side < STEP for side in (part, whole - part))
    return HIDDEN if small or whole < STEP else f"{100 * part / whole:.0f} %"
