"""Tables of routing: which rule of which set sent a signal where, as seen by one holder; and the rule sets themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed

CODE = clear("closed code")


class RoutingDecision(Base):
    """One line of a decision. The owner holds all lines, a recipient only its own (DESIGN invariant 5)."""

    __tablename__ = "routing_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        Index("ix_routing_decisions_signal_id", "signal_id"),
        CheckConstraint("mode in ('supply', 'proposal', 'triage', 'view')", name="mode"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    holder: Mapped[str] = mapped_column(Text, info=clear("organisation id"))
    queue_id: Mapped[str] = mapped_column(ForeignKey("queues.id"), info=clear("queue id"))
    rule_set: Mapped[str] = mapped_column(Text, info=clear("name of a rule set"))
    rule_id: Mapped[str] = mapped_column(Text, info=clear("id of a rule"))
    reason_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("closed codes"))
    tasks: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("closed codes"))
    mode: Mapped[str] = mapped_column(Text, info=CODE)
    category: Mapped[str | None] = mapped_column(Text, info=CODE)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("closed codes"))
    priority: Mapped[int] = mapped_column(SmallInteger)
    confidence: Mapped[int] = mapped_column(SmallInteger)
    lexicon_rules: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("rule ids"))
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class RuleSetVersion(Base):
    """One version of the desk's rule set, activated by a second person. Counts only with its MAC; the newest counts."""

    __tablename__ = "rule_sets"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("canonical JSON, not secret"))
    proposed_by: Mapped[str] = mapped_column(Text, info=clear("a worker's subject id"))
    confirmed_by: Mapped[str] = mapped_column(Text, info=clear("a worker's subject id"))
    approval_id: Mapped[UUID] = mapped_column(unique=True)
    activated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over what it sets"))
