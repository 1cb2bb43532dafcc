"""An act: one caller, one transaction, its log entries. `Require` is the only door of a route.

It settles who calls, asks the policy, reads the body, opens the transaction in the caller's scope and hands
over an `Act`. When the route is done the entries are written last and everything commits together, before the
answer leaves: no entry, nothing commits. A refusal rolls back and leaves its denial in a second transaction; where
that fails too the answer is 503.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from app import figures, telemetry
from app.audit import entries
from app.audit.entries import Line
from app.clock import now
from app.database import Database, Login, Scope, Transaction, transaction
from app.errors import (
    Conflict,
    Damaged,
    Forbidden,
    NotFound,
    Refusal,
    StepUp,
    Unauthenticated,
    Unavailable,
)
from app.http import body as bodies
from app.http import origins, queries
from app.identity.actor import RECEIPT_HOLDER, STRANGER, Actor, Kind, Role
from app.identity.caller import Callers, own_origin
from app.identity.policy import Denied, Thing, keeps_register, mandate, may_write, on, verdict

Body = TypeVar("Body", bound=BaseModel | None)

ACTIONS = {
    "access:review": "access_reviewed",
    "approval:ask": "approval_asked",
    "approval:decide": "approval_decided",
    "approval:list": "approvals_listed",
    "case:classify": "case_classified",
    "case:compare": "duplicates_asked",
    "case:erase": "case_erased",
    "case:list": "case_listed",
    "case:match": "matches_asked",
    "case:message": "message_sent",
    "case:move": "case_moved",
    "case:open": "case_opened",
    "case:pull": "case_claimed",
    "case:read": "case_viewed",
    "denial:list": "denials_listed",
    "denial:make": "person_denied",
    "erasure:list": "erasures_listed",
    "grant:end": "grant_ended",
    "grant:list": "grants_listed",
    "grant:propose": "grant_proposed",
    "log:read": "log_queried",
    "notice:list": "notices_listed",
    "organisation:check": "readiness_viewed",
    "organisation:list": "organisations_listed",
    "queue:list": "queues_listed",
    "receipt:answer": "message_received",
    "receipt:follow": "receipt_looked_up",
    "reporter:open": "reporter_opened",
    "rule_set:list": "rule_sets_listed",
    "rule_set:propose": "rule_set_proposed",
    "search:ask": "searched",
    "setting:list": "settings_listed",
    "setting:propose": "setting_proposed",
    "signal:submit": "signal_submitted",
    "webhook:deliver": "webhook_received",
}
REPORTING = frozenset({"signal", "receipt", "webhook"})
"""Acts of reporters: no caller's trace is kept, and their entries carry none."""

LOGINS = {"log": Login.AUDITOR, "signal": Login.INTAKE, "receipt": Login.INTAKE, "webhook": Login.INTAKE}
TOO_WEAK = "sign_in_too_weak"
REFUSED_TOKEN_SECONDS = 60
SMALL = 16_384
"""Bytes that a body may have where a route says nothing else; a report may have a mebibyte."""


@dataclass(slots=True)
class Frame:
    """What every act of this process needs: its logins, its way to know callers, the queues the log may name."""

    database: Database
    callers: Callers
    authority: Callable[[], bytes] = field(repr=False)
    common: Login = Login.APP
    queues: frozenset[str] = frozenset()
    refused: dict[str, datetime] = field(default_factory=dict)

    def login(self, permission: str) -> Login:
        """The database user an act of this permission works as."""
        return LOGINS.get(permission.partition(":")[0], self.common)


def frame_of(request: Request) -> Frame:
    """The frame of the application that serves this request."""
    return cast("Frame", request.app.state.frame)


