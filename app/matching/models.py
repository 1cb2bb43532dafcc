"""Table of the blind index: per signal and identifier a value that can be compared and not read back (FORMATS 3)."""

from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, Text
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
