"""The routes of reports that may tell the same event: proposed to the owner's coordinator, who merges them or says no.

Only from a case of triage that she holds and opened, only cases of her own queue, with the reason and never the content.
Who reported it herself is told of none, as with matches. The machine merges nothing and closes nothing.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.audit import entries
from app.audit.act import Act, AnyAct, Require
from app.casework import cases
from app.casework.cases import CaseRow
from app.casework.matches import was_opened
from app.casework.models import Case, ToldApart
from app.casework.sealed import may_open
from app.errors import Conflict
from app.http.body import Input, Output
from app.http.fields import ObjectId
from app.identity import policy
from app.limits import limits_of
from app.matching.alike import Alike, alike
from app.matching.wording import Likeness
from app.signals import own
from app.signals.read import What

router = APIRouter(tags=["cases"])
WINDOW = timedelta(days=90)
"""Reports that came in further apart are not proposed: what happens again is another event."""


class DuplicateOut(Output):
    """A case of your queue that may tell the same event, and why. `toldApart`: somebody said that it does not."""

    case_id: UUID
    reference: str
    state: str
    wording: Likeness
    identifiers: list[str]
    same_municipality: bool
    days_apart: int
    told_apart: bool


class DuplicateList(Output):
    """Likeliest first, what was told apart last. `withheld`: you reported this yourself, so that you are told of none."""

    asked_at: datetime
    items: list[DuplicateOut]
    withheld: Literal["own_report"] | None


class Apart(Input):
    """Which other case of the same queue tells another event."""

    other_case_id: ObjectId


@router.post("/cases/{caseId}/duplicate-requests", status_code=201)
async def ask_duplicates(
    caseId: ObjectId,
    act: Annotated[Act[None], Depends(Require("case:compare"), scope="function")],
) -> DuplicateList:
    """Ask which cases of your queue may tell the same event as one you opened. A person decides; nothing is merged."""
    limits_of(act.request).match(act.actor)
    case = await _in_hand(act, caseId)
    reported = await own.by_caller(act, What(case.id, case.signal_id, "matching"))
    items = [] if reported else await _proposed(act, case)
    _note(act, "duplicates_asked", case)
    return DuplicateList(asked_at=act.at, items=items, withheld="own_report" if reported else None)


@router.post("/cases/{caseId}/distinctions", status_code=204)
async def tell_apart(
    caseId: ObjectId,
    act: Annotated[Act[Apart], Depends(Require("case:compare", Apart), scope="function")],
) -> Response:
    """Say that another case of your queue tells another event. Saying it again changes nothing."""
    case = await _in_hand(act, caseId)
    same_queue = (Case.queue_id == case.queue_id, Case.organisation_id == case.organisation_id)
    other = (
        await act.connection.execute(
            cases.visible().where(Case.id == act.body.other_case_id, Case.id != case.id, *same_queue)
        )
    ).first()
    if other is None or not _shown(act, other):
        raise Conflict("Deze zaak is er niet in uw rij. Kies een andere.", reason="no_such_target")
    first, second = sorted((case.id, other.id))
    await act.connection.execute(
        insert(ToldApart)
        .values(
            case_id=first,
            other_id=second,
            organisation_id=case.organisation_id,
            holder=case.holder,
            at=act.at,
        )
        .on_conflict_do_nothing()
    )
    for one in (case, other):
        _note(act, "cases_told_apart", one)
    return Response(status_code=204)


async def _in_hand(act: AnyAct, case_id: UUID) -> CaseRow:
    """The case, which the caller works on and has opened; else NotFound, Forbidden or Conflict with the reason."""
    case = await cases.load(act.connection, case_id, act.actor)
    may_open(act, case)
    await was_opened(act, case)
    return case


def _shown(act: AnyAct, case: CaseRow) -> bool:
    """Whether the caller could take this case up: what may be police data is only for who is authorised for it."""
    return isinstance(policy.on(act.actor, "case:pull", cases.thing(case)), policy.Allowed)


async def _proposed(act: AnyAct, case: CaseRow) -> list[DuplicateOut]:
    """What of the same queue, place and season may tell the same event, and does not go on with this case already."""
    found = {one.case_id: one for one in await alike(act.connection, case.id)}
    here = case.municipality_code
    rows = await act.connection.execute(
        cases.visible().where(
            Case.id.in_(found),
            Case.queue_id == case.queue_id,
            Case.merged_into.is_(None),
            Case.id.is_distinct_from(case.merged_into),
            Case.received_at.between(case.received_at - WINDOW, case.received_at + WINDOW),
            # Where one of both does not say where, the words and the days must do.
            or_(literal(here is None), Case.municipality_code == here, Case.municipality_code.is_(None)),
        )
    )
    apart = await _told_apart(act, case.id)
    there = {row.id: row for row in rows.all() if _shown(act, row)}
    order = sorted(there.keys() & found.keys(), key=lambda id_: (id_ in apart, list(found).index(id_)))
    return [_item(case, there[id_], found[id_], apart=id_ in apart) for id_ in order]


async def _told_apart(act: AnyAct, case_id: UUID) -> set[UUID]:
    """The cases that somebody said tell another event than this one."""
    rows = await act.connection.execute(
        select(ToldApart.case_id, ToldApart.other_id).where(
            or_(ToldApart.case_id == case_id, ToldApart.other_id == case_id)
        )
    )
    return {one for row in rows for one in row} - {case_id}


def _item(case: CaseRow, other: CaseRow, why: Alike, *, apart: bool) -> DuplicateOut:
    return DuplicateOut(
        case_id=other.id,
        reference=other.reference,
        state=other.state,
        wording=why.wording,
        identifiers=list(why.kinds),
        same_municipality=case.municipality_code is not None
        and case.municipality_code == other.municipality_code,
        days_apart=abs(other.received_at - case.received_at).days,
        told_apart=apart,
    )


def _note(act: AnyAct, action: str, case: CaseRow) -> None:
    act.record(
        entries.Act(
            action,
            "case",
            str(case.id),
            case_id=case.id,
            signal_id=case.signal_id,
            # Whether she reported it herself is not told: the log says nothing of who reported.
            purpose="matching",
        )
    )
