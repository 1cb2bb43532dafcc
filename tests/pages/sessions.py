"""Sessions of pages whose time has gone by, without waiting for it."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import now
from app.database import Login
from app.identity.sessions import COOKIE, Session, Sessions
from app.settings import Settings
from app.vault.keys import KeyRing
from tests.database import look
from tests.pages.conftest import Watched

MOVE = "update sessions set content = $1 where digest = $2"


async def cookie_of(it: Watched) -> str:
    """The session cookie of this browser."""
    [value] = [str(one["value"]) for one in await it.context.cookies() if one["name"] == COOKIE]
    return value


def sessions_of(settings: Settings, engine: AsyncEngine) -> Sessions:
    """The sessions of a running desk, with its own key."""
    authority = KeyRing.load(settings, holders=()).authority
    return Sessions(lambda: engine, lambda: authority)


async def leave_alone(
    it: Watched, settings: Settings, seconds_left: int, *, all_day: bool = False
) -> Session:
    """As if nobody had used this browser's session until so many seconds before its end; `all_day`: its latest end."""
    cookie = await cookie_of(it)
    async with look.pool(settings, Login.APP) as engine:
        sessions = sessions_of(settings, engine)
        found = await sessions.find(cookie)
        end = (now() + timedelta(seconds=seconds_left)).replace(microsecond=0)
        aged = (
            replace(found, latest=end)
            if all_day
            else replace(found, used_at=end - (found.ends_at - found.used_at))
        )
        async with look.as_superuser(settings) as connection:
            await connection.exec_driver_sql(MOVE, (sessions._sealed(cookie, aged), sessions.digest(cookie)))
        return aged


async def take_away(it: Watched, settings: Settings) -> None:
    """End this browser's session behind its back."""
    async with look.pool(settings, Login.APP) as engine:
        await sessions_of(settings, engine).end(await cookie_of(it))


async def end_of(it: Watched, settings: Settings) -> Session:
    """The session of this browser as it is now."""
    async with look.pool(settings, Login.APP) as engine:
        return await sessions_of(settings, engine).find(await cookie_of(it))
