"""Where a report lands: the guards of the rule set, over the door, each with its rule and reason."""

from collections.abc import Mapping

import pytest

from app.settings import Settings
from tests.casework.steps import LAB, case_of, query
from tests.desk import ASSEN, EMMEN, RIEC, RUDD, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
GUARDS: tuple[tuple[Mapping[str, object], str, str], ...] = (
    ({"channel": "mma"}, "A1", "citizen_report"),
    ({"capacity": "investigation"}, "A2", "possible_police_data"),
    ({"capacity": "care"}, "A3", "professional_secrecy"),
    ({"concernsColleague": True}, "A4", "whistleblower"),
    ({"location": {}}, "A6", "place_unknown"),
    ({"location": {"municipalityCode": "0014"}}, "A6", "place_unknown"),
    ({"observation": "rumour"}, "A7", "too_thin"),
    ({"observation": "third_party"}, "A7", "too_thin"),
    ({"text": "Ik zag iets wat ik niet kan plaatsen."}, "A8", "uncertain"),
)


REGIMES = {"A1": "mma", "A2": "wpg", "A3": "wmo_youth"}
"""Of these the reader is warned by a flag."""


async def test_what_a_guard_holds_back_waits_in_triage_of_the_owner_with_its_reason(
    client: Client, settings: Settings
) -> None:
    ans, fenna = client.as_("ans"), client.as_("fenna")
    for members, rule, reason in GUARDS:
        made = await (fenna if "channel" in members else ans).report(**members)
        case = await case_of(fenna, TRIAGE_EMMEN, made)
        detail = (await fenna.get(f"/v1/cases/{case['id']}")).json()
        [line] = detail["routingDecision"]["lines"]
        assert (detail["state"], line["ruleId"], line["reasonCodes"]) == ("new", rule, [reason]), members
        assert line["mode"] == "triage"
        regime = REGIMES.get(rule)
        assert detail["flags"] == (["integrity"] if rule == "A4" else [regime] if regime else []), members
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    assert await client.as_("chris").items(f"{RUDD}/cases") == []
    holders = {row["k"] for row in await query(settings, "select distinct keyholder as k from wraps.wraps")}
    assert holders == {"gemeente-emmen", "reporter-gemeente-emmen", "indexer"}


async def test_another_coordinator_means_the_province_and_nothing_in_her_own_municipality(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report(requestOtherCoordinator=True)
    for name in ("fenna", "femke"):
        assert await client.as_(name).items(f"{TRIAGE_EMMEN}/cases") == []
    [case] = await query(settings, "select * from cases")
    assert (case["queue_id"], case["state"]) == ("triage-provincie-drenthe", "new")
    [line] = await query(settings, "select * from routing_decisions where mode = 'triage'")
    assert (line["rule_id"], line["reason_codes"]) == ("A5", ["other_coordinator"])
    holders = await query(
        settings, "select distinct keyholder as k from wraps.wraps where keyholder <> 'indexer' order by k"
    )
    assert [row["k"] for row in holders] == ["provincie-drenthe", "reporter-provincie-drenthe"]
    path = f"/v1/cases/{case['id']}"
    fenna = client.as_("fenna")
    answers = [
        await fenna.get(path),
        await fenna.post(f"{path}/openings", {"purpose": "triage"}),
        await fenna.get(f"{path}/messages"),
        await fenna.post(f"{TRIAGE_EMMEN}/claims", {"caseId": str(case["id"])}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    log = await client.as_("hilde").items(f"/v1/access-log?signalId={made['id']}")
    assert [entry["action"] for entry in log] == ["signal_submitted"]


async def test_hearsay_with_something_to_go_by_is_no_guard(client: Client) -> None:
    made = await client.as_("ans").report(
        observation="rumour", vehicles=[{"plate": "12-ABC-3", "country": "NL"}]
    )
    assert (await case_of(client.as_("bouke"), RIEC, made))["state"] == "new"


async def test_whatever_is_reported_the_owner_has_exactly_one_triage_case(
    client: Client, settings: Settings
) -> None:
    several: tuple[Mapping[str, object], ...] = (
        {},
        {"text": LAB},
        {"text": "zomaar"},
        {"confidentiality": "anonymous"},
        {"capacity": "investigation"},
        {"location": EMMEN},
        {"location": ASSEN},
        {"location": {}},
    )
    for name in ("ans", "eva", "fenna", "bouke", "chris", "formulier-emmen"):
        for members in several:
            await client.as_(name).report(**members)
    found = await query(
        settings,
        "select count(c.id) as triage, min(c.queue_id) = 'triage-' || s.organisation_id as owns"
        " from signals s left join cases c on c.signal_id = s.id and c.kind = 'triage' group by s.id",
    )
    assert len(found) == 6 * len(several)
    assert {(row["triage"], row["owns"]) for row in found} == {(1, True)}


async def test_staff_of_riec_and_rudd_own_nothing_they_report(client: Client, settings: Settings) -> None:
    for name in ("bouke", "chris"):
        await client.as_(name).report(location=ASSEN)
        await client.as_(name).report(location={})
    owners = await query(settings, "select organisation_id as owner from signals order by owner")
    assert [row["owner"] for row in owners] == ["gemeente-assen"] * 2 + ["provincie-drenthe"] * 2


async def test_the_owners_case_is_born_supplied_only_where_every_recipient_got_it_at_once(
    client: Client,
) -> None:
    made = await client.as_("ans").report(text=LAB)
    fenna = client.as_("fenna")
    mine = await case_of(fenna, TRIAGE_EMMEN, made)
    lines = (await fenna.get(f"/v1/cases/{mine['id']}")).json()["routingDecision"]["lines"]
    assert mine["state"] == "supplied"
    assert {line["queueId"]: line["mode"] for line in lines if line["mode"] != "triage"} == {
        "riec-noord-nederland": "supply",
        "rudd": "supply",
    }


async def test_nothing_joins_the_case_of_rudd_to_those_of_others(client: Client) -> None:
    made = await client.as_("ans").report(text=LAB)
    [rudd] = await client.as_("chris").items(f"{RUDD}/cases")
    riec = await case_of(client.as_("bouke"), RIEC, made)
    assert rudd["signalId"] is None
    assert rudd["reference"] not in {made["reference"], riec["reference"]}
    assert riec["reference"] == made["reference"]
    assert rudd["id"] not in {made["id"], riec["id"]}