@dataclass(slots=True)
class Act(Generic[Body]):
    """One act under way. Statements go through `connection`; what happened is told with `record`."""

    actor: Actor
    role: Role | None
    permission: str
    parsed: Body | None
    raw: bytes
    request: Request
    trace_id: str | None
    at: datetime
    held: Transaction
    model: type[Body] | None = None
    pending: list[Line] = field(default_factory=list)
    written: int = 0
    after: list[Callable[[], None]] = field(default_factory=list)
    """What this process does once all of it is committed."""

    @property
    def body(self) -> Body:
        """The body. Where the caller's version of a case comes first it is read here, on first use: raises Invalid."""
        if self.parsed is None and self.model is not None:
            self.parsed = cast("Body", bodies.parse(cast("type[BaseModel]", self.model), self.raw))
        return cast("Body", self.parsed)

    @property
    def connection(self) -> AsyncConnection:
        """The connection of this act's transaction."""
        return self.held.connection

    @property
    def organisation(self) -> str:
        """The caller's organisation. Raises Forbidden for a caller without one."""
        if self.actor.organisation is None:
            raise Forbidden(reason="no_organisation")
        return self.actor.organisation

    def may(self, thing: Thing) -> None:
        """Ask the policy about this very thing. Raises NotFound where it is hidden, else Forbidden."""
        ruling = on(self.actor, self.permission, thing)
        if isinstance(ruling, Denied):
            raise (NotFound if ruling.hidden else Forbidden)(reason=ruling.reason)

    def may_write(self, *members: str) -> None:
        """Ask the policy about these members of the body. Raises Forbidden."""
        ruling = may_write(self.actor, self.permission, members)
        if isinstance(ruling, Denied):
            raise Forbidden("Een van deze velden mag u niet invullen.", reason=ruling.reason)

    def record(self, act: entries.Act, by: Actor | None = None) -> Line:
        """Tell the log what was done; written at the end, or earlier by `take_lines`.

        `by` names another than the caller: the desk itself, where it did something along the way.
        """
        who, role = (by, None) if by is not None else (shown(self.actor, self.permission), self.role)
        row = entries.line(who, role, act, self.at, self.trace_id)
        self.pending.append(row)
        return row

    def take_lines(self) -> list[Line]:
        """Hand out the lines to be stored by the caller's own statement, in this same transaction."""
        lines, self.pending = self.pending, []
        self.written += len(lines)
        return lines

    async def restart(self) -> None:
        """Give up what was done so far and begin the transaction anew."""
        self.pending, self.written = [], 0
        await self.held.restart()


AnyAct = Act[Any]
"""An act whatever its body: for those who only record and read."""


def shown(actor: Actor, permission: str) -> Actor:
    """The actor as the log may show him: nobody is named for submitting (FORMATS 5)."""
    if permission == "signal:submit" and actor.kind is Kind.PERSON:
        return replace(actor, kind=Kind.REPORTER)
    return actor


def scope_for(actor: Actor, permission: str) -> Scope:
    """What row security lets this actor see: his organisation's rows, its keyholder's wraps, his log mandate."""
    own = actor.organisation or ""
    # Wraps of who reported are seen in this one act and in no other.
    more = (f"reporter-{own}",) if permission == "reporter:open" else ()
    return Scope(
        organisation=own,
        keyholders=(own, *more) if own else (),
        mandate=mandate(actor),
        register=keeps_register(actor, permission),
    )


