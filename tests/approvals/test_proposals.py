"""A supply that a second person must agree to: nobody agrees with herself, and only what was agreed goes out."""

from typing import Any

import httpx2
import pytest

from app.settings import Settings
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio

EMMEN = {"municipalityCode": "0114"}
TO_RIEC = [{"queueId": "riec-noord-nederland", "ground": "riec_partner"}]
PROPOSE = {"transition": "propose_supply", "reasonCode": "needs_recipient", "recipients": TO_RIEC}
DISCLOSURE = "/v1/approvals?kind=disclosure"


async def moved(worker: Client, case: dict[str, Any], **members: object) -> httpx2.Response:
    """A move of the case as it is now."""
    now = await worker.get(f"/v1/cases/{case['id']}")
    return await worker.post(
        f"/v1/cases/{case['id']}/transitions", members, {"If-Match": now.headers["etag"]}
    )


async def decided(who: Client, approval: dict[str, Any], decision: str) -> httpx2.Response:
    path = f"/v1/approvals/{approval['id']}/decisions"
    return await who.post(path, {"decision": decision, "reasonCode": "in_order"})


async def state(worker: Client, case: dict[str, Any]) -> str:
    return str((await worker.get(f"/v1/cases/{case['id']}")).json()["state"])


@pytest.fixture
async def case(client: Client) -> dict[str, Any]:
    """A case of Emmen that Fenna assesses and that the rules sent nowhere by themselves."""
    fenna = client.as_("fenna")
    await client.as_("ans").report(text="Ik zag iets wat ik niet kan plaatsen.", location=EMMEN)
    found = await fenna.pull(TRIAGE_EMMEN)
    await fenna.open(found)
    assert (await fenna.move(found, "assess")).status_code == 201
    return found


@pytest.fixture
async def asked(client: Client, case: dict[str, Any]) -> dict[str, Any]:
    """The request that her proposal made."""
    answer = await moved(client.as_("fenna"), case, **PROPOSE)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "waiting_approval"
    [found] = await client.as_("ilse").items(DISCLOSURE)
    return found


def supply(approval: dict[str, Any]) -> dict[str, object]:
    return {"transition": "supply", "reasonCode": "needs_recipient", "approvalId": approval["id"]}


async def test_the_second_person_sees_to_whom_and_on_which_ground_and_no_text(
    case: dict[str, Any], asked: dict[str, Any], client: Client
) -> None:
    assert asked["recipients"] == TO_RIEC
    assert asked["caseId"] == case["id"]
    assert (await client.as_("ilse").get(f"/v1/cases/{case['id']}")).status_code == 404


async def test_nothing_is_supplied_before_another_person_agreed(
    case: dict[str, Any], asked: dict[str, Any], client: Client
) -> None:
    fenna, femke = client.as_("fenna"), client.as_("femke")
    early = await moved(fenna, case, **supply(asked))
    assert (early.status_code, early.json()["reason"]) == (403, "approval_waiting")
    without = await moved(fenna, case, transition="supply", reasonCode="needs_recipient")
    assert (without.status_code, without.json()["reason"]) == (409, "needs_missing")
    assert (await decided(fenna, asked, "approved")).status_code == 403
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    assert (await decided(femke, asked, "approved")).status_code == 201
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    done = await moved(fenna, case, **supply(asked))
    assert (done.status_code, done.json()["state"]) == (201, "supplied")
    assert len(await client.as_("bouke").items(f"{RIEC}/cases")) == 1
    [used] = await client.as_("ilse").items(DISCLOSURE)
    assert used["state"] == "used"


@pytest.mark.parametrize(
    ("who", "decision"), [("ilse", "refused"), ("hilde", "refused"), ("fenna", "withdrawn")]
)
async def test_a_no_brings_the_case_back_to_who_assesses_it(
    case: dict[str, Any], asked: dict[str, Any], client: Client, who: str, decision: str
) -> None:
    fenna = client.as_("fenna")
    assert (await decided(client.as_(who), asked, decision)).status_code == 201
    assert await state(fenna, case) == "assessing"
    moves = await fenna.items(f"/v1/cases/{case['id']}/transitions")
    assert (moves[-1]["transition"], moves[-1]["reasonCode"]) == ("refused", "not_approved")
    again = await moved(fenna, case, **PROPOSE)
    assert again.status_code == 201
    late = await moved(fenna, case, **supply(asked))
    assert late.status_code == 403
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


async def test_while_it_waits_nobody_takes_the_case_back_and_a_lapsed_request_lets_her(
    case: dict[str, Any], asked: dict[str, Any], client: Client, settings: Settings
) -> None:
    fenna = client.as_("fenna")
    resume = {"transition": "resume", "reasonCode": "lapsed"}
    waits = await moved(fenna, case, **resume)
    assert (waits.status_code, waits.json()["reason"]) == (409, "needs_missing")
    assert (await decided(client.as_("ilse"), asked, "approved")).status_code == 201
    assert (await moved(fenna, case, **resume)).status_code == 201
    assert (await moved(fenna, case, **PROPOSE)).status_code == 201
    stale = await moved(fenna, case, **supply(asked))
    assert (stale.status_code, stale.json()["reason"]) == (409, "approval_other")
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


async def test_other_recipients_than_were_agreed_to_get_nothing(
    case: dict[str, Any], asked: dict[str, Any], client: Client, settings: Settings
) -> None:
    fenna = client.as_("fenna")
    assert (await decided(client.as_("ilse"), asked, "approved")).status_code == 201
    more = await moved(fenna, case, **supply(asked), recipients=TO_RIEC)
    assert (more.status_code, more.json()["errors"][0]["code"]) == (400, "not_here")
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("alter table approvals disable trigger all;")
        await admin.exec_driver_sql(
            "update approvals set content = replace(convert_from(content, 'UTF8'), 'riec-noord-nederland', 'rudd')::bytea"
        )
    altered = await moved(fenna, case, **supply(asked))
    assert altered.status_code == 503
    assert await client.as_("chris").items("/v1/queues/rudd/cases") == []


async def test_whom_the_matrix_keeps_out_cannot_be_proposed(client: Client, case: dict[str, Any]) -> None:
    wrong = [{"queueId": "riec-noord-nederland", "ground": "environmental_task"}]
    refused = await moved(client.as_("fenna"), case, **(PROPOSE | {"recipients": wrong}))
    assert (refused.status_code, refused.json()["reason"]) == (409, "wrong_ground")
    assert await client.as_("ilse").items(DISCLOSURE) == []
