"""Tables of what is sealed: parts, the wraps of their data keys (in a schema of their own), the key directory."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed


class SealedPart(Base):
    """One ciphertext with its commitment (FORMATS 1). The data key lies only in wraps."""

    __tablename__ = "sealed_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        Index("ix_sealed_parts_signal_id", "signal_id"),
        Index("ix_sealed_parts_waiting", "record_id", postgresql_where="part = 'identifiers'"),
    )
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    part: Mapped[str] = mapped_column(Text, primary_key=True, info=clear("closed code"))
    kind: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    signal_id: Mapped[UUID]
    suite: Mapped[int] = mapped_column(SmallInteger)
    commitment: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("commitment to the data key"))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("AES-256-GCM"))
    # None only in rows of a database that was not yet vouched for; such a part is not opened.
    mac: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed("MAC under a key derived from intake's")
    )


class Wrap(Base):
    """The data keys one recipient may have of one record version, sealed to its key pair."""

    __tablename__ = "wraps"
    __table_args__ = (
        Index("ix_wraps_signal_id", "signal_id"),
        {"schema": "wraps", "postgresql_partition_by": "LIST (generation)"},
    )
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    key_id: Mapped[bytes] = mapped_column(
        LargeBinary, primary_key=True, info=sealed("digest of a public key")
    )
    generation: Mapped[str] = mapped_column(Text, primary_key=True, info=clear("quarter or `receipt`"))
    keyholder: Mapped[str] = mapped_column(Text, info=clear("keyholder id"))
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("closed codes"))
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id", ondelete="CASCADE"))
    wrap: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("HPKE"))


class KeyDirectoryVersion(Base):
    """A signed list of public keys; it counts only with a signature of the key pinned outside the database."""

    __tablename__ = "key_directories"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("public keys, not secret"))
    signature: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("Ed25519 signature"))
    stored_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
