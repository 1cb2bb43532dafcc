"""Tables of what was reported, in closed codes; all text of people lies sealed in the vault."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed

CODE = clear("closed code")
CODES = clear("closed codes")


class Signal(Base):
    """One report: who owns it and the stored facts that rules run on (DESIGN invariant 6)."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint("confidentiality in ('named', 'shielded', 'anonymous')", name="confidentiality"),
        CheckConstraint("origin in ('employee', 'citizen_platform')", name="origin"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id"), info=clear("organisation id")
    )
    reference: Mapped[str] = mapped_column(Text, unique=True, info=clear("random reference"))
    origin: Mapped[str] = mapped_column(Text, info=CODE)
    channel: Mapped[str] = mapped_column(Text, info=CODE)
    municipality_code: Mapped[str | None] = mapped_column(Text, info=clear("CBS code"))
    confidentiality: Mapped[str] = mapped_column(Text, info=CODE)
    regime: Mapped[str] = mapped_column(Text, info=CODE)
    observation: Mapped[str] = mapped_column(Text, info=CODE)
    safety: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    facts: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    category_hint: Mapped[str | None] = mapped_column(Text, info=CODE)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Receipt(Base):
    """How the holder of a code finds the signal: a derived lookup value and the public half of the code's pair."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_signal_id", "signal_id"),)
    lookup: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, info=sealed("HKDF of the code"))
    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id", ondelete="CASCADE"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("public key"))
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC under the intake key"))


class Message(Base):
    """A line of the dialogue; its text is a sealed record under the same id."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        Index("ix_messages_signal_id", "signal_id"),
        Index("ix_messages_case_id", "case_id"),
        CheckConstraint("sender in ('reporter', 'desk')", name="sender"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    sender: Mapped[str] = mapped_column(Text, info=CODE)
    sent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Classification(Base):
    """What a case was taken for, by the machine (a proposal) or by a person; all versions are kept."""

    __tablename__ = "classifications"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["case_id", "organisation_id", "holder"],
            ["cases.id", "cases.organisation_id", "cases.holder"],
            ondelete="CASCADE",
        ),
        Index("ix_classifications_case_id", "case_id"),
        CheckConstraint("made_by in ('machine', 'person')", name="made_by"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    holder: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    case_id: Mapped[UUID]
    made_by: Mapped[str] = mapped_column(Text, info=CODE)
    actor: Mapped[str | None] = mapped_column(Text, info=clear("a worker's subject id"))
    category: Mapped[str | None] = mapped_column(Text, info=CODE)
    secondary: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    confidence: Mapped[int | None] = mapped_column(SmallInteger)
    categoriser: Mapped[str | None] = mapped_column(Text, info=clear("name and version"))
    lexicon_rules: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("rule ids"))
    reason_code: Mapped[str] = mapped_column(Text, info=CODE)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
