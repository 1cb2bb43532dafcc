"""Asking for a second person, deciding, and using what was approved: once, in time, by two different people.

An approval counts only with its MACs under the authority key (FORMATS 5); a row slipped in by SQL is refused with an
alarm.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from app import telemetry
from app.approvals.kinds import KINDS, Kind, deciders
from app.approvals.models import ApprovalRow, DecisionRow, NoticeRow, UseRow
from app.audit import entries
from app.audit.act import TOO_WEAK, AnyAct, frame_of
from app.clock import new_id
from app.crypto import blind, canonical
from app.database import AlreadyThere, AnyRow, RowOf, insert_rows
from app.errors import Conflict, Damaged, Forbidden, NotFound, StepUp
from app.identity.actor import Role
from app.identity.policy import Thing, accounts

Content = Mapping[str, canonical.JsonValue]
ASKED = (
    "id",
    "kind",
    "organisation_id",
    "cover_id",
    "object_kind",
    "object_id",
    "case_id",
    "reason_code",
    "requested_by",
    "requested_principal",
    "requested_role",
)
DECIDED = (
    "approval_id",
    "organisation_id",
    "decision",
    "reason_code",
    "decided_by",
    "decided_principal",
    "decided_role",
)
APPROVED, REFUSED, WITHDRAWN = "approved", "refused", "withdrawn"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: of whose second person, about what. `content` holds codes and ids, never typed words."""

    kind: str
    organisation: str
    object_id: str
    reason_code: str
    content: Content = field(default_factory=dict, repr=False)
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """What a part adds to a kind: may this be asked, and what follows once it is approved, or refused or withdrawn."""

    check: Callable[[AnyAct, Ask], Awaitable[None]]
    effect: Callable[[AnyAct, AnyRow, Content], Awaitable[None]]
    refused: Callable[[AnyAct, AnyRow], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class SecondPerson:
    """What the application gives: the hooks of each kind, and who covers for an organisation now."""

    hooks: Mapping[str, Hook]
    cover: Callable[[AnyAct, str], Awaitable[str | None]]


def second_person(request: Request) -> SecondPerson:
    """The hooks of the application that serves this request."""
    return cast("SecondPerson", request.app.state.second_person)


def request_mac(key: bytes, row: Mapping[str, object]) -> bytes:
    """MAC over everything that was asked."""
    times = [
        str(int(cast("datetime", row[name]).timestamp() * 1e6)) for name in ("requested_at", "expires_at")
    ]
    words = [str(row[name] or "") for name in ASKED] + times
    return blind.mac(key, b"approval", cast("bytes", row["content"]), *(word.encode() for word in words))


def decision_mac(key: bytes, asked: bytes, row: Mapping[str, object]) -> bytes:
    """MAC over the decision together with the request it decides."""
    at = str(int(cast("datetime", row["decided_at"]).timestamp() * 1e6))
    return blind.mac(key, b"decision", asked, at.encode(), *(str(row[name]).encode() for name in DECIDED))


async def ask(act: AnyAct, asked: Ask) -> UUID:
    """Ask for a second person; the id of the request. Raises Forbidden where this role may not ask that."""
    if not act.actor.roles & KINDS[asked.kind].asks:
        raise Forbidden(reason="role_missing")
    act.may(Thing(organisation=asked.organisation))
    return await ask_within(act, asked)


async def ask_within(act: AnyAct, asked: Ask) -> UUID:
    """Ask as a part of an act of which its own route decided that it may be done; the id of the request."""
    kind = KINDS[asked.kind]
    roles = sorted(act.actor.roles & kind.asks)
    if not roles:
        raise Forbidden(reason="role_missing")
    own = second_person(act.request)
    await own.hooks[asked.kind].check(act, asked)
    id_ = new_id()
    row: dict[str, object] = {
        "id": id_,
        "kind": kind.name,
        "organisation_id": asked.organisation,
        "cover_id": await own.cover(act, asked.organisation),
        "object_kind": kind.object_kind,
        "object_id": asked.object_id,
        "case_id": asked.case_id,
        "content": canonical.encode(dict(asked.content)),
        "reason_code": asked.reason_code,
        "requested_by": str(act.actor.sub),
        "requested_principal": str(act.actor.principal or act.actor.sub),
        "requested_role": roles[0].value,
        "requested_at": act.at,
        "expires_at": act.at + timedelta(hours=kind.hours),
    }
    row["mac"] = request_mac(frame_of(act.request).authority(), row)
    await insert_rows(act.connection, [(ApprovalRow, row), *announcement(kind, asked, id_, act.at)])
    note(act, "approval_asked", id_, kind.name, asked.reason_code, asked.case_id)
    return id_


def announcement(kind: Kind, asked: Ask, approval_id: UUID, at: datetime) -> list[RowOf]:
    """What the privacy officer is told at once, where the kind asks for it."""
    if not kind.announced:
        return []
    told: dict[str, object] = {
        "id": new_id(),
        "organisation_id": asked.organisation,
        "role": Role.PRIVACY_OFFICER.value,
        "kind": f"{kind.name}_asked",
        "object_kind": "approval",
        "object_id": str(approval_id),
        "made_at": at,
        "seen_at": None,
        "seen_by": None,
    }
    return [(NoticeRow, told)]


def note(act: AnyAct, action: str, id_: UUID, kind: str, reason: str, case_id: UUID | None) -> None:
    """Record an act on an approval."""
    act.record(entries.Act(action, "approval", str(id_), case_id=case_id, purpose=kind, reason_code=reason))


REQUEST = tuple(ApprovalRow.__table__.columns)
DECISION = tuple(
    column.label(f"decision_{column.name}")
    for column in DecisionRow.__table__.columns
    if column.name != "decision"
)


def joined() -> Select[tuple[object, ...]]:
    """Requests with how they were decided and whether they were used, as this scope may see them."""
    return (
        select(*REQUEST, *DECISION, DecisionRow.decision, UseRow.used_at)
        .outerjoin(DecisionRow, DecisionRow.approval_id == ApprovalRow.id)
        .outerjoin(UseRow, UseRow.approval_id == ApprovalRow.id)
    )


def state(row: AnyRow, moment: datetime) -> str:
    """Where a request stands: waiting, approved, refused, withdrawn, used, or expired."""
    if row.used_at is not None:
        return "used"
    if row.decision in {REFUSED, WITHDRAWN}:
        return str(row.decision)
    if row.expires_at <= moment:
        return "expired"
    return str(row.decision or "waiting")


def ours(act: AnyAct, row: AnyRow) -> bool:
    """Whether request and decision are as this desk wrote them, and by two people. Raises an alarm where not."""
    key = frame_of(act.request).authority()
    values = row._asdict()
    sound = blind.equal(row.mac, request_mac(key, values))
    if sound and row.decision is not None:
        decision = {name.removeprefix("decision_"): value for name, value in values.items()}
        decision |= {"decision": row.decision, "organisation_id": row.decision_organisation_id}
        sound = blind.equal(row.decision_mac, decision_mac(key, row.mac, decision))
        people = {row.requested_by, row.requested_principal}
        one_person = {row.decision_decided_by, row.decision_decided_principal} & people
        sound = sound and not (row.decision == APPROVED and one_person)
    if not sound:
        telemetry.alarm("approval_forged")
    return sound


async def load(act: AnyAct, id_: UUID) -> AnyRow:
    """The request, proven ours. Raises NotFound, or Damaged with an alarm."""
    found = (await act.connection.execute(joined().where(ApprovalRow.id == id_))).first()
    if found is None:
        raise NotFound(reason="no_such_approval")
    if not ours(act, found):
        raise Damaged(reason="approval_forged")
    return found


async def decide(act: AnyAct, id_: UUID, decision: str, reason_code: str) -> AnyRow:
    """Decide a waiting request, or withdraw one's own; the row as it is after.

    Raises NotFound, Forbidden (`same_person`, `role_missing`), StepUp where a yes takes a stronger sign-in, Conflict for
    one that was decided or has lapsed.
    """
    row = await load(act, id_)
    kind = KINDS[row.kind]
    content = cast("Content", canonical.parse(row.content))
    people = frozenset({row.requested_by, row.requested_principal})
    if decision == WITHDRAWN:
        role = _asker(act, people)
    else:
        # Who would gain by it decides no more than who asked for it.
        gaining = {str(content[name]) for name in ("subject", "principal") if content.get(name)}
        thing = Thing(organisation=row.organisation_id, covering=row.cover_id, people=people | gaining)
        act.may(thing)
        roles = sorted(act.actor.roles & deciders(kind, content))
        if not roles:
            raise Forbidden(reason="role_missing")
        if kind.strong and decision == APPROVED and not act.actor.strong:
            raise StepUp(reason=TOO_WEAK)
        role = roles[0].value
    if state(row, act.at) != "waiting":
        raise Conflict("Over dit verzoek is al beslist, of het is verlopen.", reason=state(row, act.at))
    values: dict[str, object] = {
        "approval_id": id_,
        "organisation_id": row.organisation_id,
        "decision": decision,
        "reason_code": reason_code,
        "decided_by": str(act.actor.sub),
        "decided_principal": str(act.actor.principal or act.actor.sub),
        "decided_role": role,
        "decided_at": act.at,
    }
    values["mac"] = decision_mac(frame_of(act.request).authority(), row.mac, values)
    try:
        await insert_rows(act.connection, [(DecisionRow, values)])
    except AlreadyThere:
        raise Conflict("Iemand anders was u voor: hierover is al beslist.", reason="decided") from None
    note(act, "approval_decided", id_, decision, reason_code, row.case_id)
    if decision == APPROVED and kind.by_itself:
        await use(act, row)
        await second_person(act.request).hooks[kind.name].effect(act, row, content)
    refused = second_person(act.request).hooks[kind.name].refused
    if decision != APPROVED and refused is not None:
        await refused(act, row)
    return await load(act, id_)


def _asker(act: AnyAct, people: frozenset[str]) -> str:
    if not accounts(act.actor) & people:
        raise Forbidden("Alleen wie het vroeg, kan het intrekken.", reason="not_yours")
    return next(iter(sorted(act.actor.roles))).value


async def use(act: AnyAct, row: AnyRow) -> None:
    """Mark an approval as used. Raises Forbidden where it was before, also at the same moment."""
    used: dict[str, object] = {
        "approval_id": row.id,
        "organisation_id": row.organisation_id,
        "used_by": str(act.actor.sub),
        "used_at": act.at,
    }
    try:
        await insert_rows(act.connection, [(UseRow, used)])
    except AlreadyThere:
        raise Forbidden("Dit akkoord is al gebruikt. Vraag een nieuw.", reason="approval_used") from None


async def consume(act: AnyAct, approval_id: UUID | None, *, kind: str, object_id: str) -> Content:
    """Use an approval for the act it was asked for; its content. It is the asker's own and carries one act.

    Raises Forbidden with what is missing: none given, of another kind or object, not approved, lapsed, used.
    """
    if approval_id is None:
        raise Forbidden(
            "Hiervoor is een tweede persoon nodig. Vraag eerst akkoord.", reason="approval_needed"
        )
    try:
        row = await load(act, approval_id)
    except NotFound:
        raise Forbidden("Dit akkoord bestaat niet.", reason="approval_unknown") from None
    if row.kind != kind or row.object_id != object_id or row.requested_by != act.actor.sub:
        raise Forbidden("Dit akkoord is voor iets anders gegeven.", reason="approval_other")
    if state(row, act.at) != APPROVED:
        raise Forbidden("Dit akkoord geldt niet (meer).", reason=f"approval_{state(row, act.at)}")
    await use(act, row)
    return cast("Content", canonical.parse(row.content))


async def pending(connection: AsyncConnection, moment: datetime, object_id: str, kind: str) -> bool:
    """Whether the same is asked already and still waits."""
    rows = await connection.execute(
        joined().where(ApprovalRow.object_id == object_id, ApprovalRow.kind == kind)
    )
    return any(state(row, moment) == "waiting" for row in rows)
