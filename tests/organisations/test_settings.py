"""A setting is proposed by one functional manager and activated by another; each version stays to be read."""

import asyncio
from typing import Any

import pytest

from app.disclosure.matrix import ruling
from app.organisations.contents import GROUNDS, RECIPIENTS
from app.organisations.terms import GROUND_OF, RECIPIENTS_OF
from app.settings import Settings
from tests.database import look
from tests.desk import Client
from tests.organisations.settled import (
    ADOPTED,
    APPROVED,
    ASSEN,
    DIRECT,
    DOCUMENT,
    EMMEN,
    RIEC,
    RUDD,
    day,
    decide,
    propose,
    settle,
)

pytestmark = pytest.mark.anyio
CONFIRMED = {"mode": "confirmed", "ground": "riec_partner", "validUntil": day(200)}


async def test_a_setting_holds_once_another_manager_has_activated_it(client: Client) -> None:
    gerrit, gea = client.as_("gerrit"), client.as_("gea")
    content = {"closedDays": [day(10), day(40)]}
    asked = await propose(gerrit, EMMEN, "calendar", content=content)
    assert asked.status_code == 201, asked.text
    assert (asked.json()["kind"], asked.json()["state"]) == ("setting", "waiting")
    [waiting] = await gea.items("/v1/settings-versions?kind=calendar")
    assert (waiting["state"], waiting["number"], waiting["content"]) == ("proposed", None, content)
    assert waiting["approvalId"] == asked.json()["id"]
    done = await decide(gea, asked)
    assert (done.status_code, done.json()["state"]) == (201, "used")
    [held] = await gea.items(f"/v1/settings-versions?kind=calendar&organisation={EMMEN}")
    assert (held["state"], held["number"], held["content"]) == ("active", 1, content)
    assert (held["proposedBy"], held["confirmedBy"]) == (gerrit.sub, gea.sub)
    assert held["id"] == asked.json()["objectId"]


async def test_nobody_activates_what_she_proposed(client: Client) -> None:
    gerrit = client.as_("gerrit")
    asked = await propose(gerrit, EMMEN, "calendar", content={"closedDays": []})
    refused = await decide(gerrit, asked)
    assert (refused.status_code, refused.json()["reason"]) == (403, "same_person")
    [waiting] = await gerrit.items("/v1/settings-versions")
    assert waiting["state"] == "proposed"


@pytest.mark.parametrize("name", ["femke", "ilse", "hilde", "fenna", "evert", "bouke"])
async def test_only_another_manager_activates_a_setting(client: Client, name: str) -> None:
    asked = await propose(client.as_("gerrit"), EMMEN, "calendar", content={"closedDays": []})
    refused = await decide(client.as_(name), asked)
    assert refused.status_code in {403, 404}
    [waiting] = await client.as_("gea").items("/v1/settings-versions")
    assert waiting["state"] == "proposed"


async def test_a_newer_version_takes_the_place_and_the_older_stays_to_be_read(client: Client) -> None:
    for closed in ([day(10)], [day(20)], []):
        await settle(client, EMMEN, "calendar", content={"closedDays": closed})
    await settle(client, ASSEN, "calendar", content={"closedDays": [day(1)]})
    found = await client.as_("gea").items(f"/v1/settings-versions?organisation={EMMEN}")
    assert [(one["number"], one["state"]) for one in found] == [
        (3, "active"),
        (2, "replaced"),
        (1, "replaced"),
    ]
    assert found[0]["content"] == {"closedDays": []}
    [active] = await client.as_("gea").items(f"/v1/settings-versions?organisation={ASSEN}&state=active")
    assert (active["number"], active["content"]) == (1, {"closedDays": [day(1)]})


async def test_settings_come_in_pages_and_none_twice(client: Client) -> None:
    for closed in range(1, 6):
        await settle(client, EMMEN, "calendar", content={"closedDays": [day(closed)]})
    gea, seen, cursor = client.as_("gea"), [], ""
    while True:
        page = (await gea.get(f"/v1/settings-versions?limit=2{cursor}")).json()
        assert len(page["items"]) <= 2
        seen += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [5, 4, 3, 2, 1]
    other = await client.as_("gerrit").get(f"/v1/settings-versions?limit=2{cursor}")
    assert other.status_code == 400


