"""Page sessions: a random cookie, and a row that is unreadable and worthless without it.

The row's content is sealed under a key made of the cookie and the authority key, which lies outside the database:
a row slipped in by SQL opens for nobody, and a stolen table names nobody (FORMATS 5, Authority).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.clock import now
from app.crypto import blind, canonical, session
from app.database import Scope, transaction
from app.errors import Unauthenticated
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.models import SessionRow

COOKIE = "__Host-meldpunt"
HOURS = 8


@dataclass(frozen=True, slots=True)
class Session:
    """A live session and the token its unsafe requests must show."""

    actor: Actor
    display: str
    token: str
    ends_at: datetime

    def __repr__(self) -> str:
        return f"Session(ends_at={self.ends_at:%H:%M})"


class Sessions:
    """Starts, finds and ends sessions. `authority` gives the key outside the database."""

    def __init__(self, engine: Callable[[], AsyncEngine], authority: Callable[[], bytes]) -> None:
        self._engine = engine
        self._authority = authority

    def _digest(self, cookie: str) -> bytes:
        return blind.mac(self._authority(), b"session", cookie.encode())

    async def start(self, actor: Actor, display: str) -> tuple[str, Session]:
        """A new session for this person: the cookie's value and the session."""
        cookie = secrets.token_urlsafe(32)
        begun = Session(actor, display, self._token(cookie), now() + timedelta(hours=HOURS))
        content = canonical.encode(
            {
                "sub": actor.sub,
                "organisation": actor.organisation,
                "roles": [role.value for role in sorted(actor.roles)],
                "display": display,
                "endsAt": int(begun.ends_at.timestamp()),
            }
        )
        row = insert(SessionRow).values(
            digest=self._digest(cookie),
            content=session.seal(self._authority(), cookie, content),
            ends_at=begun.ends_at,
        )
        async with transaction(self._engine(), Scope()) as held:
            await held.connection.execute(row)
        return cookie, begun

    def _token(self, cookie: str) -> str:
        return blind.mac(self._authority(), b"session token", cookie.encode()).hex()

    async def find(self, cookie: str) -> Session:
        """The session of this cookie. Raises Unauthenticated where it is unknown, ended or not of our making."""
        if not (cookie.isascii() and 20 <= len(cookie) <= 100):
            raise Unauthenticated(reason="session_unknown")
        async with transaction(self._engine(), Scope()) as held:
            sealed = (
                await held.connection.execute(
                    select(SessionRow.content).where(SessionRow.digest == self._digest(cookie))
                )
            ).scalar_one_or_none()
        if sealed is None:
            raise Unauthenticated(reason="session_unknown")
        content = session.opened(self._authority(), cookie, sealed)
        found = canonical.parse(content) if content is not None else None
        if not isinstance(found, dict):
            raise Unauthenticated(reason="session_forged")
        ends_at = datetime.fromtimestamp(int(str(found["endsAt"])), UTC)
        if ends_at <= now():
            raise Unauthenticated(reason="session_ended")
        roles = found["roles"]
        actor = Actor(
            Kind.PERSON,
            OrganisationId(str(found["organisation"])),
            frozenset(Role(str(role)) for role in roles) if isinstance(roles, list) else frozenset(),
            Subject(str(found["sub"])),
        )
        return Session(actor, str(found["display"]), self._token(cookie), ends_at)

    async def end(self, cookie: str) -> None:
        """End the session of this cookie; unknown ones are ended already."""
        async with transaction(self._engine(), Scope()) as held:
            await held.connection.execute(delete(SessionRow).where(SessionRow.digest == self._digest(cookie)))


async def forget_old(connection: AsyncConnection, moment: datetime) -> int:
    """Delete sessions that have ended; the number deleted."""
    done = await connection.execute(delete(SessionRow).where(SessionRow.ends_at < moment))
    return done.rowcount
