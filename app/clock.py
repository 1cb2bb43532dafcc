"""Time and new identities, in one place so that tests can hold them still."""

import uuid
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> uuid.UUID:
    """A random UUIDv4: it tells nothing about when or where it was made."""
    return uuid.uuid4()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals and Z, the one time format of log and JSON (FORMATS 5)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
