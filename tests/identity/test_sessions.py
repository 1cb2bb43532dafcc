"""Page sessions: found by the cookie alone, unreadable in the database, and worth nothing when slipped in by SQL."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import now
from app.database import Login, Scope, transaction
from app.errors import Unauthenticated
from app.identity import sessions as sessions_module
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.sessions import Sessions
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


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return Sessions(lambda: engine, lambda: KEY)


async def refusal(sessions: Sessions, cookie: str) -> str:
    """Why this cookie is nobody's."""
    with pytest.raises(Unauthenticated) as refused:
        await sessions.find(cookie)
    return refused.value.reason


async def test_a_session_is_found_by_its_cookie_with_who_it_was_started_for(sessions: Sessions) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna")
    found = await sessions.find(cookie)
    assert found.actor == FENNA
    assert (found.display, found.token) == ("Fenna", begun.token)
    assert found.ends_at == begun.ends_at.replace(microsecond=0)
    assert timedelta(hours=7) < found.ends_at - now() <= timedelta(hours=sessions_module.HOURS)
    assert FENNA.sub is not None
    assert FENNA.sub not in repr(found)


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


async def test_a_row_tells_neither_who_nor_which_cookie(sessions: Sessions, settings: Settings) -> None:
    cookie, begun = await sessions.start(FENNA, "Fenna")
    async with look.as_superuser(settings) as connection:
        [row] = await look.rows(connection, "select digest, content, ends_at::text from sessions")
    stored = bytes(row.digest) + bytes(row.content)
    for word in (cookie, begun.token, str(FENNA.sub), "Fenna", "coordinator", "gemeente-emmen"):
        assert word.encode() not in stored
        assert word.encode().hex() not in stored.hex()


async def test_a_row_made_longer_by_sql_ends_when_it_was_to_end(
    sessions: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie, begun = await sessions.start(ANS, "Ans")
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("update sessions set ends_at = now() + interval '1 year'")
    monkeypatch.setattr(sessions_module, "now", lambda: begun.ends_at + timedelta(seconds=1))
    assert await refusal(sessions, cookie) == "session_ended"


async def test_the_content_of_a_coordinators_session_does_nothing_under_an_employees_cookie(
    sessions: Sessions, settings: Settings
) -> None:
    await sessions.start(FENNA, "Fenna")
    async with look.as_superuser(settings) as connection:
        [coordinator] = await look.rows(connection, "select content from sessions")
        cookie, _ = await sessions.start(ANS, "Ans")
        await connection.exec_driver_sql("update sessions set content = $1", (bytes(coordinator.content),))
        assert await refusal(sessions, cookie) == "session_forged"
        await connection.exec_driver_sql("update sessions set content = '\\x00'")
    assert await refusal(sessions, cookie) == "session_forged"


async def test_without_the_key_outside_the_database_a_row_is_no_session(
    engine: AsyncEngine, sessions: Sessions, settings: Settings
) -> None:
    """Somebody who may write every row, but lacks the desk's key, makes one with a key of his own."""
    stranger = Sessions(lambda: engine, lambda: b"m" * 32)
    cookie, _ = await stranger.start(FENNA, "Fenna")
    assert await refusal(sessions, cookie) == "session_unknown"
    digest = sessions._digest(cookie)
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("update sessions set digest = $1", (digest,))
    assert await refusal(sessions, cookie) == "session_forged"


async def test_ended_sessions_are_forgotten_by_the_worker(sessions: Sessions, settings: Settings) -> None:
    cookie, begun = await sessions.start(ANS, "Ans")
    async with look.pool(settings, Login.WORKER) as engine, transaction(engine, Scope()) as held:
        assert await sessions_module.forget_old(held.connection, now()) == 0
        assert await sessions_module.forget_old(held.connection, begun.ends_at + timedelta(seconds=1)) == 1
    assert await refusal(sessions, cookie) == "session_unknown"
