"""Bad requests get the right status in problem+json; nothing is echoed, nothing stored, nothing logged of them."""

import json

import pytest

from app.demo.issuer import fetch_token
from tests.desk import Server
from tests.interface.bad import ALL, JSON, MARK, SIGNALS, Bad, report
from tests.interface.wire import Answer, request, speak
from tests.stored import Stored

pytestmark = pytest.mark.anyio

ECHOED_NAMES = {"unknown parameter"}
"""A name in a query string that looks like a name is told: the one who asks must find it."""


@pytest.fixture(scope="module")
def tokens(module_server: Server) -> dict[str, str]:
    names = {bad.who for bad in ALL if bad.who is not None}
    return {name: fetch_token(module_server.settings, name) for name in names}


def send(server: Server, bad: Bad, tokens: dict[str, str]) -> Answer:
    own = () if bad.who is None else (("Authorization", f"Bearer {tokens[bad.who]}"),)
    raw = request(bad.method, bad.path, (*own, *bad.headers), bad.body)
    return speak(server.settings.port, raw)


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: bad.why)
async def test_a_bad_request_is_refused_and_leaves_nothing(
    module_server: Server, stored: Stored, tokens: dict[str, str], bad: Bad
) -> None:
    before = await stored.counts()
    answer = send(module_server, bad, tokens)
    assert answer.status == bad.status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"]
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == bad.status
    if bad.why not in ECHOED_NAMES:
        assert MARK not in answer.body.decode("utf-8")
    if bad.where is not None:
        name = "pointer" if bad.where == "" or bad.where.startswith("/") else "parameter"
        assert bad.where.rstrip("/") in [fault.get(name) for fault in problem["errors"]]
    assert await stored.counts() == before


async def test_no_line_of_the_desk_repeats_a_bad_request(module_server: Server) -> None:
    lines = module_server.log.read_text(encoding="utf-8").split("\n")
    assert len(lines) > len(ALL)
    assert not [line for line in lines if MARK in line]
    assert all(isinstance(json.loads(line), dict) for line in lines if line)


async def test_a_refused_method_says_which_are_taken(module_server: Server, tokens: dict[str, str]) -> None:
    answer = send(module_server, Bad("PUT", 405, method="PUT"), tokens)
    assert answer.headers["allow"] == "POST"


async def test_all_faults_are_told_at_once(module_server: Server, tokens: dict[str, str]) -> None:
    body = report(title=5, urgency="hoog", minorInvolved="off", location={"houseNumber": "0"}, extra=1)
    problem = send(module_server, Bad("many", 400, body), tokens).json()
    told = {fault["pointer"] for fault in problem["errors"]}
    assert told == {"/title", "/urgency", "/minorInvolved", "/location/houseNumber", ""}


async def test_half_a_report_is_no_report(
    module_server: Server, stored: Stored, tokens: dict[str, str]
) -> None:
    before = await stored.counts()
    headers = (("Authorization", f"Bearer {tokens['ans']}"), JSON, ("Content-Length", "500"))
    answer = speak(module_server.settings.port, request("POST", SIGNALS, headers, report()), hang_up=True)
    assert answer.status in {0, 400}
    assert await stored.counts() == before


async def test_a_good_report_still_goes_in_afterwards(module_server: Server, tokens: dict[str, str]) -> None:
    assert send(module_server, Bad("good", 201, report()), tokens).status == 201


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/x%0A%7B%22event%22:%22login%22%7D", ()),
        ("/v1/queues", (("traceparent", "00-\u2028-\u2028-01"),)),
        ("/v1/queues", (("User-Agent", 'x\u2028{"event":"login"}\u0085'),)),
        ("/v1/queues", (("X-Forwarded-For", "\u001b[2J"),)),
    ],
)
def test_nobody_forges_a_line_of_the_log(
    module_server: Server, path: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """One request is at most one line, whatever it holds."""
    before = module_server.log.read_bytes()
    speak(module_server.settings.port, request("GET", path, headers, b""))
    written = module_server.log.read_bytes().removeprefix(before)
    lines = written.decode("ascii").splitlines()
    assert len(lines) <= 1
    assert all(json.loads(line)["event"] in {"request", "library"} for line in lines)
