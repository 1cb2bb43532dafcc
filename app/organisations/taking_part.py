"""Who takes part now: the rows of `organisations` that the desk itself wrote, each with its MAC (FORMATS 5).

A row slipped in or altered by SQL takes no part, and somebody is told: at each use, and by the probe also without one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.audit.act import AnyAct
from app.crypto import blind
from app.errors import Unavailable
from app.organisations.models import Organisation
from app.organisations.participants import Participant, Readers, of_row
from app.vault import store
from app.vault.directory import Directory
from app.vault.keys import KeyRing
from app.vault.ring import Vault, vault_of

ALARM: Final = "participant_forged"
"""The alarm for a row of `organisations` that the desk did not write, or that is gone."""


def genuine(stated: Iterable[tuple[Participant, bytes]], key: bytes) -> list[Participant]:
    """Those beside their own MAC, with an alarm for each that is not ours. `key` is the intake key."""
    found = []
    for one, mac in stated:
        if blind.equal(mac, one.mac(key)):
            found.append(one)
        else:
            telemetry.alarm(ALARM)
    return found


def handed(stated: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Participant, bytes]]:
    """The rows that the door function `intake_settings` hands over, each with the MAC beside it, unchecked."""
    for one in stated:
        participant = Participant(one["id"], one["kind"], one["name"], one["municipalityCode"], one["active"])
        yield participant, bytes.fromhex(one["mac"])


def unproven(stated: Iterable[tuple[Participant, bytes]], key: bytes, listed: Directory) -> dict[str, str]:
    """Who takes no part because of SQL, by id: `forged` where the row is not the desk's, `missing` where it is gone.

    Whoever has a key pair in the signed list has a row too. `key` is the intake key.
    """
    ours = {one.id: blind.equal(mac, one.mac(key)) for one, mac in stated}
    holders = {entry.holder for entry in listed.entries if entry.holder in Readers()}
    gone = dict.fromkeys(holders - ours.keys(), "missing")
    return gone | {id_: "forged" for id_, genuine in ours.items() if not genuine}


async def told(connection: AsyncConnection, ring: KeyRing) -> dict[str, str]:
    """As `unproven`, of the tables. Raises Unavailable where the list of keys is not the desk's own."""
    signed = await store.newest_directory(connection)
    if signed is None:
        raise Unavailable(reason="key_directory")
    rows = await connection.execute(select(Organisation.__table__))
    return unproven(map(of_row, rows), ring.intake, Vault(lambda: ring).accept(signed))


async def everyone(connection: AsyncConnection, key: bytes) -> list[Participant]:
    """Everyone who takes part or did, by id. `key` is the intake key."""
    rows = await connection.execute(select(Organisation.__table__))
    return sorted(genuine(map(of_row, rows), key), key=lambda one: one.id)


async def seen_by(act: AnyAct) -> list[Participant]:
    """As `everyone`, for an act under way."""
    return await everyone(act.connection, vault_of(act.request).ring.intake)


async def found(act: AnyAct, organisation: str) -> Participant | None:
    """The one with this id, None where there is none. The id may be anything that stood in a path."""
    return next((one for one in await seen_by(act) if one.id == organisation), None)
