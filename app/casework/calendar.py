"""When something is due: working days and office hours of an organisation, and how long a case may wait.

Pure. Days are judged on the clock of Europe/Amsterdam; what goes in and comes out is an aware moment, out
in UTC. Terms: workflow.md section 2.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OPENS = time(9)
CLOSES = time(17)
URGENT = 1
"""The priority that rule P1 gives; every other number is ordinary."""

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus of Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    skipped, leap = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - skipped - moon + 15) % 30
    weekday = (32 + 2 * leap + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def national_holidays(year: int) -> frozenset[date]:
    """Days on which Dutch public offices are closed. Liberation Day counts every year, Good Friday not."""
    sunday = easter(year)
    kings_day = date(year, 4, 27)
    if kings_day.isoweekday() == 7:
        kings_day -= ONE_DAY
    return frozenset(
        {
            date(year, 1, 1),
            sunday,
            sunday + timedelta(days=1),
            kings_day,
            date(year, 5, 5),
            sunday + timedelta(days=39),
            sunday + timedelta(days=49),
            sunday + timedelta(days=50),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def statutory_holidays(year: int) -> frozenset[date]:
    """Days that do not count for terms of the Awb and Woo (Algemene termijnenwet): also Good Friday.

    Days equated by royal decree are not computed; they are added as data.
    """
    return national_holidays(year) | {easter(year) - timedelta(days=2)}


@dataclass(frozen=True, slots=True)
class OfficeCalendar:
    """The working days of one organisation: Monday to Friday, 9 to 17 o'clock, without its `holidays`."""

    holidays: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Whether the office is open on `day`."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def add_working_days(self, start: datetime, n: int) -> datetime:
        """Closing time of the `n`th working day after the day of `start`, in UTC.

        The day of `start` itself never counts, as in the Algemene termijnenwet. ValueError for a naive
        `start` or `n` below 1.
        """
        if n < 1:
            raise ValueError("a term is at least one working day")
        return _closing(self, _local(start).date(), n)

    def add_office_hours(self, start: datetime, hours: int) -> datetime:
        """The moment at which `hours` of office time have passed since `start`, in UTC.

        Time outside office hours does not count. ValueError for a naive `start` or `hours` below 1.
        """
        if hours < 1:
            raise ValueError("a term is at least one office hour")
        local = _local(start)
        day, now = local.date(), local.time()
        if not self.is_working_day(day) or now >= CLOSES:
            day, now = self._next_working_day(day), OPENS
        here = datetime.combine(day, max(now, OPENS))
        left = timedelta(hours=hours)
        while here + left > datetime.combine(here.date(), CLOSES):
            left -= datetime.combine(here.date(), CLOSES) - here
            here = datetime.combine(self._next_working_day(here.date()), OPENS)
        end = here + left
        return _moment(end.date(), end.time())

    def _next_working_day(self, day: date) -> date:
        day += ONE_DAY
        while not self.is_working_day(day):
            day += ONE_DAY
        return day


@lru_cache(maxsize=4096)
def _closing(calendar: OfficeCalendar, day: date, n: int) -> datetime:
    """Closing time of the `n`th working day after `day`; the same few days are asked for all day long."""
    for _ in range(n):
        day = calendar._next_working_day(day)
    return _moment(day, CLOSES)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    return moment.astimezone(AMSTERDAM)


def _moment(day: date, at: time) -> datetime:
    # Dutch clocks change at night, never between 9 and 17, so a wall time in office hours is one moment.
    return datetime.combine(day, at, AMSTERDAM).astimezone(UTC)


NATIONAL = OfficeCalendar(frozenset(day for year in range(2020, 2101) for day in national_holidays(year)))
"""The calendar of an organisation that has set none of its own."""


class Stay(NamedTuple):
    """How many working days a case may stay in a state, and what is due at the end of it."""

    working_days: int
    due_kind: str


_ANY = {
    "new": Stay(1, "claim"),
    "claimed": Stay(2, "assess"),
    "assessing": Stay(10, "decide"),
    "waiting_reporter": Stay(10, "reply"),
    "enquiring": Stay(10, "conclude"),
    "waiting_approval": Stay(5, "approve"),
    "taken_up": Stay(60, "review"),
    "supplied": Stay(60, "review"),
}
DUE: dict[str, dict[str, Stay]] = {
    "triage": _ANY,
    "riec": _ANY | {"new": Stay(2, "claim"), "assessing": Stay(20, "decide")},
    "rudd": _ANY,
}
"""Longest stay per kind of queue and state (workflow.md 2). A closed case is due for nothing."""

URGENT_OFFICE_HOURS = 1
FIRST_FEEDBACK_WORKING_DAYS = 10


class Due(NamedTuple):
    """Until when (UTC), and for what: `claim assess decide reply conclude approve review`."""

    at: datetime
    kind: str


def due_at(
    kind: str, state: str, priority: int, since: datetime, calendar: OfficeCalendar = NATIONAL
) -> Due | None:
    """When a case of `kind` that entered `state` at `since` is due; None once it is closed.

    A new case of priority 1 is due within one office hour. KeyError for an unknown kind or state.
    """
    stays = DUE[kind]
    if state == "closed":
        return None
    stay = stays[state]
    if state == "new" and priority == URGENT:
        return Due(calendar.add_office_hours(since, URGENT_OFFICE_HOURS), stay.due_kind)
    return Due(calendar.add_working_days(since, stay.working_days), stay.due_kind)
