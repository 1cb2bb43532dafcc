"""A small organisation works through its deputy, or through another one's people by a cover agreement."""

from typing import Any

import pytest

from tests.desk import EMMEN as PLACE
from tests.desk import TRIAGE_EMMEN, Client
from tests.organisations.settled import APPROVED, ASSEN, DRENTHE, EMMEN, propose, settle

pytestmark = pytest.mark.anyio
SHIELDED = {"confidentiality": "shielded", "reporter": {"name": "Anna Bakker"}}


async def shielded_case(client: Client) -> dict[str, Any]:
    """A case of Emmen in fenna's hands, whose reporter asked to be shielded."""
    # An own colleague is named in it, so that triage comes first.
    await client.as_("ans").report(location=PLACE, concernsColleague=True, **SHIELDED)
    case = await client.as_("fenna").pull(TRIAGE_EMMEN)
    await client.as_("fenna").open(case)
    return case


async def asked_by_fenna(client: Client) -> str:
    """The id of a request of Emmen's coordinator for her organisation's second person."""
    case = await shielded_case(client)
    body = {"kind": "reveal", "caseId": case["id"], "reasonCode": "danger_to_reporter"}
    answer = await client.as_("fenna").post("/v1/approvals", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_nobody_covers_where_nothing_was_agreed(client: Client) -> None:
    id_ = await asked_by_fenna(client)
    assert (await client.as_("evert").post(f"/v1/approvals/{id_}/decisions", APPROVED)).status_code == 404
    assert id_ not in [one["id"] for one in await client.as_("evert").items("/v1/approvals")]
    assert (await client.as_("ilse").post(f"/v1/approvals/{id_}/decisions", APPROVED)).status_code == 201


async def test_people_of_the_covering_organisation_decide_for_the_covered(client: Client) -> None:
    await settle(client, EMMEN, "cover", content={"organisation": ASSEN})
    id_ = await asked_by_fenna(client)
    evert = client.as_("evert")
    assert id_ in [one["id"] for one in await evert.items("/v1/approvals")]
    decided = await evert.post(f"/v1/approvals/{id_}/decisions", APPROVED)
    assert decided.status_code == 201, decided.text
    assert decided.json()["decidedBy"] == evert.sub


async def test_what_the_covering_organisation_approved_reveals_and_once_only(client: Client) -> None:
    await settle(client, EMMEN, "cover", content={"organisation": ASSEN})
    case, fenna = await shielded_case(client), client.as_("fenna")
    body = {"kind": "reveal", "caseId": case["id"], "reasonCode": "danger_to_reporter"}
    asked = await fenna.post("/v1/approvals", body)
    opening = {"purpose": "assessment", "approvalId": asked.json()["id"]}
    path = f"/v1/cases/{case['id']}/reporter-openings"
    assert (await fenna.post(path, opening)).status_code == 403
    await client.as_("ina").post(f"/v1/approvals/{asked.json()['id']}/decisions", APPROVED)
    opened = await fenna.post(path, opening)
    assert opened.status_code == 201, opened.text
    assert opened.json()["reporter"]["name"] == "Anna Bakker"
    assert (await fenna.post(path, opening)).status_code == 403


async def test_breaking_the_glass_works_through_the_covering_organisation(client: Client) -> None:
    await settle(client, EMMEN, "cover", content={"organisation": ASSEN})
    body = {"kind": "break_glass", "role": "coordinator", "hours": 2, "reasonCode": "absence"}
    asked = await client.as_("ilse").post("/v1/approvals", body)
    assert (await client.as_("ilse").get("/v1/queues")).status_code == 403
    decided = await client.as_("evert").post(f"/v1/approvals/{asked.json()['id']}/decisions", APPROVED)
    assert decided.status_code == 201, decided.text
    assert (await client.as_("ilse").get(f"{TRIAGE_EMMEN}/cases")).status_code == 200


async def test_covering_is_one_way(client: Client) -> None:
    await settle(client, ASSEN, "cover", content={"organisation": EMMEN})
    id_ = await asked_by_fenna(client)
    assert (await client.as_("evert").post(f"/v1/approvals/{id_}/decisions", APPROVED)).status_code == 404


@pytest.mark.parametrize("content", [{"organisation": None}, {"organisation": DRENTHE}])
async def test_an_agreement_that_ended_or_went_to_another_counts_no_more(
    client: Client, content: dict[str, str | None]
) -> None:
    await settle(client, EMMEN, "cover", content={"organisation": ASSEN})
    await settle(client, EMMEN, "cover", content=content)
    id_ = await asked_by_fenna(client)
    assert (await client.as_("evert").post(f"/v1/approvals/{id_}/decisions", APPROVED)).status_code == 404


async def test_a_proposed_agreement_covers_nothing_yet(client: Client) -> None:
    asked = await propose(client.as_("gerrit"), EMMEN, "cover", content={"organisation": ASSEN})
    assert asked.status_code == 201
    id_ = await asked_by_fenna(client)
    assert (await client.as_("evert").post(f"/v1/approvals/{id_}/decisions", APPROVED)).status_code == 404


async def test_covering_opens_no_case_and_no_list_of_the_covered(client: Client) -> None:
    await settle(client, EMMEN, "cover", content={"organisation": ASSEN})
    case = await shielded_case(client)
    for name in ("evert", "eelco", "ina"):
        assert (await client.as_(name).get(f"/v1/cases/{case['id']}")).status_code == 404
        assert (await client.as_(name).get(f"{TRIAGE_EMMEN}/cases")).status_code == 404
    assert (await client.as_("evert").get(f"/v1/settings-versions?organisation={EMMEN}")).status_code == 403
