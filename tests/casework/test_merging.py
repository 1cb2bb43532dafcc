"""Two reports of one event go on as one case when a person says so: both receipts live, no reporter sees the other."""

from typing import Any

import httpx2
import pytest

from app.settings import Settings
from tests.casework.steps import Case, case_of, claim, history, look_up, query, the_desk_acts
from tests.desk import ASSEN, TRIAGE_ASSEN, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
FIRST = "Bij de loods aan de Dorpsstraat rook ik zaterdag sterk hennep en ik hoorde ventilatoren."
SECOND = "Zaterdagavond stonk het naar wiet bij die loods in de Dorpsstraat, er draaide een afzuiger."


async def opened(who: Client, signal: dict[str, Any], queue: str = TRIAGE_ASSEN) -> Case:
    """This signal's case in the hands of this worker, opened."""
    case = await claim(who, queue, await case_of(who, queue, signal))
    await who.open(case)
    return case


async def two(client: Client) -> tuple[dict[str, Any], dict[str, Any], Case, Case]:
    """Two reports to Assen, and their cases in the hands of eelco, who read both."""
    eva, eelco = client.as_("eva"), client.as_("eelco")
    one = await eva.report(text=FIRST, location=ASSEN, title="Hennep")
    other = await eva.report(text=SECOND, location=ASSEN, title="Afzuiger")
    return one, other, await opened(eelco, one), await opened(eelco, other)


async def merge(who: Client, case: Case, into: Case) -> httpx2.Response:
    """Say that `case` tells the same event and goes on in `into`."""
    return await who.move(case, "merge", reasonCode="duplicate", targetCaseId=into["id"])


async def merged(client: Client) -> tuple[dict[str, Any], dict[str, Any], Case, Case]:
    """As `two`, the first merged into the second."""
    one, other, case, into = await two(client)
    answer = await merge(client.as_("eelco"), case, into)
    assert answer.status_code == 201, answer.text
    return one, other, case, into


async def write(client: Client, made: dict[str, Any], text: str) -> None:
    """The reporter writes with her code."""
    body = {"receiptCode": made["receiptCode"], "text": text}
    answer = await client.as_(None).post("/v1/receipt-messages", body)
    assert answer.status_code == 201, answer.text


async def lines(who: Client, case: Case) -> list[tuple[str, str]]:
    """The dialogue of a case."""
    return [(one["from"], one["text"]) for one in await who.items(f"/v1/cases/{case['id']}/messages")]


async def close(who: Client, case: Case) -> None:
    """Close a case."""
    answer = await who.move(case, "close", outcome="own_measure", reasonCode="facts_sufficient")
    assert answer.status_code == 201, answer.text


async def test_a_merged_case_is_closed_as_a_duplicate_and_names_the_one_that_goes_on(client: Client) -> None:
    one, _, case, into = await two(client)
    eelco = client.as_("eelco")
    answer = await merge(eelco, case, into)
    assert answer.status_code == 201, answer.text
    now = answer.json()
    assert (now["state"], now["outcome"], now["mergedInto"]) == ("closed", "duplicate", into["id"])
    there = (await eelco.get(f"/v1/cases/{into['id']}")).json()
    assert there["mergedCases"] == [{"id": case["id"], "reference": one["reference"], "unread": False}]
    assert (there["state"], there["mergedInto"]) == ("claimed", None)


async def test_both_receipts_live_and_show_the_state_of_the_case_that_goes_on(client: Client) -> None:
    one, other, _, into = await merged(client)
    eelco = client.as_("eelco")
    for made in (one, other):
        seen = await look_up(client, made)
        assert (seen["status"], seen["reference"]) == ("in_progress", made["reference"])
    await close(eelco, into)
    assert [(await look_up(client, made))["status"] for made in (one, other)] == ["closed", "closed"]


async def test_each_reporter_writes_and_reads_in_her_own_dialogue_and_never_sees_the_others(
    client: Client,
) -> None:
    one, other, case, into = await merged(client)
    eelco = client.as_("eelco")
    await write(client, one, "Het was een rode bus.")
    there = (await eelco.get(f"/v1/cases/{into['id']}")).json()
    assert (there["unread"], there["mergedCases"][0]["unread"]) == (True, True)
    await write(client, other, "Er liep een hond.")
    sent = await eelco.post(f"/v1/cases/{case['id']}/messages", {"text": "Hoe laat was die bus er?"})
    assert sent.status_code == 201, sent.text
    sent = await eelco.post(f"/v1/cases/{into['id']}/messages", {"text": "Welke hond?"})
    assert sent.status_code == 201, sent.text
    assert await lines(eelco, case) == [
        ("reporter", "Het was een rode bus."),
        ("desk", "Hoe laat was die bus er?"),
    ]
    assert await lines(eelco, into) == [("reporter", "Er liep een hond."), ("desk", "Welke hond?")]
    assert [line["text"] for line in (await look_up(client, one))["messages"]] == ["Hoe laat was die bus er?"]
    assert [line["text"] for line in (await look_up(client, other))["messages"]] == ["Welke hond?"]
    assert not (await eelco.get(f"/v1/cases/{into['id']}")).json()["unread"]


