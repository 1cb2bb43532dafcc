"""Looks at a database past every rule, as its superuser; and what is forbidden, as functions that name it."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Column
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database import CLEAR, SEALED, AnyRow, Base, Login, engine_for
from app.settings import Settings
from tests.conftest import url_of

HARMLESS = {
    "bigint",
    "boolean",
    "date",
    "double precision",
    "integer",
    "smallint",
    "timestamp with time zone",
    "uuid",
}
"""Types in which nobody can write a word."""

TABLES = """
select c.oid, n.nspname || '.' || c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
    c.relispartition as partition, exists (select 1 from pg_policy p where p.polrelid = c.oid) as policy
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
order by 2
"""
COLUMNS = """
select n.nspname, c.relname, a.attname, format_type(a.atttypid, null) as type
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
order by 1, 2, 3
"""


@contextlib.asynccontextmanager
async def as_superuser(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """A connection that no rule holds back; each statement commits by itself."""
    assert settings.database_url is not None
    async with connected(settings.database_url.get_secret_value()) as connection:
        yield connection


@contextlib.asynccontextmanager
async def as_login(settings: Settings, login: Login) -> AsyncIterator[AsyncConnection]:
    """A connection of one of the desk's logins; each statement commits by itself."""
    async with connected(url_of(settings, login)) as connection:
        yield connection


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection at this address, closed afterwards."""
    engine = engine_for(url, 1)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def pool(settings: Settings, login: Login, size: int = 2) -> AsyncIterator[AsyncEngine]:
    """An engine of one login, closed afterwards."""
    engine = engine_for(url_of(settings, login), size)
    try:
        yield engine
    finally:
        await engine.dispose()


async def rows(connection: AsyncConnection, sql: str, *values: object) -> Sequence[AnyRow]:
    """All rows of a statement; `%s` places are written as `$1` and on."""
    return (await connection.exec_driver_sql(sql, tuple(values))).all()


async def one(connection: AsyncConnection, sql: str, *values: object) -> Any:
    """The single value of a statement."""
    return (await connection.exec_driver_sql(sql, tuple(values))).scalar_one()


async def tables(connection: AsyncConnection) -> list[str]:
    """Every table of the desk that row security must guard, partitions by their parent."""
    return [
        row.name
        for row in await rows(connection, TABLES)
        if not row.partition and row.name != "public.alembic_version"
    ]


async def unguarded(connection: AsyncConnection) -> list[str]:
    """Tables and partitions whose row security is not forced, and tables without any policy."""
    return [
        row.name
        for row in await rows(connection, TABLES)
        if row.name != "public.alembic_version" and not (row.forced and (row.policy or row.partition))
    ]


def declared() -> dict[tuple[str, str, str], Column[Any]]:
    """Every column that a model has, by schema, table and name."""
    return {
        (table.schema or "public", table.name, column.name): column
        for table in Base.metadata.tables.values()
        for column in table.columns
    }


async def undeclared(connection: AsyncConnection) -> list[str]:
    """Columns that could hold a word or bytes and that no model declares as clear or as sealed."""
    known = declared()
    found = []
    for row in await rows(connection, COLUMNS):
        if row.relname == "alembic_version":
            continue
        column = known.get((row.nspname, row.relname, row.attname))
        said = column is not None and len({CLEAR, SEALED} & column.info.keys()) == 1
        if column is None or (row.type not in HARMLESS and not said):
            found.append(f"{row.nspname}.{row.relname}.{row.attname}")
    return found
