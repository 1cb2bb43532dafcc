"""Lists of cases: each case once while more arrive, cursors that fit one list alone, filters."""

import pytest

from app.settings import Settings
from tests.casework.steps import LAB, assess, query
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
BURST = 60


async def test_a_walk_by_seven_meets_each_case_once_in_every_sort_while_more_arrive(client: Client) -> None:
    ans, bouke = client.as_("ans"), client.as_("bouke")
    for sort in ("due", "newest", "oldest"):
        burst = {(await ans.report())["id"] for _ in range(BURST // 3)}
        waiting = {item["signalId"] for item in await bouke.items(f"{RIEC}/cases")}
        assert burst <= waiting
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await bouke.get(f"{RIEC}/cases?sort={sort}&limit=7{cursor}")).json()
            assert len(page["items"]) <= 7
            seen += [item["signalId"] for item in page["items"]]
            if page["next"] is None:
                break
            await ans.report(urgency="immediate_danger")
            cursor = f"&cursor={page['next']}"
        assert len(seen) == len(set(seen))
        assert waiting <= set(seen)


async def test_cases_received_at_one_moment_are_neither_skipped_nor_doubled(
    client: Client, settings: Settings
) -> None:
    for _ in range(BURST // 3):
        await client.as_("ans").report()
    await query(settings, "update cases set received_at = (select min(received_at) from cases)")
    bouke = client.as_("bouke")
    for sort in ("due", "newest", "oldest"):
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await bouke.get(f"{RIEC}/cases?sort={sort}&limit=7{cursor}")).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == BURST // 3


async def test_sorts_say_what_they_do(client: Client) -> None:
    ans, bouke = client.as_("ans"), client.as_("bouke")
    made = [(await ans.report())["id"] for _ in range(3)]
    urgent = (await ans.report(urgency="immediate_danger"))["id"]
    listed = {
        sort: [item["signalId"] for item in await bouke.items(f"{RIEC}/cases?sort={sort}")]
        for sort in ("due", "newest", "oldest")
    }
    assert listed["oldest"] == [*made, urgent]
    assert listed["newest"] == [urgent, *reversed(made)]
    assert listed["due"][0] == urgent
    assert [item["signalId"] for item in await bouke.items(f"{RIEC}/cases")] == listed["due"]


async def test_a_cursor_serves_only_the_list_it_came_from(client: Client) -> None:
    for _ in range(3):
        await client.as_("ans").report(text=LAB)
    bouke, bart, chris = (client.as_(name) for name in ("bouke", "bart", "chris"))
    cursor = (await bouke.get(f"{RIEC}/cases?limit=1")).json()["next"]
    wrong = [
        (bouke, f"{RIEC}/cases?limit=1&cursor={cursor}!"),
        (bouke, f"{RIEC}/cases?limit=1&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        (bouke, f"{RIEC}/cases?limit=1&cursor={cursor[:-1]}"),
        (bouke, f"{RIEC}/cases?limit=1&sort=newest&cursor={cursor}"),
        (bouke, f"{RIEC}/cases?limit=1&state=new&cursor={cursor}"),
        (bart, f"{RIEC}/cases?limit=1&cursor={cursor}"),
        (chris, f"{RUDD}/cases?limit=1&cursor={cursor}"),
    ]
    for who, path in wrong:
        answer = await who.get(path)
        assert answer.status_code == 400, path
        assert answer.json()["errors"][0]["parameter"] == "cursor"
        assert cursor[:20] not in answer.text
    assert (await bouke.get(f"{RIEC}/cases?limit=2&cursor={cursor}")).status_code == 200


async def test_filters_narrow_the_list_to_what_they_name(client: Client, settings: Settings) -> None:
    ans, bouke = client.as_("ans"), client.as_("bouke")
    emmen, assen = (await ans.report())["id"], (await ans.report(location=ASSEN))["id"]
    mine = await bouke.post(f"{RIEC}/claims", {"municipality": "0106"})
    assert mine.json()["signalId"] == assen
    await query(
        settings, "update cases set due_at = now() - interval '1 day' where signal_id = :id", id=emmen
    )
    expected = {
        "state=new": [emmen],
        "state=claimed": [assen],
        "municipality=0106": [assen],
        "municipality=0114": [emmen],
        f"assignee={bouke.sub}": [assen],
        "assignee=nobody": [],
        "overdue=true": [emmen],
        "overdue=false": [assen],
        "category=drugs&sort=oldest": [emmen, assen],
        "category=care_fraud": [],
        "topic=cannabis&sort=oldest": [emmen, assen],
        "topic=drug_waste": [],
        "assignee=%25": [],
        f"state=claimed&municipality=0106&assignee={bouke.sub}": [assen],
        "state=claimed&municipality=0114": [],
    }
    for filters, found in expected.items():
        items = await bouke.items(f"{RIEC}/cases?{filters}")
        assert [item["signalId"] for item in items] == found, filters


async def test_an_unknown_filter_value_is_refused_by_name(client: Client) -> None:
    bouke = client.as_("bouke")
    for parameter, value in (
        ("state", "nieuw"),
        ("sort", ";x"),
        ("limit", "1_0"),
        ("limit", "0"),
        ("limit", "201"),
        ("category", "fraude"),
        ("topic", "hennep"),
        ("municipality", "emmen"),
        ("overdue", "ja"),
        ("assignee", "%00"),
    ):
        answer = await bouke.get(f"{RIEC}/cases?{parameter}={value}")
        assert answer.status_code == 400, parameter
        assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


async def test_queues_show_their_own_worker_what_waits_and_what_is_late(
    client: Client, settings: Settings
) -> None:
    for _ in range(2):
        await client.as_("ans").report()
    bouke, fenna = client.as_("bouke"), client.as_("fenna")
    await query(settings, "update cases set due_at = now() - interval '1 day' where kind = 'riec'")
    [riec] = (await bouke.get("/v1/queues")).json()["items"]
    assert (riec["id"], riec["counts"], riec["overdue"]) == ("riec-noord-nederland", {"new": 2}, 2)
    await assess(bouke, RIEC)
    [riec] = (await bouke.get("/v1/queues")).json()["items"]
    assert (riec["counts"], riec["overdue"]) == ({"new": 1, "assessing": 1}, 1)
    [triage] = (await fenna.get("/v1/queues")).json()["items"]
    assert (triage["id"], triage["counts"]) == ("triage-gemeente-emmen", {"supplied": 2})
    assert len(await fenna.items(f"{TRIAGE_EMMEN}/cases?state=supplied")) == 2
