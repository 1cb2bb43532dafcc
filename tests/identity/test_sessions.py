"""Page sessions: found by the cookie alone, unreadable in the database, worth nothing when slipped in by SQL, and over
in time: half an hour after their last use, after a working day in any case, and all of a person's at once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app import figures
from app.clock import now
from app.database import Login, Scope, transaction
from app.errors import Unauthenticated
from app.identity import sessions as sessions_module
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.sessions import IDLE, LIFE, MARKED, Sessions
from app.settings import Settings
from tests.database import look

pytestmark = pytest.mark.anyio

FENNA = Actor(
    Kind.PERSON,
    OrganisationId("gemeente-emmen"),
    frozenset({Role.COORDINATOR, Role.EMPLOYEE}),
    Subject("d-0123456789abcdef"),
)
ANS = Actor(Kind.PERSON, OrganisationId("gemeente-emmen"), frozenset({Role.EMPLOYEE}), Subject("d-ans"))
KEY = b"a" * 32


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    async with look.pool(settings, Login.APP) as pool:
        yield pool


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at

    def forward(self, span: timedelta) -> None:
        self.at += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(engine: AsyncEngine, clock: Clock) -> Sessions:
    return Sessions(lambda: engine, lambda: KEY, clock)


def alarms() -> float:
    """How often somebody was called for a forged session."""
    return figures.REGISTRY.get_sample_value("meldpunt_alarms_total", {"reason": "session_forged"}) or 0.0


async def stored(settings: Settings) -> list[dict[str, object]]:
    """All rows of the table, as they lie there."""
    async with look.as_superuser(settings) as connection:
        found = await look.rows(
            connection, "select digest, person, content, ends_at, xmin::text from sessions"
        )
        return [dict(row._mapping) for row in found]


async def refusal(sessions: Sessions, cookie: str) -> str:
    """Why this cookie is nobody's."""
    with pytest.raises(Unauthenticated) as refused:
        await sessions.find(cookie)
    return refused.value.reason


async def test_a_session_is_found_by_its_cookie_with_who_it_was_started_for(sessions: Sessions) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna", issuer="emmen")
    found = await sessions.find(cookie)
    assert found == begun
    assert found.actor == FENNA
    assert (found.display, found.issuer) == ("Fenna", "emmen")
    assert FENNA.sub is not None
    for word in (FENNA.sub, "Fenna", found.token, found.person):
        assert word not in repr(found)


async def test_a_weak_sign_in_stays_weak(sessions: Sessions) -> None:
    cookie, _ = await sessions.start(replace(FENNA, strong=False), "Fenna")
    assert not (await sessions.find(cookie)).actor.strong
    cookie, _ = await sessions.start(FENNA, "Fenna")
    assert (await sessions.find(cookie)).actor.strong


@pytest.mark.parametrize("cookie", ["", "x" * 43, "é" * 30, "x" * 5000, "x" * 30 + "\0"])
async def test_a_cookie_of_nobody_is_nobody(sessions: Sessions, cookie: str) -> None:
    await sessions.start(FENNA, "Fenna")
    assert await refusal(sessions, cookie) == "session_unknown"


async def test_two_sessions_have_cookies_and_tokens_of_their_own(sessions: Sessions) -> None:
    (one, first), (other, second) = await sessions.start(ANS, "Ans"), await sessions.start(ANS, "Ans")
    assert one != other
    assert first.token != second.token
    assert first.token not in {one, other}


async def test_an_ended_session_is_gone_and_ending_it_again_is_no_fault(sessions: Sessions) -> None:
    cookie, _ = await sessions.start(ANS, "Ans")
    for _ in range(2):
        await sessions.end(cookie)
        assert await refusal(sessions, cookie) == "session_unknown"


async def test_at_each_login_the_value_is_new_and_the_session_of_before_is_over(sessions: Sessions) -> None:
    before, _ = await sessions.start(ANS, "Ans")
    other, _ = await sessions.start(ANS, "Ans")
    after, _ = await sessions.start(FENNA, "Fenna", replacing=sessions.digest(before))
    assert after != before
    assert await refusal(sessions, before) == "session_unknown"
    assert (await sessions.find(after)).actor == FENNA
    assert (await sessions.find(other)).actor == ANS


async def test_a_row_tells_neither_who_nor_which_cookie(sessions: Sessions, settings: Settings) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna")
    [row] = await stored(settings)
    kept = b"".join(value for value in row.values() if isinstance(value, bytes))
    for word in (cookie, begun.token, begun.person, str(FENNA.sub), "Fenna", "coordinator", "gemeente-emmen"):
        assert word.encode() not in kept
        assert word.encode().hex() not in kept.hex()


async def test_a_session_nobody_uses_is_over_after_half_an_hour(sessions: Sessions, clock: Clock) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna")
    assert begun.ends_at - begun.used_at == IDLE == timedelta(minutes=30)
    for _ in range(3):
        clock.forward(timedelta(minutes=9))
        await sessions.find(cookie)
    clock.forward(timedelta(minutes=3))
    assert await refusal(sessions, cookie) == "session_ended"


async def test_a_session_in_use_lasts_a_working_day_and_no_longer(sessions: Sessions, clock: Clock) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna")
    assert begun.latest - begun.used_at == LIFE == timedelta(hours=8)
    used = 0
    while clock.at < begun.latest:
        await sessions.keep(cookie, await sessions.find(cookie))
        clock.forward(timedelta(minutes=25))
        used += 1
    assert used == 20
    assert await refusal(sessions, cookie) == "session_ended"


