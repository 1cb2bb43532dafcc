"""Opens a receipt's messages with the pair its own code yields; the only other way to sealed text than `read`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto.receipt import Unlocked
from app.database import AnyRow
from app.vault import mailbox

STATUS = {"new": "received", "closed": "closed", "waiting_reporter": "question"}


@dataclass(frozen=True, slots=True)
class Line:
    """A message from the desk, opened."""

    id: UUID
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What the holder of a code may see, and where an answer goes."""

    signal_id: UUID
    owner: str
    reference: str
    status: str
    anonymous: bool
    answer_case: UUID
    answer_holder: str
    lines: tuple[Line, ...]


async def find(connection: AsyncConnection, unlocked: Unlocked, vouching: bytes) -> Mailbox | None:
    """The mailbox of this code, None for an unknown or erased one (the same question is asked for both).

    Raises Damaged, with an alarm, where a message is not what the desk sealed.
    """
    rows = (
        await connection.execute(text("select * from mailbox(:lookup)"), {"lookup": unlocked.lookup})
    ).all()
    if not rows:
        return None
    first = rows[0]
    return Mailbox(
        signal_id=first.signal_id,
        owner=first.organisation_id,
        reference=first.reference,
        status=STATUS.get(first.state, "in_progress"),
        anonymous=first.confidentiality == "anonymous",
        answer_case=first.answer_case,
        answer_holder=first.answer_holder,
        lines=tuple(_line(row, unlocked, vouching) for row in rows if row.wrap is not None),
    )


def _line(row: AnyRow, unlocked: Unlocked, vouching: bytes) -> Line:
    content = mailbox.open_message(unlocked.private, dict(row._mapping), vouching)
    return Line(row.message_id, str(content["text"]) if isinstance(content, dict) else "", row.sent_at)
