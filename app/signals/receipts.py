"""The public half of a receipt's pair, to which messages to the reporter are sealed."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.signals.models import Receipt


async def public_half(connection: AsyncConnection, signal_id: UUID) -> bytes | None:
    """The public key behind the receipt of this signal; None for a signal without one (citizens' reports)."""
    found = await connection.execute(select(Receipt.public_key).where(Receipt.signal_id == signal_id))
    return found.scalar_one_or_none()
