"""Erasing a closed case with its report: asked by one person, approved by another, done by who asked, both signed in
strongly.

The report, everything that hangs on it and every copy at a recipient go in one statement (DESIGN 3); what stays is the
declaration, its entry in the log and the entries of before. Row security lets nothing be deleted of which there is no
declaration, and no declaration be written without a used approval; the delete itself is the door's, not this login's.
"""

from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from sqlalchemy import select, text

from app import telemetry
from app.approvals import requests
from app.approvals.requests import Ask, Content, Hook
from app.audit import entries
from app.audit.act import TOO_WEAK, AnyAct, frame_of
from app.casework import cases
from app.casework.cases import CaseRow
from app.casework.models import Case
from app.clock import new_id
from app.crypto import canonical
from app.database import AlreadyThere, AnyRow, insert_rows
from app.disclosure.models import Disclosure
from app.errors import Conflict, Damaged, Fault, Invalid, NotFound, StepUp
from app.identity import policy
from app.retention.declaration import Erasure, beyond_backups, register_line
from app.retention.models import ErasureRow
from app.retention.rules import Copy, kept_until
from app.signals.models import Signal

KIND: Final = "erasure"
PERMISSION: Final = "case:erase"
TERM_ENDED: Final = "term_ended"
REASONS: Final = (TERM_ENDED, "request_of_person", "mistake")
"""Why a report is destroyed: part of the closed list of reasons for asking."""
POLICE: Final = "wpg"
_ERASE = text("select * from erase_signal(:signal)")


@dataclass(frozen=True, slots=True)
class Erasable:
    """A closed case of the owner, the one in which it goes on where it was merged, both locked, and its supplies."""

    case: CaseRow
    lead: CaseRow | None
    supplies: tuple[AnyRow, ...]


async def find(act: AnyAct, case_id: UUID | None, reason_code: str) -> Erasable:
    """The case, locked, when it may be erased now for this reason.

    Raises NotFound where it is not the owner's own, StepUp after a weak sign-in, Conflict saying what stands in the way.
    """
    case = await _locked(act, case_id)
    if case is None:
        raise NotFound(reason="no_such_case")
    _may(act, case)
    lead = None if case.merged_into is None else await _locked(act, case.merged_into)
    supplies = await act.connection.execute(
        select(Disclosure.__table__)
        .where(Disclosure.signal_id == case.signal_id)
        .order_by(Disclosure.supplied_at, Disclosure.id)
    )
    erasable = Erasable(case, lead, tuple(supplies.all()))
    await _nothing_in_the_way(act, erasable, reason_code)
    return erasable


async def _locked(act: AnyAct, case_id: UUID | None) -> CaseRow | None:
    found = await act.connection.execute(
        cases.visible().where(Case.id == case_id, Case.kind == "triage").with_for_update(of=Case)
    )
    return cast("CaseRow | None", found.first())


def _may(act: AnyAct, case: CaseRow) -> None:
    ruling = policy.on(act.actor, PERMISSION, cases.thing(case))
    if isinstance(ruling, policy.Denied) and ruling.reason == TOO_WEAK:
        raise StepUp(reason=ruling.reason)
    cases.refuse(ruling)


