"""Following a report by its receipt code: status, messages, an answer. No account, no session, nothing in a URL."""

from datetime import datetime
from uuid import UUID

from app import limits
from app.audit import entries
from app.audit.act import AnyAct
from app.clock import new_id
from app.crypto import receipt
from app.database import RowOf, insert_rows
from app.errors import NotFound
from app.http.addresses import sender
from app.idempotency import Once
from app.identifiers import bsn
from app.intake.terms import Desk
from app.signals import mailbox
from app.signals.mailbox import Mailbox
from app.signals.models import Message
from app.vault import records
from app.vault.records import Label

UNKNOWN = "Wij kennen deze code niet. Kijk of alle 20 tekens kloppen. Oude meldingen zijn gewist."


class UnknownCode(NotFound):
    """No report under this code, or it was erased: the same answer."""

    detail = UNKNOWN


async def open_mailbox(act: AnyAct, desk: Desk, typed: str) -> Mailbox | None:
    """The mailbox of a typed code; None for an unknown or erased one. Raises TooMany after 30 wrong ones.

    Only wrong codes count: guessing at 100 bits is hopeless, and nobody behind a shared address is locked out of
    her own report by a neighbour. A wrong one must be committed by the caller, with its entry, or it would not count.
    """
    secret = desk.vault.ring.intake
    code = receipt.read(typed) or receipt.ReceiptCode("0" * receipt.LENGTH)
    found = await mailbox.find(act.connection, receipt.unlock(code, secret), desk.vault.ring.vouching)
    if found is None:
        await limits.take(act.connection, limits.bucket(secret, "receipt", sender(act.request), act.at))
        act.record(entries.Act("receipt_looked_up", "receipt", outcome="denied", reason_code="unknown_code"))
    elif found.anonymous:
        act.at = act.at.replace(minute=0, second=0, microsecond=0)
    return found


async def answer(
    act: AnyAct, desk: Desk, box: Mailbox, text: str, once: Once | None
) -> tuple[UUID, datetime]:
    """Seal an answer to the owner and the case it answers, and store it. Id and time of the line.

    Raises TooMany where this receipt wrote often of late; others at the same address may go on.
    """
    limits.limits_of(act.request).receipt_messages.take(str(box.signal_id))
    await desk.fresh(act.connection, act.at)
    message = new_id()
    holders = sorted({box.owner, box.answer_holder})
    sealed = records.seal(
        Label("message", message, box.signal_id, box.owner),
        {"message": {"text": bsn.mask(text)}},
        [records.recipient(desk.vault.directory, holder, "message") for holder in holders],
        desk.vault.ring.vouching,
    )
    sent = answered_at(box, act.at)
    act.at = sent
    line: RowOf = (
        Message,
        {
            "id": message,
            "signal_id": box.signal_id,
            "organisation_id": box.owner,
            "case_id": box.answer_case,
            "sender": "reporter",
            "sent_at": sent,
            "read_at": None,
        },
    )
    act.record(
        entries.Act(
            "message_received",
            "message",
            str(message),
            case_id=box.answer_case,
            signal_id=box.signal_id,
            record=sealed.digest,
        )
    )
    claimed = [once.row(message, sent)] if once is not None else []
    await insert_rows(act.connection, [line, *sealed.rows(), *claimed, *entries.rows(act.take_lines())])
    return message, sent


def answered_at(box: Mailbox, moment: datetime) -> datetime:
    """When the answer is stored as sent: for an anonymous report by the hour, yet never before what it answers."""
    if not box.anonymous:
        return moment
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return max([hour, *(line.at for line in box.lines)])
