"""A report under professional secrecy of care leaves its owner only after the privacy officer's own yes."""

from typing import Any

import pytest

from app.approvals.kinds import KINDS, deciders
from app.disclosure.matrix import GROUNDS, ruling
from app.identity.actor import Role
from app.settings import Settings
from tests.approvals.test_proposals import DISCLOSURE, EMMEN, PROPOSE, TO_RIEC, decided, moved, state, supply
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio

OWNERS = ("municipality", "province", "water_board", "riec", "rudd")
QUEUES = ("riec", "rudd", "triage", "police")


@pytest.fixture
async def case(client: Client) -> dict[str, Any]:
    """A case of Emmen, reported by somebody who works in care, that Fenna assesses."""
    fenna = client.as_("fenna")
    await client.as_("ans").report(text="Een cliënt vertelde mij iets.", location=EMMEN, capacity="care")
    found = await fenna.pull(TRIAGE_EMMEN)
    await fenna.open(found)
    assert (await fenna.move(found, "assess")).status_code == 201
    return found


@pytest.fixture
async def asked(client: Client, case: dict[str, Any]) -> dict[str, Any]:
    """The request that her proposal made."""
    answer = await moved(client.as_("fenna"), case, **PROPOSE)
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting_approval")
    [found] = await client.as_("hilde").items(DISCLOSURE)
    return found


async def set_regime(settings: Settings, regime: str) -> None:
    """Under which law every report falls, by SQL."""
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("alter table signals disable trigger all")
        await admin.exec_driver_sql(f"update signals set regime = '{regime}'")


async def test_the_coordinator_alone_supplies_it_to_nobody_and_is_told_whom_to_ask(
    case: dict[str, Any], client: Client
) -> None:
    fenna = client.as_("fenna")
    for queue, ground in (("riec-noord-nederland", "riec_partner"), ("rudd", "environmental_task")):
        to = [{"queueId": queue, "ground": ground}]
        refused = await moved(fenna, case, transition="supply", reasonCode="needs_recipient", recipients=to)
        assert (refused.status_code, refused.json()["reason"]) == (409, "needs_missing")
        assert "privacy officer" in refused.json()["detail"]
    detail = (await fenna.get(f"/v1/cases/{case['id']}")).json()
    needs = {one["transition"]: one["needs"] for one in detail["allowedTransitions"]}
    assert (needs["supply"], needs["propose_supply"]) == (["second_person"], [])
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


@pytest.mark.parametrize("who", ["ilse", "femke", "joost", "fenna", "ina", "gerrit", "bouke"])
@pytest.mark.parametrize("decision", ["approved", "refused"])
async def test_nobody_decides_in_place_of_the_privacy_officer(
    case: dict[str, Any], asked: dict[str, Any], client: Client, who: str, decision: str
) -> None:
    answer = await decided(client.as_(who), asked, decision)
    assert answer.status_code in {403, 404}
    assert await state(client.as_("fenna"), case) == "waiting_approval"
    early = await moved(client.as_("fenna"), case, **supply(asked))
    assert (early.status_code, early.json()["reason"]) == (403, "approval_waiting")
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


async def test_the_request_says_that_only_she_decides(asked: dict[str, Any], client: Client) -> None:
    assert asked["decides"] == ["privacy_officer"]
    assert asked["recipients"] == TO_RIEC
    refused = await decided(client.as_("ilse"), asked, "approved")
    assert (refused.status_code, refused.json()["reason"]) == (403, "role_missing")


async def test_after_her_yes_it_goes_to_whom_she_agreed_to_and_opens_there(
    case: dict[str, Any], asked: dict[str, Any], client: Client
) -> None:
    assert (await decided(client.as_("hilde"), asked, "approved")).status_code == 201
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []
    done = await moved(client.as_("fenna"), case, **supply(asked))
    assert (done.status_code, done.json()["state"]) == (201, "supplied")
    bouke = client.as_("bouke")
    taken = await bouke.pull(RIEC)
    assert (await bouke.open(taken))["content"]["text"] == "Een cliënt vertelde mij iets."


async def test_after_her_no_it_stays_and_without_her_it_stays(
    case: dict[str, Any], asked: dict[str, Any], client: Client
) -> None:
    fenna = client.as_("fenna")
    assert (await decided(client.as_("hilde"), asked, "refused")).status_code == 201
    assert await state(fenna, case) == "assessing"
    alone = await moved(fenna, case, transition="supply", reasonCode="needs_recipient", recipients=TO_RIEC)
    assert (alone.status_code, alone.json()["reason"]) == (409, "needs_missing")
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


async def test_an_approvers_yes_counts_no_more_once_the_report_falls_under_secrecy(
    case: dict[str, Any], client: Client, settings: Settings
) -> None:
    await set_regime(settings, "avg")
    fenna = client.as_("fenna")
    assert (await moved(fenna, case, **PROPOSE)).status_code == 201
    [asked] = await client.as_("ilse").items(DISCLOSURE)
    assert asked["decides"] is None
    assert (await decided(client.as_("ilse"), asked, "approved")).status_code == 201
    await set_regime(settings, "wmo_youth")
    refused = await moved(fenna, case, **supply(asked))
    assert (refused.status_code, refused.json()["reason"]) == (409, "privacy_officer")
    assert await client.as_("bouke").items(f"{RIEC}/cases") == []


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ({"queueId": "rudd", "ground": "environmental_task"}, "regime"),
        ({"queueId": "riec-noord-nederland", "ground": "environmental_task"}, "wrong_ground"),
    ],
)
async def test_what_the_matrix_leaves_closed_she_is_not_even_asked(
    case: dict[str, Any], client: Client, recipient: dict[str, str], reason: str
) -> None:
    refused = await moved(client.as_("fenna"), case, **(PROPOSE | {"recipients": [recipient]}))
    assert (refused.status_code, refused.json()["reason"]) == (409, reason)
    assert await client.as_("hilde").items(DISCLOSURE) == []


def test_the_matrix_opens_nothing_under_secrecy_without_the_privacy_officer() -> None:
    opened = set()
    for owner in OWNERS:
        for queue in QUEUES:
            for ground in GROUNDS:
                secret, plain = (ruling(owner, queue, regime, ground) for regime in ("wmo_youth", "avg"))
                assert secret.privacy_officer == secret.allowed
                assert plain.allowed or not secret.allowed
                assert not plain.privacy_officer
                assert not any(ruling(owner, queue, regime, ground).allowed for regime in ("wpg", "mma", "?"))
                if secret.allowed:
                    opened.add((owner, queue, ground, secret.parts))
    assert opened == {
        ("municipality", "riec", "riec_partner", ("content",)),
        ("province", "riec", "riec_partner", ("content",)),
    }


def test_a_request_names_fewer_deciders_never_others() -> None:
    kind = KINDS["disclosure"]
    assert deciders(kind, {}) == {Role.APPROVER, Role.PRIVACY_OFFICER}
    assert deciders(kind, {"decides": ["privacy_officer"]}) == {Role.PRIVACY_OFFICER}
    assert deciders(kind, {"decides": ["coordinator", "employee"]}) == frozenset()
    assert deciders(kind, {"decides": []}) == frozenset()
