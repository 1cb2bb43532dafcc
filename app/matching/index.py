"""The worker's job that writes the blind index: opens what intake sealed to the indexer, and deletes it.

Opening, index rows, deletion and log entry commit together. A part that was altered gives an alarm and is left as it is.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.audit import entries
from app.database import RowOf, insert_rows
from app.errors import Damaged, StartRefused, Unavailable
from app.identifiers import IdentifierKind
from app.identity.actor import DESK
from app.matching import wording
from app.matching.models import BlindIndex, BlindWording
from app.signals import waiting
from app.signals.waiting import Told
from app.vault.indexkeys import IndexKeys
from app.vault.keys import KeyRing

AT_ONCE = 100
SHORT = 16
"""Bytes of a token of the wording: there are many, and each is worth little."""
KINDS = frozenset(get_args(IdentifierKind))


def indexing(load: Callable[[], KeyRing]) -> Callable[[AsyncConnection, datetime], Awaitable[int]]:
    """The job. `load` gives the ring with the indexer's pair and the index keys, read anew where there is work."""
    left: set[UUID] = set()
    """Signals whose part cannot be opened: one alarm for each and start of the process, and no place in the line."""

    async def index(connection: AsyncConnection, moment: datetime) -> int:
        found = await waiting.waiting(connection, left, AT_ONCE)
        if not found:
            return 0
        try:
            ring = load()
        except StartRefused:
            raise Unavailable(reason="keys") from None
        done = 0
        for one in found:
            try:
                told = await waiting.opened(connection, ring, one.signal_id)
            except (Damaged, Unavailable) as error:
                telemetry.log_error("not_indexed", error)
                left.add(one.signal_id)
                continue
            await _write(connection, rows(ring.index, one.signal_id, one.organisation_id, told))
            await _write(
                connection, worded(ring.index, one.signal_id, one.organisation_id, told, moment.date())
            )
            await waiting.forget(connection, one.signal_id)
            await _note(connection, one.signal_id, moment)
            done += 1
        return done

    return index


def rows(keys: IndexKeys, signal_id: UUID, organisation: str, told: Sequence[Told]) -> list[RowOf]:
    """The index rows of one signal: each identifier under every live version."""
    made: dict[bytes, RowOf] = {}
    # A place goes before the same address in the words, so that the row says it is the place.
    for one in sorted(told, key=lambda one: not one.place):
        for version, token in keys.tokens(one.kind, one.value).items() if one.kind in KINDS else ():
            row = {
                "token": token,
                "signal_id": signal_id,
                "organisation_id": organisation,
                "kind": one.kind,
                "key_version": version,
                "place": one.place and one.kind == "address",
            }
            made.setdefault(token, (BlindIndex, row))
    return list(made.values())


def worded(
    keys: IndexKeys, signal_id: UUID, organisation: str, told: Sequence[Told], day: date
) -> list[RowOf]:
    """The rows of how one signal is told: each mark with its band, bound to the owner, under every live version."""
    made: list[RowOf] = []
    for one in told:
        for band, mark in enumerate(wording.parted(one.value)) if one.kind == wording.KIND else ():
            for version, token in keys.tokens(wording.KIND, f"{organisation} {band} {mark}").items():
                row = {
                    "token": token[:SHORT],
                    "day": day,
                    "signal_id": signal_id,
                    "organisation_id": organisation,
                    "key_version": version,
                }
                made.append((BlindWording, row))
    return made


async def _write(connection: AsyncConnection, made: Sequence[RowOf]) -> None:
    for start in range(0, len(made), AT_ONCE):
        await insert_rows(connection, made[start : start + AT_ONCE])


async def _note(connection: AsyncConnection, signal_id: UUID, moment: datetime) -> None:
    """By the hour: the worker follows a report within a second, and of an anonymous one no exact time is kept."""
    act = entries.Act("identifiers_indexed", "signal", str(signal_id), signal_id=signal_id)
    hour = moment.replace(minute=0, second=0, microsecond=0)
    await entries.write(connection, [entries.line(DESK, None, act, hour, None)])


def forgetting(load: Callable[[], KeyRing]) -> Callable[[AsyncConnection, datetime], Awaitable[int]]:
    """The job that clears the rows of versions that are live no more; without their key they answer nobody."""

    async def forget(connection: AsyncConnection, _moment: datetime) -> int:
        try:
            live = load().index.versions
        except StartRefused:
            raise Unavailable(reason="keys") from None
        done = 0
        for table in (BlindIndex, BlindWording):
            gone = await connection.execute(delete(table).where(table.key_version.not_in(live)))
            done += gone.rowcount
        return done

    return forget
