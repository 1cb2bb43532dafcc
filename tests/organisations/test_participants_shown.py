"""Who takes part is for everybody who works here; who has which role only for those who look after them."""

import pytest

from app.organisations import participants
from tests.desk import Client
from tests.organisations.settled import ASSEN, DRENTHE, EMMEN, RIEC

pytestmark = pytest.mark.anyio


async def detail(client: Client, organisation: str) -> dict[str, tuple[int, list[str] | None]] | None:
    """People by role as this caller sees them: how many, and who."""
    answer = await client.get(f"/v1/organisations/{organisation}")
    assert answer.status_code == 200, answer.text
    people = answer.json()["people"]
    return people and {one["role"]: (one["count"], one["subjects"]) for one in people}


async def test_all_who_take_part_are_listed_once_over_any_pages(client: Client) -> None:
    bouke, found, cursor = client.as_("bouke"), [], ""
    while True:
        page = (await bouke.get(f"/v1/organisations?limit=4{cursor}")).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [one["id"] for one in found] == sorted(one.id for one in participants.load())
    by_id = {one["id"]: one for one in found}
    assert by_id[EMMEN] == {
        "id": EMMEN,
        "kind": "municipality",
        "name": "gemeente Emmen",
        "municipalityCode": "0114",
        "reports": True,
        "active": True,
        "queues": ["triage-gemeente-emmen"],
    }
    assert (by_id[RIEC]["reports"], by_id[RIEC]["queues"]) == (False, [RIEC])


@pytest.mark.parametrize("name", ["fenna", "hilde", "joost", "gerrit"])
async def test_who_looks_after_the_organisation_sees_who(client: Client, name: str) -> None:
    people = await detail(client.as_(name), EMMEN)
    assert people is not None
    subs = sorted(client.as_(one).sub for one in ("femke", "ilse"))
    assert people["approver"] == (2, subs)
    assert people["coordinator"] == (1, [client.as_("fenna").sub])
    assert set(people) == {"approver", "coordinator", "deputy", "dpo", "privacy_officer"}


async def test_others_of_the_organisation_see_how_many(client: Client) -> None:
    people = await detail(client.as_("ilse"), EMMEN)
    assert people is not None
    assert people["approver"] == (2, None)
    assert (await detail(client.as_("dirk"), DRENTHE) or {})["functional_manager"] == (2, None)


@pytest.mark.parametrize("name", ["fenna", "hilde", "ilse", "bouke", "dirk"])
async def test_nobody_but_a_manager_learns_of_people_elsewhere(client: Client, name: str) -> None:
    assert await detail(client.as_(name), ASSEN) is None
    assert "coordinator" in (await detail(client.as_("gerrit"), ASSEN) or {})


@pytest.mark.parametrize("name", ["ans", "formulier-emmen", "petra"])
async def test_who_only_reports_or_counts_has_no_list_of_organisations(client: Client, name: str) -> None:
    assert (await client.as_(name).get("/v1/organisations")).status_code == 403
    assert (await client.as_(name).get(f"/v1/organisations/{EMMEN}")).status_code == 404


@pytest.mark.parametrize("odd", ["gemeente-elders", "%00", "..%2f..", "GEMEENTE-EMMEN", "x" * 300])
async def test_an_organisation_that_takes_no_part_is_not_there(client: Client, odd: str) -> None:
    for path in (f"/v1/organisations/{odd}", f"/v1/organisations/{odd}/readiness"):
        answer = await client.as_("gerrit").get(path)
        assert answer.status_code == 404, path
        assert odd not in answer.text
