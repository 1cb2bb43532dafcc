"""How often: token buckets. Wrong receipt codes count in the database, all else in the memory of the process.

In the database a bucket stands under a MAC of the address, so that it names nobody, and holds for all processes
together. In memory it stands under a MAC whose key is made at the start and known to nobody: that a person reported,
and when, is nowhere to be read, also not where the report is anonymous.
"""

import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import DateTime, Float, LargeBinary, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column
from starlette.requests import Request

from app.crypto import blind
from app.database import Base, sealed
from app.errors import TooMany
from app.identity.actor import Actor, Role

WRONG_CODES = 30
WINDOW_SECONDS = 600
MOST_BUCKETS = 20_000
"""Buckets one process remembers per kind: about 3 MB. Who was quiet longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`tries` at once, and as many again spread evenly over each `seconds`."""

    tries: int
    seconds: float = WINDOW_SECONDS


class Buckets:
    """Token buckets of one kind in the memory of this process, at most `most` of them.

    `clock` gives seconds that only go up (tests pass their own).
    """

    __slots__ = ("_clock", "_full", "_key", "_most", "rate")

    def __init__(
        self, rate: Rate, *, most: int = MOST_BUCKETS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate = rate
        self._most = most
        self._clock = clock
        self._key = secrets.token_bytes(32)
        # Per sender the moment at which its bucket is full again: all that a token bucket needs to know.
        self._full: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        """How many senders are remembered."""
        return len(self._full)

    def take(self, *who: str) -> None:
        """Take one from the bucket of `who`: an address, or organisation and subject. Raises TooMany and takes none."""
        key = blind.mac(self._key, *(part.encode() for part in who))[:16]
        moment, each = self._clock(), self.rate.seconds / self.rate.tries
        full = max(self._full.pop(key, moment), moment)
        lacking = full + each - moment - self.rate.seconds
        # A hair's breadth is no try: sums of fractions do not come out even.
        self._full[key] = full if lacking > each * 1e-6 else full + each
        self._forget(moment)
        if lacking > each * 1e-6:
            raise TooMany(max(1, math.ceil(lacking)))

    def _forget(self, moment: float) -> None:
        while self._full:
            key, full = next(iter(self._full.items()))
            if full > moment and len(self._full) <= self._most:
                return
            del self._full[key]


SUBMISSIONS = 60
"""Reports of one person in ten minutes: more than anybody types, few enough for people to sort out afterwards."""

FORM_TIMES = 20
"""An intranet form reports for a whole organisation: so many times what one person may."""

READS = 120
"""Cases one worker takes or opens in ten minutes: one each five seconds, more than anybody reads."""

DEMO_TIMES = 50
"""The few invented people of a demonstration send what a region sends (`meldpunt demo fill`)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All buckets of one process. What each counts, and why so many, stands in docs/operations.md."""

    submissions: Buckets
    form_submissions: Buckets
    reads: Buckets
    receipt_messages: Buckets = field(default_factory=lambda: Buckets(Rate(20)))
    logins: Buckets = field(default_factory=lambda: Buckets(Rate(600)))
    failed_logins: Buckets = field(default_factory=lambda: Buckets(Rate(60)))
    deliveries: Buckets = field(default_factory=lambda: Buckets(Rate(3_000)))
    unsigned_deliveries: Buckets = field(default_factory=lambda: Buckets(Rate(60)))
    matches: Buckets = field(default_factory=lambda: Buckets(Rate(60)))

    @classmethod
    def of(cls, submissions: int | None, *, demo: bool) -> "Limits":
        """The buckets where one person may send `submissions` in ten minutes (None: as fits this environment)."""
        times = DEMO_TIMES if demo else 1
        each = submissions or SUBMISSIONS * times
        return cls(Buckets(Rate(each)), Buckets(Rate(each * FORM_TIMES)), Buckets(Rate(READS * times)))

    def submit(self, actor: Actor) -> None:
        """Count one report of this person or form. Raises TooMany."""
        form = Role.INTRANET_FORM in actor.roles
        (self.form_submissions if form else self.submissions).take(str(actor.organisation), str(actor.sub))

    def read(self, actor: Actor) -> None:
        """Count one case that this worker takes, or one text or reporter that she opens. Raises TooMany."""
        self.reads.take(str(actor.organisation), str(actor.sub))

    def match(self, actor: Actor) -> None:
        """Count one question for signals that share an identifier, of this worker. Raises TooMany."""
        self.matches.take(str(actor.organisation), str(actor.sub))


def limits_of(request: Request) -> Limits:
    """The buckets of the application that serves this request."""
    return cast("Limits", request.app.state.limits)


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
