"""The table of erasures: what was destroyed, why, by whom, and from which day no backup brings it back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed

CODE = clear("closed code")
SUBJECT = clear("a worker's subject id")


class ErasureRow(Base):
    """The declaration of one erasure. It counts only with its MAC; nothing it names by id is there any more."""

    __tablename__ = "erasures"
    __table_args__ = (
        Index("ix_erasures_organisation", "organisation_id", "erased_at", "id"),
        Index("ix_erasures_signal_id", "signal_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id"), info=clear("organisation id")
    )
    signal_id: Mapped[UUID]
    case_id: Mapped[UUID]
    approval_id: Mapped[UUID] = mapped_column(unique=True)
    reason_code: Mapped[str] = mapped_column(Text, info=CODE)
    outcome: Mapped[str | None] = mapped_column(Text, info=CODE)
    closed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    supplies: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("codes, ids and times, not secret"))
    requested_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    confirmed_by: Mapped[str] = mapped_column(Text, info=SUBJECT)
    erased_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    beyond_backups_on: Mapped[date]
    mac: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("MAC over the declaration"))
