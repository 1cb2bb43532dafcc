"""Ready means that promises can be kept: each thing a request needs, taken away, is seen; and asking is no lever."""

import asyncio
import json
from dataclasses import dataclass

import httpx2
import pytest

from app import clock, readiness
from app.http.application import Desk as Application
from app.main import create_app
from app.readiness import MOST_APART_SECONDS, Readiness
from app.settings import Settings
from tests.desk import Client, client_for
from tests.operations.own import altered, count, rows

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a desk's database, how it is undone, and what the log says of it."""

    done: str
    undone: str
    reason: str


READ_ONLY = (
    "set transaction read write; do $$ begin"
    " execute format('alter database %I {} default_transaction_read_only{}', current_database());"
    " perform pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    " and usename like 'meldpunt%'; end $$"
)
FAULTS = {
    "a column that the code names is missing": Fault(
        "alter table cases rename column visit_hold to held",
        "alter table cases rename column held to visit_hold",
        "schema",
    ),
    "a table is missing": Fault(
        "alter table messages rename to letters", "alter table letters rename to messages", "schema"
    ),
    "the log takes no entry of a worker": Fault(
        "alter policy insert_app on access_entries to meldpunt_backup",
        "alter policy insert_app on access_entries to meldpunt_app",
        "DBAPIError",
    ),
    "the log takes no entry of a reporter": Fault(
        "revoke insert on access_values from meldpunt_intake",
        "grant insert on access_values to meldpunt_intake",
        "DBAPIError",
    ),
    "the log takes no entry of an auditor": Fault(
        "revoke insert on access_values from meldpunt_auditor",
        "grant insert on access_values to meldpunt_auditor",
        "DBAPIError",
    ),
    "the log refuses every row": Fault(
        "alter table access_entries add constraint never check (false) not valid",
        "alter table access_entries drop constraint never",
        "row_refused",
    ),
    "the log refuses every commit": Fault(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
        "create constraint trigger refuse after insert on access_entries deferrable initially deferred"
        " for each row execute function refuse()",
        "drop trigger refuse on access_entries; drop function refuse()",
        "DBAPIError",
    ),
    "there is no key directory": Fault(
        "create table away as table key_directories; delete from key_directories",
        "insert into key_directories table away; drop table away",
        "key_directory",
    ),
    "a key directory of somebody else": Fault(
        "insert into key_directories select 9999, document || ' '::bytea, signature, stored_at"
        " from key_directories order by version desc limit 1",
        "delete from key_directories where version = 9999",
        "key_directory",
    ),
    "the database only reads": Fault(
        READ_ONLY.format("set", " = on"), READ_ONLY.format("reset", ""), "database"
    ),
}


def said(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """What the log gives as reason, or else as error, since the last look at it."""
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    return {line.get("reason") or line["error"] for line in lines if line["event"] == "not_ready"}


async def status(client: Client, path: str = "/readyz") -> int:
    return (await client.http.get(path)).status_code


@pytest.fixture
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No verdict is kept, and the log is tried at each look."""
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(readiness, "TRIAL_SECONDS", 0.0)


@pytest.mark.usefixtures("_looks_each_time")
@pytest.mark.parametrize("what", FAULTS)
async def test_a_desk_that_cannot_keep_its_promises_says_so_until_it_can_again(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    fault = FAULTS[what]
    assert await status(client) == 200
    capsys.readouterr()
    with altered(settings, fault.done, fault.undone):
        refused = await client.http.get("/readyz")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert int(refused.headers["retry-after"]) > 0
        assert said(capsys) == {fault.reason}
        assert await status(client, "/healthz") == 200
    assert await status(client) == 200


async def test_keys_that_are_not_there_make_it_unready_and_not_broken(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = settings.home / "keys"
    away = keys.rename(settings.home / "keys-away")
    try:
        application = create_app(settings)
        async with client_for(application, settings) as client:
            assert await status(client) == 503
            assert await status(client, "/healthz") == 200
    finally:
        away.rename(keys)
    assert said(capsys) == {"keys"}


@pytest.mark.usefixtures("_looks_each_time")
async def test_a_clock_that_is_minutes_off_makes_it_unready(
    client: Client, application: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = application.state.readiness
    assert isinstance(looks, Readiness)
    capsys.readouterr()
    off = [0.0]
    looks.now = lambda: clock.now().timestamp() + off[0] * MOST_APART_SECONDS
    for apart, expected in ((-2.0, 503), (-0.5, 200), (0.5, 200), (2.0, 503)):
        off[0] = apart
        assert await status(client) == expected
    assert said(capsys) == {"clock"}


async def test_probes_leave_nothing_in_the_log(client: Client, settings: Settings) -> None:
    before = count(settings, "access_entries"), count(settings, "access_values")
    for _ in range(5):
        assert await status(client) == 200
    assert (count(settings, "access_entries"), count(settings, "access_values")) == before
    assert rows(settings, "select action from access_entries") == ["process_started"]


async def test_a_thousand_probes_at_once_are_one_look(
    client: Client, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Readiness] = []
    look = Readiness._passes

    async def counted(one: Readiness) -> bool:
        looked.append(one)
        return await look(one)

    monkeypatch.setattr(Readiness, "_passes", counted)
    monkeypatch.setattr(application.state.readiness, "_looked", -1e9)
    answers = await asyncio.gather(*(status(client) for _ in range(1000)))
    assert set(answers) == {200}
    assert len(looked) == 1


async def test_a_probe_that_hangs_up_does_not_end_the_look_of_the_others(
    client: Client, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application.state.readiness, "_looked", -1e9)
    first = asyncio.create_task(application.state.readiness.ready())
    second = asyncio.create_task(application.state.readiness.ready())
    await asyncio.sleep(0)
    first.cancel()
    assert await second is True
    assert first.cancelled()


@pytest.mark.usefixtures("_looks_each_time")
async def test_a_look_that_fails_in_an_unforeseen_way_is_not_ready_and_tells_no_words(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def odd(*_words: object) -> None:
        raise KeyError("zqxmarker")

    monkeypatch.setattr(readiness, "check_schema", odd)
    capsys.readouterr()
    answer: httpx2.Response = await client.http.get("/readyz")
    assert answer.status_code == 503
    written = capsys.readouterr().err
    assert '"error":"KeyError"' in written
    assert "zqxmarker" not in written + answer.text


async def test_an_intake_process_is_ready_with_public_keys_alone(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_for(create_app(settings, only_intake=True), settings) as client:
        assert await status(client) == 200
    assert said(capsys) == set()
