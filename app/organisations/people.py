"""Who works here: proposing and ending roles, and the deny list. One person proposes a role, another confirms it."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import func, insert, select, update

from app import telemetry
from app.approvals import api as approvals_api
from app.approvals import requests
from app.approvals.api import ApprovalOut
from app.approvals.kinds import REASONS
from app.approvals.requests import Ask
from app.audit import entries
from app.audit.act import Act, AnyAct, Require, frame_of
from app.audit.listing import newest_first
from app.clock import new_id
from app.database import AnyRow
from app.errors import Conflict, Damaged, Fault, Invalid, NotFound
from app.http.body import Input, Output
from app.http.fields import Moment, ObjectId, OneOf
from app.http.paging import Page
from app.http.queries import query
from app.identity import grants
from app.identity.actor import Role
from app.identity.grants import NEEDS_NO_GRANT, Grant
from app.identity.models import DenialRow, GrantRow
from app.identity.policy import Thing, accounts
from app.organisations import giving
from app.vault.ring import vault_of

router = APIRouter(tags=["people"])

LONGEST = timedelta(days=366)
ROLES = tuple(sorted(role.value for role in Role if role not in NEEDS_NO_GRANT))
Subject = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,255}$")]
OrganisationId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Reason = Annotated[str, OneOf(REASONS)]


class GrantIn(Input):
    """The role proposed. `principal`: the person's main account, where `subject` is another one of hers."""

    organisation_id: OrganisationId
    subject: Subject
    role: Annotated[str, OneOf(ROLES)]
    valid_from: Moment | None = None
    valid_until: Moment
    mandate: Annotated[list[OrganisationId] | None, Field(min_length=1, max_length=400)] = None
    wpg: bool = False
    principal: Subject | None = None
    reason_code: Reason


class WithdrawIn(Input):
    """Why it ends."""

    reason_code: Reason


class DenyIn(Input):
    """Who may no longer come in."""

    organisation_id: OrganisationId
    subject: Subject
    reason_code: Reason


class GrantOut(Output):
    """A role somebody has, had, or will have."""

    id: UUID
    organisation: str
    subject: str
    role: str
    mandate: list[str]
    wpg: bool
    principal: str
    kind: str
    valid_from: datetime
    valid_until: datetime
    proposed_by: str
    confirmed_by: str
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str | None


class GrantPage(Output):
    """A page of grants, the latest first."""

    items: list[GrantOut]
    next: str | None


class GrantFilter(Page):
    """Which grants. `asOf`: those in force at that moment."""

    organisation: OrganisationId | None = None
    subject: Subject | None = None
    role: Annotated[str, OneOf(ROLES)] | None = None
    as_of: datetime | None = None


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


@router.post("/grants", status_code=201)
async def propose_grant(
    act: Annotated[Act[GrantIn], Depends(Require("grant:propose", GrantIn), scope="function")],
) -> ApprovalOut:
    """Propose a role for somebody; it holds once another person has confirmed it."""
    body = act.body
    faults = await giving.faults_in(act, body.organisation_id, Role(body.role), body.mandate)
    begins = body.valid_from or act.at
    if not begins < body.valid_until <= begins + LONGEST or body.valid_until <= act.at:
        faults.append(Fault("/validUntil", "period", "Kies een einddatum binnen een jaar na het begin."))
    if faults:
        raise Invalid(faults=faults)
    content: requests.Content = {
        "subject": body.subject,
        "principal": body.principal or body.subject,
        "role": body.role,
        "mandate": list(body.mandate or []),
        "wpg": body.wpg,
        "from": begins.isoformat(),
        "until": body.valid_until.isoformat(),
    }
    asked = Ask("grant", body.organisation_id, str(new_id()), body.reason_code, content)
    id_ = await requests.ask(act, asked)
    act.record(entries.Act("grant_proposed", "grant", asked.object_id, reason_code=body.reason_code))
    return approvals_api.shown(await requests.load(act, id_), act.at)


def out(grant: Grant) -> GrantOut:
    """The grant as the API shows it."""
    return GrantOut(
        id=grant.id,
        organisation=grant.organisation_id,
        subject=grant.subject,
        role=grant.role.value,
        mandate=list(grant.mandate),
        wpg=grant.wpg,
        principal=grant.principal,
        kind=grant.kind,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        proposed_by=grant.proposed_by,
        confirmed_by=grant.confirmed_by,
        ended_at=grant.ended_at,
        ended_by=grant.ended_by,
        ended_reason=grant.ended_reason,
    )


def proven(act: AnyAct, row: AnyRow) -> Grant | None:
    """The grant of this row, None with an alarm where the row is not ours."""
    found = grants.of_row(row._asdict(), frame_of(act.request).authority())
    if found is None:
        telemetry.alarm("grant_forged")
    return found


