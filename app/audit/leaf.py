"""What one log entry says, as exact bytes (FORMATS 5). Pure.

A leaf holds ids, codes of closed lists, times and commitments, never a typed word. Its bytes are canonical:
sorted keys, strings and integers only, one time format. They are what the tree will hash.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clock import timestamp
from app.crypto import canonical

VERSION = 1
ACTIONS = frozenset(
    {
        "access_reviewed",
        "approval_asked",
        "approval_decided",
        "approvals_listed",
        "case_claimed",
        "case_claimed_again",
        "case_classified",
        "case_erased",
        "case_listed",
        "case_moved",
        "case_opened",
        "case_viewed",
        "cases_told_apart",
        "classifications_listed",
        "decisions_counted",
        "denial_lifted",
        "denials_listed",
        "duplicates_asked",
        "erasures_listed",
        "grant_ended",
        "grant_given",
        "grant_proposed",
        "grants_listed",
        "identifiers_indexed",
        "log_queried",
        "matches_asked",
        "message_received",
        "message_received_again",
        "message_sent",
        "messages_opened",
        "notice_seen",
        "notices_listed",
        "organisation_viewed",
        "organisations_listed",
        "person_denied",
        "process_started",
        "process_stopped",
        "queues_listed",
        "readiness_viewed",
        "receipt_looked_up",
        "reporter_opened",
        "rule_set_activated",
        "rule_set_proposed",
        "rule_sets_listed",
        "searched",
        "session_ended",
        "session_started",
        "setting_activated",
        "setting_proposed",
        "settings_listed",
        "signal_submitted",
        "signal_submitted_again",
        "signal_supplied",
        "token_refused",
        "transitions_listed",
        "webhook_received",
        "webhook_received_again",
    }
)
OUTCOMES = frozenset({"allowed", "denied", "failed"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as it will be recorded; `actor` is the commitment, never the person."""

    id: UUID
    at: datetime
    actor: bytes
    role: str | None
    organisation: str | None
    action: str
    object_kind: str
    object_id: str | None
    case_id: UUID | None
    signal_id: UUID | None
    purpose: str | None
    outcome: str
    reason_code: str | None
    trace_id: str | None
    record: str | None

    def leaf(self) -> bytes:
        """The canonical bytes. Raises ValueError for an action or outcome outside the closed lists."""
        if self.action not in ACTIONS or self.outcome not in OUTCOMES:
            raise ValueError("not a code of the log")
        members: dict[str, canonical.JsonValue] = {
            "v": VERSION,
            "id": str(self.id),
            "at": timestamp(self.at),
            "actor": self.actor.hex(),
            "role": self.role,
            "organisation": self.organisation,
            "action": self.action,
            "objectKind": self.object_kind,
            "objectId": self.object_id,
            "caseId": None if self.case_id is None else str(self.case_id),
            "signalId": None if self.signal_id is None else str(self.signal_id),
            "purpose": self.purpose,
            "outcome": self.outcome,
            "reasonCode": self.reason_code,
            "traceId": self.trace_id,
            "record": self.record,
        }
        return canonical.encode({name: value for name, value in members.items() if value is not None})
