"""The routes of rule sets: proposing one, and what is proposed, in force, or was once.

One functional manager proposes, another activates.
"""

from datetime import datetime
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.approvals import api as approvals_api
from app.approvals import requests
from app.approvals.api import ApprovalOut
from app.approvals.models import ApprovalRow, DecisionRow
from app.audit import entries
from app.audit.act import Act, AnyAct, Require
from app.clock import new_id
from app.crypto import canonical
from app.http.body import Output
from app.http.paging import Page, cursor_key
from app.http.queries import query
from app.routing import activation, documents, versions
from app.routing.documents import RuleSetIn
from app.routing.rule_sets import RELEASE
from app.vault.ring import vault_of

router = APIRouter(tags=["rule sets"])

PROPOSED, ACTIVE, REPLACED = "proposed", "active", "replaced"
FIRST: Final = ("", "")
"""The place of the release's own rule set in the list: after all others."""


class ThresholdsOut(Output):
    """Per category the percentage below which a person decides first."""

    human_trafficking: int
    drugs: int
    care_fraud: int
    rural_premises: int


class RuleSetOut(Output):
    """One version. A proposed one has no number yet; the release's own has number 0 and nobody behind it."""

    id: UUID | None
    number: int | None
    name: str
    rules: list[str]
    confidence_low: ThresholdsOut
    strong: int
    state: str
    proposed_by: str | None
    confirmed_by: str | None
    approval_id: UUID | None
    at: datetime | None

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in the list."""
        return FIRST if self.at is None else (self.at.isoformat(timespec="microseconds"), str(self.id))


class RuleSetPage(Output):
    """A page of versions, the latest first."""

    items: list[RuleSetOut]
    next: str | None


@router.post("/rule-sets", status_code=201)
async def propose_rule_set(
    act: Annotated[Act[RuleSetIn], Depends(Require("rule_set:propose", RuleSetIn), scope="function")],
) -> ApprovalOut:
    """Propose a rule set; it holds once another functional manager has decided about the request."""
    asked = activation.ask_for(new_id(), act.body)
    id_ = await requests.ask(act, asked)
    act.record(entries.Act("rule_set_proposed", "rule_set", asked.object_id, reason_code=asked.reason_code))
    return approvals_api.shown(await requests.load(act, id_), act.at)


@router.get("/rule-sets")
async def list_rule_sets(
    act: Annotated[Act[None], Depends(Require("rule_set:list"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> RuleSetPage:
    """What is proposed, in force or replaced, the latest first. No version is active while the newest row is not ours."""
    key, bound = cursor_key(act.request), (str(act.actor.sub), "rule-sets")
    place = wanted.place(key, *bound)
    found = [*await _proposed(act), *await _written(act)]
    found.sort(key=lambda one: one.place, reverse=True)
    if place is not None:
        there = (str(place[0]), str(place[1]))
        found = [one for one in found if one.place < there]
    first = found[: wanted.limit]
    more = wanted.next(key, first[-1].place, *bound) if len(found) > wanted.limit else None
    act.record(entries.Act("rule_sets_listed", "rule_set"))
    return RuleSetPage(items=first, next=more)


async def _written(act: AnyAct) -> list[RuleSetOut]:
    """The release's own, and every version that two people put in its place."""
    known = await versions.known(act.connection, vault_of(act.request).ring.intake)
    release: dict[str, object] = dict.fromkeys(("id", "proposed_by", "confirmed_by", "approval_id", "at"))
    rows = [release | documents.told(RELEASE) | {"number": 0}]
    rows += [
        documents.told(one.rule_set())
        | {
            "id": one.id,
            "number": one.number,
            "proposed_by": one.proposed_by,
            "confirmed_by": one.confirmed_by,
            "approval_id": one.approval_id,
            "at": one.activated_at,
        }
        for one in known.genuine
    ]
    return [
        RuleSetOut.model_validate(row | {"state": ACTIVE if row["number"] == known.active else REPLACED})
        for row in rows
    ]


async def _proposed(act: AnyAct) -> list[RuleSetOut]:
    """Proposals that wait for a second person, so that she sees what she decides about."""
    rows = await act.connection.execute(
        requests.joined().where(
            ApprovalRow.kind == "rule_set",
            ApprovalRow.id.not_in(select(DecisionRow.approval_id)),
            ApprovalRow.expires_at > act.at,
        )
    )
    found = []
    for row in rows:
        if not requests.ours(act, row):
            continue
        document, _ = activation.read(cast("requests.Content", canonical.parse(row.content)))
        who: dict[str, object] = {
            "id": UUID(row.object_id),
            "number": None,
            "state": PROPOSED,
            "proposed_by": row.requested_by,
            "confirmed_by": None,
            "approval_id": row.id,
            "at": row.requested_at,
        }
        found.append(RuleSetOut.model_validate(documents.told(document.rule_set()) | who))
    return found
