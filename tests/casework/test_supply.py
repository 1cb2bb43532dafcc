"""The owner supplies by hand: on a ground that fits, each recipient its own part, once at a time."""

import pytest

from app.settings import Settings
from tests.casework.steps import LAB, Case, assess, history, query, supply, the_desk_acts
from tests.desk import ASSEN, DRUGS, RIEC, RUDD, TRIAGE_ASSEN, Client

pytestmark = pytest.mark.anyio
TO_RIEC = {"queueId": "riec-noord-nederland", "ground": "riec_partner"}
TO_RUDD = {"queueId": "rudd", "ground": "environmental_task"}


async def weighed(client: Client, **members: object) -> Case:
    """A case of Assen that its coordinator is assessing."""
    await client.as_("eelco" if "channel" in members else "eva").report(location=ASSEN, **members)
    return await assess(client.as_("eelco"), TRIAGE_ASSEN)


async def test_until_the_owner_supplies_nobody_else_has_a_case(client: Client, settings: Settings) -> None:
    case = await weighed(client, text=LAB)
    lines = {line["queueId"]: line["mode"] for line in case["routingDecision"]["lines"]}
    assert lines == {
        "triage-gemeente-assen": "triage",
        "riec-noord-nederland": "proposal",
        "rudd": "proposal",
    }
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    assert await client.as_("chris").items(f"{RUDD}/cases") == []
    holders = await query(
        settings,
        "select distinct keyholder as who from wraps.wraps where keyholder <> 'indexer' order by who",
    )
    assert [row["who"] for row in holders] == ["gemeente-assen", "reporter-gemeente-assen"]


async def test_the_recipient_sees_what_a_person_settled_on_and_its_own_line_alone(client: Client) -> None:
    eelco, bouke = client.as_("eelco"), client.as_("bouke")
    case = await weighed(client)
    care = {"category": "care_fraud", "topics": ["care_billing"], "reasonCode": "facts_known"}
    await eelco.post(f"/v1/cases/{case['id']}/classifications", care, {"If-Match": "*"})
    supplied = await supply(eelco, case, "riec-noord-nederland")
    assert supplied.json()["state"] == "supplied"
    theirs = await bouke.pull(RIEC)
    assert (theirs["category"], theirs["topics"]) == ("care_fraud", ["care_billing"])
    assert (theirs["reference"], theirs["signalId"]) == (case["reference"], case["signalId"])
    assert [line["queueId"] for line in theirs["routingDecision"]["lines"]] == ["riec-noord-nederland"]
    assert (await bouke.open(theirs))["content"]["text"] == DRUGS


async def test_a_supply_is_recorded_with_ground_and_person_and_in_the_log_as_an_opening(
    client: Client, settings: Settings
) -> None:
    eelco = client.as_("eelco")
    case = await weighed(client)
    await supply(eelco, case, "riec-noord-nederland")
    [row] = await query(settings, "select * from disclosures")
    assert (row["recipient"], row["parts"], row["mode"]) == ("riec-noord-nederland", ["content"], "confirmed")
    assert (row["ground"], row["decided_by"]) == ("riec_partner", eelco.sub)
    log = await client.as_("dirk").items(f"/v1/access-log?caseId={case['id']}&action=case_opened")
    assert [entry["purpose"] for entry in log] == ["supply", "assessment"]


async def test_without_a_fitting_ground_nobody_gets_anything(client: Client) -> None:
    eelco = client.as_("eelco")
    case = await weighed(client, text=LAB)
    wrong = [
        ([], "needs_missing"),
        ([TO_RIEC | {"ground": "environmental_task"}], "wrong_ground"),
        ([TO_RIEC, TO_RUDD | {"ground": "riec_partner"}], "wrong_ground"),
        ([TO_RIEC, TO_RIEC], "supplied_before"),
    ]
    for recipients, reason in wrong:
        refused = await eelco.move(case, "supply", recipients=recipients)
        assert (refused.status_code, refused.json()["reason"]) == (409, reason)
    for recipients in ([{"queueId": "politie", "ground": "riec_partner"}], [{"queueId": "rudd"}]):
        assert (await eelco.move(case, "supply", recipients=recipients)).status_code == 400
    misplaced = await eelco.move(case, "close", outcome="too_vague", recipients=[TO_RIEC])
    assert misplaced.status_code == 400
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    assert (await eelco.get(f"/v1/cases/{case['id']}")).json()["state"] == "assessing"


