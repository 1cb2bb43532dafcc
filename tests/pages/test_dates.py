"""Days on the pages are days in the Netherlands, and a promised day is a working day."""

from datetime import datetime

import pytest

from tests.pages.conftest import Watched

pytestmark = pytest.mark.anyio
CALL = "async ([name, ...given]) => (await import('/static/dates.js'))[name](...given)"


def midnight(day: str) -> int:
    """A day as the script counts it: milliseconds of its UTC midnight."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)


async def call(desk: Watched, name: str, *given: object) -> object:
    """What a function of the page's own date module gives."""
    result: object = await desk.page.evaluate(CALL, [name, *given])
    return result


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-11-23", 2, "2026-11-25"),
        ("2026-11-27", 2, "2026-12-01"),
        ("2026-11-28", 2, "2026-12-01"),
        ("2026-12-23", 2, "2026-12-28"),
        ("2027-03-25", 2, "2027-03-31"),
        ("2027-05-05", 1, "2027-05-07"),
    ],
)
async def test_weekends_and_holidays_are_no_working_days(
    desk: Watched, start: str, count: int, expected: str
) -> None:
    await desk.go("/")
    found = await call(desk, "workingDaysLater", midnight(start), count)
    assert found == midnight(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-01-15", "2026-01-15T00:00:00+01:00"),
        ("2026-03-29", "2026-03-29T00:00:00+01:00"),
        ("2026-03-30", "2026-03-30T00:00:00+02:00"),
        ("2026-10-25", "2026-10-25T00:00:00+02:00"),
        ("2026-10-26", "2026-10-26T00:00:00+01:00"),
    ],
)
async def test_a_day_begins_at_midnight_in_the_netherlands(desk: Watched, day: str, expected: str) -> None:
    await desk.go("/")
    assert await call(desk, "startOf", midnight(day)) == expected


@pytest.mark.parametrize("typed", ["14-11-2025", "14/11/2025", " 14.11.2025 ", "14 11 2025"])
async def test_a_day_may_be_typed_in_the_usual_ways(desk: Watched, typed: str) -> None:
    await desk.go("/")
    assert await call(desk, "readDay", typed) == midnight("2025-11-14")


@pytest.mark.parametrize(
    "typed", ["31-02-2026", "2026-11-14", "14-11-26", "14-11-0026", "morgen", "١٤-11-2026"]
)
async def test_what_is_no_day_is_refused(desk: Watched, typed: str) -> None:
    await desk.go("/")
    assert await call(desk, "readDay", typed) is None
