"""Sessions of a desk of before: over after the upgrade, and everybody can sign in anew."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from app import installation
from app.database import Login, engine_for, login_url
from app.settings import Settings
from tests.conftest import admin_url
from tests.database import look

pytestmark = pytest.mark.anyio
BEFORE = "1a5c0de0a001"
DATABASE = "before_sessions"


def upgrade_to(revision: str, connection: Connection) -> None:
    config = Config(installation.ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def migrate(settings: Settings, url: str, revision: str) -> None:
    """Bring the schema to `revision`, as the migrator does."""
    password = installation.password(settings.logins_folder, Login.MIGRATOR)
    engine = engine_for(login_url(url, Login.MIGRATOR, password), 1, seconds=None)
    async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
        await connection.run_sync(lambda inner: upgrade_to(revision, inner))
        await connection.commit()
    await engine.dispose()


async def test_sessions_of_before_are_over_although_row_security_hides_them_from_the_owner(
    cluster: Settings,
) -> None:
    """They were sealed in another way: each would ring the alarm as a forged one."""
    url = admin_url(cluster, DATABASE)
    async with look.connected(admin_url(cluster, "postgres")) as server:
        await server.exec_driver_sql(f"create database {DATABASE}")
        try:
            await installation.make_logins(url, cluster.logins_folder)
            await migrate(cluster, url, BEFORE)
            async with look.connected(url) as connection:
                await connection.exec_driver_sql("insert into sessions values ('\\x01', '\\x02', now())")
            await migrate(cluster, url, "head")
            async with look.connected(url) as connection:
                assert await look.one(connection, "select count(*) from sessions") == 0
                assert await look.one(
                    connection, "select relforcerowsecurity from pg_class where relname = 'sessions'"
                )
        finally:
            await server.exec_driver_sql(f"drop database {DATABASE} with (force)")
