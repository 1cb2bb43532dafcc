"""Making the database ready: by several at once, and through any address that an operator may be given."""

import subprocess
from contextlib import ExitStack

import pytest

from app.settings import Settings
from tests.desk import REPORT, Server, free_port, new_key
from tests.operations import own
from tests.operations.own import Listening, status_of, until

pytestmark = pytest.mark.anyio

SCHEMA = (
    "select string_agg(n.nspname || '.' || c.relname || ' ' || c.relkind, ' ' order by n.nspname, c.relname)"
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


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
async def test_commands_and_server_work_through_an_address_with_an_odd_password(
    empty_database: Settings, scheme: str
) -> None:
    own.rows(empty_database, "create role beheer login superuser password 'p@%:/?#'")
    odd = f"{scheme}://beheer:p%40%25%3A%2F%3F%23@/meldpunt?host={empty_database.home}/socket&sslmode=disable"
    told = own.environment(empty_database, MELDPUNT_DATABASE_URL=odd)
    done = own.run(told, "migrate")
    assert done.returncode == 0, done.stderr
    assert own.run(told, "migrate").returncode == 0
    assert len(own.run(told, "keys", "list").stdout.splitlines()) > 20
    for role in ("admin", "owner", "app", "intake", "auditor", "worker", "backup"):
        url = own.run(told, "database-url", "--role", role).stdout.strip()
        answer = own.ask(url, "select session_user")
        assert answer.stdout.strip() == ("beheer" if role == "admin" else SESSION[role]), answer.stderr
    settings = empty_database.model_copy(update={"port": free_port()})
    with Server(settings, environment={"MELDPUNT_DATABASE_URL": odd}) as server:
        async with server.client() as desk:
            answer = await desk.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
            assert answer.status_code == 201
    assert "p@%" not in server.log.read_text()
    assert "p%40" not in server.log.read_text()


SESSION = {
    "owner": "meldpunt_migrator",
    "app": "meldpunt_app",
    "intake": "meldpunt_intake",
    "auditor": "meldpunt_auditor",
    "worker": "meldpunt_worker",
    "backup": "meldpunt_backup",
}


@pytest.mark.parametrize("address", ["mysql://a:geheim@b/c", "geheim", "postgresql://a:geheim@[b/c"])
def test_address_that_is_none_is_refused_by_name_and_never_shown(
    empty_database: Settings, address: str
) -> None:
    for words in (["migrate"], ["serve"], ["database-url"], ["worker"]):
        done = own.run(own.environment(empty_database, MELDPUNT_DATABASE_URL=address), *words)
        assert done.returncode == 2, done.stderr
        assert "MELDPUNT_DATABASE_URL" in done.stderr
        assert "geheim" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
