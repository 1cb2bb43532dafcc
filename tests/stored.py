"""What lies in a test's database, as its superuser sees it: how many rows, and how acts ended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import engine_for
from app.settings import Settings

LOG = {"access_entries", "access_values"}
TABLES = """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A look into the database past every door."""

    connection: AsyncConnection
    question: str = ""

    async def ask(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of one statement."""
        return [tuple(row) for row in await self.connection.execute(text(statement))]

    async def do(self, statement: str) -> None:
        """A statement without rows, done at once."""
        await self.connection.execute(text(statement))

    async def counts(self) -> dict[str, int]:
        """Rows of each table; of the log only those of acts that were done, for a refusal leaves its denial there."""
        return {str(name): int(str(number)) for name, number in await self.ask(self.question)}


@asynccontextmanager
async def looking_into(settings: Settings) -> AsyncIterator[Stored]:
    """A look into this test database."""
    assert settings.database_url is not None
    engine = engine_for(settings.database_url.get_secret_value(), 1)
    async with engine.connect() as connection:
        tables = [str(name) for (name,) in await Stored(connection).ask(TABLES)]
        assert len(tables) > 15
        parts = [
            f"select '{name}', count(*) from {name}" for name in tables if name.split(".")[-1] not in LOG
        ]
        parts.append("select 'done', count(*) from access_entries where outcome = 'allowed'")
        yield Stored(connection, " union all ".join(parts))
    await engine.dispose()
