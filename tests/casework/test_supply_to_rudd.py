"""Supplied by hand, a report looks to RUDD like any other: no rule, number or hour tells what else it holds."""

from typing import Any

import pytest

from app.settings import Settings
from tests.casework.rudd import arrived, everything, plain
from tests.casework.steps import LAB, Case, assess, query, supply
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, Client

pytestmark = pytest.mark.anyio
MANURE = "Mest wordt 's nachts in de sloot geloosd."
WASTE = "In de berm van de zandweg liggen tientallen jerrycans en vaten met drugsafval, het lekt in de bodem."
OIL = "De grond stinkt naar olie."
CARE = " De zorgaanbieder laat tekenen voor zorg die nooit is geleverd en de urenstaten van het pgb zijn vervalst."
PEOPLE = " De arbeiders mogen niet weg, hun paspoorten zijn ingenomen en ze worden uitgebuit."


async def given(client: Client, text: str, *queues: str) -> Case:
    """A report of Assen that its coordinator supplied by hand; her case."""
    await client.as_("eva").report(text=text, location=ASSEN)
    case = await assess(client.as_("eelco"), TRIAGE_ASSEN)
    assert (await supply(client.as_("eelco"), case, *queues)).status_code == 201
    return case


async def seen_of(client: Client, text: str) -> dict[str, Any]:
    """Everything that RUDD has of a report supplied by hand."""
    await given(client, text, "rudd")
    return await everything(client.as_("chris"))


@pytest.mark.parametrize("side", [CARE, PEOPLE], ids=["care", "people"])
@pytest.mark.parametrize(
    ("words", "rule", "reason"),
    [
        (MANURE, "B7", "environment_part"),
        (WASTE, "B5", "substances"),
        (OIL, "B7", "environment_part"),
    ],
    ids=["manure", "waste", "oil"],
)
async def test_a_report_about_people_supplied_by_hand_looks_like_one_about_the_soil(
    client: Client, words: str, side: str, rule: str, reason: str
) -> None:
    seen = [await seen_of(client, text) for text in (words, words + side)]
    assert plain(seen[0]) == plain(seen[1])
    [line] = seen[1]["before"]["routingDecision"]["lines"]
    assert (line["ruleId"], line["reasonCodes"], line["mode"]) == (rule, [reason], "supply")
    assert seen[1]["before"]["lexiconRules"]
    assert 0 < seen[1]["before"]["confidence"] < 1


async def test_the_rule_and_the_reason_by_hand_are_never_told_to_rudd(
    client: Client, settings: Settings
) -> None:
    for text in (MANURE, OIL, WASTE + CARE, "Er klopt iets niet in de straat.", CARE.strip()):
        await given(client, text, "rudd")
    rows = await query(settings, "select rule_id, reason_codes from routing_decisions where holder = 'rudd'")
    assert len(rows) == 5
    assert {row["rule_id"] for row in rows} <= {"B5", "B7"}
    assert {code for row in rows for code in row["reason_codes"]} <= {"substances", "environment_part"}
    disclosed = await query(settings, "select rule_id from disclosures where recipient = 'rudd'")
    assert "hand" not in {row["rule_id"] for row in disclosed}


@pytest.mark.parametrize("name", ["ans", "eva"])
async def test_rudds_copy_is_dated_by_the_hour_at_once_or_by_hand(
    client: Client, settings: Settings, name: str
) -> None:
    """A moment to the second would join it to the case of another queue."""
    if name == "ans":
        await client.as_(name).report(text=LAB)
    else:
        await given(client, LAB, "riec-noord-nederland", "rudd")
    chris = client.as_("chris")
    [listed] = await chris.items(f"{RUDD}/cases")
    decided = (await chris.get(f"/v1/cases/{listed['id']}")).json()["routingDecision"]["decidedAt"]
    [proposed] = await chris.items(f"/v1/cases/{listed['id']}/classifications")
    for moment in (listed["receivedAt"], decided, proposed["at"]):
        assert moment.endswith(":00:00.000000Z")
    times = "received_at, state_since"
    [row] = await query(settings, f"select {times} from cases where kind = 'rudd'")
    assert {moment.strftime("%M:%S.%f") for moment in row.values()} == {"00:00.000000"}
    [exact] = await client.as_("bouke").items(f"{RIEC}/cases")
    assert exact["receivedAt"] >= listed["receivedAt"]


@pytest.mark.parametrize("name", ["ans", "eva"])
async def test_rudd_is_warned_of_112_by_its_own_rule_and_riec_is_not_told_of_it(
    client: Client, name: str
) -> None:
    if name == "ans":
        await client.as_(name).report(text=LAB)
    else:
        await given(client, LAB, "riec-noord-nederland", "rudd")
    flags = {}
    for worker, queue in (("bouke", RIEC), ("chris", RUDD)):
        [listed] = await client.as_(worker).items(f"{queue}/cases")
        flags[worker] = (await client.as_(worker).get(f"/v1/cases/{listed['id']}")).json()["flags"]
    assert flags == {"bouke": [], "chris": ["call_112"]}


async def test_without_substances_rudd_is_not_warned_whatever_the_rest_of_the_report_is(
    client: Client,
) -> None:
    await given(client, MANURE + " In de loods staat een wietplantage met kweektenten.", "rudd")
    [seen] = await arrived(client.as_("chris"))
    assert seen["before"]["flags"] == []
