"""What tests of people need: roles given as an installation gives them, and the logins of a job of the worker."""

import contextlib
from collections.abc import AsyncIterator

from app.database import Database, Login, engine_for
from app.installation import Person, grant
from app.settings import Settings
from app.vault.keys import KeyRing
from tests.conftest import url_of
from tests.desk import Client


@contextlib.asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    """The logins of this desk, closed afterwards."""
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, 2)
    try:
        yield database
    finally:
        await database.close()


async def give(settings: Settings, *people: Person) -> None:
    """Give these people their roles, as an installation does."""
    authority = KeyRing.load(settings, holders=()).authority
    engine = engine_for(url_of(settings, Login.MIGRATOR), 1)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
            await grant(connection, people, authority)
            await connection.commit()
    finally:
        await engine.dispose()


def read_anew(client: Client) -> None:
    """Let the desk in this process read its register at the next request, as it does by itself within seconds."""
    client.http._transport.app.state.frame.callers.register.changed()  # type: ignore[attr-defined]
