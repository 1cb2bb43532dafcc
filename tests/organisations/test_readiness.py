"""No organisation supplies without a person's yes before its people, agreements and documents are there."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.clock import new_id, now
from app.identity.actor import Role
from app.organisations import participants
from app.organisations.readiness import Standing, requirements
from app.organisations.settings import Version
from app.organisations.terms import Stated
from tests.desk import ASSEN as PLACE
from tests.desk import RIEC as RIEC_QUEUE
from tests.desk import TRIAGE_ASSEN, Client
from tests.organisations.settled import (
    ADOPTED,
    ASSEN,
    DIRECT,
    DOCUMENT,
    EMMEN,
    RIEC,
    RUDD,
    day,
    decide,
    give,
    propose,
    readiness,
    settle,
    settle_papers,
    take,
)
from tests.organisations.test_admission import know_anew

pytestmark = pytest.mark.anyio
CONFIRMED = {"mode": "confirmed", "validUntil": day(300)}


@pytest.fixture
async def ready(client: Client) -> Client:
    """Assen with everything it needs, supplying after a person's yes."""
    await settle_papers(client, ASSEN)
    await give(client, ASSEN, "privacy-of-assen", "privacy_officer")
    for queue, ground in ((RIEC, "riec_partner"), (RUDD, "environmental_task")):
        content = CONFIRMED | {"ground": ground}
        await settle(client, ASSEN, "supply_terms", name=queue, content=content)
    return client


async def test_an_organisation_learns_what_it_lacks(client: Client) -> None:
    found = await readiness(client.as_("eelco"), ASSEN)
    assert found["coordinator"] == (True, "there")
    assert found["deputy"] == (True, "there")
    assert found["approvers"] == (True, "there")
    assert found["cover"] == (True, "not_needed")
    assert found["disclosure_document"] == (True, "not_needed")
    lacking = {code: why for code, (met, why) in found.items() if not met}
    assert lacking == {
        "calendar": "missing",
        "disclosure": "no_ground_stated",
        "matrix": "missing",
        "privacy_officer": "missing",
        "privacy_protocol": "missing",
        "retention": "missing",
        "texts": "missing",
    }


async def test_an_organisation_with_all_of_it_is_ready_and_may_supply_direct(ready: Client) -> None:
    assert all(met for met, _ in (await readiness(ready.as_("eelco"), ASSEN)).values())
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    await ready.as_("eva").report(location=PLACE)
    [case] = await ready.as_("eelco").items(f"{TRIAGE_ASSEN}/cases")
    assert case["state"] == "supplied"
    assert len(await ready.as_("bouke").items(f"{RIEC_QUEUE}/cases")) == 1


async def test_back_to_confirmed_asks_nothing_and_intake_obeys(ready: Client) -> None:
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    content = CONFIRMED | {"ground": "riec_partner"}
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=content)
    await ready.as_("eva").report(location=PLACE)
    [case] = await ready.as_("eelco").items(f"{TRIAGE_ASSEN}/cases")
    assert case["state"] == "new"
    assert await ready.as_("bouke").items(f"{RIEC_QUEUE}/cases") == []


async def test_direct_for_one_category_leaves_the_others_confirmed(ready: Client) -> None:
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT | {"category": "care_fraud"})
    await ready.as_("eva").report(location=PLACE)
    [case] = await ready.as_("eelco").items(f"{TRIAGE_ASSEN}/cases")
    assert case["state"] == "new"


