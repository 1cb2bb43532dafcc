"""Tables of the work: cases in queues, their moves, and who opened them for what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear

CODE = clear("closed code")
CODES = clear("closed codes")
ORGANISATION = clear("organisation id")
SUBJECT = clear("a worker's subject id")


class Case(Base):
    """One signal in one queue. Category, rule, priority and confidence are those of this queue alone."""

    __tablename__ = "cases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["signal_id", "organisation_id"], ["signals.id", "signals.organisation_id"], ondelete="CASCADE"
        ),
        # What hangs on a case names its owner and holder too: a key that holds tells nobody of another's case.
        UniqueConstraint("id", "organisation_id", "holder"),
        # A case that was given back makes room for a second supply under the same reference.
        Index("uq_cases_holder", "holder", "reference", unique=True, postgresql_where="not returned"),
        Index("ix_cases_queue", "queue_id", "state", "priority", "due_at", "id"),
        Index("ix_cases_received", "queue_id", "received_at", "id"),
        Index("ix_cases_signal_id", "signal_id"),
        # Two reports of one event stay two cases of one holder; where the other one is erased, this one is closed still.
        ForeignKeyConstraint(
            ["merged_into", "organisation_id", "holder"],
            ["cases.id", "cases.organisation_id", "cases.holder"],
            ondelete="SET NULL (merged_into)",
        ),
        Index("ix_cases_merged_into", "merged_into", postgresql_where="merged_into is not null"),
        CheckConstraint(
            "merged_into is null or state = 'closed' and kind = 'triage' and merged_into <> id", name="merged"
        ),
        CheckConstraint(
            "state in ('new', 'claimed', 'assessing', 'waiting_reporter', 'enquiring', 'waiting_approval',"
            " 'taken_up', 'supplied', 'closed')",
            name="state",
        ),
        # In any other state nobody's too: its worker lost the role, and another one takes it over.
        CheckConstraint("state <> 'new' or assignee is null", name="assignee"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    signal_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    holder: Mapped[str] = mapped_column(ForeignKey("organisations.id"), info=ORGANISATION)
    queue_id: Mapped[str] = mapped_column(ForeignKey("queues.id"), info=clear("queue id"))
    kind: Mapped[str] = mapped_column(Text, info=CODE)
    reference: Mapped[str] = mapped_column(Text, info=clear("random reference"))
    state: Mapped[str] = mapped_column(Text, info=CODE)
    category: Mapped[str | None] = mapped_column(Text, info=CODE)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    confidence: Mapped[int] = mapped_column(SmallInteger)
    urgency: Mapped[str] = mapped_column(Text, info=CODE)
    priority: Mapped[int] = mapped_column(SmallInteger)
    safety: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), info=CODES)
    municipality_code: Mapped[str | None] = mapped_column(Text, info=clear("CBS code"))
    assignee: Mapped[str | None] = mapped_column(Text, info=SUBJECT)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state_since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_kind: Mapped[str | None] = mapped_column(Text, info=CODE)
    visit_hold: Mapped[bool] = mapped_column(Boolean)
    outcome: Mapped[str | None] = mapped_column(Text, info=CODE)
    returned: Mapped[bool] = mapped_column(Boolean)
    merged_into: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer)


class TransitionRow(Base):
    """One move of a case, never changed. A typed reason lies sealed under `record_id`.

    `other_case`: with which case of the same queue it was merged, or parted from. No key: the history outlives it.
    """

    __tablename__ = "transitions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "organisation_id", "holder"],
            ["cases.id", "cases.organisation_id", "cases.holder"],
            ondelete="CASCADE",
        ),
        Index("ix_transitions_case_id", "case_id", "at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    holder: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    transition: Mapped[str] = mapped_column(Text, info=CODE)
    source: Mapped[str] = mapped_column(Text, info=CODE)
    target: Mapped[str] = mapped_column(Text, info=CODE)
    reason_code: Mapped[str] = mapped_column(Text, info=CODE)
    outcome: Mapped[str | None] = mapped_column(Text, info=CODE)
    actor: Mapped[str | None] = mapped_column(Text, info=SUBJECT)
    record_id: Mapped[UUID | None]
    other_case: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ToldApart(Base):
    """That two cases of one queue tell two events, as a person said; the lower id first. Who: in the log."""

    __tablename__ = "told_apart"
    __table_args__ = (
        *(
            ForeignKeyConstraint(
                [column, "organisation_id", "holder"],
                ["cases.id", "cases.organisation_id", "cases.holder"],
                ondelete="CASCADE",
            )
            for column in ("case_id", "other_id")
        ),
        Index("ix_told_apart_other_id", "other_id"),
    )
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    other_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    holder: Mapped[str] = mapped_column(Text, primary_key=True, info=ORGANISATION)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Opening(Base):
    """That a worker opened a case's sealed text, and for what; moves that need an opening look here."""

    __tablename__ = "openings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "organisation_id", "holder"],
            ["cases.id", "cases.organisation_id", "cases.holder"],
            ondelete="CASCADE",
        ),
        Index("ix_openings_case_id", "case_id", "at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    organisation_id: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    holder: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    actor: Mapped[str] = mapped_column(Text, info=SUBJECT)
    purpose: Mapped[str] = mapped_column(Text, info=CODE)
    record_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
