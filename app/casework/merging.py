"""Two reports of the same event go on as one case: a person merges them (T14), and parts them again (T17).

Nothing is moved or copied: each report keeps its parts, its keys, its reporter, its receipt and its dialogue. The merged
case is closed and names the one in which it goes on; whoever works on that one reads and answers both. The machine never
merges.
"""

from typing import cast
from uuid import UUID

from sqlalchemy import select

from app.audit import entries
from app.audit.act import AnyAct
from app.casework import cases, workflow
from app.casework.cases import CaseRow
from app.casework.history import note_move
from app.casework.models import Case
from app.errors import Conflict
from app.identity import policy

REFUSED = {
    "no_such_target": "Deze zaak is er niet in uw rij. Kies een andere.",
    "target_closed": "De zaak waarin deze verder moet gaan, is afgesloten. Heropen die eerst.",
    "target_waits": "De andere zaak wacht op een tweede persoon. Wacht daarop.",
    "target_not_in_hand": "Pak de andere zaak eerst: alleen de behandelaar kan dit.",
    "target_not_read": "Open ook de andere zaak en lees haar.",
}
MERGED_IN, PARTED = "merged_in", "parted"
"""What the history of the case that goes on calls it."""


async def target(act: AnyAct, case: CaseRow, target_id: UUID) -> CaseRow:
    """The case in which `case` may go on, locked: of the same owner and queue, open, in the caller's hands and read.

    Raises Conflict with the reason; what is unknown and what is another's are refused alike.
    """
    found = (
        await act.connection.execute(
            cases.visible()
            .where(
                Case.id == target_id,
                Case.id != case.id,
                Case.queue_id == case.queue_id,
                Case.organisation_id == case.organisation_id,
            )
            .with_for_update(of=Case)
        )
    ).first()
    if found is None:
        raise _refused("no_such_target")
    cases.refuse(policy.on(act.actor, act.permission, cases.thing(found)))
    if found.state in ("closed", "waiting_approval"):
        raise _refused("target_closed" if found.state == "closed" else "target_waits")
    now: workflow.Situation = await cases.situation(act.connection, found, str(act.actor.sub), act.at)
    if not (now.in_hand and now.read):
        raise _refused("target_not_read" if now.in_hand else "target_not_in_hand")
    return cast("CaseRow", found)


def _refused(reason: str) -> Conflict:
    return Conflict(REFUSED[reason], reason=reason)


async def join(act: AnyAct, case: CaseRow, into: CaseRow, reason_code: str) -> None:
    """Tell it in the history of `into`, and take along what was merged into `case` before: one step is never two."""
    rows = await act.connection.execute(
        select(*cases.COLUMNS).where(Case.merged_into == case.id).order_by(Case.id).with_for_update(of=Case)
    )
    for one in rows.all():
        after = await cases.change(act.connection, one.id, {"merged_into": into.id})
        await _told(act, after, "merge", into.id, reason_code)
    await _told(
        act, await cases.change(act.connection, into.id, {}), MERGED_IN, UUID(str(case.id)), reason_code
    )


async def part(act: AnyAct, case: CaseRow, from_id: UUID, reason_code: str) -> None:
    """Tell in the history of the case it was merged into that `case` goes its own way again."""
    after = await cases.change(act.connection, from_id, {})
    await _told(act, after, PARTED, UUID(str(case.id)), reason_code)


async def _told(act: AnyAct, case: CaseRow, transition: str, other: UUID, reason_code: str) -> None:
    await note_move(
        act.connection,
        case,
        transition,
        case.state,
        reason_code,
        str(act.actor.sub),
        act.at,
        other_case=other,
    )
    act.record(
        entries.Act(
            "case_moved",
            "case",
            str(case.id),
            case_id=case.id,
            signal_id=case.signal_id,
            reason_code=reason_code,
            purpose=transition,
        )
    )
