"""Tables of the blind index: per signal values that can be compared and not read back (FORMATS 3), of identifiers and
of how it is told.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed


class BlindIndex(Base):
    """That a signal names an identifier of this kind. The key begins with the token: its order tells nothing."""

    __tablename__ = "blind_index"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        Index("ix_blind_index_signal_id", "signal_id"),
        CheckConstraint("kind in ('plate', 'phone', 'iban', 'kvk', 'address', 'email')", name="kind"),
    )
    token: Mapped[bytes] = mapped_column(
        LargeBinary, primary_key=True, info=sealed("HMAC under a key of its kind and version")
    )
    signal_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    kind: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    key_version: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[bool] = mapped_column(Boolean)


class BlindWording(Base):
    """That a signal is told with this mark (app.matching.wording). `day`: when the worker indexed it; lists are cut at
    the newest. The owner is in the token, so that nothing can be compared across organisations.
    """

    __tablename__ = "blind_wording"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        Index("ix_blind_wording_signal_id", "signal_id"),
    )
    token: Mapped[bytes] = mapped_column(
        LargeBinary,
        primary_key=True,
        info=sealed("first half of an HMAC under a key of this kind and version"),
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    signal_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    key_version: Mapped[int] = mapped_column(SmallInteger)
