"""Tables of sessions, grants and denials. No row grants anything without a key that lies outside the database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed

CODE = clear("closed code")
ORGANISATION = clear("organisation id")
SUBJECT = clear("a worker's subject id")


class SessionRow(Base):
    """A signed-in person's page session, found by a MAC of the cookie; who it is lies sealed under the cookie.

    `person` finds all sessions of one person for a process with the key, so that they end together; of somebody who
    only reports it is random.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_person", "person"),)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, info=sealed("MAC of the cookie"))
    person: Mapped[bytes] = mapped_column(
        LargeBinary, info=sealed("MAC of organisation and subject, or random")
    )
    content: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("AES-256-GCM under the cookie"))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class GrantRow(Base):
    """One role of one person in one organisation, dated, given by two people. Counts only with its MAC."""

    __tablename__ = "grants"
    __table_args__ = (
        Index("ix_grants_subject", "organisation_id", "subject"),
        CheckConstraint("kind in ('regular', 'break_glass', 'first')", name="kind"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), info=ORGANISATION)
    subject: Mapped[str] = mapped_column(Text, info=SUBJECT)
    role: Mapped[str] = mapped_column(Text, info=CODE)
    mandate: Mapped[list[str]] = mapped_column(ARRAY(Text), info=clear("organisation ids"))
    wpg: Mapped[bool] = mapped_column(Boolean)
    principal: Mapped[str] = mapped_column(Text, info=SUBJECT)
    kind: Mapped[str] = mapped_column(Text, info=CODE)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    proposed_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    confirmed_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    approval_id: Mapped[UUID | None] = mapped_column(unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[str | None] = mapped_column(Text, info=SUBJECT)
    ended_reason: Mapped[str | None] = mapped_column(Text, info=CODE)
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over what it grants"))


class DenialRow(Base):
    """Somebody who may no longer come in, whatever a token says. A lifting counts only with its MAC.

    `person` recognises her where nobody may read who. `number` has no gaps in an organisation.
    """

    __tablename__ = "denials"
    __table_args__ = (
        Index(
            "uq_denials_open",
            "organisation_id",
            "subject",
            unique=True,
            postgresql_where=text("lifted_at is null"),
        ),
        UniqueConstraint("organisation_id", "number"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), info=ORGANISATION)
    subject: Mapped[str] = mapped_column(Text, info=SUBJECT)
    person: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC of organisation and subject"))
    reason_code: Mapped[str] = mapped_column(Text, info=CODE)
    denied_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    denied_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lifted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lifted_by: Mapped[str | None] = mapped_column(Text, info=SUBJECT)
    number: Mapped[int] = mapped_column(Integer)
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over every field"))
    door_mac: Mapped[bytes] = mapped_column(
        LargeBinary, info=sealed("MAC over what the submitting door is handed")
    )
