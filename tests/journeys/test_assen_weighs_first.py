"""Assen supplies only by hand: eva's report waits for eelco, who weighs, supplies, and gets it back."""

import pytest

from tests.casework.steps import LAB, Case, assess, case_of, claim, history, supply, the_desk_acts
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client, Server

pytestmark = pytest.mark.anyio


async def test_a_report_of_assen_waits_for_its_coordinator_and_comes_back_to_him(
    module_server: Server,
) -> None:
    async with module_server.client() as desk:
        eelco, bouke = desk.as_("eelco"), desk.as_("bouke")
        made = await desk.as_("eva").report(text=LAB, location=ASSEN)
        case = await it_waits_in_triage_and_nowhere_else(desk, made)
        await he_reads_it_and_knows_better(eelco, case)
        supplied = await supply(eelco, case, "riec-noord-nederland", "rudd")
        assert supplied.json()["state"] == "supplied"
        await each_recipient_gets_its_own_copy(desk, made)
        riec = await case_of(bouke, RIEC, made)
        returned = await bouke.move(
            riec, "return_to_triage", reasonCode="not_organised", reason="Eén persoon."
        )
        assert returned.status_code == 201
        await the_desk_acts(module_server.settings)
        await the_owner_has_it_again(desk, case)


async def it_waits_in_triage_and_nowhere_else(desk: Client, made: Case) -> Case:
    case = await case_of(desk.as_("eelco"), TRIAGE_ASSEN, made)
    assert (case["state"], case["ownerOrganisation"]) == ("new", "gemeente-assen")
    for name, queue in (("bouke", RIEC), ("chris", RUDD), ("fenna", TRIAGE_EMMEN)):
        assert await desk.as_(name).items(f"{queue}/cases") == []
        assert (await desk.as_(name).post(f"{queue}/claims")).status_code == 204
    return case


async def he_reads_it_and_knows_better(eelco: Client, case: Case) -> None:
    """Claims, opens, assesses, changes the category; the machine's proposal stays."""
    await claim(eelco, TRIAGE_ASSEN, case)
    assert (await eelco.open(case, "triage"))["content"]["text"] == LAB
    assert (await eelco.move(case, "assess", reasonCode="read_and_ready")).status_code == 201
    body = {"category": "rural_premises", "topics": ["odd_building"], "reasonCode": "facts_known"}
    now = await eelco.get(f"/v1/cases/{case['id']}")
    path = f"/v1/cases/{case['id']}/classifications"
    changed = await eelco.post(path, body, {"If-Match": now.headers["ETag"]})
    assert (changed.status_code, changed.json()["category"]) == (201, "rural_premises")
    assert [one["category"] for one in await eelco.items(path)] == ["drugs", "rural_premises"]


async def each_recipient_gets_its_own_copy(desk: Client, made: Case) -> None:
    bouke, chris = desk.as_("bouke"), desk.as_("chris")
    riec = await assess(bouke, RIEC)
    assert (riec["reference"], riec["category"]) == (made["reference"], "rural_premises")
    parts = await bouke.open(riec)
    assert set(parts) == {"content"}
    assert parts["content"]["text"] == LAB
    rudd = await assess(chris, RUDD)
    assert rudd["signalId"] is None
    assert rudd["reference"] != made["reference"]
    assert rudd["category"] == "drugs"
    small = await chris.open(rudd)
    assert set(small) == {"minimised"}
    assert small["minimised"]["place"] == {"municipalityCode": "0106"}
    assert "text" in small["minimised"]["withheld"]


async def the_owner_has_it_again(desk: Client, case: Case) -> None:
    eelco = desk.as_("eelco")
    now = (await eelco.get(f"/v1/cases/{case['id']}")).json()
    assert (now["state"], now["assignee"]) == ("assessing", eelco.sub)
    assert await history(eelco, case) == ["claim", "assess", "supply", "returned"]
    last = (await eelco.items(f"/v1/cases/{case['id']}/transitions"))[-1]
    assert (last["actor"], last["source"], last["target"]) == (None, "supplied", "assessing")
    assert last["reasonCode"] == "recipient_returned"
    moved = await desk.as_("dirk").items(f"/v1/access-log?caseId={case['id']}&action=case_moved")
    assert (moved[0]["actor"], moved[0]["purpose"]) == ("the desk", "returned")
    assert {entry["actor"] for entry in moved[1:]} == {eelco.sub}
