"""The second person's routes: what waits, asking, deciding; and what a role must see at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import select, update

from app.approvals import requests
from app.approvals.kinds import ASKED_HERE, KINDS, REASONS, shown_to
from app.approvals.models import ApprovalRow, DecisionRow, NoticeRow
from app.approvals.requests import Ask
from app.audit import entries
from app.audit.act import Act, Require
from app.audit.listing import newest_first
from app.crypto import canonical
from app.database import AnyRow
from app.errors import Fault, Invalid, NotFound
from app.http.body import Input, Output
from app.http.fields import ObjectId, OneOf
from app.http.paging import Page
from app.http.queries import query
from app.identity.actor import Role

router = APIRouter(tags=["second person"])

BREAK_GLASS_HOURS = 8
"""Longest time a role may be held by breaking the glass."""
SHOWN = {
    "subject": "subject",
    "role": "role",
    "mandate": "mandate",
    "wpg": "wpg",
    "principal": "principal",
    "from": "valid_from",
    "until": "valid_until",
    "hours": "hours",
    "recipients": "recipients",
    "decides": "decides",
}
"""What an approval's content tells, under the names of the answer."""
BREAK_GLASS_ROLES = ("coordinator", "deputy", "analyst", "officer")


class AskIn(Input):
    """What is asked. `objectId`: the case; for break_glass the role, with `hours`."""

    kind: Annotated[str, OneOf(ASKED_HERE)]
    case_id: ObjectId | None = None
    role: Annotated[str, OneOf(BREAK_GLASS_ROLES)] | None = None
    hours: Annotated[int, Field(ge=1, le=BREAK_GLASS_HOURS)] | None = None
    reason_code: Annotated[str, OneOf(REASONS)]


class DecideIn(Input):
    """The decision of a second person, or the asker's own withdrawal."""

    decision: Annotated[str, OneOf((requests.APPROVED, requests.REFUSED, requests.WITHDRAWN))]
    reason_code: Annotated[str, OneOf(REASONS)]


class RecipientOut(Output):
    """A queue that would get the signal, and the ground for it."""

    queue_id: str
    ground: str


class ApprovalOut(Output):
    """A request: codes, ids and times. People are subject ids. From `subject` on: the role that would be given;
    `recipients`: to whom a signal would be supplied; `decides`: the only roles that may decide this one.
    """

    id: UUID
    kind: str
    organisation: str
    object_kind: str
    object_id: str
    case_id: UUID | None
    reason_code: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    subject: str | None = None
    role: str | None = None
    mandate: list[str] | None = None
    wpg: bool | None = None
    principal: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    hours: int | None = None
    recipients: list[RecipientOut] | None = None
    decides: list[str] | None = None


class ApprovalPage(Output):
    """A page of requests, newest first."""

    items: list[ApprovalOut]
    next: str | None


class ApprovalFilter(Page):
    """Which requests. `waiting`: only those nobody decided and that have not lapsed."""

    kind: Annotated[str, OneOf(tuple(sorted(KINDS)))] | None = None
    waiting: bool | None = None


def shown(row: AnyRow, moment: datetime) -> ApprovalOut:
    """The request as the API shows it: for a role or a supply, all that would be given."""
    told = canonical.parse(row.content)
    what = (
        {SHOWN[name]: value for name, value in told.items() if name in SHOWN}
        if isinstance(told, dict)
        else {}
    )
    return ApprovalOut.model_validate(what | asked_and_decided(row, moment))


def asked_and_decided(row: AnyRow, moment: datetime) -> dict[str, object]:
    """Who asked what of whom, and how it stands."""
    return {
        "id": row.id,
        "kind": row.kind,
        "organisation": row.organisation_id,
        "object_kind": row.object_kind,
        "object_id": row.object_id,
        "case_id": row.case_id,
        "reason_code": row.reason_code,
        "requested_by": row.requested_by,
        "requested_at": row.requested_at,
        "expires_at": row.expires_at,
        "state": requests.state(row, moment),
        "decided_by": row.decision_decided_by,
        "decided_at": row.decision_decided_at,
    }