async def test_overseers_read_the_settings_of_their_own_organisation_alone(client: Client) -> None:
    for organisation in (EMMEN, ASSEN):
        await settle(client, organisation, "calendar", content={"closedDays": []})
        await propose(client.as_("gerrit"), organisation, "retention", content=ADOPTED)
    for name in ("hilde", "joost"):
        found = await client.as_(name).items("/v1/settings-versions")
        assert [(one["organisation"], one["state"]) for one in found] == [
            (EMMEN, "proposed"),
            (EMMEN, "active"),
        ]
        assert (await client.as_(name).get(f"/v1/settings-versions?organisation={ASSEN}")).status_code == 404
    for name in ("ans", "fenna", "femke", "bouke", "dirk", "petra"):
        assert (await client.as_(name).get("/v1/settings-versions")).status_code == 403, name


@pytest.mark.parametrize("name", ["ans", "fenna", "femke", "hilde", "joost", "dirk", "bouke", "petra"])
async def test_only_a_manager_proposes(client: Client, name: str) -> None:
    refused = await propose(client.as_(name), EMMEN, "calendar", content={"closedDays": []})
    assert refused.status_code == 403
    assert await client.as_("gea").items("/v1/settings-versions") == []


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    (EMMEN, "calendar", {"content": {"closedDays": ["2026-02-30"]}}, "/content/closedDays/0"),
    (EMMEN, "calendar", {"content": {"closedDays": [day(3), day(3)]}}, "/content/closedDays"),
    (EMMEN, "calendar", {"content": {"closedDays": [20260101]}}, "/content/closedDays/0"),
    (EMMEN, "calendar", {"content": {"closedDays": [], "more": 1}}, "/content"),
    (EMMEN, "calendar", {"content": {"closedDays": []}, "name": "main"}, ""),
    (EMMEN, "cover", {"content": {"organisation": EMMEN}}, "/content/organisation"),
    (EMMEN, "cover", {"content": {"organisation": "rudd"}}, "/content/organisation"),
    (EMMEN, "cover", {"content": {"organisation": "gemeente-elders"}}, "/content/organisation"),
    (EMMEN, "cover", {"content": {"organisation": ASSEN, "validUntil": day(-1)}}, "/content/validUntil"),
    ("rudd", "cover", {"content": {"organisation": ASSEN}}, "/organisationId"),
    ("gemeente-elders", "cover", {"content": {"organisation": ASSEN}}, "/organisationId"),
    (
        EMMEN,
        "supply_terms",
        {"name": RIEC, "content": CONFIRMED | {"ground": "environmental_task"}},
        "/content/ground",
    ),
    (
        EMMEN,
        "supply_terms",
        {"name": RIEC, "content": CONFIRMED | {"validUntil": day(0)}},
        "/content/validUntil",
    ),
    (
        EMMEN,
        "supply_terms",
        {"name": RIEC, "content": CONFIRMED | {"validUntil": day(400)}},
        "/content/validUntil",
    ),
    (EMMEN, "supply_terms", {"name": RIEC, "content": CONFIRMED | {"mode": "altijd"}}, "/content/mode"),
    (
        EMMEN,
        "supply_terms",
        {"name": RIEC, "content": CONFIRMED | {"category": "other"}},
        "/content/category",
    ),
    (EMMEN, "supply_terms", {"name": "triage-gemeente-assen", "content": CONFIRMED}, "/name"),
    ("waterschap-vechtstromen", "supply_terms", {"name": RIEC, "content": CONFIRMED}, "/name"),
    (
        EMMEN,
        "texts",
        {"name": "F2", "content": {"text": "Wij gaven het door aan het RIEC."}},
        "/content/text",
    ),
    (EMMEN, "texts", {"name": "F3", "content": {"text": "De politie weet ervan."}}, "/content/text"),
    (EMMEN, "texts", {"name": "F6", "content": {"text": "Afgesloten op 3 maart 2026."}}, "/content/text"),
    (EMMEN, "texts", {"name": "F2", "content": {"text": "half \u0000 woord"}}, ""),
    (EMMEN, "texts", {"name": "F2", "content": {"text": "x" * 2001}}, "/content/text"),
    (EMMEN, "texts", {"name": "F10", "content": {"text": "Dank u wel."}}, "/name"),
    (EMMEN, "texts", {"name": "standard", "content": {"text": "Dank u wel."}}, "/content"),
    (EMMEN, "texts", {"name": "F1", "content": {"version": "standard-1"}}, "/content"),
    (
        EMMEN,
        "disclosure_document",
        {"name": RUDD, "content": DOCUMENT | {"document": "=1+1"}},
        "/content/document",
    ),
    (
        EMMEN,
        "disclosure_document",
        {"name": RUDD, "content": DOCUMENT | {"fgAdvice": "met woorden"}},
        "/content/fgAdvice",
    ),
    (EMMEN, "privacy_protocol", {"content": ADOPTED | {"validUntil": day(-1)}}, "/content/validUntil"),
    (EMMEN, "ambitions", {"content": {}}, ""),
]


