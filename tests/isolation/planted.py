"""Rows of two organisations in every table: reports worked on through the HTTP door, and by hand what that leaves out.

What is planted by hand need only be there: the matrix asks who reaches it, not what it says.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from secrets import token_bytes
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.casework.steps import LAB, assess, case_of, supply
from tests.database import look
from tests.database.story import worked_on
from tests.desk import ASSEN as IN_ASSEN
from tests.desk import TRIAGE_ASSEN, client_for

EMMEN, ASSEN = "gemeente-emmen", "gemeente-assen"
NEEDED = """
select a.attname, format_type(a.atttypid, null) as type from pg_attribute a
where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef
"""
PAIRS = """
select distinct on (a.holder) a.id as case_id, b.id as other_id, a.organisation_id, a.holder
from cases a join cases b on b.holder = a.holder and b.organisation_id = a.organisation_id and a.id < b.id
"""
FILLING: Mapping[str, Callable[[], object]] = {
    "uuid": uuid4,
    "text": lambda: "planted",
    "text[]": list,
    "bytea": lambda: token_bytes(32),
    "timestamp with time zone": lambda: datetime.now(UTC),
    "date": lambda: date.max,
    "boolean": lambda: False,
    "integer": lambda: 1,
    "smallint": lambda: 1,
    "double precision": lambda: 1.0,
}


async def plant(connection: AsyncConnection, table: str, **given: object) -> None:
    """A row with these values; what else must have one gets something of its type."""
    needed = {row.attname: row.type for row in await look.rows(connection, NEEDED, table)}
    values = {name: FILLING[type_]() for name, type_ in needed.items()} | given
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"${at + 1}" for at in range(len(values)))
    await connection.exec_driver_sql(
        f"insert into {table} ({names}) values ({places})", tuple(values.values())
    )


def by_hand() -> Iterator[tuple[str, dict[str, object]]]:
    """Table and values of each row that is planted."""
    moment = datetime.now(UTC)
    for organisation, cover in ((EMMEN, ASSEN), (EMMEN, None), (ASSEN, None)):
        id_: UUID = uuid4()
        asked = {"id": id_, "organisation_id": organisation, "cover_id": cover, "kind": "break_glass"}
        yield "approvals", asked
        yield "grants", {"organisation_id": organisation, "approval_id": id_, "kind": "break_glass"}
        decision: dict[str, object] = {"approval_id": id_, "organisation_id": organisation}
        yield "approval_decisions", decision | {"decision": "approved"}
        yield "approval_uses", decision
    for number, organisation in enumerate((EMMEN, ASSEN)):
        yield "denials", {"organisation_id": organisation}
        yield "notices", {"organisation_id": organisation}
        yield "notices", {"organisation_id": organisation, "kind": "match_asked"}
        yield "settings_versions", {"organisation_id": organisation}
        yield "rule_sets", {"number": number + 1}
        ages = {"request": timedelta(hours=25), "delivery": timedelta(days=31)}
        for kind, age in ages.items():
            yield "idempotency", {"kind": kind, "made_at": moment - age * number}
        yield "rate_buckets", {"filled_at": moment - timedelta(hours=25) * number}
        yield "sessions", {"ends_at": moment + timedelta(hours=1) - timedelta(hours=2) * number}
    yield "supply_terms", {"organisation_id": ASSEN, "queue_id": "rudd", "mode": "confirmed"}


async def supplied_by_assen(settings: Settings) -> None:
    """Assen asks the reporter, then its coordinator supplies to RIEC by hand."""
    application = create_app(settings, cast=login.cards(), logins=[login.router])
    async with client_for(application, settings) as client:
        eelco = client.as_("eelco")
        # Two cases of one queue, so that they can be told apart.
        await client.as_("ans").report()
        made = await client.as_("eva").report(text=LAB, location=IN_ASSEN, vehicles=[{"plate": "GZ-918-V"}])
        case = await assess(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, made))
        asked = await eelco.post(f"/v1/cases/{case['id']}/messages", {"text": "Welke schuur?"})
        assert asked.status_code == 201, asked.text
        supplied = await supply(eelco, case, "riec-noord-nederland")
        assert supplied.status_code == 201, supplied.text


async def erased(connection: AsyncConnection) -> None:
    """A closed case of each owner that two people agreed to erase, declared and not yet gone."""
    one_each = (
        "select distinct on (organisation_id) id, signal_id, organisation_id from cases where kind = 'triage'"
        " order by organisation_id, id"
    )
    for case in await look.rows(connection, one_each):
        await connection.exec_driver_sql("update cases set state = 'closed' where id = $1", (case.id,))
        own: dict[str, object] = {"organisation_id": case.organisation_id}
        approval = {"id": uuid4(), "case_id": case.id, "object_id": str(case.id), "kind": "erasure"}
        await plant(connection, "approvals", **own, **approval)
        await plant(connection, "approval_uses", approval_id=approval["id"], **own)
        named = {"signal_id": case.signal_id, "case_id": case.id, "approval_id": approval["id"]}
        await plant(connection, "erasures", **own, **named)


@asynccontextmanager
async def planted(settings: Settings) -> AsyncIterator[Settings]:
    """A database in which every table has something to hide, and RUDD gave its supply back."""
    async with worked_on(settings):
        await supplied_by_assen(settings)
    async with look.as_superuser(settings) as connection:
        for table, values in by_hand():
            await plant(connection, table, **values)
        for signal in await look.rows(connection, "select id, organisation_id from signals"):
            names = {"signal_id": signal.id, "organisation_id": signal.organisation_id}
            await plant(connection, "blind_index", kind="plate", **names)
            await plant(connection, "blind_wording", **names)
        for pair in await look.rows(connection, PAIRS):
            await plant(connection, "told_apart", **pair._mapping)
        await erased(connection)
        returned = "update disclosures set ended = 'returned', ended_at = now() where recipient = 'rudd'"
        await connection.exec_driver_sql(returned)
    yield settings
