"""Tries a statement as one login in one scope, and always gives it up again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database import Scope, execute_raw
from tests.database import look

REFUSED = "42501"
"""SQLSTATE of a missing grant, and of a row that a policy does not let in."""


async def attempt(engine: AsyncEngine, scope: Scope, sql: str, *values: object) -> str:
    """What became of the statement: the number of rows it reached, or the SQLSTATE of its refusal."""
    async with engine.connect() as connection:
        await execute_raw(connection, scope.begin())
        try:
            done = await connection.exec_driver_sql(sql, tuple(values))
            return str(done.rowcount)
        except DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", ""))
        finally:
            await execute_raw(connection, "ROLLBACK")


async def insertion(engine: AsyncEngine, scope: Scope, table: str, row: Mapping[str, object]) -> str:
    """What became of inserting this row."""
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(f"${at + 1}" for at in range(len(row)))
    sql = f"insert into {table} ({names}) values ({places})"
    return await attempt(engine, scope, sql, *row.values())


async def row_of(connection: AsyncConnection, table: str, where: str, **changed: object) -> dict[str, Any]:
    """The first row where this holds, with these members changed."""
    found = await look.rows(connection, f"select * from {table} where {where} limit 1")
    return dict(found[0]._mapping) | changed


def of(organisation: str, *mandate: str) -> Scope:
    """The scope of somebody of this organisation."""
    return Scope(organisation, (organisation,), mandate)
