"""Tables of approvals: what was asked, how a second person decided, and that it was used once.

Each row counts only with its MAC under the authority key (FORMATS 5).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed

CODE = clear("closed code")
ORGANISATION = clear("organisation id")
SUBJECT = clear("a worker's subject id")


class ApprovalRow(Base):
    """A request for a second person. `content` is the act asked for, in canonical JSON of codes and ids."""

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_organisation", "organisation_id", "requested_at", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, info=CODE)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), info=ORGANISATION)
    cover_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), info=ORGANISATION)
    object_kind: Mapped[str] = mapped_column(Text, info=CODE)
    object_id: Mapped[str] = mapped_column(Text, info=clear("an id"))
    case_id: Mapped[UUID | None]
    content: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("codes and ids, not secret"))
    reason_code: Mapped[str] = mapped_column(Text, info=CODE)
    requested_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    requested_principal: Mapped[str] = mapped_column(Text, info=SUBJECT)
    requested_role: Mapped[str] = mapped_column(Text, info=CODE)
    requested_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over the request"))


class DecisionRow(Base):
    """How it was decided: once, by another person, or withdrawn by the one who asked."""

    __tablename__ = "approval_decisions"
    __table_args__ = (CheckConstraint("decision in ('approved', 'refused', 'withdrawn')", name="decision"),)
    approval_id: Mapped[UUID] = mapped_column(
        ForeignKey("approvals.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    decision: Mapped[str] = mapped_column(Text, info=CODE)
    reason_code: Mapped[str] = mapped_column(Text, info=CODE)
    decided_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    decided_principal: Mapped[str] = mapped_column(Text, info=SUBJECT)
    decided_role: Mapped[str] = mapped_column(Text, info=CODE)
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over request and decision"))


class UseRow(Base):
    """That the act was done: an approval carries one act and no second one."""

    __tablename__ = "approval_uses"
    approval_id: Mapped[UUID] = mapped_column(
        ForeignKey("approvals.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[str] = mapped_column(Text, info=ORGANISATION)
    used_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class NoticeRow(Base):
    """Something a role of an organisation must see at once; codes and ids only."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_organisation", "organisation_id", "role", "made_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), info=ORGANISATION)
    role: Mapped[str] = mapped_column(Text, info=CODE)
    kind: Mapped[str] = mapped_column(Text, info=CODE)
    object_kind: Mapped[str] = mapped_column(Text, info=CODE)
    object_id: Mapped[str] = mapped_column(Text, info=clear("an id"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_by: Mapped[str | None] = mapped_column(Text, info=SUBJECT)
