"""The workers' routes: queues, pulling, cases, openings, moves, classifications, the dialogue.

Mounted under /v1 for tokens and under /web for page sessions. What another queue or organisation holds answers 404.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.audit import entries
from app.audit.act import Act, AnyAct, Require
from app.casework import cases, classify, explain, moves, schemas, sealed
from app.casework.cases import CaseRow
from app.casework.history import moves_of
from app.casework.once import first_time
from app.casework.pull import pull
from app.errors import Conflict
from app.http import etags
from app.http.fields import ObjectId
from app.http.paging import Page, cursor_key
from app.http.queries import query
from app.identity import policy
from app.limits import limits_of

router = APIRouter(tags=["cases"])

Source = TypeVar("Source")
Shown = TypeVar("Shown")


def note(
    act: AnyAct, action: str, case: CaseRow | None = None, kind: str = "case", what: str | None = None
) -> None:
    """Record an act on a case, or on a queue."""
    act.record(
        entries.Act(
            action,
            kind,
            str(case.id) if case is not None else what,
            case_id=None if case is None else case.id,
            signal_id=None if case is None else case.signal_id,
        )
    )


async def detail(act: AnyAct, case: CaseRow, response: Response) -> schemas.CaseDetail:
    """The case with its ETag, as its worker sees it."""
    response.headers["ETag"] = etags.tag(case.version)
    return await explain.detail(act, case)


@router.get("/queues")
async def list_queues(
    act: Annotated[Act[None], Depends(Require("queue:list"), scope="function")],
) -> schemas.QueueList:
    """The queues you work in, with counts."""
    rows = await cases.counts(act.connection, act.organisation, act.actor.roles, act.at)
    note(act, "queues_listed", kind="queue")
    return schemas.QueueList(items=[schemas.QueueItem.model_validate(row) for row in rows])


@router.get("/queues/{queueId}/cases")
async def list_cases(
    queueId: str,
    act: Annotated[Act[None], Depends(Require("case:list"), scope="function")],
    wanted: Annotated[schemas.CaseFilter, Depends(query(schemas.CaseFilter))],
) -> schemas.CaseList:
    """Cases of a queue, in pages: codes and times alone."""
    queue = await cases.queue_for(act.connection, queueId, act.organisation, act.actor.roles)
    key, bound = cursor_key(act.request), (str(act.actor.sub), queue.id)
    rows = await cases.page(act.connection, queue.id, wanted, act.at, wanted.place(key, *bound))
    shown = rows[: wanted.limit]
    more = (
        wanted.next(key, cases.position(shown[-1], wanted.sort), *bound) if len(rows) > wanted.limit else None
    )
    note(act, "case_listed", kind="queue", what=queue.id)
    return schemas.CaseList(
        items=[schemas.CaseItem.model_validate(cases.item(row)) for row in shown], next=more
    )


@router.post(
    "/queues/{queueId}/claims",
    status_code=201,
    response_model=schemas.CaseDetail,
    responses={204: {"description": "Nothing is waiting"}},
)
async def claim(
    queueId: str,
    response: Response,
    act: Annotated[
        Act[schemas.Claim],
        Depends(Require("case:pull", schemas.Claim, ("Idempotency-Key",)), scope="function"),
    ],
) -> Any:
    """Pull the next case, or the one named. Never the same case twice."""
    limits_of(act.request).read(act.actor)
    queue = await cases.queue_for(act.connection, queueId, act.organisation, act.actor.roles)
    once = await first_time(act, queue.id)
    if once.made is not None:
        held = await cases.load(act.connection, once.made, act.actor)
        if held.assignee != act.actor.sub:
            raise Conflict(
                "U hebt deze zaak niet meer. Pak een andere, met een nieuwe sleutel.", reason="not_yours"
            )
        note(act, "case_claimed_again", held)
        return await detail(act, held, response)
    case = await pull(act.connection, queue.id, act.body, act.actor, act.at)
    if case is None:
        act.record(
            entries.Act("case_claimed", "queue", queue.id, outcome="failed", reason_code="nothing_waiting")
        )
        return Response(status_code=204)
    await once.remember(act, case.id)
    note(act, "case_claimed", case)
    return await detail(act, case, response)


@router.get("/cases/{caseId}")
async def read_case(
    caseId: ObjectId,
    response: Response,
    act: Annotated[Act[None], Depends(Require("case:read"), scope="function")],
) -> schemas.CaseDetail:
    """A case without its sealed text: why it is here and what you can do."""
    case = await cases.load(act.connection, caseId, act.actor)
    note(act, "case_viewed", case)
    return await detail(act, case, response)


@router.post("/cases/{caseId}/openings", status_code=201)
async def open_case(
    caseId: ObjectId,
    act: Annotated[Act[schemas.Open], Depends(Require("case:open", schemas.Open), scope="function")],
) -> schemas.Opened:
    """Open the sealed text for a purpose. It is in the log before you read it."""
    limits_of(act.request).read(act.actor)
    case = await cases.load(act.connection, caseId, act.actor)
    opening, parts = await sealed.open_case(act, case, act.body.purpose, act.body.reason)
    return schemas.Opened(id=opening, purpose=act.body.purpose, opened_at=act.at, parts=parts)


@router.post("/cases/{caseId}/transitions", status_code=201)
async def move_case(
    caseId: ObjectId,
    response: Response,
    act: Annotated[
        Act[schemas.Move], Depends(Require("case:move", schemas.Move, ("If-Match",)), scope="function")
    ],
) -> schemas.CaseDetail:
    """Move the case. Needs If-Match with the ETag you saw."""
    case = await locked(act, caseId)
    after = await moves.move(act, case, act.body)
    return await detail(act, after, response)


async def locked(act: AnyAct, case_id: UUID) -> CaseRow:
    """The case, locked, and the same version the caller saw. Raises PreconditionRequired or Stale."""
    case = await cases.load(act.connection, case_id, act.actor, lock=True)
    etags.check(etags.if_match(act.request), case.version)
    cases.refuse(policy.on(act.actor, act.permission, cases.thing(case)))
    return case


@router.get("/cases/{caseId}/transitions")
async def list_transitions(
    caseId: ObjectId,
    act: Annotated[Act[None], Depends(Require("case:read"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> schemas.TransitionList:
    """The moves of a case, oldest first."""
    case = await cases.load(act.connection, caseId, act.actor)
    note(act, "transitions_listed", case)
    items, more = paged(act, wanted, await moves_of(act.connection, case.id), schemas.transition)
    return schemas.TransitionList(items=items, next=more)


@router.post("/cases/{caseId}/classifications", status_code=201)
async def classify_case(
    caseId: ObjectId,
    response: Response,
    act: Annotated[
        Act[schemas.Classify],
        Depends(Require("case:classify", schemas.Classify, ("If-Match",)), scope="function"),
    ],
) -> schemas.CaseDetail:
    """Confirm or change the category. Needs If-Match; the machine's proposal stays."""
    case = await locked(act, caseId)
    after = await classify.decide(act, case, act.body)
    return await detail(act, after, response)


