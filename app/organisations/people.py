"""Who works here: proposing and ending roles. One person proposes a role, another confirms it."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import select, update

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
from app.identity.models import GrantRow
from app.identity.policy import Thing
from app.organisations import giving

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
