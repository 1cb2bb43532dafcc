"""The register of who may: which roles hold here and now, and who may no longer come in.

A token says which roles its issuer gives. Here only those count that also have a dated grant of this desk, made by
two people; the deny list beats every token. The whole register is read at most every few seconds, so that a person
who lost a role is out within a minute although her token lives. A register that cannot be read any more lets nobody
work: fail closed.
"""

import asyncio
import time
from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import telemetry
from app.clock import now
from app.database import Scope, transaction
from app.errors import Unauthenticated, Unavailable
from app.identity import denials, grants, put_back
from app.identity.actor import Actor, Kind, Role, Subject
from app.identity.grants import NEEDS_NO_GRANT, Grant
from app.identity.models import DenialRow, GrantRow

FRESH_SECONDS = 10.0
"""Until then the register is used as it was read; after that it is read anew beside the request."""
STALE_SECONDS = 45.0
"""From then on nobody is let in on what was read before."""
SUBMITTERS = frozenset({Role.EMPLOYEE})


@dataclass(frozen=True, slots=True)
class Holding:
    """What one person holds in one organisation, of the grants in force when the register was read."""

    roles: frozenset[Role]
    unasked: frozenset[Role]
    """Roles that count without the token naming them: break-glass, for who comes in with one of `roles`."""
    until: datetime
    """When the first of these grants ends."""
    mandate: tuple[str, ...]
    wpg: bool
    principal: Subject = field(repr=False)


class Source(Protocol):
    """Where a register comes from: the tables, or for a process that may only submit the deny list alone."""

    async def read(self) -> None:
        """Read anew. Raises Unavailable where it cannot be read."""

    def admitted(self, actor: Actor) -> Actor:
        """The actor with the roles that hold. Raises Unauthenticated for somebody on the deny list."""


class Register:
    """Keeps a source fresh. One per process, used from one event loop."""

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._read_at: float | None = None
        self._flight: asyncio.Task[None] | None = None
        self._changes = 0

    async def admit(self, actor: Actor) -> Actor:
        """The actor with the roles that hold here. Raises Unauthenticated (`person_denied`) or Unavailable."""
        age = None if self._read_at is None else self._clock() - self._read_at
        if age is None or age >= FRESH_SECONDS:
            flight = self._start()
            if age is None or age >= STALE_SECONDS:
                await asyncio.shield(flight)
                if self._read_at is None or self._clock() - self._read_at >= STALE_SECONDS:
                    raise Unavailable(reason="register")
        return self._source.admitted(actor)

    def changed(self) -> None:
        """Something was granted or taken away in this process: what was read before counts no more."""
        self._read_at = None
        self._changes += 1
        self._flight = None

    def _start(self) -> asyncio.Task[None]:
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._renew())
        return self._flight

    async def _renew(self) -> None:
        begun, changes = self._clock(), self._changes
        try:
            await self._source.read()
        except Unavailable as error:
            telemetry.log_error("register_not_read", error)
        else:
            # A reading that began before a change in this process may have missed it.
            if changes == self._changes:
                self._read_at = begun


def holdings(found: Sequence[Grant], moment: datetime) -> dict[tuple[str, str], Holding]:
    """What each person holds of the grants in force at `moment`, by organisation and subject."""
    by_person: dict[tuple[str, str], list[Grant]] = {}
    for grant in found:
        if grant.holds_at(moment):
            by_person.setdefault((grant.organisation_id, grant.subject), []).append(grant)
    return {
        person: Holding(
            roles=frozenset(grant.role for grant in held if grant.kind != grants.BREAK_GLASS),
            unasked=frozenset(grant.role for grant in held if grant.kind == grants.BREAK_GLASS),
            until=min(grant.valid_until for grant in held),
            mandate=tuple(sorted({one for grant in held for one in grant.mandate})),
            wpg=any(grant.wpg for grant in held),
            principal=held[0].principal,
        )
        for person, held in by_person.items()
    }


