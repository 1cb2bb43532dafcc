"""How long a closed case is kept (workflow.md 6). Pure: years from closing, per copy; the longest of all copies counts.

An outcome of no class, or of none that is known, is kept as long as one not taken up; what is unknown to this release
as long as the longest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.casework.outcomes import OUTCOMES

YEARS: Final = {"K1": 1, "K2": 5, "K3": 1}
LONGEST: Final = max(YEARS.values())
AFTER_RECIPIENT: Final = "K3"
"""The supplier's copy runs from the outcome of the last recipient."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A closed copy of a report: how it ended and when."""

    outcome: str | None
    closed_at: datetime


def kept_until(own: Copy, recipients: Iterable[Copy]) -> datetime:
    """The first moment at which no copy has to be kept any more."""
    others = list(recipients)
    first = own.closed_at
    if others and _class(own.outcome) == AFTER_RECIPIENT:
        first = max(one.closed_at for one in others)
    ends = [_later(first, _years(own.outcome))]
    return max(ends + [_later(one.closed_at, _years(one.outcome)) for one in others])


def _class(outcome: str | None) -> str:
    known = OUTCOMES.get(outcome or "")
    return "" if known is None else known.retention or "K1"


def _years(outcome: str | None) -> int:
    return YEARS.get(_class(outcome), LONGEST)


def _later(moment: datetime, years: int) -> datetime:
    """The same day so many years later; the first of March where 29 February is missing."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)
