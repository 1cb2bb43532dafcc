"""Pulling cases: urgent first, then the shortest term; filters; never the same case twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.settings import Settings
from tests.casework.steps import case_of, query
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client, Server, new_key

pytestmark = pytest.mark.anyio
MANY = 2000
WORKERS = 16


async def test_urgent_cases_come_first_then_the_shortest_term(client: Client, settings: Settings) -> None:
    ans, bouke = client.as_("ans"), client.as_("bouke")
    made = [await ans.report() for _ in range(3)] + [await ans.report(urgency="immediate_danger")]
    start = datetime.now(UTC)
    for days, report in zip((9, 3, 6), made[:3], strict=True):
        await query(
            settings,
            "update cases set due_at = :due where signal_id = :signal and kind = 'riec'",
            due=start + timedelta(days=days),
            signal=report["id"],
        )
    pulled = [(await bouke.pull(RIEC))["signalId"] for _ in made]
    assert pulled == [made[3]["id"], made[1]["id"], made[2]["id"], made[0]["id"]]


async def test_a_worker_may_ask_for_a_municipality_or_a_category(client: Client) -> None:
    ans, bouke = client.as_("ans"), client.as_("bouke")
    await ans.report()
    assen = await ans.report(location=ASSEN)
    pulled = await bouke.post(f"{RIEC}/claims", {"municipality": "0106"})
    assert pulled.json()["signalId"] == assen["id"]
    assert (await bouke.post(f"{RIEC}/claims", {"municipality": "0106"})).status_code == 204
    assert (await bouke.post(f"{RIEC}/claims", {"category": "care_fraud"})).status_code == 204
    assert (await bouke.post(f"{RIEC}/claims", {"category": "drugs"})).status_code == 201


async def test_a_named_case_is_given_once_and_then_refused_with_the_reason(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, bart = client.as_("bouke"), client.as_("bart")
    case = await case_of(bouke, RIEC, made)
    taken = await bouke.post(f"{RIEC}/claims", {"caseId": case["id"]})
    assert (taken.status_code, taken.json()["state"]) == (201, "claimed")
    assert taken.json()["assignee"] == bouke.sub
    for who in (bart, bouke):
        late = await who.post(f"{RIEC}/claims", {"caseId": case["id"]})
        assert (late.status_code, late.json()["reason"]) == (409, "not_waiting")


async def test_a_case_of_another_queue_cannot_be_named_and_leaves_a_denial_on_it(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, dirk = client.as_("bouke"), client.as_("dirk")
    triage = await case_of(client.as_("fenna"), TRIAGE_EMMEN, made)
    assert (await bouke.post(f"{RIEC}/claims", {"caseId": triage["id"]})).status_code == 404
    [denial] = await dirk.items(f"/v1/access-log?caseId={triage['id']}&outcome=denied")
    assert (denial["actor"], denial["action"]) == (bouke.sub, "case_claimed")


async def test_nothing_waiting_is_an_empty_answer_and_is_in_the_log(client: Client) -> None:
    bouke = client.as_("bouke")
    answer = await bouke.post(f"{RIEC}/claims")
    assert (answer.status_code, answer.content) == (204, b"")
    [entry] = await client.as_("dirk").items("/v1/access-log?action=case_claimed")
    assert (entry["outcome"], entry["reasonCode"], entry["actor"]) == ("failed", "nothing_waiting", bouke.sub)


async def test_another_queue_is_not_there_for_a_worker(client: Client) -> None:
    strangers = {"bouke": (RUDD, TRIAGE_EMMEN), "chris": (RIEC, TRIAGE_EMMEN), "fenna": (RIEC, TRIAGE_ASSEN)}
    for name, queues in strangers.items():
        for queue in queues:
            assert (await client.as_(name).post(f"{queue}/claims")).status_code == 404


async def test_the_same_claim_again_gives_the_same_case_and_takes_no_second_one(client: Client) -> None:
    for _ in range(2):
        await client.as_("ans").report()
    bouke, key = client.as_("bouke"), {"Idempotency-Key": new_key()}
    first, again = [await bouke.post(f"{RIEC}/claims", {}, key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(await bouke.items(f"{RIEC}/cases?state=new")) == 1
    other = await bouke.post(f"{RIEC}/claims", {"municipality": "0114"}, key)
    assert (other.status_code, other.json()["reason"]) == (409, "key_reused")


async def test_a_colleague_with_the_same_key_gets_a_case_of_her_own(client: Client) -> None:
    for _ in range(2):
        await client.as_("ans").report()
    key = {"Idempotency-Key": new_key()}
    answers = [await client.as_(name).post(f"{RIEC}/claims", {}, key) for name in ("bouke", "bart")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


async def test_one_claim_sent_eight_times_at_once_takes_one_case(client: Client) -> None:
    for _ in range(3):
        await client.as_("ans").report()
    bouke, key = client.as_("bouke"), {"Idempotency-Key": new_key()}
    answers = await asyncio.gather(*(bouke.post(f"{RIEC}/claims", {}, key) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await bouke.items(f"{RIEC}/cases?state=new")) == 2


async def test_sixteen_workers_pull_two_thousand_cases_each_exactly_once(
    server: Server, settings: Settings
) -> None:
    async with server.client() as desk:
        made = await desk.as_("ans").report()
    await query(
        settings,
        "insert into cases (id, signal_id, organisation_id, holder, queue_id, kind, reference, state, category, topics,"
        " confidence, urgency, priority, safety, flags, municipality_code, received_at, state_since, due_at, due_kind,"
        " visit_hold, returned, version)"
        " select gen_random_uuid(), signal_id, organisation_id, holder, queue_id, kind, 'copy ' || n, state, category,"
        " topics, confidence, urgency, 1 + n % 2, safety, flags, municipality_code, received_at, state_since,"
        " due_at + n % 7 * interval '1 hour', due_kind, visit_hold, returned, version"
        " from cases, generate_series(2, :many) n where signal_id = :signal and kind = 'riec'",
        many=MANY,
        signal=made["id"],
    )

    async def pull_until_empty(who: Client) -> list[str]:
        mine: list[str] = []
        while True:
            answer = await who.post(f"{RIEC}/claims")
            if answer.status_code == 204:
                return mine
            assert answer.status_code == 201, answer.text
            mine.append(answer.json()["id"])

    async with server.client() as desk:
        people = [desk.as_(("bouke", "bart")[number % 2]) for number in range(WORKERS)]
        shares = await asyncio.gather(*(pull_until_empty(who) for who in people))
    pulled = [case for share in shares for case in share]
    assert len(pulled) == len(set(pulled)) == MANY
    assert all(shares)
    [moves] = await query(
        settings, "select count(*) as moves, count(distinct case_id) as cases from transitions"
    )
    assert (moves["moves"], moves["cases"]) == (MANY, MANY)
