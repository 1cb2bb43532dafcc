"""The category is a proposal: a person confirms or changes it, and both are kept."""

import pytest

from tests.casework.steps import LAB, assess, case_of
from tests.desk import RIEC, RUDD, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
CARE = {"category": "care_fraud", "topics": ["care_billing"], "reasonCode": "facts_known"}


async def test_a_change_stands_on_the_case_and_the_proposal_stays_beside_it(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    path = f"/v1/cases/{case['id']}"
    changed = await bouke.post(f"{path}/classifications", CARE, {"If-Match": f'"{case["version"]}"'})
    assert changed.status_code == 201
    assert (changed.json()["category"], changed.json()["topics"]) == ("care_fraud", ["care_billing"])
    assert changed.json()["lexiconRules"] == case["lexiconRules"]
    proposal, decision = await bouke.items(f"{path}/classifications")
    assert (proposal["madeBy"], proposal["category"], proposal["actor"]) == ("machine", "drugs", None)
    assert proposal["lexiconRules"] == case["lexiconRules"] != []
    assert (decision["madeBy"], decision["category"], decision["actor"]) == (
        "person",
        "care_fraud",
        bouke.sub,
    )
    assert decision["reasonCode"] == "facts_known"


async def test_confirming_is_a_decision_of_its_own(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    path = f"/v1/cases/{case['id']}"
    body = {"category": "drugs", "topics": [], "reasonCode": "confirmed"}
    confirmed = await bouke.post(f"{path}/classifications", body, {"If-Match": "*"})
    assert confirmed.json()["topics"] == case["topics"]
    assert confirmed.json()["version"] == case["version"] + 1
    made = [one["madeBy"] for one in await bouke.items(f"{path}/classifications")]
    assert made == ["machine", "person"]
    [entry] = await client.as_("dirk").items(f"/v1/access-log?caseId={case['id']}&action=case_classified")
    assert (entry["actor"], entry["reasonCode"]) == (bouke.sub, "confirmed")


async def test_a_decision_in_one_queue_does_not_show_in_another(client: Client) -> None:
    made = await client.as_("ans").report(text=LAB)
    fenna, bouke, chris = client.as_("fenna"), client.as_("bouke"), client.as_("chris")
    mine, theirs = await bouke.pull(RIEC), await chris.pull(RUDD)
    owners = await case_of(fenna, TRIAGE_EMMEN, made)
    await bouke.post(f"/v1/cases/{mine['id']}/classifications", CARE, {"If-Match": "*"})
    assert (await chris.get(f"/v1/cases/{theirs['id']}")).json()["category"] == theirs["category"]
    assert (await case_of(fenna, TRIAGE_EMMEN, made))["category"] == owners["category"]
    assert len(await chris.items(f"/v1/cases/{theirs['id']}/classifications")) == 1


async def test_it_needs_the_version_seen_and_the_case_in_hand(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, bart = client.as_("bouke"), client.as_("bart")
    path = f"/v1/cases/{(await case_of(bouke, RIEC, made))['id']}/classifications"
    assert (await bouke.post(path, CARE, {"If-Match": "*"})).status_code == 403
    case = await assess(bouke, RIEC)
    assert (await bouke.post(path, CARE)).status_code == 428
    assert (await bouke.post(path, CARE, {"If-Match": '"1"'})).status_code == 412
    assert (await bart.post(path, CARE, {"If-Match": "*"})).status_code == 403
    for body in (
        CARE | {"category": "fraude"},
        CARE | {"topics": ["hennep"]},
        CARE | {"reasonCode": "zomaar"},
    ):
        assert (await bouke.post(path, body, {"If-Match": "*"})).status_code == 400
    await bouke.move(case, "close", outcome="not_confirmed")
    closed = await bouke.post(path, CARE, {"If-Match": "*"})
    assert (closed.status_code, closed.json()["reason"]) == (409, "closed")


async def test_rudd_decides_in_environmental_terms_alone(client: Client) -> None:
    await client.as_("ans").report(text=LAB)
    chris = client.as_("chris")
    path = f"/v1/cases/{(await chris.pull(RUDD))['id']}/classifications"
    body = {"category": "human_trafficking", "topics": [], "reasonCode": "other"}
    refused = await chris.post(path, body, {"If-Match": "*"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "category_not_here")
    waste = {"category": "rural_premises", "topics": ["environment"], "reasonCode": "facts_known"}
    assert (await chris.post(path, waste, {"If-Match": "*"})).status_code == 201
