"""What is left of an erased report: a declaration of codes, ids and times, vouched for under the authority key.

It keeps the lines of the register of supplies, which outlive the report (workflow.md 6, K3), and names the day from
which no backup can bring the report back (FORMATS 1).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from app import telemetry
from app.crypto import blind, canonical
from app.database import AnyRow

BACKUP_DAYS: Final = 35
"""Days that a physical backup or WAL lives at most."""


def beyond_backups(erased_at: datetime) -> date:
    """The first day on which no backup is left that still holds it."""
    return erased_at.astimezone(UTC).date() + timedelta(days=BACKUP_DAYS + 1)


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure. `supplies`: canonical JSON, the register lines of who was given the report."""

    id: UUID
    organisation_id: str
    signal_id: UUID
    case_id: UUID
    approval_id: UUID
    reason_code: str
    outcome: str | None
    closed_at: datetime
    supplies: bytes
    requested_by: str = field(repr=False)
    confirmed_by: str = field(repr=False)
    erased_at: datetime
    beyond_backups_on: date

    @classmethod
    def of(cls, row: AnyRow) -> Self:
        """The erasure that a row of the table tells of; whether it is ours says `genuine`."""
        return cls(*(getattr(row, one.name) for one in fields(cls)))

    def said(self) -> bytes:
        """Everything it declares, as canonical bytes."""
        told: dict[str, canonical.JsonValue] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            told[one.name] = value.hex() if isinstance(value, bytes) else _word(value)
        return canonical.encode(told)

    def mac(self, key: bytes) -> bytes:
        """The MAC over every field. `key` is the authority key."""
        return blind.mac(key, b"erasure", self.said())

    def digest(self) -> str:
        """What the log quotes of it: SHA-256 in hex."""
        return hashlib.sha256(self.said()).hexdigest()

    def row(self, key: bytes) -> dict[str, object]:
        """The columns of its row, its MAC included."""
        columns: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        return columns | {"mac": self.mac(key)}

    def genuine(self, mac: bytes, key: bytes) -> bool:
        """Whether this desk wrote it, and two people stand behind it; an alarm where not."""
        sound = blind.equal(mac, self.mac(key)) and self.requested_by != self.confirmed_by
        if not sound:
            telemetry.alarm("erasure_forged")
        return sound


def _word(value: object) -> str:
    """A field as a word. Moments are whole microseconds in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return "" if value is None else str(value)


def register_line(row: AnyRow) -> Mapping[str, canonical.JsonValue]:
    """What is kept of one supply: to whom, when, on which ground, and how it ended there."""
    return {
        "recipient": row.recipient,
        "queueId": row.queue_id,
        "ground": row.ground,
        "suppliedAt": _word(row.supplied_at),
        "ended": row.ended or "",
        "outcome": row.outcome or "",
        "endedAt": _word(row.ended_at),
    }