@router.get("/grants")
async def list_grants(
    act: Annotated[Act[None], Depends(Require("grant:list"), scope="function")],
    wanted: Annotated[GrantFilter, Depends(query(GrantFilter))],
) -> GrantPage:
    """Who has, had or will have which role, in your organisation or those you keep; rows not ours are left out."""
    statement = select(GrantRow.__table__)
    for column, value in (
        (GrantRow.organisation_id, wanted.organisation),
        (GrantRow.subject, wanted.subject),
        (GrantRow.role, wanted.role),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.as_of is not None:
        statement = statement.where(
            GrantRow.valid_from <= wanted.as_of,
            GrantRow.valid_until > wanted.as_of,
            GrantRow.ended_at.is_(None) | (GrantRow.ended_at > wanted.as_of),
        )
    first, more = await newest_first(act, wanted, "grants", statement, GrantRow.valid_from, GrantRow.id)
    act.record(entries.Act("grants_listed", "grant"))
    found = [proven(act, row) for row in first]
    return GrantPage(items=[out(grant) for grant in found if grant is not None], next=more)


@router.post("/grants/{grantId}/withdrawals", status_code=201)
async def withdraw_grant(
    grantId: ObjectId,
    act: Annotated[Act[WithdrawIn], Depends(Require("grant:end", WithdrawIn), scope="function")],
) -> GrantOut:
    """End somebody's role at once; one person is enough to take away. Cases in her hands become free."""
    statement = select(GrantRow.__table__).where(GrantRow.id == grantId).with_for_update()
    row = (await act.connection.execute(statement)).first()
    if row is None:
        raise NotFound(reason="no_such_grant")
    act.may(Thing(organisation=row.organisation_id))
    grant = proven(act, row)
    if grant is None:
        raise Damaged(reason="grant_forged")
    if grant.ended_at is not None:
        raise Conflict("Dit recht was al beëindigd.", reason="ended")
    ended = giving.ended(grant, act.at, str(act.actor.sub), act.body.reason_code)
    await act.connection.execute(
        update(GrantRow)
        .where(GrantRow.id == grantId)
        .values(
            ended_at=ended.ended_at,
            ended_by=ended.ended_by,
            ended_reason=ended.ended_reason,
            mac=ended.mac(frame_of(act.request).authority()),
        )
    )
    await giving.out_at_once(act, grant.organisation_id, grant.subject)
    act.record(entries.Act("grant_ended", "grant", str(grantId), reason_code=act.body.reason_code))
    return out(ended)


@router.get("/denials")
async def list_denials(
    act: Annotated[Act[None], Depends(Require("denial:list"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> DenialPage:
    """The deny list, also what was lifted, the latest first."""
    statement = select(DenialRow.__table__)
    first, more = await newest_first(act, wanted, "denials", statement, DenialRow.denied_at, DenialRow.id)
    act.record(entries.Act("denials_listed", "denial"))
    return DenialPage(items=[denial(row) for row in first], next=more)


def denial(row: AnyRow) -> DenialOut:
    """A line of the deny list as the API shows it."""
    return DenialOut(
        id=row.id,
        organisation=row.organisation_id,
        subject=row.subject,
        reason_code=row.reason_code,
        denied_by=row.denied_by,
        denied_at=row.denied_at,
        lifted_at=row.lifted_at,
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
    # Kept out twice by two at the same moment, she would stay out after she was let in again.
    person = func.hashtextextended(f"denial {body.organisation_id} {body.subject}", 0)
    await act.connection.execute(select(func.pg_advisory_xact_lock(person)))
    there = select(DenialRow.id).where(
        DenialRow.organisation_id == body.organisation_id,
        DenialRow.subject == body.subject,
        DenialRow.lifted_at.is_(None),
    )
    if (await act.connection.execute(there)).first() is not None:
        raise Conflict("Deze persoon wordt al geweerd.", reason="denied_already")
    values = {
        "id": new_id(),
        "organisation_id": body.organisation_id,
        "subject": body.subject,
        "person": grants.person(vault_of(act.request).ring.intake, body.organisation_id, body.subject),
        "reason_code": body.reason_code,
        "denied_by": str(act.actor.sub),
        "denied_at": act.at,
    }
    await act.connection.execute(insert(DenialRow).values(**values))
    await giving.out_at_once(act, body.organisation_id, body.subject)
    act.record(entries.Act("person_denied", "denial", str(values["id"]), reason_code=body.reason_code))
    row = (
        await act.connection.execute(select(DenialRow.__table__).where(DenialRow.id == values["id"]))
    ).one()
    return denial(row)


@router.post("/denials/{denialId}/liftings", status_code=201)
async def propose_lifting(
    denialId: ObjectId,
    act: Annotated[Act[WithdrawIn], Depends(Require("grant:propose", WithdrawIn), scope="function")],
) -> ApprovalOut:
    """Propose to let somebody in again; it holds once another person has confirmed it."""
    found = (
        await act.connection.execute(select(DenialRow.__table__).where(DenialRow.id == denialId))
    ).first()
    if found is None:
        raise NotFound(reason="no_such_denial")
    if found.lifted_at is not None:
        raise Conflict("Deze persoon wordt niet meer geweerd.", reason="lifted")
    content: requests.Content = {"subject": found.subject}
    asked = Ask("lift_denial", found.organisation_id, str(denialId), act.body.reason_code, content)
    return approvals_api.shown(await requests.load(act, await requests.ask(act, asked)), act.at)
