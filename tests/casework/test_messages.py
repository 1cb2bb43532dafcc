"""The dialogue: the reporter reads with her code and answers; each queue has a dialogue of its own."""

import asyncio
from datetime import datetime

import pytest

from app.settings import Settings
from tests.casework.steps import LAB, assess, case_of, look_up, query, the_desk_acts
from tests.desk import RIEC, RUDD, TRIAGE_EMMEN, Client, new_key

pytestmark = pytest.mark.anyio


async def say(worker: Client, case: dict[str, object], text: str) -> None:
    sent = await worker.post(f"/v1/cases/{case['id']}/messages", {"text": text})
    assert sent.status_code == 201, sent.text


async def answer(desk: Client, made: dict[str, object], text: str) -> dict[str, str]:
    body = {"receiptCode": made["receiptCode"], "text": text}
    sent = await desk.as_(None).post("/v1/receipt-messages", body)
    assert sent.status_code == 201, sent.text
    told: dict[str, str] = sent.json()
    return told


async def lines(worker: Client, case: dict[str, object]) -> list[tuple[str, str]]:
    found = await worker.items(f"/v1/cases/{case['id']}/messages")
    return [(line["from"], line["text"]) for line in found]


async def unread(worker: Client, queue: str) -> list[bool]:
    return [item["unread"] for item in await worker.items(f"{queue}/cases")]


async def test_a_question_is_read_and_answered_and_the_answer_shows_until_it_is_read(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await say(bouke, case, "Welke dag was dat?")
    seen = await look_up(client, made)
    assert [(line["from"], line["text"]) for line in seen["messages"]] == [("desk", "Welke dag was dat?")]
    assert await unread(bouke, RIEC) == [False]
    await answer(client, made, "Dat was dinsdag.")
    assert await unread(bouke, RIEC) == [True]
    assert await lines(bouke, case) == [("desk", "Welke dag was dat?"), ("reporter", "Dat was dinsdag.")]
    assert await unread(bouke, RIEC) == [False]
    log = await client.as_("dirk").items(f"/v1/access-log?caseId={case['id']}")
    acts = [entry["action"] for entry in reversed(log)]
    assert acts == ["signal_supplied", "case_claimed", "message_sent", "message_received", "messages_opened"]
    assert [entry["actor"] for entry in log if entry["action"] == "message_received"] == [
        "holder of a receipt"
    ]


async def test_riec_and_rudd_each_have_a_dialogue_the_other_does_not_see(client: Client) -> None:
    made = await client.as_("ans").report(text=LAB)
    bouke, chris = client.as_("bouke"), client.as_("chris")
    riec, rudd = await bouke.pull(RIEC), await chris.pull(RUDD)
    await say(bouke, riec, "Vraag van de analist.")
    await answer(client, made, "Voor de analist.")
    await say(chris, rudd, "Vraag van de toezichthouder.")
    await answer(client, made, "Voor de toezichthouder.")
    assert await lines(bouke, riec) == [("desk", "Vraag van de analist."), ("reporter", "Voor de analist.")]
    assert await lines(chris, rudd) == [
        ("desk", "Vraag van de toezichthouder."),
        ("reporter", "Voor de toezichthouder."),
    ]
    shown = [line["text"] for line in (await look_up(client, made))["messages"]]
    assert shown == ["Vraag van de analist.", "Vraag van de toezichthouder."]
    for stranger, case in ((chris, riec), (bouke, rudd)):
        path = f"/v1/cases/{case['id']}/messages"
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(path, {"text": "Hallo"})).status_code == 404


async def test_an_addition_without_a_question_goes_to_the_owner(client: Client) -> None:
    made = await client.as_("ans").report()
    fenna, bouke = client.as_("fenna"), client.as_("bouke")
    await answer(client, made, "Er staat nu ook een aanhanger.")
    assert (await unread(fenna, TRIAGE_EMMEN), await unread(bouke, RIEC)) == ([True], [False])
    mine = await case_of(fenna, TRIAGE_EMMEN, made)
    assert await lines(fenna, mine) == [("reporter", "Er staat nu ook een aanhanger.")]


async def test_an_answer_to_a_case_that_was_given_back_reaches_the_owner(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report()
    fenna, bouke = client.as_("fenna"), client.as_("bouke")
    case = await assess(bouke, RIEC)
    await say(bouke, case, "Welke dag was dat?")
    await bouke.move(case, "return_to_triage", reasonCode="too_thin")
    await answer(client, made, "Dat was dinsdag.")
    await the_desk_acts(settings)
    mine = await assess(fenna, TRIAGE_EMMEN)
    assert mine["unread"]
    assert await lines(fenna, mine) == [("reporter", "Dat was dinsdag.")]


async def test_only_who_has_the_case_in_hand_speaks_or_reads(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, bart = client.as_("bouke"), client.as_("bart")
    path = f"/v1/cases/{(await case_of(bouke, RIEC, made))['id']}/messages"
    assert (await bouke.post(path, {"text": "Hallo"})).status_code == 403
    await bouke.pull(RIEC)
    assert (await bart.post(path, {"text": "Hallo"})).status_code == 403
    assert (await bart.get(path)).status_code == 403
    for body in ({}, {"text": ""}, {"text": "x" * 5001}, {"text": "x", "to": "ans"}):
        assert (await bouke.post(path, body)).status_code == 400
    assert (await look_up(client, made))["messages"] == []


async def test_the_same_message_again_is_sent_once(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, key = client.as_("bouke"), {"Idempotency-Key": new_key()}
    path = f"/v1/cases/{(await bouke.pull(RIEC))['id']}/messages"
    sent = await asyncio.gather(*(bouke.post(path, {"text": "Welke dag?"}, key) for _ in range(4)))
    assert [one.status_code for one in sent] == [201] * 4
    assert len({one.text for one in sent}) == 1
    other = await bouke.post(path, {"text": "Welk uur?"}, key)
    assert (other.status_code, other.json()["reason"]) == (409, "key_reused")
    assert len((await look_up(client, made))["messages"]) == 1


async def test_the_key_of_a_report_does_not_answer_for_a_message(client: Client) -> None:
    key = {"Idempotency-Key": new_key()}
    bouke = client.as_("bouke")
    body = {
        "text": "In de schuur staan wietplanten en kweektenten.",
        "location": {"municipalityCode": "0114"},
    }
    made = await bouke.post("/v1/signals", body, key)
    assert made.status_code == 201
    case = await case_of(bouke, RIEC, made.json())
    await bouke.post(f"{RIEC}/claims", {"caseId": case["id"]})
    sent = await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": "Welke dag?"}, key)
    assert sent.status_code == 201
    assert sent.json()["id"] != made.json()["id"]


async def test_the_answer_of_an_anonymous_reporter_is_kept_by_the_hour(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report(confidentiality="anonymous")
    told = await answer(client, made, "Nog iets gezien.")
    moment = datetime.fromisoformat(told["at"])
    assert (moment.minute, moment.second, moment.microsecond) == (0, 0, 0)
    [row] = await query(settings, "select sent_at from messages")
    assert row["sent_at"] == moment


async def test_a_receipt_tells_how_it_stands_with_the_owner(client: Client, settings: Settings) -> None:
    made = await client.as_("ans").report(observation="rumour")
    fenna = client.as_("fenna")
    assert (await look_up(client, made))["status"] == "received"
    case = await assess(fenna, TRIAGE_EMMEN)
    assert (await look_up(client, made))["status"] == "in_progress"
    await fenna.move(case, "close", outcome="too_vague")
    assert (await look_up(client, made))["status"] == "closed"
