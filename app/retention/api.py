"""The routes of destroying: erasing a closed case with its report, and the declarations of what was erased."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.audit import entries
from app.audit.act import Act, Require, frame_of
from app.audit.listing import newest_first
from app.crypto import canonical
from app.http.body import Input, Output
from app.http.fields import ObjectId
from app.http.paging import Page
from app.http.queries import query
from app.retention.declaration import Erasure
from app.retention.erase import erase
from app.retention.models import ErasureRow

router = APIRouter(tags=["retention"])


class Erase(Input):
    """Destroy the report of this case. `approvalId`: a second person's, asked for at /v1/approvals."""

    approval_id: ObjectId


class SupplyLine(Output):
    """Who was given the report, on which ground, and how it ended there; empty where it did not."""

    recipient: str
    queue_id: str
    ground: str
    supplied_at: str
    ended: str
    outcome: str
    ended_at: str


class ErasureOut(Output):
    """The declaration of an erasure. From `beyondBackupsOn` no backup can bring the report back."""

    id: UUID
    organisation: str
    case_id: UUID
    signal_id: UUID
    approval_id: UUID
    reason_code: str
    outcome: str | None
    closed_at: datetime
    requested_by: str
    confirmed_by: str
    erased_at: datetime
    beyond_backups_on: date
    supplies: list[SupplyLine]


class ErasurePage(Output):
    """A page of declarations, newest first."""

    items: list[ErasureOut]
    next: str | None


def shown(erasure: Erasure) -> ErasureOut:
    """The declaration as the API shows it."""
    lines = canonical.parse(erasure.supplies)
    return ErasureOut(
        id=erasure.id,
        organisation=erasure.organisation_id,
        case_id=erasure.case_id,
        signal_id=erasure.signal_id,
        approval_id=erasure.approval_id,
        reason_code=erasure.reason_code,
        outcome=erasure.outcome,
        closed_at=erasure.closed_at,
        requested_by=erasure.requested_by,
        confirmed_by=erasure.confirmed_by,
        erased_at=erasure.erased_at,
        beyond_backups_on=erasure.beyond_backups_on,
        supplies=[SupplyLine.model_validate(one) for one in lines] if isinstance(lines, list) else [],
    )


@router.post("/cases/{caseId}/erasures", status_code=201)
async def erase_case(
    caseId: ObjectId,
    act: Annotated[Act[Erase], Depends(Require("case:erase", Erase), scope="function")],
) -> ErasureOut:
    """Destroy the report of a closed case, with every copy. It cannot be undone; what was done is in the log."""
    return shown(await erase(act, caseId, act.body.approval_id))


@router.get("/erasures")
async def list_erasures(
    act: Annotated[Act[None], Depends(Require("erasure:list"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> ErasurePage:
    """What your organisation destroyed, newest first: the list of destruction."""
    statement = select(ErasureRow.__table__).where(ErasureRow.organisation_id == act.organisation)
    rows, more = await newest_first(act, wanted, "erasures", statement, ErasureRow.erased_at, ErasureRow.id)
    key = frame_of(act.request).authority()
    ours = [found for row in rows if (found := Erasure.of(row)).genuine(row.mac, key)]
    act.record(entries.Act("erasures_listed", "erasure"))
    return ErasurePage(items=[shown(one) for one in ours], next=more)
