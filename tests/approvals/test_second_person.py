"""One person asks, another decides, in time, once; nothing else makes an approval."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.approvals.kinds import KINDS
from app.audit import act as act_module
from app.clock import now
from app.demo.cast import CAST
from app.identity.actor import Role
from tests.desk import EMMEN, REPORT, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
APPROVE = {"decision": "approved", "reasonCode": "in_order"}
GLASS = {"kind": "break_glass", "role": "coordinator", "hours": 4, "reasonCode": "absence"}


async def asked_reveal(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """A shielded report in fenna's hands, and her request to see who reported."""
    ans, fenna = client.as_("ans"), client.as_("fenna")
    await ans.report(
        text="Ik zag iets wat ik niet kan plaatsen.", confidentiality="shielded", reporter={"name": "Ans Aap"}
    )
    case = await fenna.pull(TRIAGE_EMMEN)
    body = {"kind": "reveal", "caseId": case["id"], "reasonCode": "danger_to_reporter"}
    asked = await fenna.post("/v1/approvals", body)
    assert asked.status_code == 201, asked.text
    return case, asked.json()


async def decide(who: Client, approval: dict[str, Any], **members: Any) -> Any:
    """Her decision about this request."""
    return await who.post(f"/v1/approvals/{approval['id']}/decisions", APPROVE | members)


async def test_an_approver_of_the_own_organisation_decides_and_it_stays_decided(client: Client) -> None:
    _, asked = await asked_reveal(client)
    assert asked["state"] == "waiting"
    waiting = await client.as_("femke").items("/v1/approvals?waiting=true")
    assert [one["id"] for one in waiting] == [asked["id"]]
    decided = await decide(client.as_("femke"), asked)
    assert (decided.status_code, decided.json()["state"]) == (201, "approved")
    again = await decide(client.as_("ilse"), asked, decision="refused")
    assert (again.status_code, again.json()["reason"]) == (409, "approved")


async def test_nobody_decides_about_her_own_request(client: Client) -> None:
    _, asked = await asked_reveal(client)
    refused = await decide(client.as_("fenna"), asked)
    assert (refused.status_code, refused.json()["reason"]) == (403, "same_person")
    withdrawn = await decide(client.as_("fenna"), asked, decision="withdrawn")
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (201, "withdrawn")
    assert (await decide(client.as_("femke"), asked)).status_code == 409


async def test_only_the_asker_withdraws(client: Client) -> None:
    _, asked = await asked_reveal(client)
    refused = await decide(client.as_("femke"), asked, decision="withdrawn")
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_yours")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("evert", 404),
        ("ina", 404),
        ("bouke", 404),
        ("chris", 404),
        ("gerrit", 403),
        ("hilde", 403),
        ("ans", 404),
    ],
)
async def test_others_cannot_decide(client: Client, name: str, status: int) -> None:
    _, asked = await asked_reveal(client)
    assert (await decide(client.as_(name), asked)).status_code == status
    [still] = await client.as_("femke").items("/v1/approvals?waiting=true")
    assert still["state"] == "waiting"


async def test_a_request_that_has_lapsed_is_decided_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, asked = await asked_reveal(client)
    later = now() + timedelta(hours=KINDS["reveal"].hours, seconds=1)
    monkeypatch.setattr(act_module, "now", lambda: later)
    refused = await decide(client.as_("femke"), asked)
    assert (refused.status_code, refused.json()["reason"]) == (409, "expired")
    used = await client.as_("fenna").post(
        f"/v1/cases/{case['id']}/reporter-openings", {"purpose": "reply", "approvalId": asked["id"]}
    )
    assert (used.status_code, used.json()["reason"]) == (403, "approval_expired")


