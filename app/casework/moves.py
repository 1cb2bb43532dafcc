"""Moves a case: the table is asked, its effects happen, the move is written and logged, all in one transaction."""

from sqlalchemy import update

from app.audit import entries
from app.audit.act import AnyAct
from app.casework import cases, merging, proposals, sealed, workflow
from app.casework.cases import CaseRow
from app.casework.history import note_move
from app.casework.schemas import Move
from app.casework.supply import allowed, supply_to
from app.disclosure.models import Disclosure
from app.errors import Conflict, Fault, Invalid

REFUSED = {
    "no_such_move": "Deze stap kan niet vanuit deze stand, of niet in uw rol.",
    "outcome_not_allowed": "Deze uitkomst hoort niet bij deze stap. Kies een andere.",
    "reason_not_allowed": "Deze reden hoort niet bij deze stap. Kies een andere.",
}
NEEDED = {
    "opened": "Open de zaak eerst en lees haar.",
    "assigned": "Pak de zaak eerst: alleen de behandelaar kan dit.",
    "outcome": "Kies een uitkomst.",
    "second_person": "Deze melding valt onder beroepsgeheim. Stel de verstrekking voor: de privacy officer beslist.",
    "recipients": "Kies wie de melding krijgt, en de grond.",
    "no_open_supply": "Een ontvanger heeft de zaak nog. Wacht tot die klaar is.",
    "read": "Open de zaak eerst en lees haar.",
    "in_hand": "Pak de zaak eerst: alleen de behandelaar kan dit.",
    "target": "Kies de zaak waarin deze verder gaat.",
    "all_reported": "Nog niet elke ontvanger heeft een uitkomst gemeld.",
    "approval": "Hiervoor is een tweede persoon nodig. Noem het akkoord.",
    "nothing_asked": "De tweede persoon heeft nog niet beslist. Wacht daarop, of trek uw vraag in.",
}


async def move(act: AnyAct, case: CaseRow, wanted: Move) -> CaseRow:
    """Make the move, if the table and the situation allow it; the case as it is after.

    `case` is locked. Raises Conflict saying what is missing, Invalid for recipients where none belong.
    """
    sub = str(act.actor.sub)
    now = await cases.situation(act.connection, case, sub, act.at)
    found = workflow.judge(
        case.kind,
        case.state,
        act.actor.roles,
        _asked(now, wanted),
        transition=wanted.transition,
        reason_code=wanted.reason_code,
        outcome=wanted.outcome,
    )
    if isinstance(found, workflow.Refused):
        raise _refusal(found)
    _belongs(found, wanted)
    record_id, digest = await sealed.seal_reason(act, case, wanted.reason)
    if found.transition == "propose_supply":
        proposed = await allowed(act, case, wanted.recipients)
    elif found.id == "T8":
        agreed = await proposals.approved(act, case, wanted.approval_id)
        await supply_to(act, case, agreed.recipients, privacy_officer_agreed=agreed.by_privacy_officer)
    elif found.transition == "supply":
        await supply_to(act, case, wanted.recipients)
    joined = None if wanted.target_case_id is None else await merging.target(act, case, wanted.target_case_id)
    outcome = workflow.outcome_of(found, wanted.outcome)
    after = await cases.change(act.connection, case.id, _values(found, case, wanted, outcome, act))
    if found.transition == "propose_supply":
        await proposals.propose(act, after, proposed)
    if joined is not None:
        await merging.join(act, after, joined, wanted.reason_code)
    elif case.merged_into is not None:
        await merging.part(act, after, case.merged_into, wanted.reason_code)
    await _report(act, case, found.transition, outcome or wanted.reason_code)
    await note_move(
        act.connection,
        after,
        found.transition,
        case.state,
        wanted.reason_code,
        sub,
        act.at,
        outcome=outcome,
        record_id=record_id,
        other_case=wanted.target_case_id or case.merged_into,
    )
    act.record(
        entries.Act(
            "case_moved",
            "case",
            str(case.id),
            case_id=case.id,
            signal_id=case.signal_id,
            reason_code=wanted.reason_code,
            record=digest,
            purpose=found.transition,
        )
    )
    return after


def _values(
    found: workflow.Move, case: CaseRow, wanted: Move, outcome: str | None, act: AnyAct
) -> dict[str, object]:
    """What the move changes of the case."""
    values = cases.entered(case.kind, found.target, case.priority, act.at)
    if found.target == "new":
        values["assignee"] = None
    if found.target == "closed":
        returned = found.transition == "return_to_triage"
        values |= {"outcome": outcome, "returned": returned, "merged_into": wanted.target_case_id}
    if found.transition == "reopen":
        values |= {"outcome": None, "merged_into": None, "assignee": str(act.actor.sub)}
    return values


def _asked(now: workflow.Situation, wanted: Move) -> workflow.Situation:
    return workflow.Situation(
        opened=now.opened,
        assigned_to_me=now.assigned_to_me,
        held=now.held,
        open_supply=now.open_supply,
        all_reported=now.all_reported,
        asked=now.asked,
        secrecy=now.secrecy,
        recipients_given=bool(wanted.recipients),
        read=now.read,
        in_hand=now.in_hand,
        target_given=wanted.target_case_id is not None,
        approval_given=wanted.approval_id is not None,
    )


def _belongs(found: workflow.Move, wanted: Move) -> None:
    if wanted.recipients and "recipients" not in found.needs:
        raise Invalid(faults=[Fault("/recipients", "not_here", "Bij deze stap horen geen ontvangers.")])
    if wanted.approval_id is not None and "approval" not in found.needs:
        raise Invalid(faults=[Fault("/approvalId", "not_here", "Bij deze stap hoort geen akkoord.")])
    if wanted.target_case_id is not None and "target" not in found.needs:
        raise Invalid(faults=[Fault("/targetCaseId", "not_here", "Bij deze stap hoort geen andere zaak.")])


def _refusal(found: workflow.Refused) -> Conflict:
    missing = " ".join(NEEDED[need] for need in found.needs if need in NEEDED)
    return Conflict(REFUSED.get(found.reason, missing or None), reason=found.reason)


async def _report(act: AnyAct, case: CaseRow, transition: str, outcome: str) -> None:
    """A recipient's end goes to the supplier as a coarse outcome on the Disclosure."""
    ended = {"close": "closed", "return_to_triage": "returned"}.get(transition)
    if case.kind != "triage" and ended is not None:
        await act.connection.execute(
            update(Disclosure)
            .where(Disclosure.case_id == case.id)
            .values(ended=ended, outcome=outcome, ended_at=act.at)
        )
