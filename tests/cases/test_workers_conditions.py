"""Tags are compared as tags, not as text: a proxy weakens or marks them, and two may change one case at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.desk import RIEC, Client, client_for

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def desk(module_settings: Settings) -> AsyncIterator[Client]:
    async with client_for(create_app(module_settings), module_settings) as caller:
        yield caller


async def seen_three_times(desk: Client) -> dict[str, Any]:
    """A case whose tag is `"3"`."""
    made = await desk.as_("ans").report()
    bouke = desk.as_("bouke")
    [case] = [one for one in await bouke.items(f"{RIEC}/cases") if one["signalId"] == made["id"]]
    assert (await bouke.post(f"{RIEC}/claims", {"caseId": case["id"]})).status_code == 201
    await bouke.open(case)
    assert (await bouke.move(case, "assess")).status_code == 201
    found = await bouke.get(f"/v1/cases/{case['id']}")
    assert found.headers["ETag"] == '"3"'
    assert found.json()["version"] == 3
    return case


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        *(
            ('W/"3"', 412),
            ('"2"', 412),
            ('"3--gzip"', 412),
            ('"3;gzip"', 412),
            ('""', 412),
            ('"2", W/"3"', 412),
        ),
        *(
            ("3", 400),
            ("'3'", 400),
            ('"3', 400),
            ('"3" "4"', 400),
            ("", 400),
            ('w/"3"', 400),
            ('*, "3"', 400),
        ),
        *(('"2", "3"', 201), ('"3"', 201), ("*", 201), (' , "3",', 201), ('W/"9","3"', 201), ('"03"', 412)),
    ],
)
@pytest.mark.parametrize("kind", ["transitions", "classifications"])
async def test_a_condition_is_compared_strongly_and_as_a_list(
    desk: Client, kind: str, condition: str, status: int
) -> None:
    case = await seen_three_times(desk)
    bodies = {
        "transitions": {"transition": "release", "reasonCode": "workload"},
        "classifications": {"category": "drugs", "topics": [], "reasonCode": "other"},
    }
    path, bouke = f"/v1/cases/{case['id']}/{kind}", desk.as_("bouke")
    before = await bouke.items(path)
    answer = await bouke.post(path, bodies[kind], {"If-Match": condition})
    assert answer.status_code == status, answer.text
    assert len(await bouke.items(path)) == len(before) + (status == 201)


async def test_of_two_changes_on_what_both_saw_one_passes(desk: Client) -> None:
    case = await seen_three_times(desk)
    path, bouke = f"/v1/cases/{case['id']}/transitions", desk.as_("bouke")
    body = {"transition": "release", "reasonCode": "workload"}
    answers = await asyncio.gather(*(bouke.post(path, body, {"If-Match": '"3"'}) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    assert [one["transition"] for one in await bouke.items(path)] == ["claim", "assess", "release"]
