"""The routes to the blind index: who else was told about the same plate, number or address.

From a case that the caller opened and holds: hits across organisations for RIEC and the owner, in its own queue for RUDD,
none for who reported it herself. And an exact search in the own queue. Every question is limited and in the log.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import exists, select

from app.audit import entries
from app.audit.act import Act, AnyAct, Require
from app.casework import cases
from app.casework.cases import CaseRow
from app.casework.models import Case, Opening
from app.casework.sealed import may_open
from app.crypto import canonical
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.http.body import Input, Output
from app.http.fields import ObjectId, OneOf, Text
from app.identity import policy
from app.limits import limits_of
from app.matching import asked
from app.signals import own
from app.signals.read import What
from app.vault.ring import vault_of

router = APIRouter(tags=["cases"])


class MatchOut(Output):
    """Another signal that shares an identifier with this case. `caseId`: your own organisation's case of it."""

    organisation: str
    kind: str
    quarter: str
    strength: Literal["strong", "weak", "slight"]
    may_see_more: bool
    case_id: UUID | None


class MatchList(Output):
    """Direct hits, what counts most first. `withheld`: you reported this yourself, so that you are told of none."""

    asked_at: datetime
    items: list[MatchOut]
    withheld: Literal["own_report"] | None


class Search(Input):
    """An identifier, written in any usual way."""

    kind: Annotated[str, OneOf(asked.KINDS)]
    value: Annotated[str, Text(254, 1)]


class SearchOut(Output):
    """Cases of your queue whose report names exactly this."""

    case_ids: list[UUID]


@router.post("/cases/{caseId}/match-requests", status_code=201)
async def ask_matches(
    caseId: ObjectId,
    act: Annotated[Act[None], Depends(Require("case:match"), scope="function")],
) -> MatchList:
    """Ask which other signals share an identifier with a case you opened. Their owners see that somebody asked."""
    limits_of(act.request).match(act.actor)
    case = await cases.load(act.connection, caseId, act.actor)
    may_open(act, case)
    await was_opened(act, case)
    reported = await own.by_caller(act, What(case.id, case.signal_id, "matching"))
    found = await asked.matches(act.connection, case.id, own_report=reported)
    act.record(
        entries.Act(
            "matches_asked",
            "case",
            str(case.id),
            case_id=case.id,
            signal_id=case.signal_id,
            # Whether she reported it herself is not told: the log says nothing of who reported.
            purpose="matching",
        )
    )
    items = [
        MatchOut(
            organisation=one.organisation,
            kind=one.kind,
            quarter=one.quarter,
            strength=one.strength,
            may_see_more=one.case_id is not None,
            case_id=one.case_id,
        )
        for one in found
    ]
    return MatchList(asked_at=act.at, items=items, withheld="own_report" if reported else None)


async def was_opened(act: AnyAct, case: CaseRow) -> None:
    """Raises Conflict unless the caller opened this case."""
    mine = exists().where(Opening.case_id == case.id, Opening.actor == str(act.actor.sub))
    if not (await act.connection.execute(select(mine))).scalar_one():
        raise Conflict("Open de zaak eerst en lees haar.", reason="not_opened")


@router.post("/searches")
async def search(
    act: Annotated[Act[Search], Depends(Require("search:ask", Search), scope="function")],
) -> SearchOut:
    """Search your own queue for exactly this plate, number or address."""
    limits_of(act.request).match(act.actor)
    wanted = act.body
    if wanted.kind != asked.PLACE_KIND and not policy.TELLS_MORE & act.actor.roles:
        raise Forbidden("U kunt alleen op een adres zoeken.", reason="kind_not_yours")
    value = asked.normalised(wanted.kind, wanted.value)
    if value is None:
        raise Invalid(faults=[Fault("/value", "form", "Dit past niet bij de soort. Kijk na wat u typte.")])
    found = await asked.cases_with(act.connection, vault_of(act.request).ring.index, wanted.kind, value)
    kinds = [kind for kind, workers in policy.WORKERS.items() if workers & act.actor.roles]
    mine = await act.connection.execute(
        select(Case.id).where(Case.id.in_(found), Case.kind.in_(kinds)).order_by(Case.id)
    )
    question = canonical.encode({"kind": wanted.kind, "value": value}).decode()
    act.record(entries.Act("searched", "search", question=question))
    return SearchOut(case_ids=list(mine.scalars()))
