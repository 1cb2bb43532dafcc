"""Tables of the access log: the exact bytes of each leaf with their columns, and the values behind commitments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, clear, sealed

CODE = clear("closed code")


class AccessRow(Base):
    """One act. Append-only by grants and trigger; `index` stays empty until the entry is sequenced."""

    __tablename__ = "access_entries"
    __table_args__ = (
        Index("ix_access_entries_at", "at", "id"),
        Index("ix_access_entries_case_id", "case_id"),
        Index("ix_access_entries_signal_id", "signal_id"),
        Index("ix_access_entries_object_id", "object_id"),
        Index(
            "ix_access_entries_granting",
            "action",
            "object_id",
            postgresql_where=text(
                "action in ('grant_ended', 'person_denied', 'setting_activated', 'rule_set_activated')"
            ),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    leaf: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("codes, ids, times and commitments"))
    index: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    role: Mapped[str | None] = mapped_column(Text, info=CODE)
    organisation: Mapped[str | None] = mapped_column(Text, info=clear("organisation id"))
    action: Mapped[str] = mapped_column(Text, info=CODE)
    object_kind: Mapped[str] = mapped_column(Text, info=CODE)
    object_id: Mapped[str | None] = mapped_column(Text, info=clear("an id"))
    case_id: Mapped[UUID | None]
    signal_id: Mapped[UUID | None]
    purpose: Mapped[str | None] = mapped_column(Text, info=CODE)
    outcome: Mapped[str] = mapped_column(Text, info=CODE)
    reason_code: Mapped[str | None] = mapped_column(Text, info=CODE)
    trace_id: Mapped[str | None] = mapped_column(Text, info=clear("trace id"))
    record: Mapped[str | None] = mapped_column(Text, info=clear("id of a record"))


class AccessValue(Base):
    """What a commitment in a leaf stands for; erased with a person's data, after which the leaf names nobody."""

    __tablename__ = "access_values"
    __table_args__ = (Index("ix_access_values_value", "field", "value"),)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("access_entries.id"), primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True, info=CODE)
    organisation: Mapped[str | None] = mapped_column(Text, info=clear("organisation id"))
    salt: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("random"))
    value: Mapped[str] = mapped_column(Text, info=clear("a worker's subject id, or a kind of actor"))
