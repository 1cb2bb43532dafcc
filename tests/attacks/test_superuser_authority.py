"""Who runs SQL as superuser gives nobody a right: rows without the key outside the database are refused with an alarm."""

import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from app.approvals.models import ApprovalRow, DecisionRow
from app.clock import new_id, now
from app.figures import REGISTRY
from app.identity.models import GrantRow
from app.settings import Settings
from tests.approvals.test_second_person import APPROVE, asked_reveal, decide
from tests.database import look
from tests.desk import RIEC, Client
from tests.organisations.desk import read_anew

pytestmark = pytest.mark.anyio


def alarms(reason: str) -> float:
    """How often this alarm was raised in this process."""
    return REGISTRY.get_sample_value("meldpunt_alarms_total", {"reason": reason}) or 0.0


def slipped_in(sub: str) -> dict[str, object]:
    """A grant that looks like any other, but for its MAC."""
    return {
        "id": new_id(),
        "organisation_id": "riec-noord-nederland",
        "subject": sub,
        "role": "analyst",
        "mandate": [],
        "wpg": False,
        "principal": sub,
        "kind": "break_glass",
        "valid_from": now() - timedelta(days=1),
        "valid_until": now() + timedelta(days=1),
        "proposed_by": "x",
        "confirmed_by": "y",
        "mac": secrets.token_bytes(32),
    }


async def test_a_grant_slipped_in_gives_nothing(client: Client, settings: Settings) -> None:
    bouke, bart = client.as_("bouke"), client.as_("bart")
    raised = alarms("grant_forged")
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(f"delete from grants where subject = '{bouke.sub}'")
        await admin.execute(insert(GrantRow).values(**slipped_in(bouke.sub)))
    assert (await bart.get(f"{RIEC}/cases")).status_code == 200
    assert (await bouke.get(f"{RIEC}/cases")).status_code == 404
    assert alarms("grant_forged") == raised + 1
    shown = await client.as_("gerrit").items("/v1/grants?organisation=riec-noord-nederland")
    assert {one["subject"] for one in shown} == {bart.sub}


@pytest.mark.parametrize(
    "change",
    [
        "role = 'functional_manager'",
        "organisation_id = 'gemeente-assen'",
        "subject = principal || 'x'",
        "valid_until = valid_until + interval '9 years'",
        "mandate = '{*}'",
        "wpg = true",
        "kind = 'break_glass'",
    ],
)
async def test_a_grant_that_was_altered_gives_nothing_at_all(
    client: Client, settings: Settings, change: str
) -> None:
    bouke = client.as_("bouke")
    raised = alarms("grant_forged")
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(f"update grants set {change} where subject = '{bouke.sub}'")
    assert (await bouke.get("/v1/queues")).status_code == 403
    assert alarms("grant_forged") == raised + 1


async def test_a_grant_whose_end_was_wiped_out_stays_ended(client: Client, settings: Settings) -> None:
    gerrit, bouke = client.as_("gerrit"), client.as_("bouke")
    [held] = await gerrit.items(f"/v1/grants?subject={bouke.sub}")
    await gerrit.post(f"/v1/grants/{held['id']}/withdrawals", {"reasonCode": "left"})
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("update grants set ended_at = null, ended_by = null, ended_reason = null")
    read_anew(client)
    assert (await bouke.get("/v1/queues")).status_code == 403


async def test_a_decision_slipped_in_approves_nothing(client: Client, settings: Settings) -> None:
    case, asked = await asked_reveal(client)
    raised = alarms("approval_forged")
    async with look.as_superuser(settings) as admin:
        await admin.execute(
            insert(DecisionRow).values(
                approval_id=asked["id"],
                organisation_id="gemeente-emmen",
                decision="approved",
                reason_code="in_order",
                decided_by=client.as_("femke").sub,
                decided_principal=client.as_("femke").sub,
                decided_role="approver",
                decided_at=now(),
                mac=secrets.token_bytes(32),
            )
        )
    fenna = client.as_("fenna")
    refused = await fenna.post(
        f"/v1/cases/{case['id']}/reporter-openings", {"purpose": "reply", "approvalId": asked["id"]}
    )
    assert refused.status_code == 503
    assert alarms("approval_forged") > raised
    assert await client.as_("femke").items("/v1/approvals") == []


async def test_a_request_slipped_in_cannot_be_decided(client: Client, settings: Settings) -> None:
    row = {
        "id": uuid4(),
        "kind": "grant",
        "organisation_id": "gemeente-emmen",
        "object_kind": "grant",
        "object_id": str(new_id()),
        "content": b'{"subject":"somebody","principal":"somebody","role":"coordinator"}',
        "reason_code": "joined",
        "requested_by": "somebody",
        "requested_principal": "somebody",
        "requested_role": "functional_manager",
        "requested_at": now(),
        "expires_at": now() + timedelta(days=1),
        "mac": secrets.token_bytes(32),
    }
    async with look.as_superuser(settings) as admin:
        await admin.execute(insert(ApprovalRow).values(**row))
    refused = await client.as_("gea").post(f"/v1/approvals/{row['id']}/decisions", APPROVE)
    assert refused.status_code == 503
    async with look.as_superuser(settings) as admin:
        assert await look.one(admin, "select count(*) from grants where subject = 'somebody'") == 0


async def test_a_request_that_was_altered_after_it_was_asked_cannot_be_decided(
    client: Client, settings: Settings
) -> None:
    _, asked = await asked_reveal(client)
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("alter table approvals disable trigger append_only")
        await admin.execute(
            update(ApprovalRow).where(ApprovalRow.id == asked["id"]).values(requested_by="another")
        )
    assert (await decide(client.as_("femke"), asked)).status_code == 503
