"""Whether this process can keep its promises now: keys, logins, schema, key directory, clock, a log that takes entries.

A probe must not be a lever: whoever asks, there is one look at a time, and its verdict stands for two seconds. A row is
written to the log and taken back at most twice a minute; between these the looks read only. That no worker runs makes a
server no less ready: reports still come in, and the worker's own figures tell. Nor does a participant whose row is not
the desk's own: the others go on, and the alarm and a figure tell.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import clock, figures, telemetry
from app.audit import entries
from app.audit.act import Frame, write_alone
from app.database import Base, Login, Scope, transaction
from app.errors import Refusal, Unavailable
from app.identity.actor import DESK
from app.organisations import taking_part
from app.vault import store
from app.vault.directory import Directory, Signed, State
from app.vault.ring import Vault

KEPT_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 5.0
TRIAL_SECONDS: Final = 30.0
MOST_APART_SECONDS: Final = 60.0
"""How far the clocks of process and database may be apart: entries in the log are dated by both."""


@dataclass(slots=True)
class Readiness:
    """The looks of one process. Its start must be in the log before it counts as ready."""

    frame: Frame
    vault: Vault
    logins: tuple[Login, ...]
    now: Callable[[], float] = lambda: clock.now().timestamp()
    started: bool = False
    _verdict: bool = False
    _looked: float = field(default=-KEPT_SECONDS)
    _tried: dict[Login, float] = field(default_factory=dict)
    _unproven: frozenset[str] = frozenset()
    _looking: "asyncio.Task[bool] | None" = None

    async def ready(self) -> bool:
        """The verdict of at most two seconds ago."""
        if self._looking is None:
            if time.monotonic() - self._looked < KEPT_SECONDS:
                return self._verdict
            self._looking = asyncio.create_task(self.check())
        # A caller that hangs up ends its own waiting and not the look.
        return await asyncio.shield(self._looking)

    async def check(self) -> bool:
        """Look now, at everything, and record the start when that was not done yet. Never raises."""
        try:
            self._verdict = await self._passes()
        finally:
            self._looked, self._looking = time.monotonic(), None
            figures.READY.set(int(self._verdict))
        return self._verdict

    async def _passes(self) -> bool:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                figures.KEYHOLDERS.set(len(self.vault.ring.holders))
                for login in self.logins:
                    await self._look(login)
                if not self.started:
                    await self.note("process_started")
                    self.started = True
        except Exception as error:  # whatever it is, a process that cannot look is not ready
            reason = error.reason if isinstance(error, Refusal) else None
            telemetry.log_error("not_ready", error, reason=reason)
            return False
        return True

    async def _look(self, login: Login) -> None:
        async with transaction(self.frame.database.engine(login), Scope()) as held:
            if login is self.frame.common:
                await check_schema(held.connection)
                self._in_time((await held.connection.execute(_CLOCK)).scalar_one())
            if login is Login.INTAKE:
                row = (await held.connection.execute(_INTAKE)).first()
                self._accept(None if row is None else Signed(row.document, row.signature))
                self._tell_participants([] if row is None else row.participants)
            elif login is Login.APP:
                self._accept(await store.newest_directory(held.connection))
            await self._try_log(login, held.connection)
            # Nothing of this look stays.
            await held.restart()

    def _in_time(self, there: Decimal) -> None:
        """Raises Unavailable where the clocks of process and database are too far apart."""
        if abs(float(there) - self.now()) > MOST_APART_SECONDS:
            raise Unavailable(reason="clock")

    def _accept(self, signed: Signed | None) -> None:
        """Raises Unavailable where there is no key directory, or not ours."""
        if signed is None:
            raise Unavailable(reason="key_directory")
        tell_keys(self.vault.accept(signed))

    def _tell_participants(self, stated: Sequence[Mapping[str, Any]]) -> None:
        """Count whom a row that is not the desk's own keeps from taking part, with an alarm for each new one."""
        rows = taking_part.handed(stated)
        found = taking_part.unproven(rows, self.vault.ring.intake, self.vault.directory).keys()
        for _ in found - self._unproven:
            telemetry.alarm(taking_part.ALARM)
        self._unproven = frozenset(found)
        figures.UNPROVEN.set(len(found))

    async def _try_log(self, login: Login, connection: AsyncConnection) -> None:
        """Raises where an entry could not be written now. What passed lately is not tried again."""
        moment = time.monotonic()
        if moment - self._tried.get(login, -TRIAL_SECONDS) < TRIAL_SECONDS:
            return
        self._tried.pop(login, None)
        row = entries.line(DESK, None, entries.Act("process_started", "process"), clock.now(), None)
        await entries.write(connection, [row])
        # What the database would look at only when committing.
        await connection.execute(text("set constraints all immediate"))
        self._tried[login] = moment

    async def note(self, action: str) -> None:
        """Write that this process started or stopped."""
        await write_alone(self.frame, "process", DESK, None, entries.Act(action, "process"), None)


_CLOCK: Final = text("select extract(epoch from clock_timestamp())")
_INTAKE: Final = text("select document, signature, participants from intake_settings()")


_COLUMNS: Final = text(
    "select n.nspname, c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
    " join pg_namespace n on n.oid = c.relnamespace where n.nspname = any(:schemas)"
    " and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped"
)


async def check_schema(connection: AsyncConnection) -> None:
    """Raises Unavailable while a column that this code names is not there: `meldpunt migrate` is still to be run.

    More columns than ours are no fault: the servers of before go on while a newer version migrates.
    """
    wanted = {
        (table.schema or "public", table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
    }
    found = await connection.execute(_COLUMNS, {"schemas": sorted({schema for schema, _, _ in wanted})})
    if not wanted <= {tuple(row) for row in found}:
        raise Unavailable(reason="schema")


def tell_keys(directory: Directory) -> None:
    """Set the figures of the key directory in force: numbers of pairs, never whose."""
    figures.DIRECTORY.set(directory.version)
    for state in State:
        figures.PAIRS.labels(state.value).set(sum(one.state is state for one in directory.entries))
    active = [one.generation for one in directory.entries if one.state is State.ACTIVE]
    if active:
        year, quarter = (int(part) for part in min(active).split("q"))
        figures.OLDEST_PAIR.set(datetime(year, quarter * 3 - 2, 1, tzinfo=UTC).timestamp())
