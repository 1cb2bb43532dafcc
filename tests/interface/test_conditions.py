"""Conditions and cursors: an old tag changes nothing, and a cursor is good for one list of one caller alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.desk import RIEC, TRIAGE_EMMEN, Client, client_for
from tests.interface.bad import MARK
from tests.stored import Stored

pytestmark = pytest.mark.anyio

MOVE = {"transition": "assess", "reasonCode": "other", "reason": MARK}


@pytest.fixture(scope="module")
async def desk(module_settings: Settings) -> AsyncIterator[Client]:
    app = create_app(module_settings, cast=login.cards(), logins=[login.router])
    async with client_for(app, module_settings) as caller:
        yield caller


@pytest.fixture(scope="module")
async def case(desk: Client) -> dict[str, Any]:
    """A case of RIEC, claimed and read by bouke, its tag `"2"`; eight more wait."""
    for _ in range(9):
        await desk.as_("ans").report()
    pulled = await desk.as_("bouke").pull(RIEC)
    await desk.as_("bouke").open(pulled)
    return pulled


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 428),
        ("2", 400),
        ('"2', 400),
        ("oud", 400),
        ('"oud"', 412),
        ('"1"', 412),
        ('W/"2"', 412),
        ('"2--gzip"', 412),
        ('"1", "3"', 412),
        ('"2 "', 400),
    ],
)
async def test_a_change_needs_the_tag_of_what_was_seen(
    desk: Client, case: dict[str, Any], stored: Stored, given: str | None, status: int
) -> None:
    before = await stored.counts()
    headers = {} if given is None else {"If-Match": given}
    answer = await desk.as_("bouke").post(f"/v1/cases/{case['id']}/transitions", MOVE, headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARK not in answer.text
    assert await stored.counts() == before


async def test_of_two_changes_at_once_one_passes(desk: Client, case: dict[str, Any]) -> None:
    bouke = desk.as_("bouke")
    path = f"/v1/cases/{case['id']}/transitions"
    condition = {"If-Match": '"1", "2"'}
    answers = await asyncio.gather(*(bouke.post(path, MOVE, condition) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    assert [one["transition"] for one in await bouke.items(path)] == ["claim", "assess"]


@pytest.fixture(scope="module")
async def cursor(desk: Client, case: dict[str, Any]) -> str:
    """Where bouke's second page of RIEC's queue begins."""
    page = await desk.as_("bouke").get(f"{RIEC}/cases?limit=3")
    return str(page.json()["next"])


async def test_a_cursor_of_another_list_is_refused(desk: Client, cursor: str) -> None:
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    asked = {
        "another queue": ("fenna", f"{TRIAGE_EMMEN}/cases?cursor={cursor}"),
        "another analyst": ("bart", f"{RIEC}/cases?cursor={cursor}"),
        "another filter": ("bouke", f"{RIEC}/cases?state=new&cursor={cursor}"),
        "another sort": ("bouke", f"{RIEC}/cases?sort=newest&cursor={cursor}"),
        "the log": ("dirk", f"/v1/access-log?cursor={cursor}"),
        "something after it": ("bouke", f"{RIEC}/cases?cursor={cursor}!"),
        "cut": ("bouke", f"{RIEC}/cases?cursor={cursor[:-4]}"),
        "one letter changed": ("bouke", f"{RIEC}/cases?cursor={flipped}"),
        "spelled otherwise": ("bouke", f"{RIEC}/cases?cursor={cursor}="),
    }
    for why, (who, path) in asked.items():
        answer = await desk.as_(who).get(path)
        assert answer.status_code == 400, why
        assert [fault["parameter"] for fault in answer.json()["errors"]] == ["cursor"], why


@pytest.mark.parametrize("path", ["transitions", "classifications"])
@pytest.mark.parametrize(("given", "status"), [(None, 428), ('"99"', 412), ("now", 400)])
async def test_which_version_was_seen_is_settled_before_what_the_body_says(
    desk: Client, case: dict[str, Any], path: str, given: str | None, status: int
) -> None:
    seen = (await desk.as_("bouke").get(f"/v1/cases/{case['id']}")).headers["ETag"]
    headers = {} if given is None else {"If-Match": seen if given == "now" else given}
    answer = await desk.as_("bouke").post(f"/v1/cases/{case['id']}/{path}", {"unknown": MARK}, headers)
    assert answer.status_code == status
    stranger = await desk.as_("eelco").post(f"/v1/cases/{case['id']}/{path}", {"unknown": MARK}, headers)
    assert stranger.status_code == 404


@pytest.mark.parametrize("sort", ["due", "newest", "oldest"])
async def test_a_walk_shows_each_case_once(desk: Client, case: dict[str, Any], sort: str) -> None:
    """Also while more arrive on the way."""
    bouke, seen, cursor = desk.as_("bouke"), list[str](), ""
    there = {one["id"] for one in await bouke.items(f"{RIEC}/cases")}
    while True:
        page = (await bouke.get(f"{RIEC}/cases?limit=2&sort={sort}{cursor}")).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        if len(seen) == 4:
            await desk.as_("ans").report()
    assert len(seen) == len(set(seen))
    assert there <= set(seen)
