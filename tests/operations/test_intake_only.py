"""A process started with `serve --only intake` can write and cannot read: no private key, no table, no worker's route.

Its home holds what such a process may have and nothing else, so that whatever it would want besides is not there.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.database import Login, login_url, password_of
from app.main import create_app
from app.settings import Settings
from app.vault.keys import KeyAbsent, KeyRing
from tests.desk import REPORT, RIEC, Server, free_port, new_key
from tests.operations import own
from tests.operations.planted import delivery

pytestmark = pytest.mark.anyio

MAY_HAVE = (
    "environment",
    "keys/directory.pub",
    "keys/intake.key",
    "logins/meldpunt_intake",
    "run/issuer.json",
)
DOOR = ["denied", "intake_settings", "mailbox", "replay", "take_token"]
OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
RELATIONS = (
    "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c"
    f" join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S') and {OURS}"
)
READABLE_COLUMNS = (
    "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
    f" join pg_namespace n on n.oid = c.relnamespace where {OURS} and a.attnum > 0 and c.relkind in ('r', 'p', 'v')"
    " and has_column_privilege('meldpunt_intake', a.attrelid, a.attnum, 'select, update')"
)
CALLABLE = (
    f"select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {OURS}"
    " and has_function_privilege('meldpunt_intake', p.oid, 'execute') order by 1"
)
MEMBER_OF = (
    "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid"
    " join pg_roles i on i.oid = m.member where i.rolname = 'meldpunt_intake'"
)


@pytest.fixture(scope="module")
def bare(own_desk: Settings) -> Iterator[Settings]:
    """A home with only what an intake process may have, on the same database under its own login."""
    with own.fresh_home() as home:
        for name in MAY_HAVE:
            (home / name).parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copy(own_desk.home / name, home / name)
        intake = login_url(
            own.url_of(own_desk), Login.INTAKE, password_of(own_desk.logins_folder, Login.INTAKE)
        )
        yield own_desk.model_copy(
            update={"home": home, "database_url": SecretStr(intake), "port": free_port()}
        )


def files(home: Path) -> set[str]:
    """What lies in a home, logs aside."""
    return {
        str(file.relative_to(home)) for file in home.rglob("*") if file.is_file() and file.suffix != ".log"
    }


async def test_receipt_shows_its_messages_while_only_the_intake_process_runs(
    own_desk: Settings, bare: Settings
) -> None:
    with Server(own_desk) as whole:
        async with whole.client() as desk:
            made = await desk.as_("ans").report()
            bouke = desk.as_("bouke")
            case = await bouke.pull(RIEC)
            await bouke.open(case)
            asked = await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": "Welke dag was dat?"})
            assert asked.status_code == 201
    secret = own.new_secret()
    alone = Server(bare, "serve", "--only", "intake", environment={"MELDPUNT_WEBHOOK_SECRETS": secret})
    with alone:
        async with alone.client() as desk:
            code = {"receiptCode": made["receiptCode"]}
            found = (await desk.post("/v1/receipt-lookups", code)).json()
            assert [line["text"] for line in found["messages"]] == ["Welke dag was dat?"]
            assert found["status"] == "in_progress"
            answer = code | {"text": "Dinsdag."}
            assert (await desk.post("/v1/receipt-messages", answer)).status_code == 201
            key = {"Idempotency-Key": new_key()}
            first, again = [await desk.as_("ans").post("/v1/signals", REPORT, key) for _ in range(2)]
            assert first.status_code == 201
            assert first.json() == again.json()
            sent = delivery(secret, "msg_alleen")
            taken = await desk.send("/v1/webhooks/citizen-reports", sent.raw, sent.headers)
            assert taken.status_code == 202
    assert files(bare.home) == set(MAY_HAVE)
    with Server(own_desk) as whole:
        async with whole.client() as desk:
            said = (await desk.as_("bouke").get(f"/v1/cases/{case['id']}/messages")).json()["items"]
            assert [line["text"] for line in said] == ["Welke dag was dat?", "Dinsdag."]


async def test_workers_routes_pages_and_sessions_are_not_there(bare: Settings) -> None:
    with Server(bare, "serve", "--only", "intake") as alone:
        async with alone.client() as desk:
            for path in (
                "/v1/queues",
                f"{RIEC}/cases",
                "/v1/cases/00000000-0000-4000-8000-000000000000",
                "/v1/access-log",
                "/web/queues",
                "/web/session",
                "/",
                "/melden",
                "/werkbank",
                "/inloggen",
                "/static/desk.css",
            ):
                assert (await desk.as_("bouke").get(path)).status_code == 404, path
            for path in (f"{RIEC}/claims", "/web/signals", "/web/demo-logins", "/web/receipt-lookups"):
                assert (await desk.as_("bouke").post(path)).status_code == 404, path


def test_ring_of_an_intake_process_holds_no_private_key(own_desk: Settings) -> None:
    ring = create_app(own_desk, only_intake=True).state.vault.ring
    whole = KeyRing.load(own_desk)
    assert ring.holders == frozenset()
    assert "rudd" in whole.holders
    for holder in whole.holders:
        with pytest.raises(KeyAbsent):
            ring.private(holder)
        assert ring.by_key_id(whole.private(holder).public.key_id) is None
    with pytest.raises(KeyAbsent):
        _ = ring.authority


def test_intake_login_reads_no_table(own_desk: Settings, bare: Settings) -> None:
    relations = own.rows(own_desk, RELATIONS)
    assert len(relations) > 20
    for relation in relations:
        refused = own.ask(own.url_of(bare), f"select * from {relation} limit 0")
        assert refused.returncode != 0
        assert "permission denied" in refused.stderr, relation
    assert own.rows(own_desk, READABLE_COLUMNS) == []
    assert own.rows(own_desk, MEMBER_OF) == []


def test_intake_login_may_call_the_door_functions_and_no_other(own_desk: Settings) -> None:
    assert own.rows(own_desk, CALLABLE) == DOOR


def test_intake_login_cannot_change_or_become_anything(bare: Settings) -> None:
    for statement in (
        "delete from signals",
        "update cases set state = 'closed'",
        "truncate access_entries",
        "set role meldpunt_app",
        "set session authorization meldpunt_app",
        "create table mine (v int)",
        "create schema mine",
        "copy signals to program 'cat'",
        "select pg_read_file('postgresql.conf')",
        "select lo_import('/etc/passwd')",
    ):
        assert own.ask(own.url_of(bare), statement).returncode != 0, statement
