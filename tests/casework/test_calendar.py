"""Terms are counted in working days of the office, on the clock of Drenthe."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.casework import workflow
from app.casework.calendar import (
    DUE,
    NATIONAL,
    OfficeCalendar,
    due_at,
    easter,
    national_holidays,
    statutory_holidays,
)

HERE = ZoneInfo("Europe/Amsterdam")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def at(day: str, clock: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HERE)


@pytest.mark.parametrize(
    "sunday",
    ["1999-04-04", "2000-04-23", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25", "2100-03-28"],
)
def test_easter_falls_where_the_almanac_says(sunday: str) -> None:
    assert easter(int(sunday[:4])).isoformat() == sunday


def test_national_holidays_of_2026() -> None:
    assert sorted(day.isoformat() for day in national_holidays(2026)) == [
        "2026-01-01",
        "2026-04-05",
        "2026-04-06",
        "2026-04-27",
        "2026-05-05",
        "2026-05-14",
        "2026-05-24",
        "2026-05-25",
        "2026-12-25",
        "2026-12-26",
    ]


def test_kings_day_moves_to_saturday_when_it_would_be_sunday() -> None:
    assert date(2025, 4, 26) in national_holidays(2025)
    assert date(2025, 4, 27) not in national_holidays(2025)


def test_good_friday_counts_for_statutory_terms_only() -> None:
    assert date(2026, 4, 3) in statutory_holidays(2026)
    assert date(2026, 4, 3) not in national_holidays(2026)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at("2026-03-02"), 1, at("2026-03-03", "17:00")),
        (at("2026-03-06", "23:30"), 1, at("2026-03-09", "17:00")),
        (at("2026-03-07"), 1, at("2026-03-09", "17:00")),
        (at("2026-04-02"), 2, at("2026-04-07", "17:00")),
        (at("2026-12-24"), 2, at("2026-12-29", "17:00")),
        (at("2026-03-27"), 1, at("2026-03-30", "17:00")),
        (datetime(2026, 3, 2, 23, 30, tzinfo=UTC), 1, at("2026-03-04", "17:00")),
    ],
)
def test_the_day_itself_weekends_and_holidays_do_not_count(start: datetime, days: int, end: datetime) -> None:
    found = NATIONAL.add_working_days(start, days)
    assert found == end
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at("2026-03-02", "10:15"), at("2026-03-02", "11:15")),
        (at("2026-03-02", "16:00"), at("2026-03-02", "17:00")),
        (at("2026-03-02", "16:30"), at("2026-03-03", "09:30")),
        (at("2026-03-02", "17:00"), at("2026-03-03", "10:00")),
        (at("2026-03-02", "03:00"), at("2026-03-02", "10:00")),
        (at("2026-03-06", "16:40"), at("2026-03-09", "09:40")),
        (at("2026-04-04"), at("2026-04-07", "10:00")),
    ],
)
def test_an_office_hour_runs_from_nine_to_five(start: datetime, end: datetime) -> None:
    assert NATIONAL.add_office_hours(start, 1) == end


def test_twenty_office_hours_are_two_days_and_a_half() -> None:
    assert NATIONAL.add_office_hours(at("2026-03-06", "13:00"), 20) == at("2026-03-10", "17:00")


def test_an_organisation_may_close_on_days_of_its_own() -> None:
    office = OfficeCalendar(frozenset({date(2026, 3, 3)}))
    assert office.add_working_days(at("2026-03-02"), 1) == at("2026-03-04", "17:00")


def test_a_moment_without_time_zone_or_an_empty_term_is_a_fault() -> None:
    with pytest.raises(ValueError):
        NATIONAL.add_working_days(datetime(2026, 3, 2), 1)
    with pytest.raises(ValueError):
        NATIONAL.add_working_days(at("2026-03-02"), 0)
    with pytest.raises(ValueError):
        NATIONAL.add_office_hours(at("2026-03-02"), 0)


@given(start=MOMENTS, days=st.integers(1, 80))
def test_a_term_ends_later_on_a_working_day_and_never_sooner_than_a_shorter_one(
    start: datetime, days: int
) -> None:
    end = NATIONAL.add_working_days(start, days)
    assert NATIONAL.is_working_day(end.astimezone(HERE).date())
    assert start < end < NATIONAL.add_working_days(start, days + 1)


@given(start=MOMENTS, hours=st.integers(1, 40))
def test_office_hours_end_within_office_hours(start: datetime, hours: int) -> None:
    end = NATIONAL.add_office_hours(start, hours)
    assert end - start >= timedelta(hours=hours)
    assert NATIONAL.is_working_day(end.astimezone(HERE).date())
    assert 9 <= end.astimezone(HERE).hour + end.astimezone(HERE).minute / 60 <= 17


@pytest.mark.parametrize(
    ("kind", "state", "days", "what"),
    [
        ("triage", "new", 1, "claim"),
        ("triage", "claimed", 2, "assess"),
        ("triage", "assessing", 10, "decide"),
        ("triage", "waiting_reporter", 10, "reply"),
        ("triage", "enquiring", 10, "conclude"),
        ("triage", "waiting_approval", 5, "approve"),
        ("triage", "taken_up", 60, "review"),
        ("triage", "supplied", 60, "review"),
        ("riec", "new", 2, "claim"),
        ("riec", "assessing", 20, "decide"),
        ("rudd", "new", 1, "claim"),
        ("rudd", "assessing", 10, "decide"),
    ],
)
def test_stays_are_those_of_the_workflow_reference(kind: str, state: str, days: int, what: str) -> None:
    since = at("2026-03-02")
    assert due_at(kind, state, 2, since) == (NATIONAL.add_working_days(since, days), what)


def test_an_urgent_new_case_is_due_in_one_office_hour() -> None:
    assert due_at("riec", "new", 1, at("2026-03-02")) == (at("2026-03-02", "11:00"), "claim")
    assert due_at("riec", "claimed", 1, at("2026-03-02")) == (at("2026-03-04", "17:00"), "assess")


def test_a_closed_case_is_due_for_nothing() -> None:
    assert due_at("triage", "closed", 2, at("2026-03-02")) is None


def test_every_state_of_every_kind_has_a_longest_stay() -> None:
    assert set(DUE) == set(workflow.KINDS)
    for stays in DUE.values():
        assert set(stays) == set(workflow.STATES) - {"closed"}
