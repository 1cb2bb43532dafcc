"""Tables of the participants, their queues, and on what terms an organisation supplies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed


class Organisation(Base):
    """A participant or a recipient. Public reference data; takes part only with its MAC."""

    __tablename__ = "organisations"
    id: Mapped[str] = mapped_column(Text, primary_key=True, info=clear("organisation id"))
    kind: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    name: Mapped[str] = mapped_column(Text, info=clear("public name"))
    municipality_code: Mapped[str | None] = mapped_column(Text, unique=True, info=clear("CBS code"))
    active: Mapped[bool] = mapped_column(Boolean)
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over what it grants"))


class Queue(Base):
    """Where cases wait; its organisation's people read it. Public reference data."""

    __tablename__ = "queues"
    id: Mapped[str] = mapped_column(Text, primary_key=True, info=clear("queue id"))
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id"), info=clear("organisation id")
    )
    kind: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    name: Mapped[str] = mapped_column(Text, info=clear("public name"))


class SupplyTerm(Base):
    """What an organisation stated: supplies of this category to this queue go `direct` or after a person `confirmed`."""

    __tablename__ = "supply_terms"
    __table_args__ = (
        UniqueConstraint("organisation_id", "queue_id", "category", postgresql_nulls_not_distinct=True),
        CheckConstraint("mode in ('direct', 'confirmed')", name="mode"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id"), info=clear("organisation id")
    )
    queue_id: Mapped[str] = mapped_column(ForeignKey("queues.id"), info=clear("queue id"))
    category: Mapped[str | None] = mapped_column(Text, info=clear("closed code"))
    mode: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    ground: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    valid_until: Mapped[date]
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over what it grants"))


class SettingsVersion(Base):
    """One version of one setting of an organisation, activated by a second person. Counts only with its MAC."""

    __tablename__ = "settings_versions"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "name", "number"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id"), info=clear("organisation id")
    )
    kind: Mapped[str] = mapped_column(Text, info=clear("closed code"))
    name: Mapped[str] = mapped_column(Text, info=clear("closed code or id"))
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("canonical JSON, not secret"))
    proposed_by: Mapped[str] = mapped_column(Text, info=clear("a worker's subject id"))
    confirmed_by: Mapped[str] = mapped_column(Text, info=clear("a worker's subject id"))
    approval_id: Mapped[UUID] = mapped_column(unique=True)
    activated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over what it sets"))
