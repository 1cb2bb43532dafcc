"""The auditor's route: who did what, when, for what. Asking is itself an act in the log."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlalchemy import ColumnElement, select

from app.audit import entries
from app.audit.act import Act, Require
from app.audit.leaf import ACTIONS, OUTCOMES
from app.audit.listing import newest_first
from app.audit.models import AccessRow, AccessValue
from app.crypto import canonical
from app.database import AnyRow
from app.http.body import Output
from app.http.fields import OneOf
from app.http.paging import Page
from app.http.queries import query

router = APIRouter(tags=["access log"])

Word = Annotated[str, Field(pattern=r"^[\x20-\x7e]{1,255}$")]


class LogFilter(Page):
    """Which entries. Values are compared exactly; there are no wildcards."""

    actor: Word | None = None
    action: Annotated[str, OneOf(tuple(sorted(ACTIONS)))] | None = None
    object_id: Word | None = None
    case_id: UUID | None = None
    signal_id: UUID | None = None
    organisation: Word | None = None
    outcome: Annotated[str, OneOf(tuple(sorted(OUTCOMES)))] | None = None
    from_: Annotated[datetime | None, Field(alias="from")] = None
    to: datetime | None = None


class LogItem(Output):
    """One entry: codes and ids. `index` stays null until the entry is sequenced."""

    entry_id: UUID
    index: int | None
    at: datetime
    actor: str | None
    role: str | None
    organisation: str | None
    action: str
    object_kind: str
    object_id: str | None
    case_id: UUID | None
    purpose: str | None
    outcome: str
    reason_code: str | None
    trace_id: str | None


class LogPage(Output):
    """A page of the log, newest first."""

    items: list[LogItem]
    next: str | None


def conditions(wanted: LogFilter) -> list[ColumnElement[bool]]:
    """The conditions a query asks for."""
    exact = (
        (AccessRow.action, wanted.action),
        (AccessRow.object_id, wanted.object_id),
        (AccessRow.case_id, wanted.case_id),
        (AccessRow.signal_id, wanted.signal_id),
        (AccessRow.organisation, wanted.organisation),
        (AccessRow.outcome, wanted.outcome),
        (AccessValue.value, wanted.actor),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in exact if value is not None]
    if wanted.from_ is not None:
        found.append(AccessRow.at >= wanted.from_)
    if wanted.to is not None:
        found.append(AccessRow.at < wanted.to)
    return found


def item(row: AnyRow) -> LogItem:
    """An entry as the auditor sees it."""
    return LogItem(
        entry_id=row.id,
        index=row.index,
        at=row.at,
        actor=row.actor,
        role=row.role,
        organisation=row.organisation,
        action=row.action,
        object_kind=row.object_kind,
        object_id=row.object_id,
        case_id=row.case_id,
        purpose=row.purpose,
        outcome=row.outcome,
        reason_code=row.reason_code,
        trace_id=row.trace_id,
    )


@router.get("/access-log")
async def read_log(
    act: Annotated[Act[None], Depends(Require("log:read"), scope="function")],
    wanted: Annotated[LogFilter, Depends(query(LogFilter))],
) -> LogPage:
    """The access log within your mandate, newest first. Your own question is in it too."""
    columns = [column for column in AccessRow.__table__.columns if column.name != "leaf"]
    statement = (
        select(*columns, AccessValue.value.label("actor"))
        .outerjoin(AccessValue, (AccessValue.entry_id == AccessRow.id) & (AccessValue.field == "actor"))
        .where(*conditions(wanted))
    )
    shown, more = await newest_first(act, wanted, "access-log", statement, AccessRow.at, AccessRow.id)
    act.record(entries.Act("log_queried", "access_log", question=asked(wanted)))
    return LogPage(items=[item(row) for row in shown], next=more)


def asked(wanted: LogFilter) -> str:
    """The filters of a question as canonical JSON, for the commitment in its own entry."""
    given = wanted.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"limit", "cursor"})
    return canonical.encode(given).decode()
