"""The same request twice is one act: keys of requests already done, as MACs that name nobody.

A row holds MAC(organisation, sub, route, Idempotency-Key), what it made, and a MAC of the canonical body. Rows
live 24 hours (deliveries of the platform 30 days) and are deleted by the worker.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from app.crypto import blind, canonical
from app.database import Base, RowOf, clear, sealed
from app.errors import Conflict

CONSTRAINT = "pk_idempotency"
LIVES = {"request": timedelta(hours=24), "delivery": timedelta(days=30)}


class IdempotencyRow(Base):
    """One request that was done."""

    __tablename__ = "idempotency"
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, info=sealed("MAC"))
    object_id: Mapped[UUID]
    body: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC"))
    kind: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Once:
    """One request as it is remembered; built with `once`."""

    key: bytes
    body: bytes
    kind: str = "request"

    def row(self, object_id: UUID, made_at: datetime) -> RowOf:
        """The row that claims the key; a second one breaks constraint `pk_idempotency`."""
        return IdempotencyRow, {
            "key": self.key,
            "object_id": object_id,
            "body": self.body,
            "kind": self.kind,
            "made_at": made_at,
        }

    def same_body(self, body: bytes) -> None:
        """Raises Conflict where the key was used with another body."""
        if not blind.equal(self.body, body):
            raise Conflict(
                "Deze Idempotency-Key is al gebruikt voor een ander bericht. Gebruik een nieuwe.",
                reason="key_reused",
            )


def once(secret: bytes, route: str, who: tuple[str, str], key: str, raw: bytes) -> Once:
    """The memory of a request to `route` by `who` (organisation, subject) under Idempotency-Key `key`.

    `raw` is the accepted JSON body; another order of members or other spaces make no other body.
    """
    return Once(
        blind.mac(secret, b"idempotency", route.encode(), *(part.encode() for part in who), key.encode()),
        blind.mac(secret, b"body", canonical.encode(canonical.parse(raw))),
    )


def delivery(secret: bytes, webhook_id: str, raw: bytes) -> Once:
    """The memory of a delivery by the citizen platform under its webhook-id."""
    return Once(
        blind.mac(secret, b"webhook", webhook_id.encode()), blind.mac(secret, b"body", raw), kind="delivery"
    )


async def made_before(connection: AsyncConnection, request: Once) -> UUID | None:
    """What this request made earlier, None if it is new. Raises Conflict for another body under the key."""
    found = (
        await connection.execute(text("select object_id, body from replay(:key)"), {"key": request.key})
    ).first()
    if found is None:
        return None
    request.same_body(found.body)
    return UUID(str(found.object_id))


async def forget_old(connection: AsyncConnection, moment: datetime) -> int:
    """Delete keys past their life; the number deleted."""
    gone = 0
    for kind, life in LIVES.items():
        done = await connection.execute(
            delete(IdempotencyRow).where(IdempotencyRow.kind == kind, IdempotencyRow.made_at < moment - life)
        )
        gone += done.rowcount
    return gone
