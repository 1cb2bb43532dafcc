"""Behind row security stand the keys: with every policy gone and a case moved by hand, its text stays shut."""

import pytest

from app.settings import Settings
from tests.database import look
from tests.database.story import DUMPED
from tests.desk import DRUGS, RUDD, Client

pytestmark = pytest.mark.anyio

MOVED = (
    "update cases set holder = 'rudd', queue_id = 'rudd', kind = 'rudd' where signal_id = $1 and holder = $2"
)
RELABELLED = "update wraps.wraps set keyholder = 'rudd' where signal_id = $1 and keyholder = $2"
UNDER_ITS_KEY = """
update wraps.wraps set keyholder = 'rudd', key_id = (select key_id from wraps.wraps where keyholder = 'rudd' limit 1)
where signal_id = $1 and keyholder = $2
"""
HOLDERS = ("riec-noord-nederland", "gemeente-emmen")


REOPENED = "update cases set state = 'new' where signal_id = $1 and holder = $2"


async def without_rules(settings: Settings, signal: str, holder: str, *statements: str) -> str:
    """Row security off on every table, then these statements on a signal's rows of one holder; the case moved."""
    async with look.as_superuser(settings) as connection:
        for row in await look.rows(connection, look.TABLES):
            await connection.exec_driver_sql(f"alter table {row.name} no force row level security")
            await connection.exec_driver_sql(f"alter table {row.name} disable row level security")
        await connection.exec_driver_sql("set session_replication_role = replica")
        for statement in statements:
            done = await connection.exec_driver_sql(statement, (signal, holder))
            assert done.rowcount == 1, statement
        found = "select id::text from cases where signal_id = $1 and holder = 'rudd'"
        return str(await look.one(connection, found, signal))


async def rudd_opens(client: Client, case: str) -> tuple[int, str]:
    """Status and text that RUDD's officer gets who pulls the case that was moved to her queue and opens it."""
    chris = client.as_("chris")
    assert (await chris.post(f"{RUDD}/claims", {"caseId": case})).status_code == 201
    answer = await chris.post(f"/v1/cases/{case}/openings", {"purpose": "assessment"})
    return answer.status_code, answer.text


@pytest.mark.parametrize("holder", HOLDERS)
async def test_without_row_security_a_case_moved_to_rudd_does_not_open_there(
    client: Client, settings: Settings, holder: str
) -> None:
    made = await client.as_("ans").report()
    case = await without_rules(settings, made["id"], holder, REOPENED, MOVED)
    status, text = await rudd_opens(client, case)
    assert status == 404
    assert [word for word in DRUGS.split() if len(word) > 8 and word in text] == []


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("handed", [RELABELLED, UNDER_ITS_KEY], ids=["as it was", "under RUDD's key"])
async def test_another_keyholders_wrap_put_in_rudds_name_opens_nothing(
    client: Client, settings: Settings, holder: str, handed: str
) -> None:
    made = await client.as_("ans").report()
    await client.as_("ans").report(text=DUMPED)  # RUDD has a key in use
    case = await without_rules(settings, made["id"], holder, REOPENED, handed, MOVED)
    status, text = await rudd_opens(client, case)
    assert status == 503
    assert [word for word in DRUGS.split() if len(word) > 8 and word in text] == []
