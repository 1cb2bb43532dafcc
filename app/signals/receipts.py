"""The public half of a receipt's pair, to which messages to the reporter are sealed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.crypto import blind
from app.errors import Damaged
from app.signals.models import Receipt


def mac(intake_key: bytes, signal_id: UUID, public: bytes) -> bytes:
    """Vouches that intake itself stored this key for this signal: a key put there by SQL receives nothing."""
    return blind.mac(intake_key, b"receipt public key", signal_id.bytes, public)


async def public_half(connection: AsyncConnection, signal_id: UUID, intake_key: bytes) -> bytes | None:
    """The public key behind the receipt of this signal; None for a signal without one (citizens' reports).

    Raises Damaged, with an alarm, where the key is not the one that intake stored.
    """
    row = (
        await connection.execute(
            select(Receipt.public_key, Receipt.mac).where(Receipt.signal_id == signal_id)
        )
    ).first()
    if row is None:
        return None
    if not blind.equal(row.mac, mac(intake_key, signal_id, row.public_key)):
        telemetry.alarm("receipt_forged")
        raise Damaged(reason="receipt_key")
    return bytes(row.public_key)
