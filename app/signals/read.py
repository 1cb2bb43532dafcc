"""The way to sealed text: every opening states its purpose, is recorded in the act, and uses the actor's own key.

The log entry commits with the act before the answer leaves; where it cannot be written the request fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.audit import entries
from app.audit.act import AnyAct
from app.crypto import canonical
from app.vault import read
from app.vault.records import Recipient, WrapRow
from app.vault.ring import vault_of

Parts = dict[str, canonical.JsonValue]


@dataclass(frozen=True, slots=True)
class What:
    """What is opened: the case it is opened in, its signal, and for which purpose."""

    case_id: UUID
    signal_id: UUID
    purpose: str
    reason_record: str | None = None


async def open_signal(act: AnyAct, what: What) -> Parts:
    """The parts of the signal that the actor's keyholder has a wrap of. Raises NotFound where it has none."""
    note(act, what, "case_opened")
    ring = vault_of(act.request).ring
    return await read.open_record(act.connection, ring, act.organisation, what.signal_id)


async def open_messages(act: AnyAct, what: What, messages: Sequence[UUID]) -> dict[UUID, Parts]:
    """The messages among these that the actor's keyholder may read."""
    note(act, what, "messages_opened")
    if not messages:
        return {}
    ring = vault_of(act.request).ring
    return await read.open_records(act.connection, ring, act.organisation, messages, what.signal_id)


async def share_signal(act: AnyAct, what: What, to: Recipient) -> WrapRow:
    """A wrap of the signal's parts for one more recipient: an opening by the owner, recorded as one."""
    note(act, what, "case_opened")
    ring = vault_of(act.request).ring
    return await read.share(act.connection, ring, act.organisation, what.signal_id, to)


def note(act: AnyAct, what: What, action: str, reason_code: str | None = None) -> None:
    """Tell the log what is about to be opened, in which case, for what."""
    act.record(
        entries.Act(
            action,
            "case",
            str(what.case_id),
            case_id=what.case_id,
            signal_id=what.signal_id,
            purpose=what.purpose,
            reason_code=reason_code,
            record=what.reason_record,
        )
    )