@pytest.mark.parametrize(
    ("name", "role", "code"),
    [("eelco", "coordinator", "coordinator"), ("ina", "approver", "approvers")],
)
async def test_direct_is_refused_at_activation_when_somebody_left_meanwhile(
    ready: Client, name: str, role: str, code: str
) -> None:
    asked = await propose(ready.as_("gerrit"), ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    await take(ready, ready.as_(name).sub, role)
    refused = await decide(ready.as_("gea"), asked)
    assert (refused.status_code, refused.json()["reason"]) == (409, "not_ready")
    assert code in {fault["code"] for fault in refused.json()["errors"]}
    active = await ready.as_("gea").items("/v1/settings-versions?kind=supply_terms&state=active")
    assert {one["content"]["mode"] for one in active} == {"confirmed"}
    await ready.as_("eva").report(location=PLACE)
    assert await ready.as_("bouke").items(f"{RIEC_QUEUE}/cases") == []


@pytest.mark.parametrize("kind", ["privacy_protocol", "retention", "matrix"])
async def test_direct_is_refused_where_a_document_is_missing(client: Client, kind: str) -> None:
    await give(client, ASSEN, "privacy-of-assen", "privacy_officer")
    for other in {"privacy_protocol", "retention", "matrix"} - {kind}:
        await settle(client, ASSEN, other, content=ADOPTED)
    await settle(client, ASSEN, "calendar", content={"closedDays": []})
    await settle(client, ASSEN, "texts", name="standard", content={"version": "standard-1"})
    await settle(client, ASSEN, "disclosure_document", name=RIEC, content=DOCUMENT)
    refused = await propose(client.as_("gerrit"), ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    assert refused.status_code == 409
    assert [fault["code"] for fault in refused.json()["errors"]] == [kind]
    await settle(client, ASSEN, kind, content=ADOPTED)
    await settle(client, ASSEN, "supply_terms", name=RIEC, content=DIRECT)


async def test_direct_lasts_no_longer_than_what_it_rests_on(ready: Client) -> None:
    short = DOCUMENT | {"validUntil": day(100)}
    await settle(ready, ASSEN, "disclosure_document", name=RIEC, content=short)
    refused = await propose(ready.as_("gerrit"), ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    assert [fault["code"] for fault in refused.json()["errors"]] == ["disclosure_document"]
    within = DIRECT | {"validUntil": day(100)}
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=within)


async def test_what_direct_rests_on_is_not_taken_from_under_it(ready: Client) -> None:
    short = DOCUMENT | {"validUntil": day(100)}
    early = await propose(ready.as_("gerrit"), ASSEN, "disclosure_document", name=RIEC, content=short)
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    late = await propose(ready.as_("gerrit"), ASSEN, "disclosure_document", name=RIEC, content=short)
    for refused in (late, await decide(ready.as_("gea"), early)):
        assert (refused.status_code, refused.json()["reason"]) == (409, "direct_lasts_longer")
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT | {"mode": "confirmed"})
    await settle(ready, ASSEN, "disclosure_document", name=RIEC, content=short)


async def test_direct_goes_on_until_its_end_when_somebody_leaves_and_two_end_it_before(ready: Client) -> None:
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT)
    await take(ready, ready.as_("ina").sub, "approver")
    assert (await readiness(ready.as_("eelco"), ASSEN))["approvers"] == (False, "too_few")
    await ready.as_("eva").report(location=PLACE)
    assert len(await ready.as_("bouke").items(f"{RIEC_QUEUE}/cases")) == 1
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT | {"mode": "confirmed"})
    know_anew(ready)
    await ready.as_("eva").report(location=PLACE)
    assert len(await ready.as_("bouke").items(f"{RIEC_QUEUE}/cases")) == 1


async def test_a_cover_agreement_makes_up_for_people_who_are_not_there(ready: Client) -> None:
    await take(ready, ready.as_("evert").sub, "deputy")
    await take(ready, ready.as_("evert").sub, "approver")
    found = await readiness(ready.as_("eelco"), ASSEN)
    assert (found["deputy"], found["approvers"], found["cover"]) == (
        (False, "missing"),
        (False, "too_few"),
        (False, "missing"),
    )
    await settle(ready, ASSEN, "cover", content={"organisation": EMMEN})
    for name in ("eelco", "gerrit"):
        found = await readiness(ready.as_(name), ASSEN)
        assert (found["deputy"], found["approvers"], found["cover"]) == (
            (True, "covered"),
            (True, "covered"),
            (True, "agreed"),
        )
    await settle(ready, ASSEN, "supply_terms", name=RIEC, content=DIRECT)


async def test_two_accounts_of_one_person_are_one_approver(ready: Client) -> None:
    ina = ready.as_("ina").sub
    await take(ready, ready.as_("evert").sub, "approver")
    await give(ready, ASSEN, "ina-second-account", "approver", principal=ina)
    assert (await readiness(ready.as_("eelco"), ASSEN))["approvers"] == (False, "too_few")


async def test_somebody_on_the_deny_list_counts_for_nothing(ready: Client) -> None:
    body = {"organisationId": ASSEN, "subject": ready.as_("ina").sub, "reasonCode": "left"}
    assert (await ready.as_("gerrit").post("/v1/denials", body)).status_code == 201
    assert (await readiness(ready.as_("eelco"), ASSEN))["approvers"] == (False, "too_few")


async def test_who_looks_after_an_organisation_reads_its_readiness_and_no_other(client: Client) -> None:
    for name in ("fenna", "femke", "hilde", "joost", "gerrit"):
        assert await readiness(client.as_(name), EMMEN)
    for name in ("fenna", "hilde", "ans", "ilse", "bouke", "dirk", "petra"):
        refused = await client.as_(name).get(f"/v1/organisations/{ASSEN}/readiness")
        assert refused.status_code == 404, name
    unknown = await client.as_("gerrit").get("/v1/organisations/gemeente-elders/readiness")
    assert unknown.status_code == 404


