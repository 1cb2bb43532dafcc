"""Runs the migrations on the connection that `meldpunt migrate` hands over, or on MELDPUNT_DATABASE_URL."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from app import idempotency, limits
from app.approvals import models as approvals
from app.audit import models as audit
from app.casework import models as casework
from app.database import Base, engine_for
from app.disclosure import models as disclosure
from app.identity import models as identity
from app.matching import models as matching
from app.organisations import models as organisations
from app.retention import models as retention
from app.routing import models as routing
from app.settings import load
from app.signals import models as signals
from app.vault import models as vault

TABLES = (
    idempotency,
    limits,
    approvals,
    audit,
    casework,
    disclosure,
    identity,
    matching,
    organisations,
    retention,
    routing,
    signals,
    vault,
)


def include(name: str | None, kind: str, _parents: object) -> bool:
    """Compare the desk's own tables: not alembic's, nor the partitions of the wraps, one for each generation."""
    return kind != "table" or name is None or not (name == "alembic_version" or name.startswith("wraps_"))


def run(connection: Connection) -> None:
    """Migrate on this connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_name=include,
        compare_type=True,
        version_table_schema="public",
    )
    with context.begin_transaction():
        context.run_migrations()


async def by_hand() -> None:
    """Used by `alembic` itself: connects as the settings say."""
    settings = load()
    if settings.database_url is None:
        raise SystemExit("MELDPUNT_DATABASE_URL ontbreekt. Gebruik liever: meldpunt migrate")
    engine = engine_for(settings.database_url.get_secret_value(), 1, seconds=None)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    run(given)
else:
    asyncio.run(by_hand())
