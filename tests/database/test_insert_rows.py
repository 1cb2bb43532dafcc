"""Rows of several tables go in with one statement, and come out as they went in."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from app.audit.models import AccessRow, AccessValue
from app.casework.models import Case
from app.database import AlreadyThere, Login, RowOf, Scope, insert_rows, transaction
from app.settings import Settings
from app.signals.models import Signal
from tests.database import look

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 25, 12, 30, 0, 123456, tzinfo=UTC)
STATEMENTS = "select count(*) from pg_prepared_statements where statement like 'with i0 as (insert into %'"


def signal(**changed: object) -> dict[str, object]:
    given: dict[str, object] = {
        "id": uuid4(),
        "organisation_id": "gemeente-emmen",
        "reference": uuid4().hex,
        "origin": "employee",
        "channel": "web",
        "municipality_code": None,
        "confidentiality": "named",
        "regime": "avg",
        "observation": "own",
        "safety": [],
        "facts": ["env", "it's", 'a "b", {c}', "\\", ""],
        "category_hint": None,
        "received_at": AT,
    }
    return given | changed


def entry(**changed: object) -> dict[str, object]:
    given: dict[str, object] = {
        "id": uuid4(),
        "leaf": bytes(range(256)),
        "at": AT,
        "action": "case_viewed",
        "object_kind": "case",
        "outcome": "allowed",
        "signal_id": None,
    }
    return given | changed


async def test_rows_come_out_as_they_went_in(settings: Settings) -> None:
    first, second, line = signal(), signal(municipality_code="0114", safety=["weapon", "dog"]), entry()
    value = {"entry_id": line["id"], "field": "actor", "organisation": None, "salt": b"", "value": "é'\"\n"}
    rows: list[RowOf] = [(Signal, first), (Signal, second), (AccessRow, line), (AccessValue, value)]
    async with look.pool(settings, Login.INTAKE) as engine, transaction(engine, Scope()) as held:
        await insert_rows(held.connection, rows)
    async with look.as_superuser(settings) as connection:
        for table, sent in (("signals", first), ("signals", second), ("access_entries", line)):
            [found] = await look.rows(connection, f"select * from {table} where id = $1", sent["id"])
            assert {name: found._mapping[name] for name in sent} == sent
        [found] = await look.rows(connection, "select * from access_values")
        assert dict(found._mapping) == value


async def test_one_statement_is_prepared_for_each_shape_of_rows(settings: Settings) -> None:
    async with look.pool(settings, Login.INTAKE, size=1) as engine:
        for _ in range(3):
            async with transaction(engine, Scope()) as held:
                await insert_rows(held.connection, [(Signal, signal()), (AccessRow, entry())])
        for _ in range(2):
            async with transaction(engine, Scope()) as held:
                await insert_rows(
                    held.connection, [(Signal, signal()), (Signal, signal()), (AccessRow, entry())]
                )
        async with transaction(engine, Scope()) as held:
            assert await look.one(held.connection, STATEMENTS) == 2


async def test_when_one_row_is_refused_none_is_kept(settings: Settings) -> None:
    line = entry()
    async with look.pool(settings, Login.INTAKE) as engine:
        with pytest.raises(AlreadyThere):
            async with transaction(engine, Scope()) as held:
                await insert_rows(held.connection, [(Signal, signal()), (AccessRow, line), (AccessRow, line)])
        case = {"id": uuid4(), "signal_id": uuid4(), "organisation_id": "gemeente-emmen"}
        with pytest.raises(DBAPIError):
            async with transaction(engine, Scope()) as held:
                await insert_rows(held.connection, [(Signal, signal()), (Case, case)])
    async with look.as_superuser(settings) as connection:
        assert await look.one(connection, "select count(*) from signals") == 0
        assert await look.one(connection, "select count(*) from access_entries") == 0
