"""The one upgrade from a desk whose deny list had no MACs: what stood there then is believed, and nothing after it."""

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.identity import denials
from app.identity.denials import Denial
from app.identity.models import DenialRow


async def vouch(connection: AsyncConnection, authority: bytes, intake: bytes) -> int:
    """Give every row of the deny list without a MAC its own; how many. For the owner, in a transaction of the caller's.

    `authority` and `intake` are the keys under which the MACs are made.
    """
    await connection.execute(text("alter table denials no force row level security"))
    bare = await connection.execute(select(DenialRow.__table__).where(DenialRow.mac == b""))
    found = [denials.of_row(row._asdict(), authority)[0] for row in bare]
    for one in found:
        await _write(connection, one.for_door(intake), authority)
    await connection.execute(text("alter table denials force row level security"))
    return len(found)


async def _write(connection: AsyncConnection, one: Denial, authority: bytes) -> None:
    macs = {"mac": one.mac(authority), "door_mac": one.door_mac}
    await connection.execute(update(DenialRow).where(DenialRow.id == one.id).values(**macs))