async def _nothing_in_the_way(act: AnyAct, found: Erasable, reason_code: str) -> None:
    """Raises Conflict for a case that is open or goes on in an open one, police data, still at a recipient, or within
    its term.
    """
    case, lead = found.case, found.lead
    if case.state != "closed":
        raise Conflict("Deze zaak is nog niet afgesloten. Sluit haar eerst.", reason="not_closed")
    if lead is not None and lead.state != "closed":
        raise Conflict(
            "Deze zaak gaat verder in een andere, die nog loopt. Sluit eerst die zaak af.",
            reason="lead_not_closed",
        )
    regime = await act.connection.execute(select(Signal.regime).where(Signal.id == case.signal_id))
    if regime.scalar_one() == POLICE or POLICE in case.flags:
        raise Conflict(
            "Dit zijn mogelijk politiegegevens. Daarvan is geen bewaartermijn vastgelegd. Vraag uw privacyfunctionaris.",
            reason="police_data",
        )
    if any(one.ended is None for one in found.supplies):
        raise Conflict("Een ontvanger heeft de zaak nog. Wacht tot die klaar is.", reason="open_supply")
    kept = [Copy(one.outcome, one.ended_at) for one in found.supplies if one.ended == "closed"]
    goes_on = [] if lead is None else [Copy(lead.outcome, lead.state_since)]
    end = max(kept_until(one, kept) for one in (Copy(case.outcome, case.state_since), *goes_on))
    if reason_code == TERM_ENDED and act.at < end:
        raise Conflict(
            f"De bewaartermijn loopt tot {end:%d-%m-%Y}. Wacht tot dan, of kies een andere reden.",
            reason="term_not_ended",
        )


async def check(act: AnyAct, asked: Ask) -> None:
    """Whether a second person may be asked now. Raises Invalid for a reason that is none for destroying."""
    if asked.reason_code not in REASONS:
        raise Invalid(faults=[Fault("/reasonCode", "not_here", f"Kies een van deze: {', '.join(REASONS)}.")])
    await find(act, asked.case_id, asked.reason_code)


async def nothing(_act: AnyAct, _approval: AnyRow, _content: Content) -> None:
    """Who asked erases herself, naming the approval."""


HOOKS = {KIND: Hook(check, nothing)}


async def erase(act: AnyAct, case_id: UUID, approval_id: UUID) -> Erasure:
    """Destroy the report of this case with every copy, on a second person's approval; the declaration that stays.

    Raises Forbidden where the approval does not count, Conflict where the case was opened again since it was asked.
    """
    # What stands in the way is told before the approval is looked at: whatever the reason, it holds.
    await find(act, case_id, "")
    await requests.consume(act, approval_id, kind=KIND, object_id=str(case_id))
    approval = await requests.load(act, approval_id)
    found = await find(act, case_id, approval.reason_code)
    if approval.requested_at < found.case.state_since:
        raise Conflict("De zaak was daarna weer open. Vraag het opnieuw.", reason="approval_other")
    erasure = _declared(act, found, approval)
    await _declare(act, erasure)
    gone = await act.connection.execute(_ERASE, {"signal": erasure.signal_id})
    if len(gone.all()) != 1:
        raise Damaged(reason="not_erased")
    act.record(
        entries.Act(
            "case_erased",
            "case",
            str(case_id),
            case_id=case_id,
            signal_id=found.case.signal_id,
            purpose=KIND,
            reason_code=approval.reason_code,
            record=erasure.digest(),
        )
    )
    return erasure


async def _declare(act: AnyAct, erasure: Erasure) -> None:
    try:
        await insert_rows(act.connection, [(ErasureRow, erasure.row(frame_of(act.request).authority()))])
    except AlreadyThere:
        # The approval was not used before this act: what stands in its name is not the desk's.
        telemetry.alarm("erasure_forged")
        raise Damaged(reason="erasure_forged") from None


def _declared(act: AnyAct, found: Erasable, approval: AnyRow) -> Erasure:
    case = found.case
    lines: list[canonical.JsonValue] = [dict(register_line(one)) for one in found.supplies]
    return Erasure(
        id=new_id(),
        organisation_id=case.organisation_id,
        signal_id=case.signal_id,
        case_id=case.id,
        approval_id=approval.id,
        reason_code=approval.reason_code,
        outcome=case.outcome,
        closed_at=case.state_since,
        supplies=canonical.encode(lines),
        requested_by=approval.requested_by,
        confirmed_by=approval.decision_decided_by,
        erased_at=act.at,
        beyond_backups_on=beyond_backups(act.at),
    )
