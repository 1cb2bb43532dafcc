"""What an approval brings about for people: a role that holds, a role for some hours, a way back in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from app.approvals.models import NoticeRow
from app.approvals.requests import Ask, Content, Hook
from app.audit import entries
from app.audit.act import AnyAct, frame_of
from app.clock import new_id
from app.database import AnyRow
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.identity import denials, sessions
from app.identity.actor import OrganisationId, Role, Subject
from app.identity.grants import BREAK_GLASS, REGULAR, Grant
from app.identity.models import DenialRow, GrantRow
from app.identity.policy import accounts
from app.organisations import taking_part
from app.vault.ring import vault_of

UNKNOWN = Fault("/organisationId", "unknown", "Deze organisatie doet niet mee.")
ONLY_AT: dict[Role, frozenset[str]] = {
    Role.COORDINATOR: frozenset({"municipality", "province", "water_board"}),
    Role.DEPUTY: frozenset({"municipality", "province", "water_board"}),
    Role.ANALYST: frozenset({"riec"}),
    Role.OFFICER: frozenset({"rudd"}),
}
"""Kinds of organisation that have this work at all; every other role can be had anywhere."""


async def known(act: AnyAct, organisation: str) -> bool:
    """Whether this organisation takes part, or did: its people still look after its cases."""
    return await taking_part.found(act, organisation) is not None


async def faults_in(act: AnyAct, organisation: str, role: Role, mandate: Sequence[str] | None) -> list[Fault]:
    """What is wrong with a role at an organisation."""
    kinds = {one.id: one.kind for one in await taking_part.seen_by(act)}
    if organisation not in kinds:
        return [UNKNOWN]
    faults = []
    if kinds[organisation] not in ONLY_AT.get(role, {kinds[organisation]}):
        faults.append(Fault("/role", "not_here", "Deze rol bestaat niet bij deze organisatie."))
    if (role is Role.AUDITOR) != bool(mandate):
        faults.append(
            Fault("/mandate", "mandate", "Een auditor krijgt een lijst organisaties, een ander niet.")
        )
    if any(one not in kinds for one in mandate or ()):
        faults.append(Fault("/mandate", "unknown", "Een van deze organisaties doet niet mee."))
    return faults


def ended(grant: Grant, at: datetime, by: str, reason: str) -> Grant:
    """The grant as it is once somebody ended it."""
    return replace(grant, ended_at=at, ended_by=by, ended_reason=reason)


async def out_at_once(act: AnyAct, organisation: str, subject: str) -> None:
    """End this person's page sessions, and let this process read its register anew once it is committed."""
    frame = frame_of(act.request)
    await sessions.end_person(
        act.connection, frame.authority(), OrganisationId(organisation), Subject(subject)
    )
    act.after.append(frame.callers.register.changed)


async def check_grant(act: AnyAct, asked: Ask) -> None:
    """Nobody proposes a role for herself. Raises Forbidden."""
    if accounts(act.actor) & {str(asked.content["subject"]), str(asked.content["principal"])}:
        raise Forbidden("U kunt geen recht voor uzelf voorstellen. Vraag een collega.", reason="yourself")


async def give(act: AnyAct, approval: AnyRow, content: Content) -> None:
    """The role that two people agreed on holds from here on."""
    mandate = content["mandate"]
    await _store(
        act,
        Grant(
            id=UUID(approval.object_id),
            organisation_id=OrganisationId(approval.organisation_id),
            subject=Subject(str(content["subject"])),
            role=Role(str(content["role"])),
            mandate=tuple(map(str, mandate)) if isinstance(mandate, list) else (),
            wpg=content["wpg"] is True,
            principal=Subject(str(content["principal"])),
            kind=REGULAR,
            valid_from=datetime.fromisoformat(str(content["from"])),
            valid_until=datetime.fromisoformat(str(content["until"])),
            proposed_by=approval.requested_by,
            confirmed_by=str(act.actor.sub),
            approval_id=approval.id,
        ),
    )


async def check_break_glass(act: AnyAct, asked: Ask) -> None:
    """The role must be one of this organisation's work. Raises Invalid."""
    faults = await faults_in(act, asked.organisation, Role(str(asked.content["role"])), None)
    if faults:
        raise Invalid(faults=faults)


async def break_glass(act: AnyAct, approval: AnyRow, content: Content) -> None:
    """The asker has the role for the hours agreed, whatever her token says; the privacy officer is told."""
    id_ = new_id()
    await _store(
        act,
        Grant(
            id=id_,
            organisation_id=OrganisationId(approval.organisation_id),
            subject=Subject(approval.requested_by),
            role=Role(str(content["role"])),
            mandate=(),
            wpg=False,
            principal=Subject(approval.requested_principal),
            kind=BREAK_GLASS,
            valid_from=act.at,
            valid_until=act.at + timedelta(hours=int(str(content["hours"]))),
            proposed_by=approval.requested_by,
            confirmed_by=str(act.actor.sub),
            approval_id=approval.id,
        ),
    )
    told = insert(NoticeRow).values(
        id=new_id(),
        organisation_id=approval.organisation_id,
        role=Role.PRIVACY_OFFICER.value,
        kind="break_glass_opened",
        object_kind="grant",
        object_id=str(id_),
        made_at=act.at,
    )
    await act.connection.execute(told)


async def _store(act: AnyAct, grant: Grant) -> None:
    frame = frame_of(act.request)
    await act.connection.execute(insert(GrantRow).values(**grant.row(frame.authority())))
    act.after.append(frame.callers.register.changed)
    act.record(entries.Act("grant_given", "grant", str(grant.id), purpose=grant.kind))


async def check_lifting(_act: AnyAct, _asked: Ask) -> None:
    """Whoever keeps the register may ask it; the route looked whether it is still on."""


async def lift(act: AnyAct, approval: AnyRow, content: Content) -> None:
    """Take somebody off the deny list. Raises Conflict where that was done already, or the row names another now."""
    frame = frame_of(act.request)
    statement = select(DenialRow.__table__).where(DenialRow.id == UUID(approval.object_id)).with_for_update()
    row = (await act.connection.execute(statement)).first()
    if row is None:
        raise Conflict("Deze persoon wordt niet meer geweerd.", reason="lifted")
    denial, genuine = denials.of_row(row._asdict(), frame.authority())
    if genuine and denial.lifted_at is not None:
        raise Conflict("Deze persoon wordt niet meer geweerd.", reason="lifted")
    if (denial.organisation_id, denial.subject) != (approval.organisation_id, content["subject"]):
        raise Conflict("Dit akkoord ging over iemand anders. Vraag het opnieuw.", reason="approval_other")
    # Of a row that is not ours, two people just looked at it: from here on it is.
    lifted = replace(denial, lifted_at=act.at, lifted_by=str(act.actor.sub))
    row_now = lifted.for_door(vault_of(act.request).ring.intake).row(frame.authority())
    changed = {name: row_now[name] for name in ("lifted_at", "lifted_by", "door_mac", "mac")}
    await act.connection.execute(update(DenialRow).where(DenialRow.id == lifted.id).values(**changed))
    act.after.append(frame.callers.register.changed)
    act.record(entries.Act("denial_lifted", "denial", approval.object_id))


HOOKS = {
    "grant": Hook(check_grant, give),
    "break_glass": Hook(check_break_glass, break_glass),
    "lift_denial": Hook(check_lifting, lift),
}
