"""Claims that are cut off, and workers who give a case back or lose their role (cases A6 and A7).

That a leaver's cases are freed as they stood, and taken over, is held step by step in tests/organisations/test_roles.py;
here it happens by itself, between a server and a worker that both run.
"""

import contextlib
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from app.http.application import Desk as Application
from app.settings import Settings
from tests.casework.steps import denials
from tests.desk import RIEC, Client, Server, new_key
from tests.docs.test_docs import doors
from tests.interface.wire import HOST, SECONDS, request
from tests.isolation.cells import BODIES
from tests.organisations.test_roles import grant_of

pytestmark = pytest.mark.anyio
CUTS = 100
MINUTE = 60.0


@pytest.fixture
async def desk(server: Server) -> AsyncIterator[Client]:
    async with server.client() as client:
        yield client


def claim_and_cut(server: Server, token: str, key: str | None, number: int) -> None:
    """Send a claim and hang up: at once, with a reset, after a first byte of the answer, or before the end of it."""
    headers = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]
    headers += [] if key is None else [("Idempotency-Key", key)]
    raw = request("POST", f"{RIEC}/claims", headers, b"{}").replace(b"Connection: close\r\n", b"")
    with socket.create_connection((HOST, server.settings.port), timeout=SECONDS) as wire:
        wire.sendall(raw if number % 4 != 3 else raw[:-1])
        if number % 4 == 1:
            # Closed with nothing kept back: the desk gets a reset while it works.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif number % 4 == 2:
            wire.recv(1)


async def listed(worker: Client) -> list[dict[str, Any]]:
    return await worker.items(f"{RIEC}/cases")


async def test_a_claim_cut_off_leaves_every_case_somebodys_or_waiting(server: Server, desk: Client) -> None:
    bouke = desk.as_("bouke")
    for _ in range(CUTS):
        await desk.as_("ans").report()
    keys = [new_key() if number % 2 else None for number in range(CUTS)]
    for number, key in enumerate(keys):
        claim_and_cut(server, bouke.token(), key, number)
    for case in await listed(bouke):
        assert (case["state"], case["assignee"]) in {("new", None), ("claimed", bouke.sub)}
    # The next claim works, and again until nothing waits; a cut one that is still under way holds its case till then.
    ends = time.monotonic() + MINUTE
    while [case for case in await listed(bouke) if case["state"] == "new"]:
        assert time.monotonic() < ends
        assert (await bouke.post(f"{RIEC}/claims")).status_code in {201, 204}
    assert (await bouke.post(f"{RIEC}/claims")).status_code == 204
    mine = {case["id"] for case in await bouke.items(f"{RIEC}/cases?assignee={bouke.sub}")}
    assert len(mine) == CUTS
    for case in mine:
        moves = await bouke.items(f"/v1/cases/{case}/transitions")
        assert [(move["transition"], move["actor"]) for move in moves] == [("claim", bouke.sub)]


async def test_who_asks_again_after_a_cut_gets_the_case_that_is_already_hers(
    server: Server, desk: Client
) -> None:
    bouke = desk.as_("bouke")
    keys = [new_key() for _ in range(20)]
    for _ in keys:
        await desk.as_("ans").report()
    got = []
    for number, key in enumerate(keys):
        claim_and_cut(server, bouke.token(), key, number)
        again = await bouke.post(f"{RIEC}/claims", headers={"Idempotency-Key": key})
        assert again.status_code == 201, again.text
        assert again.json()["assignee"] == bouke.sub
        got.append(again.json()["id"])
    assert len(set(got)) == len(keys), "one case a key, however often it was asked"
    assert {case["state"] for case in await listed(bouke)} == {"claimed"}


async def test_who_gave_a_case_back_knows_nothing_of_it_any_more(
    application: Application, client: Client
) -> None:
    """Each route of a case answers 404, as if it never was, and leaves the try in the log."""
    bouke = client.as_("bouke")
    await client.as_("ans").report()
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    assert (await bouke.move(case, "assess")).status_code == 201
    assert (await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": "Wanneer?"})).status_code == 201
    assert (await bouke.move(case, "return_to_triage")).status_code == 201
    asked: Counter[str] = Counter()
    for method, path, _ in sorted(doors(application, "/v1")):
        if "{caseId}" not in path:
            continue
        address = path.replace("{caseId}", case["id"])
        body, headers = BODIES["POST", path]({}) if method == "POST" else (None, {})
        answer = await (bouke.get(address) if method == "GET" else bouke.post(address, body, headers))
        # Who reported was never a question for RIEC: the guard of that route refuses before any case is looked for.
        assert answer.status_code == 404, (method, path)
        asked[method] += 1
    assert asked["GET"] >= 4
    assert asked["POST"] >= 5
    named = await bouke.post(f"{RIEC}/claims", {"caseId": case["id"]})
    assert named.status_code == 404
    assert len(await denials(client, bouke, case["id"])) == asked.total() + 1
    assert case["id"] not in {one["id"] for one in await listed(bouke)}
    assert case["id"] not in {one["id"] for one in await client.as_("bart").items(f"{RIEC}/cases")}


@contextlib.contextmanager
def working(settings: Settings) -> Iterator[None]:
    """`meldpunt worker` beside the server, ended afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "app", "worker"],
        env=Server(settings).environment(),
        cwd=settings.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            yield
        finally:
            running.terminate()
            running.wait(20)


async def test_within_a_minute_the_cases_of_a_leaver_are_free_by_themselves(
    server: Server, desk: Client
) -> None:
    ans, gerrit, bouke, bart = (desk.as_(name) for name in ("ans", "gerrit", "bouke", "bart"))
    for _ in range(3):
        await ans.report()
    held = [await bouke.pull(RIEC) for _ in range(3)]
    await bouke.open(held[0])
    assert (await bouke.move(held[0], "assess")).status_code == 201
    due = {case["id"]: case["dueAt"] for case in await listed(bart)}
    with working(server.settings):
        assert {case["assignee"] for case in await listed(bart)} == {bouke.sub}
        ended = await gerrit.post(
            f"/v1/grants/{await grant_of(gerrit, bouke.sub)}/withdrawals", {"reasonCode": "left"}
        )
        assert ended.status_code == 201, ended.text
        ends = time.monotonic() + MINUTE
        while {case["assignee"] for case in await listed(bart)} != {None}:
            assert time.monotonic() < ends, "somebody who left still has a case after a minute"
    free = await listed(bart)
    assert [case["state"] for case in free] == ["new"] * 3
    assert {case["id"]: case["dueAt"] for case in free} == due
    moves = await bart.items(f"/v1/cases/{held[0]['id']}/transitions")
    assert [move["transition"] for move in moves] == ["claim", "assess", "release"]
    notices = (await bart.get("/v1/notices")).json()["items"]
    assert {one["objectId"] for one in notices if one["kind"] == "case_freed"} == set(due)
    for case in held:
        assert (await bouke.get(f"/v1/cases/{case['id']}")).status_code == 404
    assert (await bart.post(f"{RIEC}/claims")).status_code == 201
