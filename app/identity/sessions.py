"""Page sessions: a random cookie, and a row that is unreadable and worthless without it.

The row's content is sealed under a key made of the cookie and the authority key, which lies outside the database:
a row slipped in by SQL opens for nobody, and a stolen table names nobody (FORMATS 5, Authority). When it was last
used lies in there too, so that SQL makes no session longer. A session ends when nobody used it for half an hour,
and after a working day in any case (ASVS 7.3).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import clock as system_clock
from app import telemetry
from app.crypto import blind, canonical, session
from app.database import Scope, transaction
from app.errors import Unauthenticated
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.models import SessionRow

COOKIE = "__Host-meldpunt"
LIFE = timedelta(hours=8)
"""The end of every session, however much it is used."""
IDLE = timedelta(minutes=30)
"""The end of a session that nobody uses."""
MARKED = timedelta(minutes=1)
"""That a session was used is written at most once in this time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A live session and the token its unsafe requests must show.

    `actor` has the roles that the issuer gave: `register.admit` decides at each request which of them hold. `person`
    tells one person's sessions from another's and nothing else. `mark` stands beside the content in the row. `issuer`:
    the name of where she signed in.
    """

    actor: Actor
    display: str = field(repr=False)
    token: str = field(repr=False)
    person: str = field(repr=False)
    used_at: datetime
    latest: datetime
    mark: bytes = field(repr=False)
    issuer: str | None = None

    @property
    def ends_at(self) -> datetime:
        """When it ends if nothing happens any more."""
        return min(self.used_at + IDLE, self.latest)


@dataclass(frozen=True, slots=True)
class Living:
    """One of a person's sessions as she is shown it: under what it is found, and when it ends if nothing happens."""

    digest: bytes = field(repr=False)
    ends_at: datetime


