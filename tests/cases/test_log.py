"""Cases of others about logs and what leaves the desk in lines, tried on ours. Which test shows which row:

L1  organisations/test_review.py::test_no_cell_begins_as_a_formula
    organisations/test_review.py::test_a_subject_is_text_in_a_sheet_whatever_it_begins_with
    organisations/test_review.py::test_json_shows_a_subject_as_it_is
L2  intake/test_analyse.py::test_separators_of_unicode_in_a_text_do_not_end_a_line
    intake/test_analyse.py::test_a_byte_order_mark_carriage_returns_empty_lines_and_a_missing_last_line_end_are_no_fault
    and the command itself here
L3  http/test_lines.py::test_an_unknown_path_leaves_nothing_of_itself
    http/test_telemetry.py::test_no_value_breaks_a_line
    and raw bytes to a started server here
L4  operations/test_commit.py::test_a_report_whose_insert_is_refused_fails_whole_and_no_log_repeats_its_values
    operations/test_nothing_in_clear.py::test_no_line_of_service_or_postgresql_holds_such_a_word
    and every act that writes words, with refused rows and a stopped database, here
L5  audit/test_log_queries.py::test_a_walk_by_one_shows_each_once_and_ends_though_asking_adds_entries
    and a commit behind the cursor here
"""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from app.settings import Settings
from tests.desk import DRUGS, RIEC, Client, Server, new_key
from tests.operations import own
from tests.operations.planted import STEM, delivery, found_in, marker, report

pytestmark = pytest.mark.anyio

LOG = "/v1/access-log"
FIELDS = [STEM, DRUGS[:30], "38GSJ4", "612345678", "98765432", "7811XA"]


@pytest.fixture(scope="module")
def secret() -> str:
    return own.new_secret()


@pytest.fixture(scope="module")
def own_settings() -> Iterator[Settings]:
    """A desk on a database server of its own, whose log holds what these tests did and nothing else."""
    with own.own_desk() as settings:
        yield settings


@pytest.fixture(scope="module")
def running(own_settings: Settings, secret: str) -> Iterator[Server]:
    with Server(own_settings, environment={"MELDPUNT_WEBHOOK_SECRETS": secret}) as started:
        yield started


@pytest.fixture
async def desk(running: Server) -> AsyncIterator[Client]:
    async with running.client() as caller:
        yield caller


@pytest.mark.parametrize(("begin", "end"), [(b"\xef\xbb\xbf", b""), (b"", b"\r\n")])
def test_the_command_gives_one_answer_a_record_whatever_separators_stand_in_it(
    own_settings: Settings, tmp_path: Path, begin: bytes, end: bytes
) -> None:
    odd = "hennep\u2028op\u2029zolder\u0085in de schuur"
    records = [json.dumps({"id": n, "text": f"{n}{odd}{n}"}, ensure_ascii=False).encode() for n in range(3)]
    file = tmp_path / "meldingen.jsonl"
    file.write_bytes(begin + b"\n".join(records) + end)
    done = own.run(own.environment(own_settings), "analyse", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("id") for answer in answers] == [0, 1, 2]
    assert [answer for answer in answers if "error" in answer] == []


FORGED = '{"event":"login","level":"info"}'
BREAKS = ("%0A", "%0D%0A", "%E2%80%A8", "%C2%85", "%1B%5B31m", "%00")
RAW_BREAKS = (b"\xe2\x80\xa8", b"\xc2\x85", b"\x1b[31m", b"\xff", b"\x0b", b"\x7f")


def asked_raw(server: Server, target: bytes, headers: bytes) -> bytes:
    """The first line of the answer to a request of these very bytes."""
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=60) as connection:
        connection.sendall(
            b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers + b"\r\n"
        )
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer.partition(b"\r\n")[0]


