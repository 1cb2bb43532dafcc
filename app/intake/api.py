"""The doors of those who report: a signal, a receipt code, the citizen platform's delivery.

None of these can read what was reported: the intake login has no table to read and this process part no key.
"""

import secrets
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlalchemy import text

from app import idempotency
from app.audit import entries
from app.audit.act import Act, AnyAct, Require
from app.crypto import receipt
from app.database import AlreadyThere
from app.errors import Conflict
from app.http import problems
from app.http.body import LIMIT
from app.http.body import answer as answer_with
from app.http.fields import idempotency_key
from app.idempotency import Once
from app.identity.actor import Kind
from app.intake import follow, masking, schemas, sorting, submit, webhook
from app.intake.parts import Who
from app.intake.terms import desk_of
from app.limits import limits_of
from app.signals.report import Report, Submitted

reports = APIRouter(tags=["signals"])
receipts = APIRouter(tags=["receipts"])
deliveries = APIRouter(tags=["webhooks"])

MESSAGE = 40_000
"""Bytes that 5 000 characters can take at most, with room to spare."""


@reports.post("/signals", status_code=201, response_model=Submitted)
async def submit_signal(
    act: Annotated[
        Act[Report],
        Depends(Require("signal:submit", Report, ("Idempotency-Key",), limit=LIMIT), scope="function"),
    ],
) -> Response:
    """Report a signal. The receipt code in the answer is the only way to follow it and is not given again."""
    act.may_write(f"channel={act.body.channel}", *(["onBehalf"] if act.body.on_behalf else []))
    key = idempotency_key(act.request.headers.get("idempotency-key"))
    limits_of(act.request).submit(act.actor)
    desk = desk_of(act.request)
    secret = desk.vault.ring.intake
    sub = act.actor.sub if act.actor.kind is Kind.PERSON else None
    arrived = sorting.arrival(act.body, Who(act.organisation, sub), act.at)
    code = receipt.code_for(secret, key.encode() if key else secrets.token_bytes(32), arrived.id)
    unlocked = receipt.unlock(code, secret)
    arrived = replace(arrived, lookup=unlocked.lookup, receipt_public=unlocked.private.public.raw)
    once = None
    if key is not None:
        who = (act.organisation, str(act.actor.sub))
        once = idempotency.once(secret, "signals", who, key, act.raw)
    more = [once.row(arrived.id, arrived.received_at)] if once is not None else []
    try:
        arrived = await submit.take_in(act, desk, arrived, more, "signal_submitted")
    except AlreadyThere as error:
        if once is None or key is None or error.constraint != idempotency.CONSTRAINT:
            raise
        made = await made_before(act, once, "signal_submitted_again")
        code = receipt.code_for(secret, key.encode(), made.object_id)
        arrived = replace(arrived, id=made.object_id, reference=made.reference, received_at=made.received_at)
    submitted = Submitted(
        id=arrived.id,
        reference=arrived.reference,
        receipt_code=receipt.shown(code),
        received_at=arrived.received_at,
        status="received",
        notices=masking.notices(act.body),
    )
    return answer_with(submitted, 201)


async def replayed(act: AnyAct, once: Once) -> Any:
    """What the same request made before, through the door function. Raises Conflict for another body."""
    await act.restart()
    found = (await act.connection.execute(text("select * from replay(:key)"), {"key": once.key})).one()
    once.same_body(found.body)
    return found


async def made_before(act: AnyAct, once: Once, action: str) -> Any:
    """The signal that the same request made before, recorded as asked for again. Raises Conflict where it was erased:
    what two people destroyed does not come back because a sender repeats it.
    """
    found = await replayed(act, once)
    if found.reference is None:
        raise Conflict(
            "Deze melding is er niet meer. Wilt u opnieuw melden? Stuur haar als een nieuwe melding.",
            reason="erased",
        )
    act.record(entries.Act(action, "signal", str(found.object_id), signal_id=found.object_id))
    return found


@receipts.post("/receipt-lookups", response_model=schemas.Followed)
async def look_up(
    act: Annotated[Act[schemas.Lookup], Depends(Require("receipt:follow", schemas.Lookup), scope="function")],
) -> schemas.Followed | Response:
    """How it stands with a report, by its receipt code."""
    box = await follow.open_mailbox(act, desk_of(act.request), act.body.receipt_code)
    if box is None:
        return problems.answer(follow.UnknownCode())
    act.record(entries.Act("receipt_looked_up", "signal", str(box.signal_id), signal_id=box.signal_id))
    return schemas.Followed(
        reference=box.reference,
        status=box.status,
        messages=[
            schemas.MailboxMessage(id=line.id, sender="desk", text=line.text, at=line.at)
            for line in box.lines
        ],
    )


@receipts.post("/receipt-messages", status_code=201, response_model=schemas.Answered)
async def answer(
    act: Annotated[
        Act[schemas.Answer],
        Depends(
            Require("receipt:answer", schemas.Answer, ("Idempotency-Key",), limit=MESSAGE), scope="function"
        ),
    ],
) -> schemas.Answered | Response:
    """Answer the desk or add to a report, by its receipt code."""
    key = idempotency_key(act.request.headers.get("idempotency-key"))
    desk = desk_of(act.request)
    box = await follow.open_mailbox(act, desk, act.body.receipt_code)
    if box is None:
        return problems.answer(follow.UnknownCode())
    once = None
    if key is not None:
        who = (str(box.signal_id), "")
        once = idempotency.once(desk.vault.ring.intake, "receipt-messages", who, key, act.raw)
    try:
        message, at = await follow.answer(act, desk, box, act.body.text, once)
    except AlreadyThere as error:
        if once is None or error.constraint != idempotency.CONSTRAINT:
            raise
        message, at = (await replayed(act, once)).object_id, follow.answered_at(box, act.at)
        act.record(entries.Act("message_received_again", "message", str(message), signal_id=box.signal_id))
    return schemas.Answered(id=message, at=at)


@deliveries.post("/webhooks/citizen-reports", status_code=202)
async def deliver(
    act: Annotated[Act[webhook.CitizenEvent], Depends(webhook.RequireSignature(), scope="function")],
) -> schemas.Delivered:
    """A citizen's report from the platform, signed by the Standard Webhooks specification."""
    desk = desk_of(act.request)
    report = webhook.as_report(act.body.data)
    arrived = sorting.arrival(
        report, Who(None), act.at, origin="citizen_platform", more=webhook.kept(act.body.data)
    )
    once = idempotency.delivery(desk.vault.ring.intake, act.request.headers["webhook-id"], act.raw)
    try:
        arrived = await submit.take_in(
            act, desk, arrived, [once.row(arrived.id, arrived.received_at)], "webhook_received"
        )
    except AlreadyThere as error:
        if error.constraint != idempotency.CONSTRAINT:
            raise
        made = await made_before(act, once, "webhook_received_again")
        return schemas.Delivered(reference=made.reference)
    return schemas.Delivered(reference=arrived.reference)
