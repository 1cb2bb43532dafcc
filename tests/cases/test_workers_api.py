"""Faults of comparable systems at the door of the workers' API, tried on every list and every condition here.

Keys of issuers that nobody understands beside good ones: `tests/identity/test_key_sets.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx2
import pytest

from app.clock import now, timestamp
from app.http.application import Desk as Application
from app.main import create_app
from app.settings import Settings
from tests.cases.lists import ASKED_BY, Filled, Listing, fill, listings
from tests.casework.steps import query
from tests.desk import RIEC, RUDD, Client, client_for

pytestmark = pytest.mark.anyio

WIDE = "9223372036854775808"
SORTS = ("due", "newest", "oldest")


@pytest.fixture(scope="module")
def shared(module_settings: Settings) -> Application:
    return create_app(module_settings)


@pytest.fixture(scope="module")
async def filled(shared: Application, module_settings: Settings) -> AsyncIterator[Filled]:
    async with client_for(shared, module_settings) as desk:
        yield await fill(desk)


@pytest.fixture(params=sorted(ASKED_BY))
def listing(request: pytest.FixtureRequest, shared: Application) -> Listing:
    return next(one for one in listings(shared) if one.template == request.param)


def faulty(answer: httpx2.Response, *names: str) -> None:
    """A refusal that names these parameters and repeats nothing."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {fault["parameter"] for fault in answer.json()["errors"]} == set(names)


async def first_cursor(filled: Filled, listing: Listing) -> str:
    answer = await filled.asker(listing).get(f"{filled.path(listing)}?limit=1")
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"], "the test fills this list with too little"
    return str(answer.json()["next"])


def all_of(names: Iterable[str], values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names, values)


def test_every_list_is_tried_here(shared: Application) -> None:
    assert {one.template for one in listings(shared)} == set(ASKED_BY)


async def test_a_filter_that_does_not_fit_is_refused_by_its_name(filled: Filled, listing: Listing) -> None:
    asker, path = filled.asker(listing), filled.path(listing)
    wrong: dict[str, tuple[str, ...]] = {}
    wrong["limit"] = ("1_0", "0", "201", "-1", "1e1", "", "%D9%A3", WIDE, "9" * 30, "5%00")
    wrong |= all_of(listing.named("UUID"), ("x", "", "%00", "A" * 8 + "-0000-4000-8000-000000000000"))
    wrong |= all_of(listing.named("datetime"), ("0", "now", "2026-02-30T10:00:00Z", "2026-03-01", "%00"))
    wrong |= all_of(listing.named("bool"), ("1", "ja", "True", ""))
    wrong |= all_of(listing.codes(), ("alles", ";x", "", "%25", "NEW"))
    for name in listing.named("str"):
        wrong[name] = (*wrong.get(name, ()), "%00", "%ff", "%07")
    for name, values in wrong.items():
        for value in values:
            faulty(await asker.get(f"{path}?{name}={value}"), name)


async def test_an_unknown_or_repeated_parameter_is_refused(filled: Filled, listing: Listing) -> None:
    asker, path = filled.asker(listing), filled.path(listing)
    faulty(await asker.get(f"{path}?onbekend=1"), "query")
    faulty(await asker.get(f"{path}?Limit=1"), "query")
    faulty(await asker.get(f"{path}?limit=1&limit=1"), "limit")


@pytest.mark.parametrize("query_string", ["onbekend=1", "limit=1", "=", "%00", "access_token=x"])
async def test_a_route_that_reads_no_parameters_refuses_them_all(filled: Filled, query_string: str) -> None:
    bouke = filled.desk.as_("bouke")
    for path in ("/v1/queues", f"/v1/cases/{filled.case}"):
        faulty(await bouke.get(f"{path}?{query_string}"), "query")
    faulty(await bouke.post(f"{RIEC}/claims?{query_string}"), "query")
    assert (await bouke.get("/v1/queues?")).status_code == 200


@pytest.mark.parametrize("number", [WIDE, "-1", "9" * 30, "%00", "1_0"])
async def test_a_number_wider_than_any_column_is_a_refusal_and_no_failure(
    filled: Filled, number: str
) -> None:
    for path in (
        f"/v1/access-log/entries/{number}",
        f"/v1/access-log/entries/{number}/inclusion-proof",
        f"/v1/access-log/consistency-proof?from=5&to={number}",
        f"/v1/access-log/consistency-proof?from={number}&to=1",
    ):
        answer = await filled.desk.as_("dirk").get(path)
        assert answer.status_code in {400, 404}, path
    bouke, headers = filled.desk.as_("bouke"), {"If-Match": f'"{number}"'}
    move = {"transition": "close", "reasonCode": "other"}
    assert (await bouke.post(f"/v1/cases/{filled.case}/transitions", move, headers)).status_code == 412
    wide = {"text": "x", "location": {"accuracyMetres": int(WIDE)}}
    assert (await filled.desk.as_("ans").post("/v1/signals", wide)).status_code == 400


async def test_a_cursor_that_was_altered_is_refused(filled: Filled, listing: Listing) -> None:
    cursor = await first_cursor(filled, listing)
    other = "A" if cursor[0] != "A" else "B"
    last = "A" if cursor[-1] != "A" else "B"
    altered = [f"{cursor}!", f"{cursor}=", f"{cursor}A", cursor[:-1], other + cursor[1:], cursor[:-1] + last]
    for wrong in (*altered, "AAAA", "AQ", "%25", "W10", "%C3%A9", "Z" * 1024):
        answer = await filled.asker(listing).get(f"{filled.path(listing)}?limit=1&cursor={wrong}")
        faulty(answer, "cursor")
        assert cursor[:20] not in answer.text