def test_no_byte_of_a_request_makes_a_line_of_its_own_in_the_log(running: Server) -> None:
    forged = quote(FORGED).encode()
    asked = [(b"/v1/x" + each.encode() + forged, b"") for each in BREAKS]
    asked += [(b"/v1/queues?x=" + each.encode() + forged, b"") for each in BREAKS]
    for name in (
        b"User-Agent",
        b"traceparent",
        b"tracestate",
        b"X-Forwarded-For",
        b"Referer",
        b"Idempotency-Key",
    ):
        asked += [(b"/v1/queues", name + b": a" + each + FORGED.encode() + b"\r\n") for each in RAW_BREAKS]
    asked += [(b"/v1/" + each, b"") for each in RAW_BREAKS]
    before = running.log.read_bytes()
    answers = [asked_raw(running, target, headers) for target, headers in asked]
    assert all(answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200")) for answer in answers), answers
    written = running.log.read_bytes()[len(before) :]
    assert written.isascii()
    lines = [json.loads(line) for line in written.splitlines()]
    assert len(written.splitlines()) == len(written.split(b"\n")) - 1
    assert "login" not in {line["event"] for line in lines}
    assert FORGED.encode() not in written
    ours = [line for line in lines if line.get("route") not in {"/readyz", "/healthz"}]
    assert len(ours) == len(asked)


@dataclass
class Written:
    """What there is to write on: a case bouke holds, and the receipt of its reporter."""

    path: str
    etag: str
    receipt: str


async def written(desk: Client) -> Written:
    """A marked report whose case bouke has pulled."""
    made = await desk.as_("ans").post("/v1/signals", report(), {"Idempotency-Key": new_key()})
    assert made.status_code == 201, made.text
    bouke = desk.as_("bouke")
    case = await bouke.pull(RIEC)
    seen = await bouke.get(f"/v1/cases/{case['id']}")
    return Written(f"/v1/cases/{case['id']}", seen.headers["etag"], made.json()["receiptCode"])


async def acts(desk: Client, there: Written, secret: str) -> dict[str, httpx2.Response]:
    """Every act with which somebody writes words, each with marked words in it."""
    bouke, sent = desk.as_("bouke"), delivery(secret, f"msg_{secrets.token_hex(8)}", text=marker("burger"))
    move: dict[str, Any] = {"transition": "assess", "reasonCode": "other", "reason": marker("reden")}
    said: dict[str, Any] = {"receiptCode": there.receipt, "text": marker("antwoord")}
    return {
        "report": await desk.as_("ans").post("/v1/signals", report(), {"Idempotency-Key": new_key()}),
        "delivery": await desk.send("/v1/webhooks/citizen-reports", sent.raw, sent.headers),
        "answer": await desk.post("/v1/receipt-messages", said),
        "opening": await bouke.post(
            f"{there.path}/openings", {"purpose": "assessment", "reason": marker("openreden")}
        ),
        "message": await bouke.post(f"{there.path}/messages", {"text": marker("vraag")}),
        "move": await bouke.post(f"{there.path}/transitions", move, {"If-Match": there.etag}),
    }


def said(settings: Settings, server: Server) -> bytes:
    """Everything that service, its error output and PostgreSQL wrote."""
    return server.log.read_bytes() + (settings.home / "postgres.log").read_bytes()


def kept(settings: Settings) -> list[int]:
    tables = ("signals", "sealed_parts", "wraps.wraps", "cases", "openings", "transitions", "messages")
    return [own.count(settings, table) for table in tables]


TOUCHED = {
    "access_entries": {"report", "delivery", "answer", "opening", "message", "move"},
    "sealed_parts": {"report", "delivery"},
    "routing_decisions": {"report", "delivery"},
    "messages": {"answer", "message"},
    "openings": {"opening"},
    "transitions": {"move"},
}


@pytest.mark.parametrize("table", TOUCHED)
async def test_an_act_whose_row_is_refused_gets_503_and_no_log_repeats_a_word_of_it(
    desk: Client, running: Server, own_settings: Settings, secret: str, table: str
) -> None:
    there = await written(desk)
    never = f"alter table {table} add constraint never check (false) not valid"
    with own.altered(own_settings, never, f"alter table {table} drop constraint never"):
        before = kept(own_settings)
        answers = await acts(desk, there, secret)
        refused = {name for name, answer in answers.items() if answer.status_code == 503}
        assert refused >= TOUCHED[table], {name: answer.status_code for name, answer in answers.items()}
        assert all(answer.status_code < 500 or name in refused for name, answer in answers.items())
        assert all(int(answers[name].headers["retry-after"]) > 0 for name in refused)
        if refused == set(answers):
            assert kept(own_settings) == before
    assert found_in(b"".join(answers[name].content for name in refused), FIELDS) == []
    output = said(own_settings, running)
    assert b"row_refused" in output
    assert found_in(output, [*FIELDS, there.receipt]) == []
    assert b"failing row" not in output.lower()


async def test_an_act_without_a_database_gets_503_and_no_log_repeats_a_word_of_it(
    desk: Client, running: Server, own_settings: Settings, secret: str
) -> None:
    there = await written(desk)
    own.stop_database(own_settings.home)
    try:
        answers = await acts(desk, there, secret)
    finally:
        own.start_database(own_settings.home)
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 503)
    assert found_in(b"".join(answer.content for answer in answers.values()), FIELDS) == []
    assert found_in(said(own_settings, running), [*FIELDS, there.receipt]) == []
    own.until(lambda: own.status_of(running, "/readyz") == 200)


WAITING = "select count(*) from pg_stat_activity where usename = 'meldpunt_app' and wait_event_type = 'Lock'"


async def walked(reader: Client, query: str) -> list[dict[str, Any]]:
    """The log by its cursor, one entry a page, to its end."""
    found, cursor = list[dict[str, Any]](), ""
    while True:
        answer = await reader.get(f"{LOG}?limit=1{query}{cursor}")
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        cursor = f"&cursor={answer.json()['next']}"


async def test_an_act_that_commits_behind_the_cursor_is_met_by_who_follows_as_the_interface_says(
    desk: Client, own_settings: Settings
) -> None:
    there = await written(desk)
    began = (await desk.as_("dirk").get(f"{LOG}?limit=1")).json()["items"][0]["at"]
    bouke, dirk = desk.as_("bouke"), desk.as_("dirk")
    case = there.path.rpartition("/")[2]
    async with own.held(own_settings, f"select 1 from cases where id = '{case}' for update"):
        body = {"transition": "release", "reasonCode": "other"}
        move = asyncio.create_task(bouke.post(f"{there.path}/transitions", body, {"If-Match": there.etag}))
        await asyncio.to_thread(own.until, lambda: own.rows(own_settings, WAITING) == ["1"])
        await dirk.get("/v1/queues")
        first = await walked(dirk, f"&from={began}")
    answer = await move
    assert answer.status_code == 201, answer.text
    newest = datetime.fromisoformat(first[0]["at"])
    overlap = (newest - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    second = await dirk.items(f"{LOG}?from={overlap}")
    late = [entry for entry in second if entry["caseId"] == case and entry["action"] == "case_moved"]
    assert [entry["outcome"] for entry in late] == ["allowed"]
    assert late[0]["at"] < first[0]["at"]
    assert late[0]["entryId"] not in {entry["entryId"] for entry in first}
    for walk in (first, second):
        assert len({entry["entryId"] for entry in walk}) == len(walk)
    others = f"select id from access_entries where at >= '{began}' and action <> 'log_queried'"
    assert set(own.rows(own_settings, others)) <= {entry["entryId"] for entry in (*first, *second)}
