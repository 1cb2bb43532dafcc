"""A supply that a second person must agree to: proposed, approved, performed by who proposed it, or given back.

The approver opens no text, so the keys are shared by the coordinator's own act, which uses the approval up. It counts
for this one stay in `waiting_approval`: its content holds the version that the case had then, and the recipients.
"""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import select

from app.approvals import requests
from app.approvals.requests import Ask, Content, Hook
from app.audit import entries
from app.audit.act import AnyAct
from app.casework import cases, workflow
from app.casework.cases import CaseRow
from app.casework.history import note_move
from app.casework.models import Case
from app.casework.schemas import Recipient
from app.crypto import canonical
from app.database import AnyRow
from app.disclosure.matrix import Ruling
from app.errors import Conflict, NotFound
from app.identity.actor import Role

KIND = "disclosure"
REASON = "needed_for_task"
"""Why it is asked; the coordinator's own words lie sealed in the move."""


async def propose(act: AnyAct, case: CaseRow, proposed: list[tuple[Recipient, Ruling]]) -> UUID:
    """Ask for a second person about this supply (T7). `case` is as it is after the move.

    Where the matrix wants the privacy officer, no approver decides in her place.
    """
    told: dict[str, canonical.JsonValue] = {
        "version": case.version,
        "recipients": [{"queueId": one.queue_id, "ground": one.ground} for one, _ in proposed],
    }
    if any(verdict.privacy_officer for _, verdict in proposed):
        told["decides"] = [Role.PRIVACY_OFFICER.value]
    asked = Ask(KIND, case.organisation_id, str(case.id), REASON, told, case.id)
    return await requests.ask_within(act, asked)


@dataclass(frozen=True, slots=True)
class Agreed:
    """To whom a second person agreed, and whether nobody but the privacy officer could."""

    recipients: list[Recipient]
    by_privacy_officer: bool


async def approved(act: AnyAct, case: CaseRow, approval_id: UUID | None) -> Agreed:
    """To whom the second person agreed (T8); the approval is used up.

    Raises Forbidden where it is not of this case and asker, not given, lapsed or used; Conflict where it is of an
    earlier proposal.
    """
    content = await requests.consume(act, approval_id, kind=KIND, object_id=str(case.id))
    if content["version"] != case.version:
        raise Conflict(
            "Dit akkoord hoort bij een eerder voorstel. Vraag het opnieuw.", reason="approval_other"
        )
    named = cast("list[dict[str, str]]", content["recipients"])
    return Agreed(
        [Recipient.model_validate(one) for one in named],
        content.get("decides") == [Role.PRIVACY_OFFICER.value],
    )


async def give_back(act: AnyAct, approval: AnyRow) -> None:
    """Refused or withdrawn: the case goes back to be assessed (T9).

    Where the second person is of a covering organisation, who may not touch the case, its worker resumes it herself.
    """
    found = await act.connection.execute(
        select(*cases.COLUMNS).where(Case.id == approval.case_id).with_for_update(of=Case)
    )
    case = found.first()
    move = None if case is None else workflow.refused(case.kind, case.state)
    if case is None or move is None:
        return
    values = cases.entered(case.kind, move.target, case.priority, act.at)
    after = await cases.change(act.connection, case.id, values)
    reason = move.reasons[0]
    await note_move(act.connection, after, move.transition, case.state, reason, None, act.at)
    act.record(
        entries.Act(
            "case_moved",
            "case",
            str(case.id),
            case_id=case.id,
            signal_id=case.signal_id,
            purpose=move.transition,
            reason_code=reason,
        )
    )


async def _by_the_move_alone(_act: AnyAct, asked: Ask) -> None:
    if asked.case_id is None:
        raise NotFound(reason="no_such_case")


async def _nothing(_act: AnyAct, _approval: AnyRow, _content: Content) -> None:
    """Who asked supplies herself, naming the approval."""


HOOKS = {KIND: Hook(_by_the_move_alone, _nothing, give_back)}