class Require(Generic[Body]):
    """Dependency (`scope="function"`) that guards a route with a permission and reads its body.

    `permission`, `body` and `headers` (of "If-Match", "Idempotency-Key") are read by the OpenAPI description, the
    first also by the test that holds the routes against the permission table. `media` and `signed` say that a
    caller sends another form than JSON, or proves itself by a signature instead of a token.
    """

    media = "application/json"
    signed = False

    def __init__(
        self,
        permission: str,
        body: type[Body] | None = None,
        headers: tuple[str, ...] = (),
        *,
        action: str | None = None,
        limit: int = SMALL,
    ) -> None:
        self.permission = permission
        self.body = body
        self.headers = headers
        self.action = action or ACTIONS[permission]
        self.limit = limit
        self.reporting = permission.partition(":")[0] in REPORTING

    async def caller(self, request: Request) -> Actor:
        """Who calls. Receipt routes read no session and no token."""
        if self.permission.startswith("receipt:"):
            return RECEIPT_HOLDER
        return await frame_of(request).callers.identify(request, in_use=not self.reporting)

    async def read(self, request: Request) -> tuple[Body | None, bytes]:
        """The body, after the caller is known. Raises Invalid with all faults.

        With If-Match the bytes alone: which version the caller saw is settled before what is in them.
        """
        if self.body is None:
            return None, b""
        bodies.require_json(request)
        raw = await bodies.read_body(request, self.limit)
        if "If-Match" in self.headers:
            return None, raw
        return cast("Body", bodies.parse(cast("type[BaseModel]", self.body), raw)), raw

    async def __call__(self, request: Request) -> AsyncIterator[Act[Body]]:
        frame = frame_of(request)
        trace_id: str | None = telemetry.trace_of(request.scope, forget=self.reporting)
        if self.reporting:
            # The line of the request has the moment; an entry that could be joined to it would have it too.
            trace_id = None
        try:
            actor = await self.caller(request)
            origins.check(request, actor.organisation, own_origin(request))
        except Unauthenticated as refusal:
            await note_refused(frame, refusal, trace_id, reporter=self.reporting)
            raise
        except Forbidden as refusal:
            await self.deny(request, STRANGER, None, refusal.reason, trace_id)
            raise
        ruling = verdict(actor, self.permission)
        if isinstance(ruling, Denied):
            await self.deny(request, actor, None, ruling.reason, trace_id)
            if ruling.reason == TOO_WEAK:
                raise StepUp(reason=ruling.reason)
            # Whose role knows no cases may not learn from the answer whether this one exists.
            raise (NotFound if request.path_params else Forbidden)(reason=ruling.reason)
        queries.refuse_unread(request)
        body, raw = await self.read(request)
        engine = frame.database.engine(frame.login(self.permission))
        try:
            async with transaction(engine, scope_for(actor, self.permission)) as held:
                act = Act(
                    actor, ruling.role, self.permission, body, raw, request, trace_id, now(), held, self.body
                )
                yield act
                if not act.pending and not act.written:
                    raise RuntimeError("an act without a log entry")
                if act.pending:
                    await entries.write(act.connection, act.take_lines())
            for then in act.after:
                then()
        except (Forbidden, NotFound, StepUp, Conflict, Damaged) as refusal:
            outcome = "denied" if isinstance(refusal, Forbidden | NotFound | StepUp) else "failed"
            await self.deny(request, actor, ruling.role, refusal.reason, trace_id, body, outcome)
            raise

    async def deny(
        self,
        request: Request,
        actor: Actor,
        role: Role | None,
        reason: str,
        trace_id: str | None,
        body: Body | None = None,
        outcome: str = "denied",
    ) -> None:
        """Leave the denial, or the failed try, in a transaction of its own, on the case that path or body names."""
        figures.denied(reason, reporter=self.reporting)
        case_id = uuid_or_none(request.path_params.get("caseId") or getattr(body, "case_id", None))
        queue_id = str(request.path_params.get("queueId"))
        frame = frame_of(request)
        object_kind = self.permission.partition(":")[0]
        denial = entries.Act(
            action=self.action,
            object_kind=object_kind,
            # Any other name would be words that the caller typed.
            object_id=str(case_id) if case_id else queue_id if queue_id in frame.queues else None,
            case_id=case_id,
            outcome=outcome,
            reason_code=reason,
        )
        await write_alone(frame, self.permission, shown(actor, self.permission), role, denial, trace_id)


def uuid_or_none(text: object) -> UUID | None:
    """The UUID that `text` spells, None for anything else."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def known_queue(text: object) -> str | None:
    """`text` where it has the form of a queue id, None for anything else (a NUL, a sentence)."""
    name = str(text or "")
    plain = name.replace("-", "").isalpha() and name.isascii() and name.islower() and len(name) <= 50
    return name if plain and name.startswith(("triage-", "riec-", "rudd")) else None


async def write_alone(
    frame: Frame, permission: str, actor: Actor, role: Role | None, act: entries.Act, trace_id: str | None
) -> None:
    """One entry in its own transaction. Raises Unavailable where it cannot be written."""
    row = entries.line(actor, role, act, now(), trace_id)
    try:
        async with transaction(frame.database.engine(frame.login(permission)), Scope()) as held:
            await entries.write(held.connection, [row])
    except SQLAlchemyError as error:
        raise Unavailable(reason="log") from error


async def note_refused(
    frame: Frame, refusal: Refusal, trace_id: str | None, *, reporter: bool = False
) -> None:
    """A refused token: one entry a minute and reason, so that a flood grows the log by minutes."""
    figures.denied(refusal.reason, reporter=reporter)
    moment = now()
    last = frame.refused.get(refusal.reason)
    if last is not None and (moment - last).total_seconds() < REFUSED_TOKEN_SECONDS:
        return
    frame.refused[refusal.reason] = moment
    act = entries.Act("token_refused", "token", outcome="denied", reason_code=refusal.reason)
    try:
        await write_alone(frame, "token", STRANGER, None, act, trace_id)
    except BaseException:
        # It was not written: the next one is the first of this minute.
        frame.refused.pop(refusal.reason, None)
        raise