async def test_a_cursor_is_of_one_list_alone(filled: Filled, listing: Listing, shared: Application) -> None:
    cursor = await first_cursor(filled, listing)
    for other in listings(shared):
        if other != listing:
            path = filled.path(other)
            faulty(await filled.asker(other).get(f"{path}?limit=1&cursor={cursor}"), "cursor")
    if "{queueId}" in listing.template:
        faulty(await filled.desk.as_("chris").get(f"{RUDD}/cases?cursor={cursor}"), "cursor")
    if "{caseId}" in listing.template:
        await filled.desk.as_("ans").report()
        second = await filled.asker(listing).pull(RIEC)
        await filled.asker(listing).open(second)
        path = listing.template.replace("{caseId}", second["id"])
        faulty(await filled.asker(listing).get(f"{path}?cursor={cursor}"), "cursor")


async def test_a_cursor_is_of_one_person_alone(filled: Filled, listing: Listing) -> None:
    cursor = await first_cursor(filled, listing)
    answer = await filled.other(listing).get(f"{filled.path(listing)}?limit=1&cursor={cursor}")
    if answer.status_code in {403, 404}:
        # What she may not see she may not see with a cursor either.
        assert (await filled.other(listing).get(filled.path(listing))).status_code == answer.status_code
    else:
        faulty(answer, "cursor")


FILTERS = {
    "action": "case_claimed",
    "actor": "x",
    "asOf": "2026-03-01T10:00:00Z",
    "assignee": "x",
    "caseId": "00000000-0000-4000-8000-000000000000",
    "category": "drugs",
    "from": "2026-03-01T10:00:00Z",
    "municipality": "0114",
    "objectId": "x",
    "organisation": "gemeente-emmen",
    "outcome": "allowed",
    "overdue": "false",
    "role": "dpo",
    "signalId": "00000000-0000-4000-8000-000000000000",
    "sort": "oldest",
    "subject": "x",
    "to": "2126-03-01T10:00:00Z",
    "topic": "cannabis",
    "unseen": "true",
    "waiting": "true",
}
BY_LIST = {
    ("/v1/approvals", "kind"): "grant",
    ("/v1/settings-versions", "kind"): "calendar",
    ("/v1/settings-versions", "state"): "proposed",
    ("/v1/queues/{queueId}/cases", "state"): "new",
}


async def test_a_cursor_is_of_one_filter_and_sort_alone(filled: Filled, listing: Listing) -> None:
    cursor = await first_cursor(filled, listing)
    path = filled.path(listing)
    for name in set(listing.named("")) - {"limit", "cursor"}:
        value = BY_LIST.get((listing.template, name)) or FILTERS[name]
        faulty(await filled.asker(listing).get(f"{path}?limit=1&{name}={value}&cursor={cursor}"), "cursor")


async def test_a_walk_by_one_shows_what_one_large_page_shows(filled: Filled, listing: Listing) -> None:
    """Another size on the way is no other list."""
    asker, path = filled.asker(listing), filled.path(listing)
    identity = "entryId" if "log" in path else "subject" if "reviews" in path else "id"
    bound = f"&to={timestamp(now())}" if "to" in listing.named("datetime") else ""
    at_once = (await asker.get(f"{path}?limit=200{bound}")).json()["items"]
    seen: list[dict[str, Any]] = []
    cursor, size = "", 1
    while True:
        page = (await asker.get(f"{path}?limit={size}{bound}{cursor}")).json()
        assert len(page["items"]) <= size
        seen += page["items"]
        if page["next"] is None:
            break
        cursor, size = f"&cursor={page['next']}", size % 3 + 1
    names = [str(one.get(identity, one)) for one in seen]
    assert len(names) == len(set(names))
    assert names == [str(one.get(identity, one)) for one in at_once]


async def test_of_a_burst_at_one_moment_each_case_is_met_once_in_every_sort_while_more_arrive(
    client: Client, settings: Settings
) -> None:
    ans, bouke = client.as_("ans"), client.as_("bouke")
    await asyncio.gather(*(ans.report() for _ in range(60)))
    await query(settings, "update cases set received_at = '2026-03-01T10:00Z', due_at = '2026-04-01T10:00Z'")
    burst = {str(item["id"]) for item in await bouke.items(f"{RIEC}/cases")}
    assert len(burst) == 60
    for sort in SORTS:
        seen, cursor = list[str](), ""
        while True:
            page = (await bouke.get(f"{RIEC}/cases?sort={sort}&limit=7{cursor}")).json()
            seen += [str(item["id"]) for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
            await ans.report(urgency="immediate_danger")
            await ans.report(confidentiality="anonymous")
        assert len(seen) == len(set(seen)), sort
        assert burst <= set(seen), sort


@pytest.mark.parametrize(
    "word", ["%25", "____", "_", "*", "%25%25", "x%25", "gemeente-emme_", "d-%25", "'%20or%20'1"]
)
async def test_a_word_in_a_filter_is_itself_and_no_pattern(
    filled: Filled, listing: Listing, word: str
) -> None:
    asker, path = filled.asker(listing), filled.path(listing)
    free = set(listing.named("str")) - set(listing.codes()) - {"cursor"}
    for name in free:
        answer = await asker.get(f"{path}?{name}={word}")
        assert answer.status_code in {200, 400, 404}, name
        assert answer.status_code != 200 or answer.json()["items"] == [], name