async def test_two_who_decide_at_once_make_one_decision(client: Client) -> None:
    _, asked = await asked_reveal(client)
    answers = await asyncio.gather(
        decide(client.as_("femke"), asked), decide(client.as_("ilse"), asked, decision="refused")
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_asking_is_for_the_worker_of_the_case(client: Client) -> None:
    ans, fenna, femke = client.as_("ans"), client.as_("fenna"), client.as_("femke")
    await ans.report(text="Ik zag iets wat ik niet kan plaatsen.")
    case = await fenna.pull(TRIAGE_EMMEN)
    body = {"kind": "reveal", "caseId": case["id"], "reasonCode": "danger_to_reporter"}
    assert (await femke.post("/v1/approvals", body)).json()["reason"] == "not_assigned"
    assert (await client.as_("eelco").post("/v1/approvals", body)).status_code == 404
    assert (await client.as_("bouke").post("/v1/approvals", body)).status_code == 403
    assert (await ans.post("/v1/approvals", body)).status_code == 403


async def test_breaking_the_glass_gives_a_role_for_hours_and_tells_the_privacy_officer(
    client: Client,
) -> None:
    ilse, femke, hilde = client.as_("ilse"), client.as_("femke"), client.as_("hilde")
    await client.as_("ans").report(text="Ik zag iets wat ik niet kan plaatsen.", location=EMMEN)
    assert (await ilse.get(f"{TRIAGE_EMMEN}/cases")).status_code == 404
    asked = await ilse.post("/v1/approvals", GLASS)
    assert asked.status_code == 201, asked.text
    told = (await hilde.get("/v1/notices")).json()["items"]
    assert [one["kind"] for one in told] == ["break_glass_asked"]
    assert (await ilse.get(f"{TRIAGE_EMMEN}/cases")).status_code == 404
    assert (await decide(femke, asked.json())).status_code == 201
    assert (await ilse.get(f"{TRIAGE_EMMEN}/cases")).status_code == 200
    told = (await hilde.get("/v1/notices")).json()["items"]
    assert {one["kind"] for one in told} == {"break_glass_asked", "break_glass_opened"}
    [grant] = [
        one for one in await hilde.items(f"/v1/grants?subject={ilse.sub}") if one["kind"] == "break_glass"
    ]
    assert grant["validUntil"] > grant["validFrom"]
    seen = await hilde.post(f"/v1/notices/{told[0]['id']}/acknowledgements")
    assert seen.status_code == 204
    left = await hilde.items("/v1/notices?unseen=true")
    assert [one["id"] for one in left] == [told[1]["id"]]


async def test_no_notice_falls_off_the_end_of_the_list(client: Client) -> None:
    ilse, hilde = client.as_("ilse"), client.as_("hilde")
    for _ in range(3):
        asked = await ilse.post("/v1/approvals", GLASS)
        assert asked.status_code == 201, asked.text
        withdrawn = {"decision": "withdrawn", "reasonCode": "mistake"}
        path = f"/v1/approvals/{asked.json()['id']}/decisions"
        assert (await ilse.post(path, withdrawn)).status_code == 201
    first = (await hilde.get("/v1/notices?limit=2")).json()
    rest = (await hilde.get(f"/v1/notices?limit=2&cursor={first['next']}")).json()
    whole = await hilde.items("/v1/notices")
    assert len({one["id"] for one in whole}) == len(whole) >= 3
    assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in whole][:4]
    strange = await client.as_("bart").get(f"/v1/notices?cursor={first['next']}")
    assert strange.status_code == 400


async def test_what_breaking_the_glass_lent_needs_the_askers_own_role_in_the_token(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ilse, femke = client.as_("ilse"), client.as_("femke")
    asked = await ilse.post("/v1/approvals", GLASS)
    assert (await decide(femke, asked.json())).status_code == 201
    assert (await ilse.get(f"{TRIAGE_EMMEN}/cases")).status_code == 200
    weak = replace(CAST["ilse"], roles=frozenset({Role.EMPLOYEE}))
    monkeypatch.setitem(CAST, "ilse", weak)
    client.tokens.pop("ilse")
    assert (await ilse.get(f"{TRIAGE_EMMEN}/cases")).status_code == 404


async def test_the_glass_is_broken_for_hours_and_for_work_of_ones_own_organisation(client: Client) -> None:
    ilse = client.as_("ilse")
    for members in ({"hours": 9}, {"role": "analyst"}, {"role": "functional_manager"}, {"hours": None}):
        refused = await ilse.post("/v1/approvals", GLASS | members)
        assert refused.status_code == 400, members


async def test_the_log_tells_who_asked_and_who_decided(client: Client) -> None:
    case, asked = await asked_reveal(client)
    await decide(client.as_("femke"), asked)
    log = await client.as_("dirk").items(f"/v1/access-log?caseId={case['id']}")
    told = {line["action"]: line["actor"] for line in log}
    assert told["approval_asked"] == client.as_("fenna").sub
    assert told["approval_decided"] == client.as_("femke").sub


async def test_a_body_that_does_not_fit_is_refused_with_its_places(client: Client) -> None:
    ilse = client.as_("ilse")
    for body in (
        {"kind": "grant", "reasonCode": "joined"},
        {"kind": "reveal", "reasonCode": "other"},
        {"kind": "reveal", "caseId": "x", "reasonCode": "other"},
        {
            "kind": "break_glass",
            "role": "coordinator",
            "hours": 2,
            "caseId": REPORT["text"],
            "reasonCode": "other",
        },
        {"kind": "reveal", "reasonCode": "because"},
    ):
        refused = await ilse.post("/v1/approvals", body)
        assert refused.status_code == 400, body
        assert refused.json()["errors"]
