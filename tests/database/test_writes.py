"""Straight on the database: what each login may write in whose scope. The good case first, then every refusal."""

from uuid import uuid4

import pytest

from app.database import Login, Scope
from app.organisations.participants import RIEC, RUDD
from tests.database import look
from tests.database.story import Worked
from tests.database.tries import REFUSED, attempt, insertion, of, row_of

pytestmark = pytest.mark.anyio

EMMEN, ASSEN = "gemeente-emmen", "gemeente-assen"
EVERYONE = (EMMEN, ASSEN, RIEC, RUDD, "")
RIECS = f"holder = '{RIEC}'"
ROWS: tuple[tuple[str, str, dict[str, object], set[str]], ...] = (
    # table, which row is written again, what is changed in it, whose scope may write it
    ("cases", RIECS, {"state": "new", "assignee": None, "reference": "M-COPY"}, {EMMEN}),
    ("cases", RIECS, {"state": "closed", "reference": "M-COPY"}, set()),
    (
        "cases",
        f"holder = '{ASSEN}'",
        {"organisation_id": EMMEN, "state": "new", "assignee": None, "reference": "M-COPY"},
        set(),
    ),
    ("transitions", RIECS, {}, {RIEC}),
    ("openings", RIECS, {}, {RIEC}),
    ("classifications", RIECS, {"made_by": "person"}, {RIEC}),
    ("classifications", RIECS, {"made_by": "machine"}, {EMMEN}),
    ("routing_decisions", RIECS, {}, {EMMEN}),
    ("disclosures", f"recipient = '{RIEC}'", {"mode": "confirmed"}, {EMMEN}),
    ("disclosures", f"recipient = '{RIEC}'", {"mode": "direct"}, set()),
    ("messages", "sender = 'desk'", {}, {RIEC}),
    ("messages", "sender = 'desk'", {"sender": "reporter"}, set()),
    ("supply_terms", "true", {"category": "drugs"}, set()),
)


@pytest.mark.parametrize(("table", "where", "changed", "writers"), ROWS)
async def test_a_row_is_written_only_by_whose_act_it_is(
    worked: Worked, table: str, where: str, changed: dict[str, object], writers: set[str]
) -> None:
    async with look.as_superuser(worked.settings) as connection:
        row = await row_of(connection, table, where, id=uuid4(), **changed)
    async with look.pool(worked.settings, Login.APP) as engine:
        for organisation in EVERYONE:
            expected = "1" if organisation in writers else REFUSED
            got = await insertion(engine, of(organisation) if organisation else Scope(), table, row)
            assert (got == "1") == (expected == "1"), (organisation, got)
            assert got in {expected, "23503"}, (organisation, got)


async def test_sealed_parts_of_a_signal_are_never_added_to_and_messages_only_by_who_holds_a_case(
    worked: Worked,
) -> None:
    async with look.as_superuser(worked.settings) as connection:
        message = await row_of(connection, "sealed_parts", "kind = 'message'", record_id=uuid4())
        content = await row_of(connection, "sealed_parts", "part = 'content'", version=2)
    signal = {str(content["signal_id"]): content["organisation_id"]}
    async with look.pool(worked.settings, Login.APP) as engine:
        for organisation in EVERYONE:
            scope = of(organisation) if organisation else Scope()
            holds = organisation in {EMMEN, RIEC, RUDD}
            assert await insertion(engine, scope, "sealed_parts", message) == ("1" if holds else REFUSED)
            assert await insertion(engine, scope, "sealed_parts", content) == REFUSED, signal


async def test_only_the_owner_hands_on_the_keys_of_a_signal(worked: Worked) -> None:
    async with look.as_superuser(worked.settings) as connection:
        signal = await row_of(
            connection, "wraps.wraps", f"keyholder = '{RIEC}' and record_id = signal_id", key_id=b"another!"
        )
        message = await row_of(
            connection, "wraps.wraps", f"keyholder = '{RIEC}' and record_id <> signal_id", record_id=uuid4()
        )
    async with look.pool(worked.settings, Login.APP) as engine:
        for organisation in EVERYONE:
            scope = of(organisation) if organisation else Scope()
            owns, holds = organisation == EMMEN, organisation in {EMMEN, RIEC, RUDD}
            assert await insertion(engine, scope, "wraps.wraps", signal) == ("1" if owns else REFUSED)
            assert await insertion(engine, scope, "wraps.wraps", message) == ("1" if holds else REFUSED)


async def test_nobody_changes_a_case_of_another_or_gives_one_away(worked: Worked) -> None:
    async with look.pool(worked.settings, Login.APP) as engine:
        for organisation in (EMMEN, ASSEN, RIEC, RUDD):
            mine = await attempt(engine, of(organisation), "update cases set version = version + 1")
            assert mine == "1"
            others = f"update cases set version = 9 where holder <> '{organisation}'"
            assert await attempt(engine, of(organisation), others) == "0"
            for column in ("holder", "organisation_id", "queue_id", "signal_id", "kind", "reference"):
                change = f"update cases set {column} = {column}"
                assert await attempt(engine, of(organisation), change) == REFUSED, column
        assert await attempt(engine, Scope(), "update cases set version = version + 1") == "0"


