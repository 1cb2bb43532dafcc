"""Settings for tests: proposed by one functional manager and activated by the other, as people do it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2

from app.clock import now
from tests.desk import Client

EMMEN, ASSEN, DRENTHE = "gemeente-emmen", "gemeente-assen", "provincie-drenthe"
RIEC, RUDD = "riec-noord-nederland", "rudd"
APPROVED = {"decision": "approved", "reasonCode": "in_order"}


def day(days: int) -> str:
    """The day so many days from today."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def until(days: int) -> str:
    """The moment so many days from now."""
    return (now() + timedelta(days=days)).isoformat().replace("+00:00", "Z")


ADOPTED = {"document": "Z2026-00123", "validUntil": day(700)}
DOCUMENT = {"document": "Z2026-00124", "fgAdvice": "FG-2026-7", "validUntil": day(400)}
DIRECT = {"mode": "direct", "ground": "riec_partner", "validUntil": day(300)}


async def propose(manager: Client, organisation: str, kind: str, **members: Any) -> httpx2.Response:
    """The answer to a proposal."""
    body = {"organisationId": organisation, "kind": kind, "reasonCode": "in_order"} | members
    return await manager.post("/v1/settings-versions", body)


async def decide(person: Client, approval: httpx2.Response) -> httpx2.Response:
    """The answer to a yes to what was proposed."""
    assert approval.status_code == 201, approval.text
    return await person.post(f"/v1/approvals/{approval.json()['id']}/decisions", APPROVED)


async def settle(client: Client, organisation: str, kind: str, **members: Any) -> None:
    """Put a setting in force: gerrit proposes, gea activates."""
    asked = await propose(client.as_("gerrit"), organisation, kind, **members)
    done = await decide(client.as_("gea"), asked)
    assert done.status_code == 201, done.text
    assert done.json()["state"] == "used"


async def give(client: Client, organisation: str, subject: str, role: str, **members: Any) -> None:
    """Give somebody a role for a month: gerrit proposes, gea confirms."""
    body = {
        "organisationId": organisation,
        "subject": subject,
        "role": role,
        "validUntil": until(31),
        "reasonCode": "joined",
    }
    asked = await client.as_("gerrit").post("/v1/grants", body | members)
    done = await decide(client.as_("gea"), asked)
    assert done.status_code == 201, done.text


async def take(client: Client, subject: str, role: str) -> None:
    """End somebody's role."""
    gerrit = client.as_("gerrit")
    for one in await gerrit.items(f"/v1/grants?subject={subject}&role={role}"):
        ended = await gerrit.post(f"/v1/grants/{one['id']}/withdrawals", {"reasonCode": "left"})
        assert ended.status_code == 201, ended.text


async def settle_papers(client: Client, organisation: str) -> None:
    """Everything but people that an organisation needs."""
    for kind in ("privacy_protocol", "retention", "matrix"):
        await settle(client, organisation, kind, content=ADOPTED)
    await settle(client, organisation, "calendar", content={"closedDays": [day(30)]})
    await settle(client, organisation, "texts", name="standard", content={"version": "standard-1"})
    for queue in (RIEC, RUDD):
        await settle(client, organisation, "disclosure_document", name=queue, content=DOCUMENT)


async def readiness(client: Client, organisation: str) -> dict[str, tuple[bool, str]]:
    """What the organisation needs: met or not, and why."""
    answer = await client.get(f"/v1/organisations/{organisation}/readiness")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["ready"] == all(one["met"] for one in found["requirements"])
    return {one["code"]: (one["met"], one["detail"]) for one in found["requirements"]}


def today() -> date:
    """Today as the desk counts it."""
    return now().date()
