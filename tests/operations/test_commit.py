"""What is not stored and recorded did not happen: a failing commit, a refused insert, a log that takes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from app.settings import Settings
from tests.desk import DRUGS, RIEC, TRIAGE_EMMEN, Client, Server, new_key
from tests.operations.own import altered, count
from tests.operations.planted import STEM, found_in, report

pytestmark = pytest.mark.anyio

STORED = (
    "signals",
    "receipts",
    "sealed_parts",
    "wraps.wraps",
    "cases",
    "openings",
    "transitions",
    "messages",
    "idempotency",
    "access_entries",
    "access_values",
)
LOGINS = "meldpunt_app, meldpunt_intake, meldpunt_auditor"


def stored(settings: Settings) -> list[int]:
    """How many rows each table has."""
    return [count(settings, table) for table in STORED]


@contextmanager
def refusing_commit(settings: Settings, table: str) -> Iterator[None]:
    """Every commit of a transaction that inserted into this table fails."""
    with altered(
        settings,
        f"create function refuse_commit() returns trigger language plpgsql as"
        f" $$ begin raise exception '{STEM}'; end $$;"
        f"create constraint trigger refuse_commit after insert on {table} deferrable initially deferred"
        " for each row execute function refuse_commit()",
        f"drop trigger refuse_commit on {table}; drop function refuse_commit()",
    ):
        yield


@contextmanager
def refusing_rows(settings: Settings, table: str) -> Iterator[None]:
    """Every insert into this table fails, with the row in the server's message."""
    with altered(
        settings,
        f"alter table {table} add constraint never check (false) not valid",
        f"alter table {table} drop constraint never",
    ):
        yield


@contextmanager
def closed_log(settings: Settings, table: str) -> Iterator[None]:
    """The desk may not write the log."""
    with altered(settings, f"revoke insert on {table} from {LOGINS}", f"grant insert on {table} to {LOGINS}"):
        yield


def not_served(answer: httpx2.Response, statuses: tuple[int, ...] = (503,)) -> None:
    """A problem of ours, that tells nothing of what was sent."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert found_in(answer.content, [STEM, DRUGS[:30]]) == []
    if answer.status_code == 503:
        assert int(answer.headers["retry-after"]) > 0


def logs(settings: Settings, server: Server) -> bytes:
    """All that the service and PostgreSQL wrote so far."""
    return server.log.read_bytes() + (settings.home / "postgres.log").read_bytes()


async def works(ans: Client, key: str) -> None:
    """The same request succeeds now, and once more gives the same receipt."""
    first, again = [await ans.post("/v1/signals", report(), {"Idempotency-Key": key}) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json() == again.json()


@pytest.mark.parametrize("table", ["signals", "access_entries"])
async def test_a_report_whose_commit_fails_gets_503_and_the_same_key_works_later(
    module_server: Server, module_settings: Settings, table: str
) -> None:
    key = new_key()
    async with module_server.client() as desk:
        ans = desk.as_("ans")
        before = stored(module_settings)
        with refusing_commit(module_settings, table):
            for _ in range(3):
                not_served(await ans.post("/v1/signals", report(), {"Idempotency-Key": key}))
        assert stored(module_settings) == before
        await works(ans, key)
    assert found_in(logs(module_settings, module_server), [STEM]) == []


@pytest.mark.parametrize("table", ["signals", "sealed_parts", "cases", "access_entries", "access_values"])
async def test_a_report_whose_insert_is_refused_fails_whole_and_no_log_repeats_its_values(
    module_server: Server, module_settings: Settings, table: str
) -> None:
    key = new_key()
    async with module_server.client() as desk:
        ans = desk.as_("ans")
        before = stored(module_settings)
        with refusing_rows(module_settings, table):
            not_served(await ans.post("/v1/signals", report(), {"Idempotency-Key": key}))
        assert stored(module_settings) == before
        await works(ans, key)
    said = logs(module_settings, module_server)
    assert found_in(said, [STEM, DRUGS[:30], "38GSJ4", "612345678", key]) == []
    assert b"failing row" not in said


@pytest.mark.parametrize("table", ["access_entries", "access_values"])
async def test_nothing_is_stored_claimed_opened_or_shown_while_the_log_cannot_be_written(
    module_server: Server, module_settings: Settings, table: str
) -> None:
    key = new_key()
    async with module_server.client() as desk:
        ans, bouke, bart, dirk = (desk.as_(name) for name in ("ans", "bouke", "bart", "dirk"))
        made = await ans.report()
        case = await bouke.pull(RIEC)
        await ans.report()
        path = f"/v1/cases/{case['id']}"
        seen = await bouke.get(path)
        before = stored(module_settings)
        with closed_log(module_settings, table):
            move = {"transition": "release", "reasonCode": "other"}
            for answer in (
                await ans.post("/v1/signals", report(), {"Idempotency-Key": key}),
                await bouke.post(f"{path}/openings", {"purpose": "assessment"}),
                await bouke.post(f"{path}/transitions", move, {"If-Match": seen.headers["etag"]}),
                await bouke.post(f"{path}/messages", {"text": "Wat zag u?"}),
                await bouke.get(path),
                await bart.post(f"{RIEC}/claims"),
                await bouke.get(f"{RIEC}/cases"),
                await dirk.get("/v1/access-log"),
                await desk.post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]}),
                await desk.post("/v1/receipt-lookups", {"receiptCode": "0000-0000-0000-0000-0000"}),
                await ans.get(f"{TRIAGE_EMMEN}/cases"),
            ):
                not_served(answer, (500, 503))
        assert stored(module_settings) == before
        assert (await bouke.get(path)).headers["etag"] == seen.headers["etag"]
        assert (await bart.pull(RIEC))["assignee"] == bart.sub
        await works(ans, key)


async def test_an_opening_whose_commit_fails_shows_nothing(
    module_server: Server, module_settings: Settings
) -> None:
    async with module_server.client() as desk:
        await desk.as_("ans").report()
        bouke = desk.as_("bouke")
        case = await bouke.pull(RIEC)
        before = stored(module_settings)
        with refusing_commit(module_settings, "access_entries"):
            not_served(await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"}))
        assert stored(module_settings) == before
        assert "wiet" in (await bouke.open(case))["content"]["text"]