async def test_that_a_session_was_used_is_written_at_most_once_a_minute(
    sessions: Sessions, clock: Clock, settings: Settings
) -> None:
    cookie, _ = await sessions.start(FENNA, "Fenna")
    versions = [(await stored(settings))[0]]
    for _ in range(6):
        clock.forward(MARKED / 3)
        await sessions.keep(cookie, await sessions.find(cookie))
        versions.append((await stored(settings))[0])
    assert len({version["xmin"] for version in versions}) == 3
    assert len({version["content"] for version in versions}) == 3
    assert versions[-1]["ends_at"] == (await sessions.find(cookie)).ends_at


async def test_a_session_that_was_ended_is_not_kept_alive(sessions: Sessions, clock: Clock) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna")
    await sessions.end(cookie)
    clock.forward(MARKED)
    with pytest.raises(Unauthenticated):
        await sessions.keep(cookie, begun)
    assert await refusal(sessions, cookie) == "session_unknown"


async def test_all_sessions_of_a_person_end_together_and_nobody_elses(sessions: Sessions) -> None:
    mine = [(await sessions.start(FENNA, "Fenna"))[0] for _ in range(3)]
    elsewhere = replace(FENNA, organisation=OrganisationId("gemeente-assen"))
    others = [
        (await sessions.start(actor, "X"))[0] for actor in (elsewhere, replace(FENNA, sub=Subject("d-x")))
    ]
    assert FENNA.organisation is not None
    assert FENNA.sub is not None
    assert await sessions.end_all(FENNA.organisation, FENNA.sub) == 3
    for cookie in mine:
        assert await refusal(sessions, cookie) == "session_unknown"
    for cookie in others:
        assert (await sessions.find(cookie)).display == "X"


async def test_sessions_of_who_only_reports_are_not_found_by_who_she_is(
    sessions: Sessions, settings: Settings
) -> None:
    for _ in range(2):
        await sessions.start(ANS, "Ans", unnamed=True)
    assert len({row["person"] for row in await stored(settings)}) == 2
    assert ANS.organisation is not None
    assert ANS.sub is not None
    assert await sessions.end_all(ANS.organisation, ANS.sub) == 0


async def test_one_person_is_the_same_to_her_pages_and_two_of_one_name_are_not(sessions: Sessions) -> None:
    (_, one), (_, again) = await sessions.start(ANS, "Ans"), await sessions.start(ANS, "Ans")
    _, namesake = await sessions.start(replace(ANS, sub=Subject("d-ans-2")), "Ans")
    assert one.person == again.person != namesake.person


async def test_a_row_made_longer_by_sql_ends_when_it_was_to_end(
    sessions: Sessions, settings: Settings, clock: Clock
) -> None:
    cookie, _ = await sessions.start(ANS, "Ans")
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("update sessions set ends_at = now() + interval '1 year'")
    clock.forward(IDLE)
    assert await refusal(sessions, cookie) == "session_ended"


async def test_the_content_of_a_coordinators_session_does_nothing_under_an_employees_cookie(
    sessions: Sessions, settings: Settings
) -> None:
    before = alarms()
    await sessions.start(FENNA, "Fenna")
    async with look.as_superuser(settings) as connection:
        [coordinator] = await look.rows(connection, "select content, person from sessions")
        cookie, _ = await sessions.start(ANS, "Ans")
        moved = (bytes(coordinator.content), bytes(coordinator.person))
        await connection.exec_driver_sql("update sessions set content = $1, person = $2", moved)
        assert await refusal(sessions, cookie) == "session_forged"
        await connection.exec_driver_sql("update sessions set content = '\\x00'")
    assert await refusal(sessions, cookie) == "session_forged"
    assert alarms() == before + 2


async def test_a_row_hidden_from_logging_out_everywhere_opens_no_more(
    sessions: Sessions, settings: Settings
) -> None:
    """Who writes to the table may keep a row from being found by its person; then nobody can use it."""
    cookie, _ = await sessions.start(FENNA, "Fenna")
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("update sessions set person = digest")
    assert await refusal(sessions, cookie) == "session_forged"


async def test_without_the_key_outside_the_database_a_row_is_no_session(
    engine: AsyncEngine, sessions: Sessions, settings: Settings
) -> None:
    """Somebody who may write every row, but lacks the desk's key, makes one with a key of his own."""
    stranger = Sessions(lambda: engine, lambda: b"m" * 32)
    cookie, _ = await stranger.start(FENNA, "Fenna")
    assert await refusal(sessions, cookie) == "session_unknown"
    digest = sessions.digest(cookie)
    before = alarms()
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("update sessions set digest = $1", (digest,))
    assert await refusal(sessions, cookie) == "session_forged"
    assert alarms() == before + 1


async def test_ended_sessions_are_forgotten_by_the_worker(sessions: Sessions, settings: Settings) -> None:
    cookie, begun = await sessions.start(ANS, "Ans")
    async with look.pool(settings, Login.WORKER) as engine, transaction(engine, Scope()) as held:
        assert await sessions_module.forget_old(held.connection, begun.used_at) == 0
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("update sessions set ends_at = now() - interval '1 second'")
    async with look.pool(settings, Login.WORKER) as engine, transaction(engine, Scope()) as held:
        assert await sessions_module.forget_old(held.connection, now()) == 1
    assert await refusal(sessions, cookie) == "session_unknown"
