"""A citizen's report comes over the platform, is weighed by the coordinator, worked by RIEC, settled by the owner."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from tests.casework.steps import Case, assess, history, query, supply
from tests.desk import DRUGS, RIEC, RUDD, TRIAGE_EMMEN, Client
from tests.journeys.conftest import Platform

pytestmark = pytest.mark.anyio
HOOK = "/v1/webhooks/citizen-reports"


def event(**members: object) -> str:
    """A CloudEvent of the platform about Emmen."""
    data = {
        "externalId": "burger-1",
        "text": DRUGS,
        "receivedAt": "2026-11-25T09:00:00+01:00",
        "municipalityCode": "0114",
        "anonymous": False,
        "contact": {"name": "Burger Bedacht", "mayBeShared": False},
    }
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "https://burgerplatform.example",
            "type": "nl.burgerplatform.melding-ontvangen.v1",
            "datacontenttype": "application/json",
            "data": data | members,
        }
    )


def headers(secret: str, body: str, webhook_id: str) -> dict[str, str]:
    """What the platform sends along, signed by the reference package."""
    moment = datetime.now(UTC)
    return {
        "Content-Type": "application/cloudevents+json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, moment, body),
    }


async def deliver(desk: Client, platform: Platform, body: str) -> str:
    """Deliver, and once more as a platform does that missed the answer; the reference."""
    known = headers(platform.secret, body, f"msg_{uuid.uuid4().hex}")
    first, again = [await desk.as_(None).send(HOOK, body.encode(), known) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202), first.text
    assert first.json() == again.json()
    return str(first.json()["reference"])


async def test_a_citizens_report_is_weighed_first_then_worked_and_settled(platform: Platform) -> None:
    async with platform.server.client() as desk:
        fenna, bouke = desk.as_("fenna"), desk.as_("bouke")
        reference = await deliver(desk, platform, event())
        await it_waits_for_the_coordinator_alone(desk, reference)
        case = await assess(fenna, TRIAGE_EMMEN)
        assert case["reference"] == reference
        silent = await fenna.post(f"/v1/cases/{case['id']}/messages", {"text": "Welke dag?"})
        assert (silent.status_code, silent.json()["reason"]) == (409, "no_mailbox")
        assert (await supply(fenna, case, "riec-noord-nederland")).json()["state"] == "supplied"
        await riec_works_it_to_an_end(bouke, reference)
        settled = await fenna.move(case, "settle", reasonCode="recipient_done")
        assert (settled.json()["state"], settled.json()["outcome"]) == ("closed", "settled")
        assert await history(fenna, case) == ["claim", "assess", "supply", "settle"]
        await the_log_tells_it(desk, case)


async def it_waits_for_the_coordinator_alone(desk: Client, reference: str) -> None:
    [waiting] = await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases")
    assert (waiting["reference"], waiting["state"]) == (reference, "new")
    detail = (await desk.as_("fenna").get(f"/v1/cases/{waiting['id']}")).json()
    [line] = detail["routingDecision"]["lines"]
    assert (line["ruleId"], line["reasonCodes"]) == ("A1", ["citizen_report"])
    for name, queue in (("bouke", RIEC), ("chris", RUDD)):
        assert await desk.as_(name).items(f"{queue}/cases") == []


async def riec_works_it_to_an_end(bouke: Client, reference: str) -> None:
    case = await assess(bouke, RIEC)
    assert case["reference"] == reference
    parts = await bouke.open(case)
    assert set(parts) == {"content"}
    assert parts["content"]["text"] == DRUGS
    assert "Burger Bedacht" not in json.dumps(parts)
    assert (await bouke.move(case, "close", outcome="partner_measure")).status_code == 201


async def the_log_tells_it(desk: Client, case: Case) -> None:
    log = await desk.as_("dirk").items(f"/v1/access-log?signalId={case['signalId']}")
    acts = [(entry["action"], entry["actor"]) for entry in reversed(log)]
    assert acts[:2] == [
        ("webhook_received", "citizen platform"),
        ("webhook_received_again", "citizen platform"),
    ]
    supplied = {entry["action"] for entry in log if entry["purpose"] == "supply"}
    assert supplied == {"case_opened", "case_moved", "signal_supplied"}
    done = [entry["purpose"] for entry in reversed(log) if entry["action"] == "case_moved"]
    assert done == ["assess", "supply", "assess", "close", "settle"]


async def test_a_citizen_outside_the_participants_lands_with_the_fallback_organisation(
    platform: Platform,
) -> None:
    async with platform.server.client() as desk:
        before = len(await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases"))
        await deliver(desk, platform, event(municipalityCode="0014"))
        assert len(await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases")) == before
        [case] = await query(platform.server.settings, "select * from cases where municipality_code = '0014'")
        assert (case["queue_id"], case["state"]) == ("triage-provincie-drenthe", "new")


async def test_a_delivery_signed_with_another_secret_or_altered_is_refused(platform: Platform) -> None:
    body = event()
    good = headers(platform.secret, body, "msg_altered")
    async with platform.server.client() as desk:
        before = len(await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases"))
        other = "whsec_" + "A" * 43 + "="
        for sent, known in ((body, headers(other, body, "msg_other")), (body + " ", good)):
            answer = await desk.as_(None).send(HOOK, sent.encode(), known)
            assert answer.status_code == 401
            assert DRUGS[:30] not in answer.text
        assert len(await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases")) == before
