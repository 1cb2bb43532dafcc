"""The rule set is changed by two functional managers, and from then on reports are sorted by it."""

import asyncio
from typing import Any

import pytest

from app.routing.rule_sets import GUARD_IDS, RULE_IDS
from app.settings import Settings
from tests.casework.steps import assess, case_of, supply
from tests.database import look
from tests.desk import ASSEN, RIEC, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.organisations.rule_sets import CATEGORIES, PATH, document, propose, put_in_force, read_anew
from tests.organisations.settled import APPROVED, decide

pytestmark = pytest.mark.anyio


async def decided(worker: Client, queue: str, made: dict[str, Any]) -> dict[str, Any]:
    """The routing decision as the worker of this report's case sees it."""
    case = await case_of(worker, queue, made)
    found: dict[str, Any] = (await worker.get(f"/v1/cases/{case['id']}")).json()["routingDecision"]
    return found


async def test_a_rule_set_holds_once_another_manager_has_activated_it(client: Client) -> None:
    gerrit, gea = client.as_("gerrit"), client.as_("gea")
    asked = await propose(gerrit, "drenthe-2", "B3", strong=85)
    assert asked.status_code == 201, asked.text
    assert (asked.json()["kind"], asked.json()["state"]) == ("rule_set", "waiting")
    waiting, release = await gea.items(PATH)
    assert (waiting["state"], waiting["number"], waiting["confirmedBy"]) == ("proposed", None, None)
    assert waiting["approvalId"] == asked.json()["id"]
    assert (release["name"], release["number"], release["state"]) == ("drenthe-1", 0, "active")
    assert release["rules"] == [*GUARD_IDS, *RULE_IDS]
    done = await decide(gea, asked)
    assert (done.status_code, done.json()["state"]) == (201, "used")
    held, release = await gea.items(PATH)
    assert (held["name"], held["number"], held["state"], held["strong"]) == ("drenthe-2", 1, "active", 85)
    assert (held["proposedBy"], held["confirmedBy"]) == (gerrit.sub, gea.sub)
    assert (held["id"], "B3" in held["rules"]) == (asked.json()["objectId"], False)
    assert release["state"] == "replaced"


async def test_nobody_activates_the_rule_set_she_proposed(client: Client) -> None:
    gerrit = client.as_("gerrit")
    asked = await propose(gerrit)
    refused = await decide(gerrit, asked)
    assert (refused.status_code, refused.json()["reason"]) == (403, "same_person")
    assert [one["state"] for one in await gerrit.items(PATH)] == ["proposed", "active"]


@pytest.mark.parametrize("name", ["femke", "ilse", "ina", "hilde", "fenna", "bouke", "dirk"])
async def test_only_a_manager_proposes_reads_or_activates_a_rule_set(client: Client, name: str) -> None:
    somebody = client.as_(name)
    assert (await propose(somebody)).status_code == 403
    assert (await somebody.get(PATH)).status_code == 403
    asked = await propose(client.as_("gerrit"))
    assert (await decide(somebody, asked)).status_code in {403, 404}
    assert [one["state"] for one in await client.as_("gea").items(PATH)] == ["proposed", "active"]


async def test_a_proposal_that_was_refused_comes_in_force_for_nobody(client: Client) -> None:
    asked = await propose(client.as_("gerrit"), "drenthe-2", *RULE_IDS)
    path = f"/v1/approvals/{asked.json()['id']}/decisions"
    refused = await client.as_("gea").post(path, APPROVED | {"decision": "refused"})
    assert refused.status_code == 201
    assert [one["name"] for one in await client.as_("gea").items(PATH)] == ["drenthe-1"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rules": [*GUARD_IDS, "B99"]}, "/rules/8"),
    ({"rules": [*GUARD_IDS, "B10"]}, "/rules/8"),
    ({"rules": [*GUARD_IDS, "Z"]}, "/rules/8"),
    ({"rules": [*GUARD_IDS, "b1"]}, "/rules/8"),
    ({"rules": [*GUARD_IDS, 1]}, "/rules/8"),
    ({"rules": [*GUARD_IDS, "B1", "B1"]}, "/rules"),
    ({"rules": [*GUARD_IDS[:-1], *RULE_IDS]}, "/rules"),
    ({"rules": []}, "/rules"),
    ({"rules": "A1"}, "/rules"),
    ({"name": "drenthe-1"}, "/name"),
    ({"name": "none"}, "/name"),
    ({"name": "Drenthe 2"}, "/name"),
    ({"name": "drenthe-2\n"}, "/name"),
    ({"name": "d" * 41}, "/name"),
    ({"name": ""}, "/name"),
    ({"strong": 49}, "/strong"),
    ({"strong": 101}, "/strong"),
    ({"strong": "70"}, "/strong"),
    ({"strong": 70.5}, "/strong"),
    ({"strong": True}, "/strong"),
    ({"confidenceLow": dict.fromkeys(CATEGORIES, 49)}, "/confidenceLow/drugs"),
    ({"confidenceLow": dict.fromkeys(CATEGORIES, 101)}, "/confidenceLow/careFraud"),
    ({"confidenceLow": dict.fromkeys(CATEGORIES[1:], 70)}, "/confidenceLow/humanTrafficking"),
    ({"confidenceLow": dict.fromkeys((*CATEGORIES, "other"), 70)}, "/confidenceLow"),
    ({"reasonCode": "because"}, "/reasonCode"),
    ({"queues": {"B1": "rudd"}}, ""),
]