@pytest.mark.parametrize(("organisation", "kind", "members", "where"), WRONG)
async def test_what_does_not_fit_is_named_and_nothing_is_asked(
    client: Client, organisation: str, kind: str, members: dict[str, Any], where: str
) -> None:
    refused = await propose(client.as_("gerrit"), organisation, kind, **members)
    assert refused.status_code == 400, refused.text
    assert where in [fault["pointer"] for fault in refused.json()["errors"]]
    assert (await client.as_("gea").get("/v1/approvals")).json()["items"] == []


async def test_texts_of_an_own_making_are_kept_to_the_letter(client: Client) -> None:
    text = "Wij hebben uw melding ontvangen. Is er nu gevaar? Bel 112. </script>{{7*7}}"
    await settle(client, EMMEN, "texts", name="F1", content={"text": text})
    await settle(client, EMMEN, "texts", name="public", content={"text": "Bel de politie: 0900-8844."})
    found = await client.as_("gea").items("/v1/settings-versions?kind=texts")
    assert {one["name"]: one["content"]["text"] for one in found}["F1"] == text


async def test_terms_for_one_category_stand_beside_those_for_all(client: Client) -> None:
    await settle(client, ASSEN, "supply_terms", name=RIEC, content=CONFIRMED)
    await settle(client, ASSEN, "supply_terms", name=RIEC, content=CONFIRMED | {"category": "drugs"})
    found = await client.as_("gea").items(f"/v1/settings-versions?organisation={ASSEN}")
    assert {one["name"]: (one["number"], one["state"]) for one in found} == {
        RIEC: (1, "active"),
        f"{RIEC}/drugs": (1, "active"),
    }


async def test_proposals_activated_at_once_are_numbered_one_by_one_or_told_to_look_again(
    client: Client, settings: Settings
) -> None:
    gea = client.as_("gea")
    asked = [
        await propose(client.as_("gerrit"), EMMEN, "calendar", content={"closedDays": [day(n)]})
        for n in range(1, 5)
    ]
    answers = await asyncio.gather(*(decide(gea, one) for one in [*asked, asked[0]]))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 409}
    numbers = [one["number"] for one in await gea.items("/v1/settings-versions?state=active")]
    assert numbers == [statuses.count(201)]
    async with look.as_superuser(settings) as admin:
        assert await look.one(admin, "select count(*) from settings_versions") == statuses.count(201)
    again = await gea.post(f"/v1/approvals/{asked[0].json()['id']}/decisions", APPROVED)
    assert again.status_code in {201, 409}


async def test_proposing_and_activating_stand_in_the_log_by_id(client: Client) -> None:
    asked = await propose(
        client.as_("gerrit"), EMMEN, "texts", name="F2", content={"text": "Wij zijn bezig."}
    )
    await decide(client.as_("gea"), asked)
    version = asked.json()["objectId"]
    entries = await client.as_("dirk").items(f"/v1/access-log?objectId={version}")
    assert {(one["action"], one["actor"]) for one in entries} == {
        ("setting_proposed", client.as_("gerrit").sub),
        ("setting_activated", client.as_("gea").sub),
    }


async def test_direct_is_not_even_asked_while_the_organisation_is_not_ready(client: Client) -> None:
    refused = await propose(client.as_("gerrit"), ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    assert (refused.status_code, refused.json()["reason"]) == (409, "not_ready")
    missing = {fault["code"] for fault in refused.json()["errors"]}
    assert {"privacy_officer", "texts", "calendar", "disclosure_document", "matrix"} <= missing
    assert "coordinator" not in missing


def test_grounds_and_recipients_are_those_of_the_matrix() -> None:
    assert set(GROUND_OF) == set(RECIPIENTS)
    assert set(GROUND_OF.values()) == set(GROUNDS)
    kind_of = {RIEC: "riec", RUDD: "rudd"}
    for owner, recipients in RECIPIENTS_OF.items():
        for queue in RECIPIENTS:
            for ground in GROUNDS:
                allowed = ruling(owner, kind_of[queue], "avg", ground).allowed
                assert allowed == (queue in recipients and GROUND_OF[queue] == ground), (owner, queue, ground)