async def test_a_merged_report_writes_on_after_the_other_case_was_closed(client: Client) -> None:
    one, _, case, into = await merged(client)
    eelco = client.as_("eelco")
    await close(eelco, into)
    await write(client, one, "Nu staat er weer een bus.")
    [listed] = [one for one in await eelco.items(f"{TRIAGE_ASSEN}/cases") if one["id"] == into["id"]]
    assert listed["unread"]
    again = await eelco.move(into, "reopen", reasonCode="reporter_wrote")
    assert (again.status_code, again.json()["state"]) == (201, "assessing")
    assert await lines(eelco, case) == [("reporter", "Nu staat er weer een bus.")]


async def test_who_works_on_the_case_that_goes_on_reads_the_merged_one_and_nobody_else_does(
    client: Client,
) -> None:
    _, _, case, into = await merged(client)
    eelco, evert = client.as_("eelco"), client.as_("evert")
    assert (await eelco.open(case))["content"]["text"] == FIRST
    refused = await evert.post(f"/v1/cases/{case['id']}/openings", {"purpose": "triage"})
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_assigned")
    assert (await eelco.move(into, "release", reasonCode="absence")).status_code == 201
    await claim(evert, TRIAGE_ASSEN, into)
    assert (await evert.open(case))["content"]["text"] == FIRST
    refused = await eelco.post(f"/v1/cases/{case['id']}/openings", {"purpose": "triage"})
    assert refused.status_code == 403
    for name in ("fenna", "bouke", "chris", "eva", "hilde"):
        answer = await client.as_(name).post(f"/v1/cases/{case['id']}/openings", {"purpose": "triage"})
        assert answer.status_code in (403, 404), name


async def test_each_report_is_opened_by_itself_and_stands_in_the_log_by_itself(client: Client) -> None:
    _, _, case, into = await merged(client)
    eelco = client.as_("eelco")
    await eelco.open(into)
    entries = await client.as_("dirk").items(f"/v1/access-log?caseId={case['id']}&action=case_opened")
    assert len(entries) == 1


async def test_the_history_of_both_tells_it_and_the_log_too(client: Client) -> None:
    _, _, case, into = await merged(client)
    eelco = client.as_("eelco")
    assert (await history(eelco, case))[-1] == "merge"
    assert (await history(eelco, into))[-1] == "merged_in"
    for one, other in ((case, into), (into, case)):
        last = (await eelco.items(f"/v1/cases/{one['id']}/transitions"))[-1]
        assert (last["otherCaseId"], last["actor"]) == (other["id"], eelco.sub)
        moved = await client.as_("dirk").items(f"/v1/access-log?caseId={one['id']}&action=case_moved")
        assert moved[0]["purpose"] in ("merge", "merged_in")


async def test_a_merge_is_undone_by_reopening_and_each_goes_its_own_way(client: Client) -> None:
    one, other, case, into = await merged(client)
    eelco = client.as_("eelco")
    parted = await eelco.move(case, "reopen", reasonCode="not_the_same")
    assert (parted.status_code, parted.json()["state"]) == (201, "assessing")
    assert (parted.json()["outcome"], parted.json()["mergedInto"]) == (None, None)
    assert (await eelco.get(f"/v1/cases/{into['id']}")).json()["mergedCases"] == []
    assert ((await history(eelco, case))[-1], (await history(eelco, into))[-1]) == ("reopen", "parted")
    await close(eelco, into)
    assert [(await look_up(client, made))["status"] for made in (one, other)] == ["in_progress", "closed"]


async def test_what_was_merged_goes_along_when_its_case_is_merged_on(client: Client) -> None:
    one, _, case, into = await merged(client)
    eelco = client.as_("eelco")
    third = await client.as_("eva").report(text=FIRST, location=ASSEN)
    last = await opened(eelco, third)
    assert (await merge(eelco, into, last)).status_code == 201
    there = (await eelco.get(f"/v1/cases/{last['id']}")).json()
    assert {found["id"] for found in there["mergedCases"]} == {case["id"], into["id"]}
    assert (await history(eelco, case))[-2:] == ["merge", "merge"]
    await close(eelco, last)
    assert (await look_up(client, one))["status"] == "closed"


async def test_no_case_is_merged_over_the_border_of_an_owner_and_what_is_there_is_not_told(
    client: Client,
) -> None:
    _, _, case, _ = await two(client)
    eelco = client.as_("eelco")
    theirs = await client.as_("ans").report(text="Er klopt iets niet in de straat.")
    there = await opened(client.as_("fenna"), theirs, TRIAGE_EMMEN)
    answers = [await merge(eelco, case, {"id": id_}) for id_ in (there["id"], str(theirs["id"]), case["id"])]
    for answer in answers:
        assert (answer.status_code, answer.json()["reason"]) == (409, "no_such_target")
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert (await merge(client.as_("fenna"), case, there)).status_code == 404