async def test_the_demonstration_goes_on_supplying_direct_for_emmen(client: Client) -> None:
    found = await readiness(client.as_("fenna"), EMMEN)
    assert found["disclosure"] == (True, "stated")
    assert found["disclosure_document"] == (False, "missing")
    await client.as_("ans").report()
    assert len(await client.as_("bouke").items(f"{RIEC_QUEUE}/cases")) == 1


async def test_recipients_need_people_and_papers_of_their_own(client: Client) -> None:
    found = await readiness(client.as_("gerrit"), RIEC)
    assert found["workers"] == (True, "there")
    assert "coordinator" not in found
    assert (await readiness(client.as_("gerrit"), RUDD))["workers"] == (False, "too_few")


TODAY = date(2026, 6, 1)
TWO = frozenset({"one", "two"})
FULL = Standing(
    participant=next(one for one in participants.load() if one.id == ASSEN),
    people={
        Role.COORDINATOR: frozenset({"one"}),
        Role.DEPUTY: frozenset({"two"}),
        Role.APPROVER: TWO,
        Role.PRIVACY_OFFICER: frozenset({"three"}),
    },
    covering=None,
    covering_approvers=frozenset(),
    settings={},
    terms=[],
    today=TODAY,
    keys=True,
)


def version(kind: str, content: bytes, name: str = "main", age: int = 1) -> Version:
    """A version of a setting, made so many days before today."""
    at = now().replace(year=2026, month=6, day=1) - timedelta(days=age)
    return Version(new_id(), ASSEN, kind, name, 1, content, "p", "c", new_id(), at)


def detail(standing: Standing, code: str) -> tuple[bool, str]:
    """What one requirement says."""
    [found] = [one for one in requirements(standing) if one.code == code]
    return found.met, found.detail


def test_one_person_cannot_be_coordinator_and_her_own_deputy() -> None:
    alone = replace(FULL, people={**FULL.people, Role.DEPUTY: frozenset({"one"})})
    assert detail(alone, "deputy") == (False, "same_person")
    assert detail(replace(alone, covering=EMMEN), "deputy") == (True, "covered")


@pytest.mark.parametrize(
    ("kind", "name", "content", "age", "said"),
    [
        ("retention", "main", b'{"document":"Z1","validUntil":"2026-05-31"}', 1, (False, "ended")),
        ("retention", "main", b'{"document":"Z1","validUntil":"2026-06-01"}', 1, (True, "adopted")),
        ("retention", "main", b'{"document":"Z1","validUntil":"never"}', 1, (False, "missing")),
        ("calendar", "main", b'{"closedDays":[]}', 399, (True, "there")),
        ("calendar", "main", b'{"closedDays":[]}', 401, (False, "outdated")),
        ("texts", "F1", b'{"text":"Dank u wel."}', 1, (False, "missing")),
    ],
)
def test_what_ended_counts_no_more(
    kind: str, name: str, content: bytes, age: int, said: tuple[bool, str]
) -> None:
    held: dict[tuple[str, str], Any] = {(kind, name): version(kind, content, name, age)}
    assert detail(replace(FULL, settings=held), kind) == said


def test_texts_of_its_own_count_when_there_is_one_for_each() -> None:
    own = {
        ("texts", f"F{number}"): version("texts", b'{"text":"Dank u wel."}', f"F{number}")
        for number in range(1, 10)
    }
    assert detail(replace(FULL, settings=own), "texts") == (True, "own")
    del own["texts", "F9"]
    assert detail(replace(FULL, settings=own), "texts") == (False, "missing")


def test_a_ground_for_one_category_is_no_ground_for_all() -> None:
    stated = [
        Stated(ASSEN, queue, category, "confirmed", "riec_partner", TODAY)
        for queue, category in ((RIEC, "drugs"), (RUDD, None))
    ]
    assert detail(replace(FULL, terms=stated), "disclosure") == (False, "no_ground_stated")
    all_of_it = [*stated, replace(stated[0], category=None)]
    assert detail(replace(FULL, terms=all_of_it), "disclosure") == (True, "stated")


def test_a_water_board_states_nothing_about_the_recipient_it_may_not_supply() -> None:
    board = next(one for one in participants.load() if one.kind == "water_board")
    stated = [Stated(board.id, RUDD, None, "confirmed", "environmental_task", TODAY)]
    found = replace(FULL, participant=board, terms=stated)
    assert detail(found, "disclosure") == (True, "stated")
