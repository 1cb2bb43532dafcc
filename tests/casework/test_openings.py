"""Opening a case: for a purpose, by the one who works on it, in the log before it is read."""

import pytest

from app.settings import Settings
from tests.casework.steps import assess, case_of, denials, query
from tests.desk import DRUGS, RIEC, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio


async def test_without_a_purpose_from_the_list_nothing_opens(client: Client, settings: Settings) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    for body in ({}, {"purpose": "curiosity"}, {"purpose": ""}, {"purpose": None}):
        answer = await bouke.post(f"/v1/cases/{case['id']}/openings", body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/purpose"
    assert await query(settings, "select * from openings") == []


async def test_only_who_pulled_the_case_may_open_it(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, bart = client.as_("bouke"), client.as_("bart")
    path = f"/v1/cases/{(await case_of(bouke, RIEC, made))['id']}/openings"
    before = await bouke.post(path, {"purpose": "assessment"})
    assert (before.status_code, before.json()["reason"]) == (403, "not_assigned")
    case = await bouke.pull(RIEC)
    colleague = await bart.post(path, {"purpose": "assessment"})
    assert (colleague.status_code, colleague.json()["reason"]) == (403, "not_assigned")
    assert (await bouke.open(case))["content"]["text"] == DRUGS
    assert len(await denials(client, bouke, case["id"])) == len(await denials(client, bart, case["id"])) == 1


async def test_an_opening_is_in_the_log_with_its_purpose_and_its_reason_is_not_readable(
    client: Client, settings: Settings
) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    body = {"purpose": "matching", "reason": "GEHEIMEREDEN"}
    answer = await bouke.post(f"/v1/cases/{case['id']}/openings", body)
    assert answer.status_code == 201
    [entry] = await client.as_("dirk").items(f"/v1/access-log?caseId={case['id']}&action=case_opened")
    assert (entry["actor"], entry["purpose"], entry["outcome"]) == (bouke.sub, "matching", "allowed")
    [row] = await query(settings, "select purpose, record_id from openings")
    assert row["purpose"] == "matching"
    sealed = await query(
        settings, "select kind, ciphertext from sealed_parts where record_id = :id", id=row["record_id"]
    )
    assert [part["kind"] for part in sealed] == ["reason"]
    assert b"GEHEIMEREDEN" not in sealed[0]["ciphertext"]


async def test_where_the_log_cannot_be_written_nothing_is_opened(client: Client, settings: Settings) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await query(settings, "alter table access_entries add constraint shut check (false) not valid")
    answer = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert answer.status_code >= 500
    assert "wiet" not in answer.text
    assert await query(settings, "select * from openings") == []


async def test_release_gives_the_case_back_and_the_one_before_may_not_open_it(client: Client) -> None:
    await client.as_("ans").report()
    bouke, bart = client.as_("bouke"), client.as_("bart")
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    released = await bouke.move(case, "release", reasonCode="workload")
    assert (released.json()["state"], released.json()["assignee"]) == ("new", None)
    path = f"/v1/cases/{case['id']}/openings"
    assert (await bouke.post(path, {"purpose": "assessment"})).status_code in {403, 404}
    assert (await bart.pull(RIEC))["id"] == case["id"]
    assert (await bouke.post(path, {"purpose": "assessment"})).status_code in {403, 404}
    assert (await bart.open(case))["content"]["text"] == DRUGS


async def test_an_opening_before_a_release_does_not_count_for_the_next_claim(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    await bouke.move(case, "release")
    await bouke.pull(RIEC)
    refused = await bouke.move(case, "assess")
    assert (refused.status_code, refused.json()["reason"]) == (409, "needs_missing")


async def test_a_case_that_was_returned_is_gone_for_the_analyst(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await assess(bouke, RIEC)
    path = f"/v1/cases/{case['id']}"
    returned = await bouke.move(case, "return_to_triage", reasonCode="too_thin")
    assert returned.status_code == 201
    line = {"text": "Nog een vraag."}
    other = {"category": "drugs", "topics": [], "reasonCode": "other"}
    answers = [
        *[await bouke.get(path + tail) for tail in ("", "/transitions", "/classifications", "/messages")],
        await bouke.post(f"{path}/match-requests"),
        await bouke.post(f"{path}/openings", {"purpose": "review"}),
        await bouke.post(f"{path}/messages", line),
        await bouke.post(f"{path}/transitions", {"transition": "close", "reasonCode": "other"}),
        await bouke.post(f"{path}/classifications", other, {"If-Match": "*"}),
        await bouke.post(f"{RIEC}/claims", {"caseId": case["id"]}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert await bouke.items(f"{RIEC}/cases") == []
    assert len(await denials(client, bouke, case["id"])) == len(answers)


async def test_the_owners_coordinators_open_a_supplied_case_without_claiming(client: Client) -> None:
    made = await client.as_("ans").report()
    for name in ("fenna", "femke"):
        worker = client.as_(name)
        case = await case_of(worker, TRIAGE_EMMEN, made)
        assert case["state"] == "supplied"
        assert (await worker.open(case, "review"))["content"]["text"] == DRUGS


async def test_nobody_opens_the_part_that_names_the_reporter(client: Client) -> None:
    made = await client.as_("ans").report(reporter={"name": "Ans Bedacht"})
    fenna, bouke = client.as_("fenna"), client.as_("bouke")
    parts = await fenna.open(await case_of(fenna, TRIAGE_EMMEN, made), "triage")
    assert set(parts) == {"content", "minimised"}
    assert set(await bouke.open(await bouke.pull(RIEC))) == {"content"}
