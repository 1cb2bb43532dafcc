"""What the workers' API takes and gives. Nothing here carries sealed text but `Opened` and `MessageItem`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue

from app.casework import workflow
from app.casework.outcomes import OUTCOMES
from app.database import AnyRow
from app.disclosure.matrix import GROUNDS
from app.http.body import Input, Output
from app.http.fields import MunicipalityCode, ObjectId, OneOf, Text
from app.http.paging import Page
from app.signals.codes import CATEGORIES, TOPICS

PURPOSES = ("assessment", "triage", "matching", "reply", "supply", "review")
SORTS = ("due", "newest", "oldest")
CLASSIFICATION_REASONS = ("confirmed", "clues_wrong", "facts_known", "secondary_weighs_more", "other")

Category = Annotated[str, OneOf(CATEGORIES)]
Topic = Annotated[str, OneOf(TOPICS)]
State = Annotated[str, OneOf(workflow.STATES)]
Code = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class Claim(Input):
    """Pull the next case of a queue, or that one."""

    case_id: ObjectId | None = None
    municipality: MunicipalityCode | None = None
    category: Category | None = None


class Open(Input):
    """Open a case's sealed text, and say for what."""

    purpose: Annotated[str, OneOf(PURPOSES)]
    reason: Annotated[str, Text(2000, 1)] | None = None


class Recipient(Input):
    """A queue that gets a part of the signal, and the ground for it."""

    queue_id: Annotated[str, OneOf(("riec-noord-nederland", "rudd"))]
    ground: Annotated[str, OneOf(GROUNDS)]


class Move(Input):
    """A move of a case. A typed reason is sealed. `approvalId`: the second person's, to supply what was proposed.

    `targetCaseId`: the case of your queue that goes on, where this one tells the same event (`merge`).
    """

    transition: Annotated[str, OneOf(tuple(name for name in workflow.TRANSITIONS if name != "claim"))]
    reason_code: Annotated[str, OneOf(tuple(workflow.REASON_CODES))]
    reason: Annotated[str, Text(2000, 1)] | None = None
    outcome: Annotated[str, OneOf(tuple(OUTCOMES))] | None = None
    recipients: Annotated[list[Recipient], Field(max_length=2)] = []
    approval_id: ObjectId | None = None
    target_case_id: ObjectId | None = None


class Classify(Input):
    """Confirm or change the category of a case; the proposal stays beside it."""

    category: Category
    topics: Annotated[list[Topic], Field(max_length=len(TOPICS))] = []
    reason_code: Annotated[str, OneOf(CLASSIFICATION_REASONS)]


class Say(Input):
    """A line to the reporter."""

    text: Annotated[str, Text(5000, 1)]


class CaseFilter(Page):
    """What to list of a queue."""

    state: State | None = None
    category: Category | None = None
    topic: Topic | None = None
    municipality: MunicipalityCode | None = None
    assignee: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,255}$")] | None = None
    overdue: Annotated[str, OneOf(("true", "false"))] | None = None
    sort: Annotated[str, OneOf(SORTS)] = "due"


class QueueItem(Output):
    """A queue the caller may see."""

    id: str
    name: str
    kind: str
    counts: dict[str, int]
    overdue: int


class QueueList(Output):
    """Queues the caller may see."""

    items: list[QueueItem]
    next: str | None = None


class CaseItem(Output):
    """A case in a list: codes and times alone."""

    id: UUID
    reference: str
    signal_id: UUID | None
    state: str
    category: str | None
    topics: list[str]
    municipality: str | None
    confidence: float
    urgency: str
    priority: int
    safety: list[str]
    received_at: datetime
    due_at: datetime | None
    due_kind: str | None
    owner_organisation: str
    assignee: str | None
    unread: bool
    visit_hold: bool
    merged_into: UUID | None
    version: int


class CaseList(Output):
    """A page of cases."""

    items: list[CaseItem]
    next: str | None


class AllowedTransition(Output):
    """A move this caller could make; empty `needs`: possible now."""

    transition: str
    needs: list[str]
    outcomes: list[str]


class RoutingLine(Output):
    """One line of a routing decision: to which queue, by which rule, for which reasons."""

    queue_id: str
    rule_id: str
    reason_codes: list[str]
    tasks: list[str]
    mode: str
    category: str | None


class RoutingDecisionOut(Output):
    """Why the case is here. A recipient sees its own line alone."""

    rule_set: str
    decided_at: datetime
    lines: list[RoutingLine]


class MergedCase(Output):
    """A case that tells the same event: closed, with its own report, reporter and dialogue."""

    id: UUID
    reference: str
    unread: bool


class CaseDetail(CaseItem):
    """A case as its worker sees it, without sealed text. `mergedCases` go on in this one."""

    queue_id: str
    flags: list[str]
    outcome: str | None
    lexicon_rules: list[str]
    routing_decision: RoutingDecisionOut | None
    allowed_transitions: list[AllowedTransition]
    merged_cases: list[MergedCase]


class Opened(Output):
    """The parts this keyholder may read, opened for the stated purpose and recorded first."""

    id: UUID
    purpose: str
    opened_at: datetime
    parts: dict[str, JsonValue]


class TransitionItem(Output):
    """One move in a case's history. `otherCaseId`: with which case it was merged, or parted from."""

    id: UUID
    transition: str
    source: str
    target: str
    reason_code: str
    outcome: str | None
    other_case_id: UUID | None
    actor: str | None
    at: datetime


class TransitionList(Output):
    """A case's history, oldest first."""

    items: list[TransitionItem]
    next: str | None


class ClassificationItem(Output):
    """What the case was taken for, by the machine or by a person."""

    id: UUID
    made_by: str
    actor: str | None
    category: str | None
    secondary: list[str]
    topics: list[str]
    confidence: float | None
    categoriser: str | None
    lexicon_rules: list[str]
    reason_code: str
    at: datetime


class ClassificationList(Output):
    """Every classification of a case, oldest first."""

    items: list[ClassificationItem]
    next: str | None


class MessageItem(Output):
    """A line of the dialogue, opened for its reader."""

    id: UUID
    sender: Annotated[str, Field(serialization_alias="from")]
    text: str
    at: datetime


class MessageList(Output):
    """The dialogue with the reporter, oldest first."""

    items: list[MessageItem]
    next: str | None


class MessageSent(Output):
    """A line that was sent."""

    id: UUID
    at: datetime


def transition(row: AnyRow) -> TransitionItem:
    """One move as the API shows it."""
    return TransitionItem(
        id=row.id,
        transition=row.transition,
        source=row.source,
        target=row.target,
        reason_code=row.reason_code,
        outcome=row.outcome,
        other_case_id=row.other_case,
        actor=row.actor,
        at=row.at,
    )


def classification(row: AnyRow) -> ClassificationItem:
    """One classification as the API shows it."""
    return ClassificationItem(
        id=row.id,
        made_by=row.made_by,
        actor=row.actor,
        category=row.category,
        secondary=row.secondary,
        topics=row.topics,
        confidence=None if row.confidence is None else row.confidence / 100,
        categoriser=row.categoriser,
        lexicon_rules=row.lexicon_rules,
        reason_code=row.reason_code,
        at=row.made_at,
    )
