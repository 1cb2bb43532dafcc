"""What a boa reported while investigating may be police data: only who is authorised for it works on it."""

import pytest

from tests.desk import TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio


async def test_only_an_authorised_worker_gets_a_case_with_police_data(client: Client) -> None:
    fenna, femke = client.as_("fenna"), client.as_("femke")
    await client.as_("ans").report(capacity="investigation")
    [case] = await femke.items(f"{TRIAGE_EMMEN}/cases")
    assert (await femke.post(f"{TRIAGE_EMMEN}/claims")).status_code == 204
    named = await femke.post(f"{TRIAGE_EMMEN}/claims", {"caseId": case["id"]})
    assert (named.status_code, named.json()["reason"]) == (403, "wpg_not_authorised")
    taken = await fenna.pull(TRIAGE_EMMEN)
    assert taken["id"] == case["id"]
    assert "content" in await fenna.open(taken)


async def test_who_is_not_authorised_neither_opens_nor_moves_it_though_it_is_in_her_hands(
    client: Client,
) -> None:
    fenna, gerrit, gea = client.as_("fenna"), client.as_("gerrit"), client.as_("gea")
    await client.as_("ans").report(capacity="investigation")
    case = await fenna.pull(TRIAGE_EMMEN)
    [held] = await gerrit.items(f"/v1/grants?subject={fenna.sub}")
    asked = await gerrit.post(
        "/v1/grants",
        {
            "organisationId": "gemeente-emmen",
            "subject": fenna.sub,
            "role": "coordinator",
            "validUntil": held["validUntil"],
            "reasonCode": "changed_task",
        },
    )
    decision = {"decision": "approved", "reasonCode": "in_order"}
    assert (await gea.post(f"/v1/approvals/{asked.json()['id']}/decisions", decision)).status_code == 201
    await gerrit.post(f"/v1/grants/{held['id']}/withdrawals", {"reasonCode": "changed_task"})
    opened = await fenna.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert (opened.status_code, opened.json()["reason"]) == (403, "wpg_not_authorised")
    moved = await fenna.move(case, "release", reasonCode="workload")
    assert (moved.status_code, moved.json()["reason"]) == (403, "wpg_not_authorised")
    assert (await fenna.get(f"/v1/cases/{case['id']}")).status_code == 200
