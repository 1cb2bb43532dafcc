"""The auditor asks the log: exactly what he asks for, within his mandate, every entry once, his own asking included."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.desk import DRUGS, EMMEN, RIEC, TRIAGE_ASSEN, Client, client_for, new_key
from tests.stored import Stored, looking_into

pytestmark = pytest.mark.anyio

LOG = "/v1/access-log"
MEMBERS = {
    "entryId",
    "index",
    "at",
    "actor",
    "role",
    "organisation",
    "action",
    "objectKind",
    "objectId",
    "caseId",
    "purpose",
    "outcome",
    "reasonCode",
    "traceId",
}


@pytest.fixture(scope="module")
async def desk(module_settings: Settings) -> AsyncIterator[Client]:
    app = create_app(module_settings, cast=login.cards(), logins=[login.router])
    async with client_for(app, module_settings) as caller:
        yield caller


@pytest.fixture(scope="module")
async def stored(module_settings: Settings) -> AsyncIterator[Stored]:
    async with looking_into(module_settings) as look:
        yield look


@dataclass(frozen=True, slots=True)
class Story:
    """A report of Emmen, its case at RIEC, and when all of it was over."""

    signal: str
    case: str
    began: str
    over: str


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture(scope="module")
async def story(desk: Client) -> Story:
    """ans and eva report; bouke pulls and opens; eelco, chris and dirk try what is not theirs."""
    began = now()
    made = await desk.as_("ans").report()
    await desk.as_("eva").report(text="Er klopt iets niet.", location={"municipalityCode": "0106"})
    bouke = desk.as_("bouke")
    case = await bouke.pull(RIEC)
    await bouke.open(case, "matching")
    for who in ("eelco", "chris", "dirk"):
        answer = await desk.as_(who).get(f"/v1/cases/{case['id']}")
        assert answer.status_code in {403, 404}
    assert (await desk.as_("eelco").items(f"{TRIAGE_ASSEN}/cases")) != []
    return Story(made["id"], case["id"], began, now())


async def asked(who: Client, **filters: str) -> list[dict[str, Any]]:
    """All entries for these filters (`from_` for `from`)."""
    query = "&".join(f"{name.rstrip('_')}={quote(value)}" for name, value in filters.items())
    return await who.items(f"{LOG}?{query}" if query else LOG)


async def test_an_entry_says_who_did_what_when_and_no_content(desk: Client, story: Story) -> None:
    entries = await asked(desk.as_("dirk"), caseId=story.case)
    assert all(set(entry) == MEMBERS for entry in entries)
    [opening] = [entry for entry in entries if entry["action"] == "case_opened"]
    assert opening["actor"] == desk.as_("bouke").sub
    assert (opening["role"], opening["organisation"]) == ("analyst", "riec-noord-nederland")
    assert (opening["purpose"], opening["outcome"], opening["index"]) == ("matching", "allowed", None)
    assert (opening["objectId"], opening["caseId"]) == (story.case, story.case)
    assert DRUGS[:20] not in str(entries)


async def test_who_reports_is_not_named(desk: Client, story: Story) -> None:
    [entry] = await asked(desk.as_("dirk"), signalId=story.signal, action="signal_submitted")
    assert entry["actor"] == "employee of gemeente-emmen"
    assert entry["role"] is None
    assert await asked(desk.as_("dirk"), actor=desk.as_("ans").sub) == []


@pytest.mark.parametrize("who", ["eelco", "chris", "dirk"])
async def test_a_denial_carries_the_case_that_was_asked_for(desk: Client, story: Story, who: str) -> None:
    """Also where the answer was that there is no such case."""
    entries = await asked(desk.as_("dirk"), actor=desk.as_(who).sub, caseId=story.case, outcome="denied")
    assert [(entry["action"], entry["objectId"]) for entry in entries] == [("case_viewed", story.case)]
    assert entries[0]["reasonCode"] in {"no_such_case", "role_missing"}


async def test_each_filter_narrows_to_what_it_says(desk: Client, story: Story) -> None:
    dirk, bouke = desk.as_("dirk"), desk.as_("bouke")
    filters = {
        "actor": bouke.sub,
        "action": "case_claimed",
        "objectId": story.case,
        "caseId": story.case,
        "signalId": story.signal,
        "organisation": "riec-noord-nederland",
        "outcome": "allowed",
    }
    for name, value in filters.items():
        entries = await asked(dirk, **{name: value})
        assert entries, name
        # An item does not name the signal: who reads the log of two queues could join their cases by it.
        assert name == "signalId" or {entry[name] for entry in entries} == {value}
    [entry] = await asked(dirk, **filters)
    assert entry["action"] == "case_claimed"
    assert await asked(dirk, **(filters | {"outcome": "failed"})) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("actor", "%"),
        ("actor", "____"),
        ("actor", "d-%"),
        ("actor", "*"),
        ("organisation", "gemeente-emme_"),
        ("organisation", "GEMEENTE-EMMEN"),
        ("organisation", "gemeente-emmen "),
        ("organisation", "gemeente"),
        ("objectId", "%"),
        ("actor", "' or 1=1 --"),
    ],
)
async def test_a_filter_has_no_wildcards(desk: Client, story: Story, name: str, value: str) -> None:
    assert await asked(desk.as_("dirk"), **{name: value}) == []


async def test_from_and_to_cut_where_they_say(desk: Client, story: Story) -> None:
    dirk = desk.as_("dirk")
    entries = await asked(dirk, caseId=story.case, from_=story.began, to=story.over)
    assert len(entries) >= 5
    assert all(story.began <= entry["at"] < story.over for entry in entries)
    assert await asked(dirk, caseId=story.case, to=story.began) == []
    middle = entries[2]["at"]
    later = await asked(dirk, caseId=story.case, from_=middle, to=story.over)
    earlier = await asked(dirk, caseId=story.case, to=middle)
    assert [one["entryId"] for one in later + earlier] == [one["entryId"] for one in entries]
    assert middle in {one["at"] for one in later}
    summer = middle.replace("Z", "+00:00")
    assert await asked(dirk, caseId=story.case, from_=summer, to=story.over) == later


async def test_the_newest_come_first(desk: Client, story: Story) -> None:
    moments = [entry["at"] for entry in await asked(desk.as_("dirk"))]
    assert moments == sorted(moments, reverse=True)


async def test_a_walk_by_one_shows_each_once_and_ends_though_asking_adds_entries(
    desk: Client, stored: Stored, story: Story
) -> None:
    """A burst of equal times before it, more acts during it."""
    await asyncio.gather(*(desk.as_("ans").report(confidentiality="anonymous") for _ in range(12)))
    there = {str(one) for (one,) in await stored.ask("select id from access_entries")}
    walked, cursor = list[str](), ""
    while True:
        page = (await desk.as_("dirk").get(f"{LOG}?limit=1{cursor}")).json()
        walked += [entry["entryId"] for entry in page["items"]]
        assert len(walked) <= len(there)
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        if len(walked) == 5:
            await desk.as_("eva").report()
    assert len(walked) == len(set(walked))
    assert set(walked) == there


@pytest.mark.parametrize("limit", [1, 7, 200])
async def test_pages_of_any_size_show_the_same(desk: Client, story: Story, limit: int) -> None:
    found, cursor = list[str](), ""
    while True:
        path = f"{LOG}?to={story.over}&limit={limit}{cursor}"
        page = (await desk.as_("dirk").get(path)).json()
        assert len(page["items"]) <= limit
        found += [entry["entryId"] for entry in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == [entry["entryId"] for entry in await asked(desk.as_("dirk"), to=story.over)]


@pytest.mark.parametrize("who", ["hilde", "joost"])
async def test_they_read_the_log_of_their_own_organisation_alone(
    desk: Client, story: Story, who: str
) -> None:
    reader = desk.as_(who)
    entries = await asked(reader)
    assert {entry["organisation"] for entry in entries} == {"gemeente-emmen"}
    assert await asked(reader, organisation="riec-noord-nederland") == []
    assert await asked(reader, actor=desk.as_("bouke").sub) == []
    assert await asked(reader, organisation="gemeente-assen") == []


async def test_the_auditor_reads_that_of_all(desk: Client, story: Story) -> None:
    seen = {entry["organisation"] for entry in await asked(desk.as_("dirk"))}
    assert seen >= {"gemeente-emmen", "gemeente-assen", "riec-noord-nederland", "rudd", "provincie-drenthe"}


@pytest.mark.parametrize(
    "who", ["ans", "fenna", "femke", "bouke", "chris", "gerrit", "petra", "formulier-emmen"]
)
async def test_others_do_not_read_it_and_their_try_is_in_it(desk: Client, story: Story, who: str) -> None:
    answer = await desk.as_(who).get(LOG)
    assert answer.status_code == 403
    assert "items" not in answer.json()
    name = "employee of gemeente-emmen" if who == "formulier-emmen" else desk.as_(who).sub
    denials = await asked(desk.as_("dirk"), action="log_queried", outcome="denied", actor=name)
    assert [entry["reasonCode"] for entry in denials] == ["role_missing"]


@pytest.mark.parametrize("who", ["dirk", "hilde", "joost"])
async def test_their_own_asking_is_in_it(desk: Client, story: Story, who: str) -> None:
    reader = desk.as_(who)
    since = now()
    await reader.get(f"{LOG}?limit=1")
    [entry] = await asked(desk.as_("dirk"), actor=reader.sub, from_=since, action="log_queried")
    assert entry["outcome"] == "allowed"
    assert entry["organisation"] in {"gemeente-emmen", "provincie-drenthe"}


async def test_a_refused_question_shows_nothing(desk: Client, stored: Stored) -> None:
    before = await stored.counts()
    answer = await desk.as_("dirk").get(f"{LOG}?caseId=x&outcome=alles")
    assert answer.status_code == 400
    assert {fault["parameter"] for fault in answer.json()["errors"]} == {"caseId", "outcome"}
    assert await stored.counts() == before


async def test_a_flood_of_refused_tokens_is_one_entry_a_reason(desk: Client) -> None:
    since = now()
    for _ in range(25):
        for token in ("a.b.c", f"x{uuid4()}"):
            answer = await desk.http.get("/v1/queues", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
    entries = await asked(desk.as_("dirk"), action="token_refused", from_=since)
    reasons = [entry["reasonCode"] for entry in entries]
    assert reasons
    assert len(reasons) == len(set(reasons))
    assert {entry["actor"] for entry in entries} == {"stranger"}


async def test_a_traced_request_is_found_by_its_trace_but_a_report_is_not(
    desk: Client, stored: Stored
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    await desk.as_("bouke").get("/v1/queues", headers)
    own = {"Idempotency-Key": new_key()} | headers
    assert (
        await desk.as_("ans").post("/v1/signals", {"text": DRUGS, "location": EMMEN}, own)
    ).status_code == 201
    entries = await stored.ask(f"select action from access_entries where trace_id = '{trace}'")
    assert entries == [("queues_listed",)]
