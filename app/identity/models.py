"""Table of page sessions. A row says nothing and grants nothing without its cookie and a key outside the database."""

from datetime import datetime

from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, sealed


class SessionRow(Base):
    """A signed-in person's page session, found by a MAC of the cookie; who it is lies sealed under the cookie."""

    __tablename__ = "sessions"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, info=sealed("MAC of the cookie"))
    content: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("AES-256-GCM under the cookie"))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
