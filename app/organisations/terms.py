"""An organisation's terms of supply grant: each row is vouched for under a key outside the database (FORMATS 5)."""

from datetime import date
from uuid import UUID

from app.crypto import blind


def mac(
    key: bytes,
    term_id: UUID,
    organisation: str,
    queue: str,
    category: str | None,
    mode: str,
    ground: str,
    until: date,
) -> bytes:
    """MAC over everything the row grants. `key` is the intake key: intake checks it at use."""
    fields = (str(term_id), organisation, queue, category or "", mode, ground, until.isoformat())
    return blind.mac(key, b"supply term", *(field.encode() for field in fields))
