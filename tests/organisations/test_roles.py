"""Roles above employee need a dated grant, made by two people; who loses one is out, and her cases are free."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import now
from app.database import Login
from app.errors import Unavailable
from app.http.application import Desk as Application
from app.settings import Settings
from app.vault.keys import KeyRing
from app.worker import jobs, once
from tests.database import look
from tests.desk import REPORT, RIEC, Client
from tests.organisations.desk import database_of

pytestmark = pytest.mark.anyio
NEWCOMER = {"organisationId": "riec-noord-nederland", "role": "analyst", "reasonCode": "joined"}


def proposal(subject: str, **members: Any) -> dict[str, Any]:
    """A role proposed for this subject, for a month."""
    until = (now() + timedelta(days=30)).isoformat().replace("+00:00", "Z")
    return NEWCOMER | {"subject": subject, "validUntil": until} | members


async def grant_of(manager: Client, subject: str) -> str:
    """The id of the one grant in force of this subject."""
    [held] = [one for one in await manager.items(f"/v1/grants?subject={subject}") if one["endedAt"] is None]
    return str(held["id"])


async def free_cases(settings: Settings) -> None:
    """The worker's next look at who left."""
    ring = KeyRing.load(settings, holders=())
    [work] = [job for job in jobs(lambda: ring) if job.name == "free_cases_of_leavers"]
    async with database_of(settings) as database:
        assert await once(database, work) is not None


async def test_a_role_holds_once_a_second_person_has_confirmed_it(client: Client) -> None:
    gerrit, gea, eva = client.as_("gerrit"), client.as_("gea"), client.as_("eva")
    body = proposal(eva.sub, organisationId="gemeente-assen", role="coordinator")
    asked = await gerrit.post("/v1/grants", body)
    assert asked.status_code == 201, asked.text
    [waiting] = await gea.items("/v1/approvals?kind=grant&waiting=true")
    assert (waiting["state"], waiting["role"], waiting["subject"]) == ("waiting", "coordinator", eva.sub)
    assert waiting["validUntil"] is not None
    assert await gerrit.items(f"/v1/grants?subject={eva.sub}") == []
    confirmed = await gea.post(
        f"/v1/approvals/{asked.json()['id']}/decisions", {"decision": "approved", "reasonCode": "in_order"}
    )
    assert confirmed.status_code == 201, confirmed.text
    assert confirmed.json()["state"] == "used"
    [held] = await gerrit.items(f"/v1/grants?subject={eva.sub}")
    assert (held["role"], held["proposedBy"], held["confirmedBy"]) == ("coordinator", gerrit.sub, gea.sub)


async def test_nobody_confirms_what_she_proposed_or_what_is_hers(client: Client) -> None:
    gerrit, gea = client.as_("gerrit"), client.as_("gea")
    asked = await gerrit.post("/v1/grants", proposal("somebody-new"))
    decision = {"decision": "approved", "reasonCode": "in_order"}
    refused = await gerrit.post(f"/v1/approvals/{asked.json()['id']}/decisions", decision)
    assert (refused.status_code, refused.json()["reason"]) == (403, "same_person")
    own = await gerrit.post(
        "/v1/grants", proposal(gerrit.sub, organisationId="provincie-drenthe", role="dpo")
    )
    assert (own.status_code, own.json()["reason"]) == (403, "yourself")
    other = await gerrit.post("/v1/grants", proposal("gea-second", principal=gea.sub))
    gained = await gea.post(f"/v1/approvals/{other.json()['id']}/decisions", decision)
    assert (gained.status_code, gained.json()["reason"]) == (403, "same_person")
    assert await gerrit.items("/v1/grants?subject=somebody-new") == []


async def test_a_role_is_given_where_its_work_is_and_for_a_year_at_most(client: Client) -> None:
    gerrit = client.as_("gerrit")
    far = (now() + timedelta(days=400)).isoformat().replace("+00:00", "Z")
    for members, where in (
        ({"organisationId": "gemeente-emmen"}, "/role"),
        ({"organisationId": "gemeente-nergens"}, "/organisationId"),
        ({"validUntil": far}, "/validUntil"),
        ({"mandate": ["gemeente-emmen"]}, "/mandate"),
        ({"role": "auditor"}, "/mandate"),
    ):
        refused = await gerrit.post("/v1/grants", proposal("somebody", **members))
        assert refused.status_code == 400, members
        assert where in [fault["pointer"] for fault in refused.json()["errors"]], members


async def test_only_who_keeps_the_register_proposes(client: Client) -> None:
    for name in ("ans", "fenna", "femke", "hilde", "joost", "dirk", "bouke", "petra"):
        refused = await client.as_(name).post("/v1/grants", proposal("somebody"))
        assert refused.status_code == 403, name


async def test_who_loses_a_role_is_out_although_her_token_lives(client: Client) -> None:
    gerrit, bouke = client.as_("gerrit"), client.as_("bouke")
    assert (await bouke.get(f"{RIEC}/cases")).status_code == 200
    ended = await gerrit.post(
        f"/v1/grants/{await grant_of(gerrit, bouke.sub)}/withdrawals", {"reasonCode": "left"}
    )
    assert ended.status_code == 201, ended.text
    assert ended.json()["endedBy"] == gerrit.sub
    assert (await bouke.get(f"{RIEC}/cases")).status_code == 404
    assert (await bouke.get("/v1/queues")).status_code == 403
    again = await gerrit.post(f"/v1/grants/{ended.json()['id']}/withdrawals", {"reasonCode": "left"})
    assert again.status_code == 409


