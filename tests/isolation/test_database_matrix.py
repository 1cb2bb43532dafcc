"""Every table by every login by select, insert, update and delete, by own and other organisation and queue."""

import pytest

from app.settings import Settings
from tests.database import look
from tests.isolation.expected import APP, AUDITOR, BACKUP, EXPECTED, LOGINS, OWNER, VERBS, WORKER
from tests.isolation.matrix import (
    Ground,
    change_differs,
    columns_differ,
    differences,
    hand_of,
    insert_differs,
    listed,
    select_differs,
    survey,
)
from tests.isolation.planted import planted

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def ground(filled: Settings) -> Ground:
    return await survey(filled)


async def test_every_table_stands_in_the_table_of_expectations(ground: Ground) -> None:
    assert {listed(table) for table in ground.world} == set(EXPECTED)
    assert {login for logins in EXPECTED.values() for login in logins} <= set(LOGINS)
    assert {verb for logins in EXPECTED.values() for verbs in logins.values() for verb in verbs} <= set(VERBS)


async def test_every_table_has_rows_and_each_that_names_an_organisation_rows_of_two(ground: Ground) -> None:
    for table, rows in ground.world.items():
        if not rows:
            assert listed(table) == "wraps.wraps_*", table
        for column in ("organisation_id", "organisation", "holder"):
            if rows and column in rows[0]:
                assert len({row[column] for row in rows} - {None}) >= 2, (table, column)


@pytest.mark.parametrize("login", LOGINS)
async def test_each_login_sees_the_rows_that_are_listed_and_no_other(
    filled: Settings, ground: Ground, login: str
) -> None:
    async with hand_of(filled, login) as hand:
        found = [one for table in ground.world async for one in select_differs(hand, ground, table)]
    assert found == []


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("login", LOGINS)
async def test_each_login_changes_and_deletes_the_rows_that_are_listed_and_no_other(
    filled: Settings, ground: Ground, login: str, verb: str
) -> None:
    async with hand_of(filled, login) as hand, look.as_superuser(filled) as past:
        found = [
            one for table in ground.world async for one in change_differs(hand, past, ground, verb, table)
        ]
    assert found == []


@pytest.mark.parametrize("login", LOGINS)
async def test_each_login_writes_the_rows_that_are_listed_and_no_other(
    filled: Settings, ground: Ground, login: str
) -> None:
    async with hand_of(filled, login) as hand:
        found = [one for table in ground.world async for one in insert_differs(hand, ground, table)]
    assert found == []


@pytest.mark.parametrize("verb", ["select", "insert", "update"])
@pytest.mark.parametrize("login", [login for login in LOGINS if login != OWNER])
async def test_each_login_reaches_the_columns_that_are_listed_and_no_other(
    filled: Settings, ground: Ground, login: str, verb: str
) -> None:
    async with hand_of(filled, login) as hand:
        found = [one for table in ground.world async for one in columns_differ(hand, ground, verb, table)]
    assert found == []


SLIPPED_IN = (
    # a right that nobody listed, and the words with which the matrix names it
    ("grant select (category) on cases to meldpunt_auditor", AUDITOR, "select public.cases.category"),
    (
        "create policy easy on signals for select to meldpunt_app using (true)",
        APP,
        "select public.signals, RUDD",
    ),
    (
        "create policy easy on openings for insert to meldpunt_app with check (true)",
        APP,
        "insert public.openings",
    ),
    ("create policy easy on cases for update to meldpunt_worker using (true)", WORKER, "update public.cases"),
    (
        "create policy easy on idempotency for delete to meldpunt_worker using (true)",
        WORKER,
        "delete public.idem",
    ),
    ("alter table receipts no force row level security", OWNER, "select public.receipts"),
    ("create table notes (id uuid)", BACKUP, "select public.notes"),
    ("grant select on notes to meldpunt_backup", BACKUP, "select public.notes"),
)


async def test_a_right_that_nobody_listed_shows(settings: Settings) -> None:
    async with planted(settings), look.as_superuser(settings) as past:
        await past.exec_driver_sql("update cases set state = 'closed' where holder = 'gemeente-emmen'")
        for statement, _, _ in SLIPPED_IN:
            await past.exec_driver_sql(statement)
        ground = await survey(settings)
        for _, login, words in SLIPPED_IN:
            table = words.split()[1].rstrip(",")
            table = next(name for name in ground.world if table.startswith(name) or name.startswith(table))
            async with hand_of(settings, login) as hand:
                found = [one async for one in differences(hand, past, ground, table)]
            assert any(words in one for one in found), (words, found)
    assert "public.notes" not in EXPECTED