@router.get("/cases/{caseId}/classifications")
async def list_classifications(
    caseId: ObjectId,
    act: Annotated[Act[None], Depends(Require("case:read"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> schemas.ClassificationList:
    """What the case was taken for, by the machine and by people, oldest first."""
    case = await cases.load(act.connection, caseId, act.actor)
    note(act, "classifications_listed", case)
    rows = await classify.of_case(act.connection, case.id)
    items, more = paged(act, wanted, rows, schemas.classification)
    return schemas.ClassificationList(items=items, next=more)


@router.post("/cases/{caseId}/messages", status_code=201)
async def send_message(
    caseId: ObjectId,
    act: Annotated[
        Act[schemas.Say],
        Depends(Require("case:message", schemas.Say, ("Idempotency-Key",), limit=40_000), scope="function"),
    ],
) -> schemas.MessageSent:
    """Write to the reporter, who reads it with the receipt code."""
    case = await cases.load(act.connection, caseId, act.actor)
    once = await first_time(act, str(case.id))
    if once.made is not None:
        note(act, "message_sent", case)
        return schemas.MessageSent(id=once.made, at=await sealed.sent_at(act, once.made))
    message, digest = await sealed.say(act, case, act.body.text)
    await once.remember(act, message)
    act.record(
        entries.Act(
            "message_sent", "message", str(message), case_id=case.id, signal_id=case.signal_id, record=digest
        )
    )
    return schemas.MessageSent(id=message, at=act.at)


@router.get("/cases/{caseId}/messages")
async def read_messages(
    caseId: ObjectId,
    act: Annotated[Act[None], Depends(Require("case:message", action="messages_opened"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> schemas.MessageList:
    """The dialogue with the reporter, opened to reply and recorded as an opening."""
    case = await cases.load(act.connection, caseId, act.actor)
    items, more = paged(act, wanted, await sealed.dialogue(act, case), message)
    return schemas.MessageList(items=items, next=more)


def message(line: sealed.Line) -> schemas.MessageItem:
    """A line of the dialogue as the API shows it."""
    return schemas.MessageItem(id=line.id, sender=line.sender, text=line.text, at=line.at)


def paged(
    act: AnyAct, wanted: Page, rows: Sequence[Source], shape: Callable[[Source], Shown]
) -> tuple[list[Shown], str | None]:
    """A page of a case's short lists, which only grow at the end: the cursor is a place in the list."""
    key, bound = cursor_key(act.request), (str(act.actor.sub), str(act.request.scope["path"]))
    place = wanted.place(key, *bound)
    first = int(place[0]) if place else 0
    last = first + wanted.limit
    more = wanted.next(key, [last], *bound) if len(rows) > last else None
    return [shape(row) for row in rows[first:last]], more
