"""Buckets in memory: so many at once, as many again over the time, each sender for itself, and never without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import TooMany
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.limits import DEMO_TIMES, FORM_TIMES, SUBMISSIONS, Buckets, Limits, Rate


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def wait(buckets: Buckets, *who: str) -> int:
    """Seconds to wait, 0 where it was given."""
    try:
        buckets.take(*who)
    except TooMany as refused:
        return int(refused.headers["Retry-After"])
    return 0


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_so_many_are_given_at_once_and_the_next_must_wait_its_share(clock: Clock) -> None:
    buckets = Buckets(Rate(30, 600), clock=clock)
    assert [wait(buckets, "a") for _ in range(30)] == [0] * 30
    assert wait(buckets, "a") == 20
    clock.seconds += 19.5
    assert wait(buckets, "a") == 1
    clock.seconds += 0.5
    assert wait(buckets, "a") == 0
    assert wait(buckets, "a") == 20


def test_a_refused_try_costs_nothing(clock: Clock) -> None:
    buckets = Buckets(Rate(1, 10), clock=clock)
    assert [wait(buckets, "a") for _ in range(50)] == [0, *[10] * 49]
    clock.seconds += 10
    assert wait(buckets, "a") == 0


def test_a_long_rest_gives_no_more_than_a_full_bucket(clock: Clock) -> None:
    buckets = Buckets(Rate(3, 30), clock=clock)
    wait(buckets, "a")
    clock.seconds += 1_000_000
    assert [wait(buckets, "a") for _ in range(4)] == [0, 0, 0, 10]


def test_one_sender_never_empties_the_bucket_of_another(clock: Clock) -> None:
    buckets = Buckets(Rate(1, 60), clock=clock)
    assert wait(buckets, "org", "person") == 0
    assert wait(buckets, "org", "person") == 60
    for other in (("org", "other"), ("orgp", "erson"), ("orgperson",), ("", "orgperson")):
        assert wait(buckets, *other) == 0, other


@given(st.lists(st.floats(0, 50), max_size=60))
def test_however_the_tries_are_spread_the_rate_holds(rests: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(Rate(5, 50), clock=clock)
    given_at = []
    for rest in rests:
        clock.seconds += rest
        if wait(buckets, "a") == 0:
            given_at.append(clock.seconds)
    for number, first in enumerate(given_at):
        for later, last in enumerate(given_at[number:], 1):
            assert later <= 5 + (last - first) / 10 + 0.01


def test_only_so_many_senders_are_remembered_and_the_quiet_ones_go_first(clock: Clock) -> None:
    buckets = Buckets(Rate(2, 1_000), most=3, clock=clock)
    for who in "abcabcd":
        assert wait(buckets, who) == 0
    assert len(buckets) == 3
    assert wait(buckets, "c") > 0
    assert wait(buckets, "a") == 0


def test_a_full_bucket_takes_no_memory(clock: Clock) -> None:
    buckets = Buckets(Rate(10, 10), clock=clock)
    for number in range(500):
        wait(buckets, str(number))
    clock.seconds += 1
    wait(buckets, "last")
    assert len(buckets) == 1


def test_nothing_in_memory_names_who_reported(clock: Clock) -> None:
    """Two processes, or the same after a restart, keep one person under names that cannot be joined."""
    first, second = Buckets(Rate(5), clock=clock), Buckets(Rate(5), clock=clock)
    for buckets in (first, second):
        buckets.take("gemeente-emmen", "d-0123456789abcdef")
    kept = [set(buckets._full) for buckets in (first, second)]
    assert kept[0].isdisjoint(kept[1])
    assert all(len(key) == 16 for key in kept[0] | kept[1])
    assert "d-0123" not in repr(first)
    assert b"emmen" not in b"".join(kept[0])


def person(sub: str, role: Role = Role.EMPLOYEE, organisation: str = "gemeente-emmen") -> Actor:
    kind = Kind.MACHINE if role is Role.INTRANET_FORM else Kind.PERSON
    return Actor(kind, OrganisationId(organisation), frozenset({role}), Subject(sub))


def refused_after(limits: Limits, actor: Actor, most: int) -> int:
    """How many reports go in before one is refused."""
    for number in range(most):
        try:
            limits.submit(actor)
        except TooMany:
            return number
    raise AssertionError(f"{most} went in")


def test_a_form_may_report_for_a_whole_organisation_and_a_person_for_one() -> None:
    limits = Limits.of(None, demo=False)
    assert refused_after(limits, person("a"), 100_000) == SUBMISSIONS
    assert refused_after(limits, person("f", Role.INTRANET_FORM), 100_000) == SUBMISSIONS * FORM_TIMES
    assert refused_after(limits, person("b"), 100_000) == SUBMISSIONS
    assert refused_after(limits, person("a", organisation="gemeente-assen"), 100_000) == SUBMISSIONS


def test_the_number_is_a_setting_and_a_demonstration_gets_more() -> None:
    assert refused_after(Limits.of(7, demo=True), person("a"), 100_000) == 7
    assert refused_after(Limits.of(None, demo=True), person("a"), 100_000) == SUBMISSIONS * DEMO_TIMES
