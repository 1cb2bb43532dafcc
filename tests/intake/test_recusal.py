"""Who asks for another coordinator gets one who exists, or hears at once that there is none and that nothing is kept."""

from collections.abc import Callable

import pytest

from app.demo.cast import CAST, Group, Member, subject
from app.identity.actor import OrganisationId, Role, Subject
from app.installation import Person
from tests.desk import REPORT, Client
from tests.organisations.desk import give, read_anew
from tests.stored import Stored

pytestmark = pytest.mark.anyio
Newcomer = Callable[[str, str, Role], str]


@pytest.fixture
def newcomer(monkeypatch: pytest.MonkeyPatch) -> Newcomer:
    """Adds somebody to the cast, whose token passes the same door as any."""

    def add(name: str, organisation: str, role: Role) -> str:
        member = Member(
            name, subject(name), OrganisationId(organisation), frozenset({role}), name, None, Group.REPORT, ""
        )
        monkeypatch.setitem(CAST, name, member)
        return name

    return add


@pytest.mark.parametrize("member", [{"capacity": "investigation"}, {"capacity": "care"}, {"channel": "mma"}])
async def test_what_may_not_leave_the_organisation_cannot_go_to_another_coordinator(
    desk: Client, stored: Stored, member: dict[str, str]
) -> None:
    before = await stored.counts()
    body = REPORT | member | {"requestOtherCoordinator": True}
    refused = await desk.as_("ans").post("/v1/signals", body)
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/requestOtherCoordinator"]
    assert await stored.counts() == before
    sender = "fenna" if "channel" in member else "ans"
    assert (await desk.as_(sender).post("/v1/signals", REPORT | member)).status_code == 201


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.COORDINATOR])
async def test_the_province_has_nobody_to_cover_and_says_so_and_keeps_nothing(
    desk: Client, stored: Stored, newcomer: Newcomer, role: Role
) -> None:
    piet = desk.as_(newcomer(f"piet-{role.value}", "provincie-drenthe", role))
    await give(
        desk.settings, Person(OrganisationId("provincie-drenthe"), Subject(piet.sub), frozenset({role}))
    )
    read_anew(desk)
    assert (await piet.post("/v1/signals", REPORT)).status_code == 201
    before = await stored.counts()
    refused = await piet.post("/v1/signals", REPORT | {"requestOtherCoordinator": True})
    assert (refused.status_code, refused.json()["reason"]) == (409, "no_cover")
    assert "niet bewaard" in refused.json()["detail"]
    assert await stored.counts() == before
    [entry] = await stored.ask(
        "select e.outcome, e.reason_code, v.value from access_entries e join access_values v on v.entry_id = e.id"
        " where e.action = 'signal_submitted' order by e.at desc limit 1"
    )
    assert entry == ("failed", "no_cover", "employee of provincie-drenthe")


async def test_a_token_of_an_organisation_that_takes_no_part_reports_nothing(
    desk: Client, stored: Stored, newcomer: Newcomer
) -> None:
    stranger = desk.as_(newcomer("vreemd", "gemeente-elders", Role.EMPLOYEE))
    before = await stored.counts()
    for more in ({}, {"requestOtherCoordinator": True}):
        refused = await stranger.post("/v1/signals", REPORT | more)
        assert (refused.status_code, refused.json()["reason"]) == (403, "unknown_organisation")
    assert await stored.counts() == before
