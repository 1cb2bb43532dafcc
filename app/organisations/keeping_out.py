"""The deny list by hand: one person keeps somebody out at once, two let her in again (DESIGN section 7)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.approvals import api as approvals_api
from app.approvals import requests
from app.approvals.api import ApprovalOut
from app.approvals.requests import Ask
from app.audit import entries
from app.audit.act import Act, AnyAct, Require, frame_of
from app.audit.listing import newest_first
from app.clock import new_id
from app.database import AnyRow
from app.errors import Conflict, Invalid, NotFound
from app.http.body import Input, Output
from app.http.fields import ObjectId
from app.http.paging import Page
from app.http.queries import query
from app.identity import denials, grants
from app.identity.denials import Denial
from app.identity.models import DenialRow
from app.identity.policy import Thing, accounts
from app.organisations import giving
from app.organisations.people import OrganisationId, Reason, Subject, WithdrawIn
from app.vault.ring import vault_of

router = APIRouter(tags=["people"])


class DenyIn(Input):
    """Who may no longer come in."""

    organisation_id: OrganisationId
    subject: Subject
    reason_code: Reason


class DenialOut(Output):
    """Somebody on the deny list."""

    id: UUID
    organisation: str
    subject: str
    reason_code: str
    denied_by: str
    denied_at: datetime
    lifted_at: datetime | None


class DenialPage(Output):
    """Everybody on the deny list, the latest first."""

    items: list[DenialOut]
    next: str | None


@router.get("/denials")
async def list_denials(
    act: Annotated[Act[None], Depends(Require("denial:list"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> DenialPage:
    """The deny list, also what was lifted, the latest first. A lifting that is not ours is none."""
    statement = select(DenialRow.__table__)
    first, more = await newest_first(act, wanted, "denials", statement, DenialRow.denied_at, DenialRow.id)
    act.record(entries.Act("denials_listed", "denial"))
    return DenialPage(items=[shown(*proven(act, row)) for row in first], next=more)


def proven(act: AnyAct, row: AnyRow) -> tuple[Denial, bool]:
    """The denial of this row and whether it is ours, with an alarm where it is not."""
    denial, genuine = denials.of_row(row._asdict(), frame_of(act.request).authority())
    if not genuine:
        telemetry.alarm(denials.FORGED)
    return denial, genuine


def shown(denial: Denial, genuine: bool) -> DenialOut:
    """A line of the deny list as the API shows it."""
    return DenialOut(
        id=denial.id,
        organisation=denial.organisation_id,
        subject=denial.subject,
        reason_code=denial.reason_code,
        denied_by=denial.denied_by,
        denied_at=denial.denied_at,
        lifted_at=denial.lifted_at if genuine else None,
    )


@router.post("/denials", status_code=201, responses={404: {"description": "No such organisation"}})
async def deny_person(
    act: Annotated[Act[DenyIn], Depends(Require("denial:make", DenyIn), scope="function")],
) -> DenialOut:
    """Let somebody in no more, whatever her token says; within a minute everywhere."""
    body = act.body
    act.may(Thing(organisation=body.organisation_id))
    if not await giving.known(act, body.organisation_id):
        raise Invalid(faults=[giving.UNKNOWN])
    if body.subject in accounts(act.actor):
        raise Conflict("U kunt uzelf niet weren. Vraag een collega.", reason="yourself")
    authority, intake = frame_of(act.request).authority(), vault_of(act.request).ring.intake
    number = await _next_number(act.connection, body, authority)
    denial = Denial(
        id=new_id(),
        organisation_id=body.organisation_id,
        number=number,
        subject=body.subject,
        person=grants.person(intake, body.organisation_id, body.subject),
        reason_code=body.reason_code,
        denied_by=str(act.actor.sub),
        denied_at=act.at,
    )
    await act.connection.execute(insert(DenialRow).values(**denial.for_door(intake).row(authority)))
    await giving.out_at_once(act, body.organisation_id, body.subject)
    act.record(entries.Act("person_denied", "denial", str(denial.id), reason_code=body.reason_code))
    return shown(denial, genuine=True)


async def _next_number(connection: AsyncConnection, body: DenyIn, authority: bytes) -> int:
    """The number of this organisation's next row; who comes after waits. Raises Conflict where she is out already."""
    # Kept out twice by two at the same moment, she would stay out after she was let in again.
    place = func.hashtextextended(f"denial {body.organisation_id}", 0)
    await connection.execute(select(func.pg_advisory_xact_lock(place)))
    statement = select(DenialRow.__table__).where(DenialRow.organisation_id == body.organisation_id)
    rows = (await connection.execute(statement)).all()
    if any(row.subject == body.subject and row.lifted_at is None for row in rows):
        raise Conflict("Deze persoon wordt al geweerd.", reason="denied_already")
    # A row that is not ours may take a number, but it does not say where the numbers end.
    ours = (
        denial.number for denial, genuine in (denials.of_row(r._asdict(), authority) for r in rows) if genuine
    )
    taken = {row.number for row in rows}
    number = max(ours, default=0) + 1
    while number in taken:
        number += 1
    return number


@router.post("/denials/{denialId}/liftings", status_code=201)
async def propose_lifting(
    denialId: ObjectId,
    act: Annotated[Act[WithdrawIn], Depends(Require("grant:propose", WithdrawIn), scope="function")],
) -> ApprovalOut:
    """Propose to let somebody in again; it holds once another person has confirmed it."""
    row = (await act.connection.execute(select(DenialRow.__table__).where(DenialRow.id == denialId))).first()
    if row is None:
        raise NotFound(reason="no_such_denial")
    denial, genuine = proven(act, row)
    if genuine and denial.lifted_at is not None:
        raise Conflict("Deze persoon wordt niet meer geweerd.", reason="lifted")
    content: requests.Content = {"subject": denial.subject}
    asked = Ask("lift_denial", denial.organisation_id, str(denialId), act.body.reason_code, content)
    return approvals_api.shown(await requests.load(act, await requests.ask(act, asked)), act.at)
