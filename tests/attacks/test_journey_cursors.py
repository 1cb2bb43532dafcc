"""Cursors that were changed, cut, swapped or made: each is refused, and none tells what its list did not.

Seen in Mnexa-AI/e2a#782 (a cursor of one list taken by another), kent8192/reinhardt-web#1106 (unsigned),
supersoniko/dynamodb-paginator#7 (keys of rows in clear) and kortix-ai/suna#7308 (a cursor that named a hidden row).
"""

import base64
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demo import login
from app.demo.issuer import fetch_token
from app.main import create_app
from app.settings import Settings
from tests.attacks.town import Town, settled
from tests.desk import NO_TLS, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Server, client_for

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody on the way through a list, at its second page."""

    name: str
    path: str
    cursor: str
    shown: str


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings) as running:
        yield running


@pytest.fixture(scope="module")
async def town(server: Server) -> AsyncIterator[Town]:
    app = create_app(server.settings, cast=login.cards(), logins=[login.router])
    async with client_for(app, server.settings) as client, settled(client) as made:
        yield made


def lists(town: Town) -> Iterator[tuple[str, str]]:
    """Who walks which list; of some lists two people, and of some two filters."""
    cases = {"fenna": "emmen", "eelco": "assen", "bouke": "riec", "chris": "rudd"}
    for name, what in cases.items():
        for part in ("messages", "transitions", "classifications"):
            yield name, f"/v1/cases/{town.cases[what]['id']}/{part}?"
    for name, queue in (
        ("fenna", TRIAGE_EMMEN),
        ("femke", TRIAGE_EMMEN),
        ("eelco", TRIAGE_ASSEN),
        ("bouke", RIEC),
        ("bart", RIEC),
        ("chris", RUDD),
    ):
        yield from (
            (name, f"{queue}/cases?{filters}")
            for filters in ("", "sort=newest&", "sort=oldest&", "state=new&")
        )
    for name in ("dirk", "hilde", "joost", "harm"):
        yield from (
            (name, f"/v1/access-log?{filters}")
            for filters in ("", "outcome=allowed&", "from=2020-01-01T00:00:00Z&")
        )
    for name in ("gerrit", "gea", "hilde", "harm"):
        for path in (
            "grants",
            "denials",
            "approvals",
            "settings-versions",
            "access-reviews",
            "organisations",
        ):
            yield name, f"/v1/{path}?"
    yield "gerrit", "/v1/access-reviews?organisation=gemeente-emmen&"
    yield "gerrit", "/v1/access-reviews?organisation=gemeente-assen&"
    yield "gerrit", "/v1/grants?organisation=gemeente-emmen&"


@pytest.fixture(scope="module")
async def walks(town: Town) -> list[Walk]:
    """Everybody at the second page of what has one."""
    found = []
    for name, path in lists(town):
        answer = await town.desk.as_(name).get(f"{path}limit=1")
        assert answer.status_code == 200, (name, path, answer.text)
        if answer.json()["next"] is not None:
            found.append(Walk(name, path, answer.json()["next"], answer.text))
    assert len(found) > 35
    assert len({walk.cursor for walk in found}) == len(found)
    return found


async def test_a_cursor_is_good_for_one_list_of_one_person_alone(town: Town, walks: list[Walk]) -> None:
    """Whoever has two cursors, or another's, goes on with each where it was given and nowhere else."""
    for here in walks:
        caller = town.desk.as_(here.name)
        assert (await caller.get(f"{here.path}limit=1&cursor={here.cursor}")).status_code == 200, here
        for number, other in enumerate(walks):
            near = here.name == other.name or here.path == other.path
            if other is here or not (near or number % 5 == 0):
                continue
            answer = await caller.get(f"{here.path}limit=1&cursor={other.cursor}")
            assert answer.status_code == 400, (here, other)
            assert [fault["parameter"] for fault in answer.json()["errors"]] == ["cursor"]


async def test_a_cursor_is_good_however_long_the_page_and_after_what_came_since(town: Town) -> None:
    """So that refusing is about whose list it is, not about every little thing."""
    first = await town.desk.as_("bouke").get(f"{RIEC}/cases?sort=oldest&limit=1")
    await town.desk.as_("ans").report()
    rest = await town.desk.as_("bouke").get(
        f"{RIEC}/cases?sort=oldest&limit=100&cursor={first.json()['next']}"
    )
    assert rest.status_code == 200
    assert first.json()["items"][0]["id"] not in {one["id"] for one in rest.json()["items"]}


async def test_a_cursor_tells_nothing_that_is_not_its_readers(town: Town, walks: list[Walk]) -> None:
    for walk in walks:
        raw = base64.urlsafe_b64decode(walk.cursor + "=" * (-len(walk.cursor) % 4))
        said = raw[17:].decode("ascii")
        assert town.leaks(walk.name, said) == [], walk
        for part in said.strip("[]").split(","):
            if part.count("-") == 4 and "T" not in part:
                assert part.strip('"') in walk.shown, (walk, "an id that the page did not show")


@pytest.fixture(scope="module")
def bearers(server: Server, town: Town) -> dict[str, str]:
    return {name: fetch_token(server.settings, name) for name in ("bouke", "dirk", "gerrit")}


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CHANGES = (
    st.tuples(st.just("flip"), st.integers(0, 8 * 200)),
    st.tuples(st.just("cut"), st.integers(1, 200)),
    st.tuples(st.just("add"), st.text(ALPHABET + "=%+/ !\n", min_size=1, max_size=40)),
    st.tuples(st.just("swap"), st.integers(0, 200)),
    st.tuples(st.just("new"), st.text(max_size=200)),
    st.tuples(st.just("made"), st.binary(max_size=200)),
)


def changed(cursor: str, how: str, what: int | str | bytes) -> str:
    """The cursor after this change."""
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if how == "flip" and isinstance(what, int):
        raw[what // 8 % len(raw)] ^= 1 << what % 8
    elif how == "swap" and isinstance(what, int):
        raw.reverse()
        raw = raw[what % len(raw) :] + raw[: what % len(raw)]
    elif how == "cut" and isinstance(what, int):
        return cursor[: -(what % len(cursor) or 1)]
    elif isinstance(what, str):
        return cursor + what if how == "add" else what
    elif isinstance(what, bytes):
        raw = bytearray(b"\x01" + what)
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


async def test_no_change_to_a_cursor_is_taken(
    server: Server, bearers: dict[str, str], walks: list[Walk]
) -> None:
    """Bits, ends, letters, whole texts: whatever is not what the desk gave is refused, and no fault of ours."""
    mine = {walk.name: walk for walk in walks if walk.name in bearers}
    assert set(mine) == set(bearers)
    with httpx2.Client(base_url=server.url, trust_env=False, verify=NO_TLS, timeout=90) as http:

        @settings(max_examples=300, derandomize=True, deadline=None, database=None)
        @given(st.sampled_from(sorted(mine)), st.one_of(CHANGES))
        def ask(name: str, change: tuple[str, int | str | bytes]) -> None:
            walk = mine[name]
            other = changed(walk.cursor, *change)
            if other == walk.cursor:
                return
            address = f"{walk.path}limit=1&cursor={quote(other, safe='')}"
            answer = http.get(address, headers={"Authorization": f"Bearer {bearers[name]}"})
            assert answer.status_code == 400, (other, answer.text)
            assert {fault["parameter"] for fault in answer.json()["errors"]} == {"cursor"}

        ask()