class Sessions:
    """Starts, finds and ends sessions. `authority` gives the key outside the database."""

    def __init__(
        self,
        engine: Callable[[], AsyncEngine],
        authority: Callable[[], bytes],
        clock: Callable[[], datetime] = system_clock.now,
    ) -> None:
        self._engine = engine
        self._authority = authority
        self._clock = clock

    def digest(self, cookie: str) -> bytes:
        """Under what the row of this cookie is found."""
        return blind.mac(self._authority(), b"session", cookie.encode())

    async def start(
        self,
        actor: Actor,
        display: str,
        *,
        issuer: str | None = None,
        unnamed: bool = False,
        replacing: bytes | None = None,
    ) -> tuple[str, Session]:
        """A new session for this person: the cookie's value and the session.

        `replacing`: the digest of the session this browser had, which ends. `unnamed`: she only reports, so that her
        rows must not be found by who she is, also not by us.
        """
        cookie, moment = secrets.token_urlsafe(32), self._whole_second()
        mark = secrets.token_bytes(32) if unnamed else person_mark(self._authority(), actor)
        begun = Session(
            actor, display, self._token(cookie), self._person(actor), moment, moment + LIFE, mark, issuer
        )
        row = insert(SessionRow).values(
            digest=self.digest(cookie),
            person=mark,
            content=self._sealed(cookie, begun),
            ends_at=begun.ends_at,
        )
        async with transaction(self._engine(), Scope()) as held:
            if replacing is not None:
                await held.connection.execute(delete(SessionRow).where(SessionRow.digest == replacing))
            await held.connection.execute(row)
        return cookie, begun

    def _whole_second(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _sealed(self, cookie: str, it: Session) -> bytes:
        return session.seal(self._authority(), cookie, _content(it), it.mark)

    def _token(self, cookie: str) -> str:
        return blind.mac(self._authority(), b"session token", cookie.encode()).hex()

    def _person(self, actor: Actor) -> str:
        who = (str(actor.organisation).encode(), str(actor.sub).encode())
        return blind.mac(self._authority(), b"page person", *who).hex()[:32]

    async def find(self, cookie: str) -> Session:
        """The session of this cookie. Raises Unauthenticated where it is unknown, ended or not of our making."""
        if not (cookie.isascii() and 20 <= len(cookie) <= 100):
            raise Unauthenticated(reason="session_unknown")
        async with transaction(self._engine(), Scope()) as held:
            row = (
                await held.connection.execute(
                    select(SessionRow.content, SessionRow.person).where(
                        SessionRow.digest == self.digest(cookie)
                    )
                )
            ).one_or_none()
        if row is None:
            raise Unauthenticated(reason="session_unknown")
        mark = bytes(row.person)
        content = session.opened(self._authority(), cookie, bytes(row.content), mark)
        found = canonical.parse(content) if content is not None else None
        if not isinstance(found, dict):
            telemetry.alarm("session_forged")
            raise Unauthenticated(reason="session_forged")
        it = self._read(found, cookie, mark)
        if it.ends_at <= self._clock():
            raise Unauthenticated(reason="session_ended")
        return it

    def _read(self, found: dict[str, canonical.JsonValue], cookie: str, mark: bytes) -> Session:
        roles = found["roles"]
        actor = Actor(
            Kind.PERSON,
            OrganisationId(str(found["organisation"])),
            frozenset(Role(str(role)) for role in roles) if isinstance(roles, list) else frozenset(),
            Subject(str(found["sub"])),
            strong=found["strong"] is True,
        )
        issuer = found["issuer"]
        return Session(
            actor,
            str(found["display"]),
            self._token(cookie),
            self._person(actor),
            _moment(found["usedAt"]),
            _moment(found["latest"]),
            mark,
            None if issuer is None else str(issuer),
        )

    async def keep(self, cookie: str, found: Session) -> Session:
        """Somebody uses this session: it lasts longer, up to its latest end. Writes at most once a minute."""
        moment = self._whole_second()
        if moment - found.used_at < MARKED:
            return found
        kept = replace(found, used_at=moment)
        row = (
            update(SessionRow)
            .where(SessionRow.digest == self.digest(cookie))
            .values(content=self._sealed(cookie, kept), ends_at=kept.ends_at)
        )
        async with transaction(self._engine(), Scope()) as held:
            if (await held.connection.execute(row)).rowcount == 0:
                raise Unauthenticated(reason="session_unknown")
        return kept

    async def end(self, cookie: str) -> None:
        """End the session of this cookie; unknown ones are ended already."""
        async with transaction(self._engine(), Scope()) as held:
            await held.connection.execute(delete(SessionRow).where(SessionRow.digest == self.digest(cookie)))

    async def living(self, found: Session) -> list[Living]:
        """Every session of this person that has not ended, the one that ends first in front.

        Of somebody who only reports it is this one alone: no other is found by who she is.
        """
        rows = (
            select(SessionRow.digest, SessionRow.ends_at)
            .where(SessionRow.person == found.mark, SessionRow.ends_at > self._clock())
            .order_by(SessionRow.ends_at, SessionRow.digest)
        )
        async with transaction(self._engine(), Scope()) as held:
            return [Living(bytes(row.digest), row.ends_at) for row in await held.connection.execute(rows)]

    async def end_one(self, found: Session, digest: bytes) -> None:
        """End one session of this person. One that is unknown, ended or somebody else's stays as it is."""
        own = delete(SessionRow).where(SessionRow.person == found.mark, SessionRow.digest == digest)
        async with transaction(self._engine(), Scope()) as held:
            await held.connection.execute(own)

    async def end_all(self, organisation: OrganisationId, sub: Subject) -> int:
        """End every session of this person, wherever she signed in; the number ended.

        Sessions of somebody who only reports are not found by person.
        """
        async with transaction(self._engine(), Scope()) as held:
            return await end_person(held.connection, self._authority(), organisation, sub)


def person_mark(authority: bytes, actor: Actor) -> bytes:
    """By what all rows of one person are found, by a process with the authority key alone."""
    who = (str(actor.organisation).encode(), str(actor.sub).encode())
    return blind.mac(authority, b"session person", *who)


async def end_person(
    connection: AsyncConnection, authority: bytes, organisation: OrganisationId, sub: Subject
) -> int:
    """`Sessions.end_all` within the transaction of an act that takes something away from her."""
    mark = person_mark(authority, Actor(Kind.PERSON, organisation, sub=sub))
    done = await connection.execute(delete(SessionRow).where(SessionRow.person == mark))
    return done.rowcount


async def forget_old(connection: AsyncConnection, moment: datetime) -> int:
    """Delete sessions that have ended; the number deleted."""
    done = await connection.execute(delete(SessionRow).where(SessionRow.ends_at < moment))
    return done.rowcount


def _content(it: Session) -> bytes:
    return canonical.encode(
        {
            "sub": it.actor.sub,
            "organisation": it.actor.organisation,
            "roles": [role.value for role in sorted(it.actor.roles)],
            "strong": it.actor.strong,
            "display": it.display,
            "issuer": it.issuer,
            "usedAt": int(it.used_at.timestamp()),
            "latest": int(it.latest.timestamp()),
        }
    )


def _moment(value: canonical.JsonValue) -> datetime:
    return datetime.fromtimestamp(int(str(value)), UTC)