async def test_only_the_recipient_says_how_a_supply_ended_and_only_the_reader_what_is_read(
    worked: Worked,
) -> None:
    ended = "update disclosures set ended = 'closed', outcome = 'too_vague', ended_at = now()"
    async with look.pool(worked.settings, Login.APP) as engine:
        reached = [await attempt(engine, of(one), ended) for one in (EMMEN, ASSEN, RIEC, RUDD)]
        assert reached == ["0", "0", "1", "1"]
        read = "update messages set read_at = now()"
        reached = [await attempt(engine, of(one), read) for one in (EMMEN, ASSEN, RIEC, RUDD)]
        assert reached == ["0", "0", "2", "0"]
        for sql in (
            "update disclosures set recipient = recipient",
            "update disclosures set seen_at = now()",
            "update messages set sender = 'desk'",
        ):
            assert await attempt(engine, of(RIEC), sql) == REFUSED


async def test_nobody_adds_to_the_reference_data_or_the_key_directory(worked: Worked) -> None:
    async with look.as_superuser(worked.settings) as connection:
        directory = await row_of(connection, "key_directories", "true", version=99)
        organisation = await row_of(connection, "organisations", "true", id="gemeente-nieuw")
    organisation["municipality_code"] = None
    for login in (Login.APP, Login.INTAKE, Login.WORKER, Login.AUDITOR, Login.BACKUP):
        async with look.pool(worked.settings, login) as engine:
            assert await insertion(engine, of(EMMEN), "key_directories", directory) == REFUSED
            assert await insertion(engine, of(EMMEN), "organisations", organisation) == REFUSED


async def test_a_stored_key_directory_is_changed_by_nobody_not_even_the_owner(worked: Worked) -> None:
    async with look.pool(worked.settings, Login.MIGRATOR) as engine:
        assert await attempt(engine, Scope(), "update key_directories set document = document") == "0"
        assert await attempt(engine, Scope(), "delete from key_directories") == "0"


async def test_intake_writes_only_what_a_report_makes(worked: Worked) -> None:
    async with look.as_superuser(worked.settings) as connection:
        written = (
            ("cases", await row_of(connection, "cases", RIECS, id=uuid4(), state="closed")),
            ("messages", await row_of(connection, "messages", "sender = 'desk'", id=uuid4())),
            ("sealed_parts", await row_of(connection, "sealed_parts", "kind = 'reason'", record_id=uuid4())),
            ("disclosures", await row_of(connection, "disclosures", "true", id=uuid4(), mode="confirmed")),
            (
                "classifications",
                await row_of(connection, "classifications", "true", id=uuid4(), made_by="person"),
            ),
            ("transitions", await row_of(connection, "transitions", "true", id=uuid4())),
            ("openings", await row_of(connection, "openings", "true", id=uuid4())),
        )
    async with look.pool(worked.settings, Login.INTAKE) as engine:
        for table, row in written:
            assert await insertion(engine, Scope(), table, row) == REFUSED, table


async def test_the_worker_moves_cases_in_nobodys_name(worked: Worked) -> None:
    async with look.as_superuser(worked.settings) as connection:
        named = await row_of(connection, "transitions", "actor is not null", id=uuid4())
    async with look.pool(worked.settings, Login.WORKER) as engine:
        assert await insertion(engine, Scope(), "transitions", named | {"actor": None}) == "1"
        assert await insertion(engine, Scope(), "transitions", named) == REFUSED
        for sql in (
            "update cases set category = 'drugs'",
            "update cases set outcome = 'settled'",
            "update disclosures set ended = 'closed'",
            "delete from cases",
            "delete from access_entries",
        ):
            assert await attempt(engine, Scope(), sql) == REFUSED, sql


async def test_the_worker_takes_the_keys_only_of_who_gave_a_supply_back(worked: Worked) -> None:
    # What is sealed to the indexer is the worker's own to open and delete.
    taken = "delete from wraps.wraps where keyholder <> 'indexer'"
    async with look.pool(worked.settings, Login.WORKER) as engine:
        assert await attempt(engine, Scope(), taken) == "0"
        async with look.as_superuser(worked.settings) as connection:
            given_back = "update disclosures set ended = $1, ended_at = now() where recipient = 'rudd'"
            await connection.exec_driver_sql(given_back, ("returned",))
            assert await attempt(engine, Scope(), taken) == "1"
            assert await attempt(engine, Scope(), f"{taken} and keyholder <> 'rudd'") == "0"
            await connection.exec_driver_sql("update disclosures set ended = null, ended_at = null")


@pytest.mark.parametrize("login", [Login.APP, Login.WORKER, Login.AUDITOR, Login.BACKUP])
async def test_the_doors_functions_open_for_intake_alone(worked: Worked, login: Login) -> None:
    calls = {
        "select * from mailbox('\\x00'::bytea)": set[Login](),
        "select * from intake_settings()": set[Login](),
        "select take_token('\\x00'::bytea, 30, 1, 1)": set[Login](),
        "select * from replay('\\x00'::bytea)": {Login.APP},
    }
    async with look.pool(worked.settings, login) as engine:
        for call, may in calls.items():
            assert await attempt(engine, of(EMMEN), call) == ("0" if login in may else REFUSED), call