class Tables:
    """The register as the desk's own tables hold it, each row checked against its MAC and against the log."""

    def __init__(self, engine: Callable[[], AsyncEngine], authority: Callable[[], bytes]) -> None:
        self._engine = engine
        self._authority = authority
        self._holdings: dict[tuple[str, str], Holding] = {}
        self._roll = denials.Roll()
        self._denied: frozenset[Hashable] = frozenset()
        self._told: dict[str, frozenset[object]] = {}

    async def read(self) -> None:
        """Read every grant that has not ended, and the deny list. Raises Unavailable."""
        moment = now()
        async with transaction(self._engine(), Scope(register=True)) as held:
            rows = (
                await held.connection.execute(
                    select(GrantRow.__table__).where(
                        GrantRow.valid_until > moment,
                        or_(GrantRow.ended_at.is_(None), GrantRow.ended_at > moment),
                    )
                )
            ).mappings()
            found = [(row["id"], grants.of_row(dict(row), self._authority())) for row in rows]
            denied = (await held.connection.execute(select(DenialRow.__table__))).mappings().all()
            against = await put_back.found(held.connection)
        self._denied = self._roll.read([denials.line(row, self._authority()) for row in denied], moment)  # type: ignore[arg-type]
        for gap in denials.gaps((row["organisation_id"], row["number"]) for row in denied):
            self._roll.tell(gap)
        for gone in against.denials:
            self._roll.tell(("gone", gone))
        good = [grant for _, grant in found if grant is not None and not against.speaks_against(grant)]
        self._holdings = holdings(good, moment)
        proven = {grant.id for grant in good}
        self._alarm("grant_forged", frozenset(id_ for id_, _ in found if id_ not in proven))
        self._alarm("setting_forged", against.settings)
        self._alarm("rule_set_forged", against.rule_sets)

    def _alarm(self, reason: str, forged: Set[object]) -> None:
        """Say it once for each row that is not ours or not the newest, not at every reading."""
        for _ in forged - self._told.get(reason, frozenset()):
            telemetry.alarm(reason)
        self._told[reason] = frozenset(forged)

    def admitted(self, actor: Actor) -> Actor:
        """The actor with the roles that both token and grants give. Raises Unauthenticated (`person_denied`)."""
        person = (str(actor.organisation), str(actor.sub))
        if person in self._denied:
            raise Unauthenticated(reason="person_denied")
        held = self._holdings.get(person)
        if held is not None and held.until <= now():
            held = None  # Something ended since the reading: the next reading tells what is left.
        if held is None:
            if actor.roles <= NEEDS_NO_GRANT:
                return actor
            return replace(actor, roles=actor.roles & NEEDS_NO_GRANT)
        given = actor.roles & held.roles
        # An issuer that may only say "employee" must not reach what somebody was lent by breaking the glass.
        roles = given | (actor.roles & NEEDS_NO_GRANT) | (held.unasked if given else frozenset())
        return replace(actor, roles=roles, mandate=held.mandate, wpg=held.wpg, principal=held.principal)


class DenyList:
    """The register of a process that may only submit: nobody's roles, and who may no longer come in, unreadable."""

    def __init__(self, engine: Callable[[], AsyncEngine], key: Callable[[], bytes]) -> None:
        self._engine = engine
        self._key = key
        self._roll = denials.Roll()
        self._denied: frozenset[Hashable] = frozenset()

    async def read(self) -> None:
        """Read the deny list through its door function. Raises Unavailable."""
        async with transaction(self._engine(), Scope()) as held:
            rows = await held.connection.execute(text("select id, person, lifted_at, mac from denied()"))
            key = self._key()
            lines = [denials.door_line(row.id, row.person, row.lifted_at, row.mac, key) for row in rows]
        self._denied = self._roll.read(lines, now())

    def admitted(self, actor: Actor) -> Actor:
        """A person as somebody who reports, a machine as itself. Raises Unauthenticated (`person_denied`)."""
        person = grants.person(self._key(), str(actor.organisation), str(actor.sub))
        if person in self._denied:
            raise Unauthenticated(reason="person_denied")
        return replace(actor, roles=SUBMITTERS) if actor.kind is Kind.PERSON else actor
