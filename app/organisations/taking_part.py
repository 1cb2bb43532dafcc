"""Who takes part now: the rows of `organisations` that the desk itself wrote, each with its MAC (FORMATS 5).

A row slipped in or altered by SQL takes no part, and somebody is told.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.audit.act import AnyAct
from app.crypto import blind
from app.organisations.models import Organisation
from app.organisations.participants import Participant, of_row
from app.vault.ring import vault_of


def genuine(stated: Iterable[tuple[Participant, bytes]], key: bytes) -> list[Participant]:
    """Those beside their own MAC, with an alarm for each that is not ours. `key` is the intake key."""
    found = []
    for one, mac in stated:
        if blind.equal(mac, one.mac(key)):
            found.append(one)
        else:
            telemetry.alarm("participant_forged")
    return found


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
