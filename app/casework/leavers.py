"""When somebody loses the role for a case in her hands, the desk itself frees it: nothing stays in nobody's list.

A case that was being read goes back to the pile (T18); one further on keeps its state and waits for another worker.
History and deadline stay as they were.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.approvals.models import NoticeRow
from app.audit import entries
from app.casework.cases import CaseRow
from app.casework.history import note_move
from app.casework.models import Case
from app.casework.returns import COLUMNS
from app.clock import new_id
from app.identity import denials, grants, policy, put_back
from app.identity.actor import DESK
from app.identity.models import DenialRow, GrantRow
from app.identity.register import holdings

AT_ONCE = 100
BACK_TO_THE_PILE = frozenset({"claimed", "assessing"})
TOLD = {"triage": "coordinator", "riec": "analyst", "rudd": "officer"}


def freeing(authority: Callable[[], bytes]) -> Callable[[AsyncConnection, datetime], Awaitable[int]]:
    """The job that frees cases of people who may not work on them any more. `authority` checks the grants."""

    async def free(connection: AsyncConnection, moment: datetime) -> int:
        left = await _left(connection, authority(), moment)
        freed = 0
        for holder, kind, sub in left:
            freed += await _free(connection, holder, kind, sub, moment)
        return freed

    return free


async def _left(
    connection: AsyncConnection, authority: bytes, moment: datetime
) -> list[tuple[str, str, str]]:
    """Holder, kind of queue and subject of everybody with open cases and without the role for them."""
    rows = (
        await connection.execute(
            select(GrantRow.__table__).where(
                GrantRow.valid_until > moment, or_(GrantRow.ended_at.is_(None), GrantRow.ended_at > moment)
            )
        )
    ).mappings()
    found = [grants.of_row(dict(row), authority) for row in rows]
    against = await put_back.found(connection)
    good = [grant for grant in found if grant is not None and not against.speaks_against(grant)]
    held = holdings(good, moment)
    listed = (await connection.execute(select(DenialRow.__table__))).mappings()
    denied = denials.kept_out([dict(row) for row in listed], authority, moment)
    working = await connection.execute(
        select(Case.holder, Case.kind, Case.assignee)
        .where(Case.assignee.is_not(None), Case.state != "closed")
        .distinct()
    )
    return [
        (row.holder, row.kind, row.assignee)
        for row in working
        if (row.holder, row.assignee) in denied
        or (row.holder, row.assignee) not in held
        or not (held[row.holder, row.assignee].roles | held[row.holder, row.assignee].unasked)
        & policy.WORKERS[row.kind]
    ]


async def _free(connection: AsyncConnection, holder: str, kind: str, sub: str, moment: datetime) -> int:
    mine = (
        await connection.execute(
            select(*COLUMNS)
            .where(
                tuple_(Case.holder, Case.kind, Case.assignee) == tuple_(holder, kind, sub),
                Case.state != "closed",
            )
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    ).all()
    for case in mine:
        await _free_one(connection, case, moment)
    if mine:
        telemetry.log("cases_freed", count=len(mine))
    return len(mine)


async def _free_one(connection: AsyncConnection, case: CaseRow, moment: datetime) -> None:
    state = "new" if case.state in BACK_TO_THE_PILE else case.state
    values: dict[str, object] = {"assignee": None, "state": state}
    if state != case.state:
        values["state_since"] = moment
    await connection.execute(
        update(Case).where(Case.id == case.id).values(**values, version=Case.version + 1)
    )
    after = (await connection.execute(select(*COLUMNS).where(Case.id == case.id))).one()
    await note_move(connection, after, "release", case.state, "left", None, moment)
    told = {
        "id": new_id(),
        "organisation_id": case.holder,
        "role": TOLD[case.kind],
        "kind": "case_freed",
        "object_kind": "case",
        "object_id": str(case.id),
        "made_at": moment,
    }
    await connection.execute(insert(NoticeRow).values(**told))
    act = entries.Act(
        "case_moved",
        "case",
        str(case.id),
        case_id=case.id,
        signal_id=case.signal_id,
        purpose="release",
        reason_code="left",
    )
    await entries.write(connection, [entries.line(DESK, None, act, moment, None)])