async def test_cases_of_a_leaver_are_free_with_history_and_deadline(
    client: Client, settings: Settings
) -> None:
    ans, gerrit, bouke, bart = (client.as_(name) for name in ("ans", "gerrit", "bouke", "bart"))
    for _ in range(3):
        await ans.report()
    held = [await bouke.pull(RIEC) for _ in range(3)]
    await bouke.open(held[0])
    assert (await bouke.move(held[0], "assess")).status_code == 201
    before = {case["id"]: case["dueAt"] for case in await bouke.items(f"{RIEC}/cases")}
    await gerrit.post(f"/v1/grants/{await grant_of(gerrit, bouke.sub)}/withdrawals", {"reasonCode": "left"})
    await free_cases(settings)
    listed = await bart.items(f"{RIEC}/cases")
    assert [(case["state"], case["assignee"]) for case in listed] == [("new", None)] * 3
    assert {case["id"]: case["dueAt"] for case in listed} == before
    history = await bart.items(f"/v1/cases/{held[0]['id']}/transitions")
    assert [move["transition"] for move in history] == ["claim", "assess", "release"]
    notices = (await bart.get("/v1/notices")).json()["items"]
    assert {one["objectId"] for one in notices if one["kind"] == "case_freed"} == set(before)
    assert (await bart.post(f"{RIEC}/claims", {"caseId": held[0]["id"]})).status_code == 201


async def test_a_freed_case_that_was_further_on_is_taken_over_as_it_stands(
    client: Client, settings: Settings
) -> None:
    ans, gerrit, bouke, bart = (client.as_(name) for name in ("ans", "gerrit", "bouke", "bart"))
    await ans.report()
    case = await bouke.pull(RIEC)
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(f"update cases set state = 'taken_up' where id = '{case['id']}'")
    await gerrit.post(f"/v1/grants/{await grant_of(gerrit, bouke.sub)}/withdrawals", {"reasonCode": "left"})
    await free_cases(settings)
    [free] = await bart.items(f"{RIEC}/cases")
    assert (free["state"], free["assignee"]) == ("taken_up", None)
    taken = await bart.post(f"{RIEC}/claims", {"caseId": case["id"]})
    assert (taken.status_code, taken.json()["state"], taken.json()["assignee"]) == (201, "taken_up", bart.sub)


async def test_somebody_on_the_deny_list_comes_in_no_more_until_two_people_say_so(client: Client) -> None:
    gerrit, gea, ans = client.as_("gerrit"), client.as_("gea"), client.as_("ans")
    await ans.report()
    body = {"organisationId": "gemeente-emmen", "subject": ans.sub, "reasonCode": "left"}
    denied = await gerrit.post("/v1/denials", body)
    assert denied.status_code == 201, denied.text
    assert (await ans.post("/v1/signals", REPORT)).status_code == 401
    assert (await gerrit.post("/v1/denials", body)).status_code == 409
    asked = await gerrit.post(f"/v1/denials/{denied.json()['id']}/liftings", {"reasonCode": "mistake"})
    assert asked.status_code == 201, asked.text
    assert (await ans.post("/v1/signals", REPORT)).status_code == 401
    decided = await gea.post(
        f"/v1/approvals/{asked.json()['id']}/decisions", {"decision": "approved", "reasonCode": "in_order"}
    )
    assert decided.status_code == 201, decided.text
    assert (await ans.post("/v1/signals", REPORT)).status_code == 201


async def test_a_privacy_officer_takes_away_in_her_own_organisation_alone(client: Client) -> None:
    hilde, gerrit = client.as_("hilde"), client.as_("gerrit")
    own, other = client.as_("fenna"), client.as_("eelco")
    assert {one["organisation"] for one in await hilde.items("/v1/grants")} == {"gemeente-emmen"}
    theirs = await grant_of(gerrit, other.sub)
    refused = await hilde.post(f"/v1/grants/{theirs}/withdrawals", {"reasonCode": "other"})
    assert refused.status_code == 404
    mine = await grant_of(hilde, own.sub)
    assert (await hilde.post(f"/v1/grants/{mine}/withdrawals", {"reasonCode": "other"})).status_code == 201
    denial = {"organisationId": "gemeente-assen", "subject": other.sub, "reasonCode": "other"}
    assert (await hilde.post("/v1/denials", denial)).status_code == 404


async def test_the_register_says_who_had_access_on_any_day(client: Client) -> None:
    gerrit, bouke = client.as_("gerrit"), client.as_("bouke")
    before = now().isoformat().replace("+00:00", "Z")
    id_ = await grant_of(gerrit, bouke.sub)
    await gerrit.post(f"/v1/grants/{id_}/withdrawals", {"reasonCode": "left"})
    after = now().isoformat().replace("+00:00", "Z")
    then = await gerrit.items(f"/v1/grants?subject={bouke.sub}&asOf={before}")
    assert [one["id"] for one in then] == [id_]
    assert await gerrit.items(f"/v1/grants?subject={bouke.sub}&asOf={after}") == []


async def test_a_register_that_cannot_be_read_lets_nobody_work(
    application: Application, client: Client
) -> None:
    register = application.state.frame.callers.register
    bouke = client.as_("bouke")
    assert (await bouke.get("/v1/queues")).status_code == 200

    async def unreadable() -> None:
        raise Unavailable(reason="database")

    register._source.read = unreadable
    assert (await bouke.get("/v1/queues")).status_code == 200
    register._read_at -= 45.0
    assert (await bouke.get("/v1/queues")).status_code == 503


async def test_the_login_of_the_register_is_the_desks_own(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine, engine.connect() as connection:
        seen = await connection.exec_driver_sql("select count(*) from grants")
        assert seen.scalar_one() == 0
