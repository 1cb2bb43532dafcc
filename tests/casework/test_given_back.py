"""What a recipient gave back is gone for it, its way to the key included; a later supply makes a new one."""

import pytest

from app.settings import Settings
from tests.casework.steps import LAB, Case, assess, query, supply, the_desk_acts
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, Client

pytestmark = pytest.mark.anyio
RECIPIENTS = [("bouke", RIEC, "riec-noord-nederland"), ("chris", RUDD, "rudd")]


async def wraps(settings: Settings, signal: str) -> dict[str, bytes]:
    """The wraps of a signal's own keys, by keyholder."""
    rows = await query(
        settings, "select keyholder, wrap from wraps.wraps where record_id = :signal", signal=signal
    )
    return {row["keyholder"]: row["wrap"] for row in rows}


async def supplied(client: Client) -> Case:
    """A case of Assen that its coordinator supplied to both recipients."""
    await client.as_("eva").report(text=LAB, location=ASSEN)
    case = await assess(client.as_("eelco"), TRIAGE_ASSEN)
    moved = await supply(client.as_("eelco"), case, "riec-noord-nederland", "rudd")
    assert moved.status_code == 201, moved.text
    return case


@pytest.mark.parametrize(("worker", "queue", "holder"), RECIPIENTS)
async def test_after_a_return_the_recipients_wrap_is_gone_and_everybody_elses_stays(
    client: Client, settings: Settings, worker: str, queue: str, holder: str
) -> None:
    case = await supplied(client)
    before = await wraps(settings, case["signalId"])
    theirs = await assess(client.as_(worker), queue)
    returned = await client.as_(worker).move(theirs, "return_to_triage", reasonCode="too_thin")
    assert returned.status_code == 201
    await the_desk_acts(settings)
    after = await wraps(settings, case["signalId"])
    assert set(before) - set(after) == {holder}
    assert after == {name: wrap for name, wrap in before.items() if name != holder}
    path = f"/v1/cases/{theirs['id']}"
    assert (await client.as_(worker).get(path)).status_code == 404
    opened = await client.as_(worker).post(f"{path}/openings", {"purpose": "assessment"})
    assert opened.status_code == 404


@pytest.mark.parametrize(("worker", "queue", "holder"), RECIPIENTS)
async def test_a_later_supply_makes_a_new_wrap_that_opens(
    client: Client, settings: Settings, worker: str, queue: str, holder: str
) -> None:
    case = await supplied(client)
    first = (await wraps(settings, case["signalId"]))[holder]
    theirs = await assess(client.as_(worker), queue)
    await client.as_(worker).move(theirs, "return_to_triage", reasonCode="too_thin")
    await the_desk_acts(settings)
    again = await supply(client.as_("eelco"), case, holder)
    assert again.status_code == 201, again.text
    assert (await wraps(settings, case["signalId"]))[holder] != first
    assert await client.as_(worker).open(await client.as_(worker).pull(queue))


async def test_a_case_that_was_closed_keeps_its_wrap(client: Client, settings: Settings) -> None:
    case = await supplied(client)
    theirs = await assess(client.as_("bouke"), RIEC)
    await client.as_("bouke").move(theirs, "close", outcome="not_confirmed")
    await the_desk_acts(settings)
    assert "riec-noord-nederland" in await wraps(settings, case["signalId"])