@pytest.mark.parametrize(("members", "where"), WRONG)
async def test_a_rule_set_that_does_not_fit_is_named_and_nothing_is_asked(
    client: Client, members: dict[str, Any], where: str
) -> None:
    refused = await propose(client.as_("gerrit"), **members)
    assert refused.status_code == 400, refused.text
    assert where in [fault["pointer"] for fault in refused.json()["errors"]]
    assert (await client.as_("gea").get("/v1/approvals")).json()["items"] == []


async def test_a_name_is_given_once_so_that_a_decision_names_one_version(client: Client) -> None:
    await put_in_force(client, "drenthe-2")
    again = await propose(client.as_("gerrit"), "drenthe-2", "B1")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "taken")


async def test_of_two_proposals_under_one_name_the_second_comes_too_late(client: Client) -> None:
    asked = [await propose(client.as_("gerrit"), "drenthe-2", off) for off in ("B1", "B2")]
    answers = await asyncio.gather(*(decide(client.as_("gea"), one) for one in asked))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    states = [(one["number"], one["state"]) for one in await client.as_("gea").items(PATH)]
    assert sorted(states, key=str) == [(0, "replaced"), (1, "active"), (None, "proposed")]


async def test_a_rule_switched_off_sends_a_report_nowhere_and_the_decision_names_the_version(
    client: Client,
) -> None:
    ans, fenna, bouke = client.as_("ans"), client.as_("fenna"), client.as_("bouke")
    before = await decided(fenna, TRIAGE_EMMEN, await ans.report())
    assert (before["ruleSet"], len(await bouke.items(f"{RIEC}/cases"))) == ("drenthe-1", 1)
    await put_in_force(client, "zonder-drugs", "B3")
    after = await decided(fenna, TRIAGE_EMMEN, await ans.report())
    assert after["ruleSet"] == "zonder-drugs"
    assert [line["mode"] for line in after["lines"]] == ["triage"]
    assert len(await bouke.items(f"{RIEC}/cases")) == 1
    await put_in_force(client, "weer-drugs")
    third = await decided(fenna, TRIAGE_EMMEN, await ans.report())
    assert (third["ruleSet"], len(await bouke.items(f"{RIEC}/cases"))) == ("weer-drugs", 2)


async def test_a_higher_threshold_has_a_person_decide_first(client: Client) -> None:
    sure = await client.as_("ans").report()
    held = await case_of(client.as_("fenna"), TRIAGE_EMMEN, sure)
    await put_in_force(client, confidenceLow=dict.fromkeys(CATEGORIES, 70) | {"drugs": 100})
    found = await decided(client.as_("fenna"), TRIAGE_EMMEN, await client.as_("ans").report())
    assert held["confidence"] < 100
    assert [(line["ruleId"], line["reasonCodes"]) for line in found["lines"]] == [("A8", ["uncertain"])]


async def test_what_is_supplied_by_hand_names_the_version_that_sorted_the_report(client: Client) -> None:
    eelco = client.as_("eelco")
    await put_in_force(client, "drenthe-2")
    made = await client.as_("eva").report(location=ASSEN)
    await put_in_force(client, "drenthe-3")
    case = await assess(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, made))
    assert (await supply(eelco, case, "riec-noord-nederland")).status_code == 201
    [theirs] = await client.as_("bouke").items(f"{RIEC}/cases")
    seen = (await client.as_("bouke").get(f"/v1/cases/{theirs['id']}")).json()["routingDecision"]
    assert seen["ruleSet"] == "drenthe-2"


async def test_versions_come_in_pages_and_none_twice(client: Client) -> None:
    for number in range(2, 6):
        await put_in_force(client, f"drenthe-{number}")
    gea, seen, cursor = client.as_("gea"), [], ""
    while True:
        page = (await gea.get(f"{PATH}?limit=2{cursor}")).json()
        seen += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [4, 3, 2, 1, 0]


async def test_proposing_and_activating_a_rule_set_stand_in_the_log_by_id(client: Client) -> None:
    version = await put_in_force(client)
    entries = await client.as_("dirk").items(f"/v1/access-log?objectId={version}")
    assert {(one["action"], one["actor"]) for one in entries} == {
        ("rule_set_proposed", client.as_("gerrit").sub),
        ("rule_set_activated", client.as_("gea").sub),
    }


async def test_a_version_is_read_by_intake_without_a_restart_and_never_before_it_is_agreed(
    client: Client, settings: Settings
) -> None:
    await propose(client.as_("gerrit"), "drenthe-2", "B3")
    read_anew(client)
    found = await decided(client.as_("fenna"), TRIAGE_EMMEN, await client.as_("ans").report())
    assert found["ruleSet"] == "drenthe-1"
    async with look.as_superuser(settings) as admin:
        assert await look.one(admin, "select count(*) from rule_sets") == 0


async def test_the_document_that_was_agreed_is_what_comes_in_force(client: Client) -> None:
    wanted = document("drenthe-2", "B2", "B9", strong=75)
    await put_in_force(client, "drenthe-2", "B2", "B9", strong=75)
    held = (await client.as_("gea").items(PATH))[0]
    assert {name: held[name] for name in ("name", "rules", "confidenceLow", "strong")} == {
        name: value for name, value in wanted.items() if name != "reasonCode"
    }
