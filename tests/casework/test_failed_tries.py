"""What a worker tried and could not do now stands in the log with its case and its reason, under the act's own name."""

import pytest

from tests.casework.steps import LAB, assess, case_of, supply
from tests.desk import ASSEN, RIEC, TRIAGE_ASSEN, Client, new_key

pytestmark = pytest.mark.anyio


async def entries(client: Client, who: str, **members: str) -> list[tuple[str, str, str | None, str | None]]:
    """Entries of one person with these members: act, outcome, reason, case."""
    asked = "&".join(f"{name}={value}" for name, value in members.items())
    log = await client.as_("dirk").items(f"/v1/access-log?actor={client.as_(who).sub}&{asked}")
    return [(one["action"], one["outcome"], one["reasonCode"], one["caseId"]) for one in log]


async def test_to_open_a_closed_case_is_a_try_that_failed(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await assess(bouke, RIEC)
    await bouke.move(case, "close", outcome="not_confirmed")
    refused = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "review"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "closed")
    failed = await entries(client, "bouke", outcome="failed")
    assert failed == [("case_opened", "failed", "closed", case["id"])]


@pytest.mark.parametrize(
    ("members", "ground", "reason"),
    [
        ({"capacity": "investigation"}, "riec_partner", "regime"),
        ({"capacity": "care"}, "riec_partner", "needs_missing"),
        ({}, "environmental_task", "wrong_ground"),
    ],
)
async def test_a_supply_that_may_not_be_is_a_try_that_failed(
    client: Client, members: dict[str, str], ground: str, reason: str
) -> None:
    await client.as_("eva").report(text=LAB, location=ASSEN, **members)
    eelco = client.as_("eelco")
    case = await assess(eelco, TRIAGE_ASSEN)
    recipients = [{"queueId": "riec-noord-nederland", "ground": ground}]
    refused = await eelco.move(case, "supply", recipients=recipients)
    assert (refused.status_code, refused.json()["reason"]) == (409, reason)
    assert await entries(client, "eelco", outcome="failed") == [("case_moved", "failed", reason, case["id"])]
    assert await entries(client, "eelco", action="signal_supplied") == []


async def test_a_second_supply_to_the_same_recipient_is_a_try_that_failed(client: Client) -> None:
    await client.as_("eva").report(text=LAB, location=ASSEN)
    eelco = client.as_("eelco")
    case = await assess(eelco, TRIAGE_ASSEN)
    await supply(eelco, case, "rudd")
    assert (await supply(eelco, case, "rudd")).status_code == 409
    [(action, outcome, _, case_id)] = await entries(client, "eelco", outcome="failed")
    assert (action, outcome, case_id) == ("case_moved", "failed", case["id"])


async def test_to_read_messages_without_the_case_is_denied_under_the_name_of_reading(client: Client) -> None:
    """It would else look as if something had been sent."""
    made = await client.as_("ans").report()
    case = await case_of(client.as_("bouke"), RIEC, made)
    path = f"/v1/cases/{case['id']}/messages"
    assert (await client.as_("bart").get(path)).status_code == 403
    assert (await client.as_("chris").get(path)).status_code == 404
    assert (await client.as_("bart").post(path, {"text": "Hallo"})).status_code == 403
    read, sent = ("messages_opened", "denied"), ("message_sent", "denied")
    denied = await entries(client, "bart", outcome="denied")
    assert denied == [(*sent, "not_assigned", case["id"]), (*read, "not_assigned", case["id"])]
    assert await entries(client, "chris", outcome="denied") == [(*read, "no_such_case", case["id"])]


async def test_a_claim_sent_again_while_the_case_is_held_is_in_the_log_as_that(client: Client) -> None:
    await client.as_("ans").report()
    bouke, key = client.as_("bouke"), {"Idempotency-Key": new_key()}
    first, again = [await bouke.post(f"{RIEC}/claims", {}, key) for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    log = await entries(client, "bouke", caseId=first.json()["id"])
    assert [action for action, *_ in reversed(log)] == ["case_claimed", "case_claimed_again"]


@pytest.mark.parametrize("taken", [False, True])
async def test_a_claim_sent_again_after_release_gives_nothing_back(client: Client, taken: bool) -> None:
    await client.as_("ans").report()
    bouke, key = client.as_("bouke"), {"Idempotency-Key": new_key()}
    case = (await bouke.post(f"{RIEC}/claims", {}, key)).json()
    released = await bouke.move(case, "release", reasonCode="workload")
    assert released.status_code == 201
    if taken:
        await client.as_("bart").pull(RIEC)
    again = await bouke.post(f"{RIEC}/claims", {}, key)
    assert (again.status_code, again.json()["reason"]) == (409, "not_yours")
    [(action, _, reason, _)] = await entries(client, "bouke", outcome="failed")
    assert (action, reason) == ("case_claimed", "not_yours")
    assert await entries(client, "bouke", action="case_claimed_again") == []
    now = (await bouke.get(f"/v1/cases/{case['id']}")).json()
    assert now["assignee"] == (client.as_("bart").sub if taken else None)
