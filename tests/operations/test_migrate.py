"""Making the database ready: by several at once, and through any address that an operator may be given."""

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.settings import Settings
from tests.desk import Server
from tests.operations import own
from tests.operations.own import Listening, status_of, until

pytestmark = pytest.mark.anyio

SCHEMA = (
    "select string_agg(n.nspname || '.' || c.relname || ' ' || c.relkind::text, ' ' order by n.nspname, c.relname)"
    " from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'wraps')"
)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit code of a command and what it complained of."""
    with process:
        _, said = process.communicate(timeout=own.LIMIT_SECONDS)
    return process.returncode, said


def test_four_migrates_and_a_server_at_once_make_one_schema(empty_database: Settings) -> None:
    told = own.environment(empty_database)
    with ExitStack() as stack:
        four = [stack.enter_context(own.command(told, "migrate")) for _ in range(4)]
        server = stack.enter_context(Listening(empty_database))
        assert [ended(one) for one in four] == [(0, "")] * 4
        until(lambda: status_of(server, "/readyz") == 200)
    assert own.count(empty_database, "alembic_version") == 1
    assert own.count(empty_database, "key_directories") == 1
    assert own.count(empty_database, "organisations") == 19
    before = own.rows(empty_database, SCHEMA)
    assert own.run(told, "migrate").returncode == 0
    assert own.rows(empty_database, SCHEMA) == before


SESSION = {
    "admin": "beheer",
    "owner": "meldpunt_migrator",
    "app": "meldpunt_app",
    "intake": "meldpunt_intake",
    "auditor": "meldpunt_auditor",
    "worker": "meldpunt_worker",
    "backup": "meldpunt_backup",
}


def odd_addresses(settings: Settings) -> list[str]:
    """Addresses with every sign in the password that has a meaning of its own, in each form people write them."""
    own.rows(settings, "create role beheer login superuser password 'p@%:/?#'")
    rest = f"beheer:p%40%25%3A%2F%3F%23@/meldpunt?host={settings.home}/socket&sslmode=disable"
    return [f"{scheme}://{rest}" for scheme in ("postgres", "postgresql", "postgresql+asyncpg")]


async def test_commands_and_server_work_through_an_address_with_an_odd_password(
    empty_database: Settings,
) -> None:
    told = [
        own.environment(empty_database, MELDPUNT_DATABASE_URL=address)
        for address in odd_addresses(empty_database)
    ]
    assert [ended(one) for one in [own.command(each, "migrate") for each in told]] == [(0, "")] * 3
    asked = {role: own.command(told[0], "database-url", "--role", role) for role in SESSION}
    for role, process in asked.items():
        with process:
            answer = own.ask(process.communicate()[0].strip(), "select session_user")
        assert answer.stdout.strip() == SESSION[role], answer.stderr
    with Server(empty_database, environment=told[0]) as server:
        async with server.client() as desk:
            await desk.as_("ans").report()
    assert "p@%" not in server.log.read_text()
    assert "p%40" not in server.log.read_text()


def test_address_that_is_none_is_refused_by_name_and_never_shown(fresh_home: Path) -> None:
    wrong = ("mysql://a:geheim@b/c", "geheim", "postgresql://a:geheim@[b/c", "postgresql://a:b@c:geheim/d")
    words = ("migrate", "serve", "database-url", "worker")
    told = own.environment(own.settings_of(fresh_home, "postgresql:///meldpunt"))
    refused = [
        own.command(told | {"MELDPUNT_DATABASE_URL": address}, word)
        for address, word in zip(wrong, words, strict=True)
    ]
    for process in refused:
        code, said = ended(process)
        assert code == 2, said
        assert "MELDPUNT_DATABASE_URL" in said
        assert "geheim" not in said
        assert "Traceback" not in said


def test_database_that_does_not_answer_is_said_in_a_sentence(fresh_home: Path) -> None:
    nowhere = f"postgresql://beheer:geheim@/meldpunt?host={fresh_home}/socket"
    done = own.run(own.environment(own.settings_of(fresh_home, nowhere)), "migrate")
    assert done.returncode == 2, done.stderr
    assert "MELDPUNT_DATABASE_URL" in done.stderr
    assert "geheim" not in done.stderr


def test_wrong_password_is_said_in_a_sentence(empty_database: Settings) -> None:
    wrong = own.url_of(empty_database).replace("postgres:", "postgres:geheim", 1)
    done = own.run(own.environment(empty_database, MELDPUNT_DATABASE_URL=wrong), "migrate")
    assert done.returncode == 2, done.stderr
    assert "MELDPUNT_DATABASE_URL" in done.stderr
    assert "geheim" not in done.stderr
