"""What a case seals and opens: typed reasons, the signal itself, the dialogue with the reporter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from app.audit.act import AnyAct
from app.casework.cases import CaseRow, going_on, thing
from app.casework.models import Opening
from app.clock import new_id
from app.database import RowOf, insert_rows
from app.errors import Conflict, Forbidden
from app.identity import policy
from app.signals import marks, read, receipts
from app.signals.models import Message
from app.vault import records
from app.vault.records import Label
from app.vault.ring import vault_of

OPENABLE = frozenset(
    {"claimed", "assessing", "waiting_reporter", "enquiring", "waiting_approval", "taken_up", "supplied"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A message as its reader sees it."""

    id: UUID
    sender: str
    text: str
    at: datetime


def may_open(act: AnyAct, case: CaseRow) -> None:
    """Raises Forbidden unless the case is the caller's, or an owner's case that was born supplied.

    A merged case is read and answered by whoever works on the one in which it goes on.
    """
    state = going_on(case)
    if state == "closed":
        raise Conflict("Deze zaak is afgesloten. Heropen haar eerst.", reason="closed")
    ruling = policy.on(act.actor, act.permission, thing(case))
    if isinstance(ruling, policy.Denied) and ruling.reason == "wpg_not_authorised":
        raise Forbidden(
            "Dit zijn mogelijk politiegegevens. Daarvoor bent u niet gemachtigd.", reason=ruling.reason
        )
    if isinstance(ruling, policy.Denied) or state not in OPENABLE:
        raise Forbidden("Pak de zaak eerst. Alleen de behandelaar kan haar openen.", reason="not_assigned")


async def seal_reason(act: AnyAct, case: CaseRow, text: str | None) -> tuple[UUID | None, str | None]:
    """Seal a typed reason to the case's keyholder; its record id and the digest for the log, or nothing."""
    if text is None:
        return None, None
    label = Label("reason", new_id(), case.signal_id, case.organisation_id)
    vault = vault_of(act.request)
    to = records.recipient(vault.directory, case.holder, "reason")
    sealed = records.seal(label, {"reason": {"text": text}}, [to], vault.ring.vouching)
    await insert_rows(act.connection, sealed.rows())
    return label.record_id, sealed.digest


async def open_case(act: AnyAct, case: CaseRow, purpose: str, reason: str | None) -> tuple[UUID, read.Parts]:
    """Open the signal for this case's worker: noted as an opening, recorded in the log, then unsealed."""
    sub = str(act.actor.sub)
    may_open(act, case)
    record_id, digest = await seal_reason(act, case, reason)
    opening = new_id()
    await act.connection.execute(
        insert(Opening).values(
            id=opening,
            case_id=case.id,
            organisation_id=case.organisation_id,
            holder=case.holder,
            actor=sub,
            purpose=purpose,
            record_id=record_id,
            at=act.at,
        )
    )
    parts = await read.open_signal(act, read.What(case.id, case.signal_id, purpose, digest))
    return opening, {part: marks.shown(text) for part, text in parts.items() if policy.shows(case.kind, part)}


async def say(act: AnyAct, case: CaseRow, text: str) -> tuple[UUID, str]:
    """Send a line to the reporter: sealed to this case's keyholder, the owner, and the receipt's own pair."""
    may_open(act, case)
    message = new_id()
    vault = vault_of(act.request)
    public = await receipts.public_half(act.connection, case.signal_id, vault.ring.intake)
    if public is None:
        raise Conflict("Deze melder heeft geen ontvangstcode en kan geen bericht lezen.", reason="no_mailbox")
    directory = vault.directory
    holders = sorted({case.holder, case.organisation_id})
    sealed = records.seal(
        Label("message", message, case.signal_id, case.organisation_id),
        {"message": {"text": text}},
        [
            *(records.recipient(directory, holder, "message") for holder in holders),
            records.receipt_recipient(public, "message"),
        ],
        vault.ring.vouching,
    )
    line: RowOf = (
        Message,
        {
            "id": message,
            "signal_id": case.signal_id,
            "organisation_id": case.organisation_id,
            "case_id": case.id,
            "sender": "desk",
            "sent_at": act.at,
            "read_at": None,
        },
    )
    await insert_rows(act.connection, [line, *sealed.rows()])
    return message, sealed.digest


async def dialogue(act: AnyAct, case: CaseRow) -> Sequence[Line]:
    """The lines of this case's dialogue, opened to reply; what the reporter sent counts as read."""
    may_open(act, case)
    rows = (
        await act.connection.execute(
            select(Message.id, Message.sender, Message.sent_at)
            .where(Message.case_id == case.id)
            .order_by(Message.sent_at, Message.id)
        )
    ).all()
    what = read.What(case.id, case.signal_id, "reply")
    opened = await read.open_messages(act, what, [row.id for row in rows])
    await act.connection.execute(
        update(Message)
        .where(Message.case_id == case.id, Message.sender == "reporter", Message.read_at.is_(None))
        .values(read_at=act.at)
    )
    return [Line(row.id, row.sender, text_of(opened.get(row.id)), row.sent_at) for row in rows]


def text_of(parts: read.Parts | None) -> str:
    """The text of an opened message, '' where this keyholder has no wrap of it."""
    content = (parts or {}).get("message")
    return str(content["text"]) if isinstance(content, dict) else ""


async def sent_at(act: AnyAct, message: UUID) -> datetime:
    """When this line was sent."""
    found = await act.connection.execute(select(Message.sent_at).where(Message.id == message))
    return found.scalar_one()