async def test_not_even_the_application_itself_can_merge_over_the_border(
    client: Client, settings: Settings
) -> None:
    _, _, case, _ = await two(client)
    theirs = await client.as_("ans").report()
    with pytest.raises(Exception, match="fk_cases_merged_into_cases"):
        await query(
            settings,
            "update cases set state = 'closed', merged_into = (select id from cases where signal_id ="
            " :other and kind = 'triage') where id = :case",
            other=theirs["id"],
            case=case["id"],
        )


async def test_riec_and_rudd_merge_nothing(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull("/v1/queues/riec-noord-nederland")
    answer = await merge(bouke, case, case)
    assert (answer.status_code, answer.json()["reason"]) == (409, "no_such_move")


async def test_both_cases_are_in_the_hands_of_who_merges_and_were_read(client: Client) -> None:
    eva, eelco, evert = (client.as_(name) for name in ("eva", "eelco", "evert"))
    one, other = [await eva.report(text=text, location=ASSEN) for text in (FIRST, SECOND)]
    case, into = [await case_of(eelco, TRIAGE_ASSEN, made) for made in (one, other)]
    assert (await merge(eelco, case, into)).json()["reason"] == "needs_missing"
    await claim(eelco, TRIAGE_ASSEN, case)
    assert (await merge(eelco, case, into)).json()["reason"] == "needs_missing"
    await eelco.open(case)
    assert (await merge(eelco, case, into)).json()["reason"] == "target_not_in_hand"
    await claim(evert, TRIAGE_ASSEN, into)
    assert (await merge(eelco, case, into)).json()["reason"] == "target_not_in_hand"
    assert (await evert.move(into, "release", reasonCode="absence")).status_code == 201
    await claim(eelco, TRIAGE_ASSEN, into)
    assert (await merge(eelco, case, into)).json()["reason"] == "target_not_read"
    await eelco.open(into)
    assert (await merge(eelco, case, into)).status_code == 201


async def test_a_merge_names_another_open_case_and_no_other_move_does(client: Client) -> None:
    _, _, case, into = await two(client)
    eelco = client.as_("eelco")
    nameless = await eelco.move(case, "merge", reasonCode="duplicate")
    assert (nameless.status_code, nameless.json()["reason"]) == (409, "needs_missing")
    stray = await eelco.move(case, "release", reasonCode="absence", targetCaseId=into["id"])
    assert (stray.status_code, stray.json()["errors"][0]["pointer"]) == (400, "/targetCaseId")
    await close(eelco, into)
    assert (await merge(eelco, case, into)).json()["reason"] == "target_closed"


async def test_the_case_that_goes_on_waits_for_what_was_supplied_of_the_merged_one(
    client: Client, settings: Settings
) -> None:
    ans, fenna, bouke = (client.as_(name) for name in ("ans", "fenna", "bouke"))
    signals = [await ans.report(), await ans.report()]
    case, into = [await case_of(fenna, TRIAGE_EMMEN, made) for made in signals]
    for one in (case, into):
        assert one["state"] == "supplied"
        await fenna.open(one)
    answer = await merge(fenna, case, into)
    assert answer.status_code == 201, answer.text
    assert [(await look_up(client, made))["status"] for made in signals] == ["in_progress", "in_progress"]
    theirs = [await case_of(bouke, "/v1/queues/riec-noord-nederland", made) for made in signals]
    await claim(bouke, "/v1/queues/riec-noord-nederland", theirs[1])
    await bouke.open(theirs[1])
    assert (await bouke.move(theirs[1], "assess")).status_code == 201
    assert (await bouke.move(theirs[1], "close", outcome="not_confirmed")).status_code == 201
    await the_desk_acts(settings)
    early = await fenna.move(into, "settle", reasonCode="recipient_done")
    assert (early.status_code, early.json()["reason"]) == (409, "needs_missing")
    await claim(bouke, "/v1/queues/riec-noord-nederland", theirs[0])
    await bouke.open(theirs[0])
    assert (await bouke.move(theirs[0], "assess")).status_code == 201
    assert (await bouke.move(theirs[0], "return_to_triage", reasonCode="too_thin")).status_code == 201
    await the_desk_acts(settings)
    assert (await history(fenna, into))[-1] == "returned"
    assert (await fenna.get(f"/v1/cases/{into['id']}")).json()["state"] == "new"


async def test_when_the_case_that_goes_on_is_erased_the_merged_receipt_lives_on(
    client: Client, settings: Settings
) -> None:
    one, other, case, _ = await merged(client)
    await query(settings, "delete from signals where id = :id", id=other["id"])
    assert (await look_up(client, one))["status"] == "closed"
    again = await client.as_("eelco").move(case, "reopen", reasonCode="new_facts")
    assert (again.status_code, again.json()["state"]) == (201, "assessing")


async def test_who_reported_is_opened_per_report(client: Client) -> None:
    _, _, case, into = await merged(client)
    eelco, evert = client.as_("eelco"), client.as_("evert")
    for one in (case, into):
        answer = await eelco.post(f"/v1/cases/{one['id']}/reporter-openings", {"purpose": "reply"})
        assert answer.status_code == 201, answer.text
    refused = await evert.post(f"/v1/cases/{case['id']}/reporter-openings", {"purpose": "reply"})
    assert refused.status_code == 403
