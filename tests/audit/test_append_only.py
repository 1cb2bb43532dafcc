"""The log only grows: no login changes or removes an entry, and not even the owner of its tables."""

import pytest
from sqlalchemy.exc import ProgrammingError

from app.database import Login, Scope
from app.settings import Settings
from tests.audit.rows import stored
from tests.database import look
from tests.database.tries import REFUSED, attempt
from tests.desk import Client

pytestmark = pytest.mark.anyio

CHANGES = (
    "update access_entries set outcome = 'allowed'",
    "update access_entries set index = 1",
    "update access_values set value = ''",
    "delete from access_entries",
    "delete from access_values",
    "delete from access_entries where false",
    "truncate access_entries, access_values",
    "truncate access_values",
)
ANYONE = Scope("provincie-drenthe", ("provincie-drenthe",), ("*",))


@pytest.mark.parametrize("login", list(Login))
async def test_no_login_changes_or_removes_an_entry(client: Client, settings: Settings, login: Login) -> None:
    await client.as_("ans").report()
    before = await stored(settings)
    async with look.pool(settings, login) as engine:
        for change in CHANGES:
            assert await attempt(engine, ANYONE, change) == REFUSED, change
    assert await stored(settings) == before


async def test_not_even_the_superuser_changes_an_entry_in_passing(client: Client, settings: Settings) -> None:
    await client.as_("ans").report()
    async with look.as_superuser(settings) as connection:
        for change in (*CHANGES, "truncate signals cascade; truncate access_entries cascade"):
            for statement in change.split("; ")[-1:]:
                with pytest.raises(ProgrammingError, match="append only"):
                    await connection.exec_driver_sql(statement)


@pytest.mark.parametrize("login", [Login.APP, Login.INTAKE, Login.WORKER, Login.AUDITOR])
async def test_who_writes_an_entry_gives_it_no_place_in_the_tree(settings: Settings, login: Login) -> None:
    columns = "id, leaf, at, action, object_kind, outcome"
    values = "gen_random_uuid(), '\\x00', now(), 'case_viewed', 'case', 'allowed'"
    async with look.pool(settings, login) as engine:
        plain = f"insert into access_entries ({columns}) values ({values})"
        assert await attempt(engine, Scope(), plain) == "1"
        placed = f"insert into access_entries ({columns}, index) values ({values}, 0)"
        assert await attempt(engine, Scope(), placed) == REFUSED


@pytest.mark.parametrize("login", [Login.APP, Login.INTAKE, Login.WORKER])
async def test_who_writes_the_log_cannot_read_it_back(settings: Settings, login: Login) -> None:
    async with look.pool(settings, login) as engine:
        for table in ("access_entries", "access_values"):
            assert await attempt(engine, ANYONE, f"select 1 from {table}") == REFUSED