@router.get("/approvals")
async def list_approvals(
    act: Annotated[Act[None], Depends(Require("approval:list"), scope="function")],
    wanted: Annotated[ApprovalFilter, Depends(query(ApprovalFilter))],
) -> ApprovalPage:
    """What a second person was asked, in your organisation and those it covers; what your roles have to do with."""
    statement = requests.joined().where(ApprovalRow.kind.in_(sorted(shown_to(act.actor.roles))))
    if wanted.kind is not None:
        statement = statement.where(ApprovalRow.kind == wanted.kind)
    if wanted.waiting is not None:
        waits = DecisionRow.decision.is_(None) & (ApprovalRow.expires_at > act.at)
        statement = statement.where(waits if wanted.waiting else ~waits)
    first, more = await newest_first(
        act, wanted, "approvals", statement, ApprovalRow.requested_at, ApprovalRow.id
    )
    act.record(entries.Act("approvals_listed", "approval"))
    return ApprovalPage(items=[shown(row, act.at) for row in first if requests.ours(act, row)], next=more)


@router.post("/approvals", status_code=201, responses={404: {"description": "No such case"}})
async def ask_approval(
    act: Annotated[Act[AskIn], Depends(Require("approval:ask", AskIn), scope="function")],
) -> ApprovalOut:
    """Ask for a second person's approval. You cannot decide about it yourself."""
    id_ = await requests.ask(act, _asked(act, act.body))
    return shown(await requests.load(act, id_), act.at)


def _asked(act: Act[AskIn], body: AskIn) -> Ask:
    if body.kind == "break_glass":
        if body.role is None or body.hours is None or body.case_id is not None:
            raise Invalid(
                faults=[Fault("/role", "required", "Noem de rol en het aantal uren, en geen zaak.")]
            )
        content: requests.Content = {"role": body.role, "hours": body.hours}
        return Ask(body.kind, act.organisation, body.role, body.reason_code, content)
    if body.case_id is None or body.role is not None or body.hours is not None:
        raise Invalid(faults=[Fault("/caseId", "required", "Noem de zaak, en geen rol of uren.")])
    return Ask(body.kind, act.organisation, str(body.case_id), body.reason_code, {}, body.case_id)


@router.post("/approvals/{approvalId}/decisions", status_code=201)
async def decide_approval(
    approvalId: ObjectId,
    act: Annotated[Act[DecideIn], Depends(Require("approval:decide", DecideIn), scope="function")],
) -> ApprovalOut:
    """Decide about another person's request, or withdraw your own. What was decided stays decided."""
    row = await requests.decide(act, approvalId, act.body.decision, act.body.reason_code)
    return shown(row, act.at)


class NoticeOut(Output):
    """Something your role must see: a code and what it is about."""

    id: UUID
    organisation: str
    role: str
    kind: str
    object_kind: str
    object_id: str
    made_at: datetime
    seen_at: datetime | None


class NoticePage(Output):
    """A page of notices, newest first."""

    items: list[NoticeOut]
    next: str | None


class NoticeFilter(Page):
    """Which notices. `unseen`: only those of which nobody said yet that she saw them."""

    unseen: bool | None = None


@router.get("/notices")
async def list_notices(
    act: Annotated[Act[None], Depends(Require("notice:list"), scope="function")],
    wanted: Annotated[NoticeFilter, Depends(query(NoticeFilter))],
) -> NoticePage:
    """What your roles in your organisation must see, newest first."""
    roles = [Role(role).value for role in act.actor.roles]
    statement = select(NoticeRow.__table__).where(
        NoticeRow.organisation_id == act.organisation, NoticeRow.role.in_(roles)
    )
    if wanted.unseen is not None:
        unseen = NoticeRow.seen_at.is_(None)
        statement = statement.where(unseen if wanted.unseen else ~unseen)
    first, more = await newest_first(act, wanted, "notices", statement, NoticeRow.made_at, NoticeRow.id)
    act.record(entries.Act("notices_listed", "notice"))
    items = [
        NoticeOut(
            id=row.id,
            organisation=row.organisation_id,
            role=row.role,
            kind=row.kind,
            object_kind=row.object_kind,
            object_id=row.object_id,
            made_at=row.made_at,
            seen_at=row.seen_at,
        )
        for row in first
    ]
    return NoticePage(items=items, next=more)


@router.post("/notices/{noticeId}/acknowledgements", status_code=204)
async def acknowledge(
    noticeId: ObjectId,
    act: Annotated[Act[None], Depends(Require("notice:list", action="notice_seen"), scope="function")],
) -> None:
    """Say that you saw a notice of your role."""
    done = await act.connection.execute(
        update(NoticeRow)
        .where(
            NoticeRow.id == noticeId,
            NoticeRow.organisation_id == act.organisation,
            NoticeRow.role.in_([Role(role).value for role in act.actor.roles]),
        )
        .values(seen_at=act.at, seen_by=str(act.actor.sub))
    )
    if done.rowcount == 0:
        raise NotFound(reason="no_such_notice")
    act.record(entries.Act("notice_seen", "notice", str(noticeId)))
