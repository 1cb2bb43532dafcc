"""Table of supplies (verstrekkingen): who else got which parts of a signal, on what ground, and what came of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear

CODE = clear("closed code")


class Disclosure(Base):
    """One supply to one queue. The recipient may write only how it ended."""

    __tablename__ = "disclosures"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["case_id", "organisation_id", "recipient"],
            ["cases.id", "cases.organisation_id", "cases.holder"],
            ondelete="CASCADE",
        ),
        Index("ix_disclosures_signal_id", "signal_id"),
        Index(
            "ix_disclosures_unsettled",
            "ended_at",
            postgresql_where="seen_at is null and ended_at is not null",
        ),
        CheckConstraint("mode in ('direct', 'confirmed')", name="mode"),
        CheckConstraint("ended in ('closed', 'returned')", name="ended"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    recipient: Mapped[str] = mapped_column(ForeignKey("organisations.id"), info=clear("organisation id"))
    queue_id: Mapped[str] = mapped_column(ForeignKey("queues.id"), info=clear("queue id"))
    case_id: Mapped[UUID]
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("closed codes"))
    mode: Mapped[str] = mapped_column(Text, info=CODE)
    ground: Mapped[str] = mapped_column(Text, info=CODE)
    rule_id: Mapped[str | None] = mapped_column(Text, info=clear("id of a rule"))
    decided_by: Mapped[str | None] = mapped_column(Text, info=clear("a worker's subject id"))
    supplied_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended: Mapped[str | None] = mapped_column(Text, info=CODE)
    outcome: Mapped[str | None] = mapped_column(Text, info=CODE)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
