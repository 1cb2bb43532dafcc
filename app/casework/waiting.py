"""What waits and what is late, counted per kind of queue for the worker's figures: no queue, no case, no person.

Counted as of the last full hour: a case that came in since is not there yet, so that no figure dates a report.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import figures
from app.casework.models import Case
from app.identity.policy import WORKERS

DONE = ("closed", "supplied")


async def count(connection: AsyncConnection, moment: datetime) -> int:
    """Set the figures of each kind of queue; how many cases were counted."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    rows = (
        await connection.execute(
            select(
                Case.kind,
                func.count().filter(Case.assignee.is_(None)).label("waiting"),
                func.count().filter(Case.due_at < hour).label("overdue"),
                func.min(Case.received_at).filter(Case.assignee.is_(None)).label("oldest"),
            )
            .where(Case.state.not_in(DONE), Case.received_at < hour)
            .group_by(Case.kind)
        )
    ).all()
    for kind in WORKERS:
        row = next((one for one in rows if one.kind == kind), None)
        oldest = row.oldest if row is not None else None
        seconds = 0.0 if oldest is None else (hour - oldest).total_seconds()
        figures.queue(kind, row.waiting if row else 0, row.overdue if row else 0, seconds)
    return sum(row.waiting + row.overdue for row in rows)
