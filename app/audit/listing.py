"""Lists of rows with a time, newest first, in pages: one way for all of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import QueryableAttribute

from app.audit.act import AnyAct
from app.database import AnyRow
from app.http.paging import Page, cursor_key


async def newest_first(
    act: AnyAct,
    wanted: Page,
    name: str,
    statement: Select[Any],
    at: QueryableAttribute[datetime],
    key: QueryableAttribute[UUID],
) -> tuple[Sequence[AnyRow], str | None]:
    """A page of `statement`, the newest by `at` first and by `key` among equals, and the cursor to go on with.

    `name` is the list's own, so that no cursor of another list counts. Raises Invalid for a cursor that is not of
    this reader, list and filter.
    """
    secret, bound = cursor_key(act.request), (str(act.actor.sub), name)
    place = wanted.place(secret, *bound)
    ordered = statement.order_by(at.desc(), key.desc()).limit(wanted.limit + 1)
    if place is not None:
        there = tuple_(literal(datetime.fromisoformat(str(place[0]))), literal(UUID(str(place[1]))))
        ordered = ordered.where(tuple_(at, key) < there)
    rows = (await act.connection.execute(ordered)).all()
    shown = rows[: wanted.limit]
    if len(rows) <= wanted.limit:
        return shown, None
    last = shown[-1]._mapping
    moment, id_ = last[str(at.key)], last[str(key.key)]
    return shown, wanted.next(secret, (moment.isoformat(), str(id_)), *bound)