@pytest.mark.parametrize(
    ("members", "regime", "reason"),
    [
        ({"capacity": "investigation"}, "possible police data", "regime"),
        ({"capacity": "care"}, "secrecy of care", "needs_missing"),
        ({"channel": "mma"}, "Meld Misdaad Anoniem", "regime"),
    ],
)
async def test_what_may_not_be_shared_yet_stays_with_the_owner(
    client: Client, members: dict[str, object], regime: str, reason: str
) -> None:
    eelco = client.as_("eelco")
    case = await weighed(client, **members)
    for queue in ("riec-noord-nederland", "rudd"):
        refused = await supply(eelco, case, queue)
        assert (refused.status_code, refused.json()["reason"]) == (409, reason), regime


async def test_rudd_gets_by_hand_what_it_would_get_at_once(client: Client) -> None:
    emmen = await client.as_("ans").report(text=LAB, urgency="immediate_danger")
    case = await weighed(client, text=LAB, urgency="immediate_danger")
    await supply(client.as_("eelco"), case, "rudd")
    chris = client.as_("chris")
    listed = {item["ownerOrganisation"]: item for item in await chris.items(f"{RUDD}/cases")}
    details = [
        (await chris.get(f"/v1/cases/{listed[owner]['id']}")).json()
        for owner in ("gemeente-emmen", "gemeente-assen")
    ]
    for name in (
        "category",
        "topics",
        "confidence",
        "urgency",
        "priority",
        "flags",
        "lexiconRules",
        "visitHold",
    ):
        assert details[0][name] == details[1][name], name
    assert details[1]["flags"] == ["call_112"]
    assert {case["signalId"], emmen["id"]}.isdisjoint({one["signalId"] for one in details})


async def test_a_returned_case_can_be_supplied_again_and_then_be_settled(
    client: Client, settings: Settings
) -> None:
    eelco, bouke = client.as_("eelco"), client.as_("bouke")
    case = await weighed(client)
    await supply(eelco, case, "riec-noord-nederland")
    first = await assess(bouke, RIEC)
    await bouke.move(first, "return_to_triage", reasonCode="too_thin")
    await the_desk_acts(settings)
    again = await supply(eelco, case, "riec-noord-nederland")
    assert again.status_code == 201, again.text
    second = await assess(bouke, RIEC)
    assert second["id"] != first["id"]
    assert (await bouke.open(second))["content"]["text"] == DRUGS
    assert (await eelco.move(case, "settle", reasonCode="recipient_done")).status_code == 409
    await bouke.move(second, "close", outcome="not_confirmed")
    settled = await eelco.move(case, "settle", reasonCode="recipient_done")
    assert settled.json()["state"] == "closed"
    moves = await history(eelco, case)
    assert moves == ["claim", "assess", "supply", "returned", "supply", "settle"]


async def test_while_a_recipient_has_it_the_owner_cannot_close(client: Client, settings: Settings) -> None:
    eelco, bouke, chris = client.as_("eelco"), client.as_("bouke"), client.as_("chris")
    case = await weighed(client, text=LAB)
    await supply(eelco, case, "riec-noord-nederland", "rudd")
    returned = await assess(bouke, RIEC)
    await bouke.move(returned, "return_to_triage", reasonCode="single_authority")
    await the_desk_acts(settings)
    held = await eelco.move(case, "close", outcome="own_measure")
    assert (held.status_code, held.json()["reason"]) == (409, "needs_missing")
    await chris.move(await assess(chris, RUDD), "close", outcome="cleaned_up")
    closed = await eelco.move(case, "close", outcome="own_measure")
    assert closed.json()["outcome"] == "own_measure"
