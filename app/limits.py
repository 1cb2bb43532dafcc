"""How often: token buckets per sender, kept in the database under a MAC of the address so that it names nobody."""

from datetime import datetime, timedelta

from sqlalchemy import DateTime, Float, LargeBinary, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from app.crypto import blind
from app.database import Base, sealed
from app.errors import TooMany

WRONG_CODES = 30
WINDOW_SECONDS = 600


class RateBucket(Base):
    """Tokens left for one sender and one kind of try."""

    __tablename__ = "rate_buckets"
    key: Mapped[bytes] = mapped_column(
        LargeBinary, primary_key=True, info=sealed("MAC of an address and a day")
    )
    tokens: Mapped[float] = mapped_column(Float)
    filled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def bucket(secret: bytes, kind: str, address: str, moment: datetime) -> bytes:
    """Key of the bucket of this peer address for this day; another day cannot be joined to it."""
    return blind.mac(secret, b"bucket", kind.encode(), address.encode(), moment.date().isoformat().encode())


async def take(connection: AsyncConnection, key: bytes, *, amount: float = 1.0) -> None:
    """Take from the bucket (a negative amount gives back). Raises TooMany with the seconds to wait.

    30 tries per 10 minutes, refilled evenly (DESIGN section 8, receipt-lookups).
    """
    wait = (
        await connection.execute(
            text("select take_token(:key, :capacity, :per_second, :amount)"),
            {
                "key": key,
                "capacity": float(WRONG_CODES),
                "per_second": WRONG_CODES / WINDOW_SECONDS,
                "amount": amount,
            },
        )
    ).scalar_one()
    if wait > 0:
        raise TooMany(int(wait))


async def forget_old(connection: AsyncConnection, moment: datetime) -> int:
    """Delete buckets nobody used for a day; the number deleted."""
    done = await connection.execute(
        delete(RateBucket).where(RateBucket.filled_at < moment - timedelta(days=1))
    )
    return done.rowcount
