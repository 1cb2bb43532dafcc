"""The whole story: a clerk of Emmen reports, RIEC works it to an end, the auditor sees each of these acts."""

import pytest

from tests.desk import RIEC, TRIAGE_EMMEN, Client, Server

pytestmark = pytest.mark.anyio


async def test_a_report_goes_from_clerk_to_closed_case_and_every_act_is_in_the_log(
    module_server: Server,
) -> None:
    async with module_server.client() as desk:
        ans, bouke, dirk = desk.as_("ans"), desk.as_("bouke"), desk.as_("dirk")
        made = await ans.report()
        case = await bouke.pull(RIEC)
        assert case["signalId"] == made["id"]
        opened = await bouke.open(case)
        assert "wiet" in opened["content"]["text"]
        assert (await bouke.move(case, "assess")).status_code == 201
        closed = await bouke.move(case, "close", outcome="not_confirmed", reason="Niets gevonden.")
        assert closed.json()["state"] == "closed"
        await the_owner_may_settle(desk.as_("fenna"), made)
        log = await dirk.items(f"/v1/access-log?signalId={made['id']}")
        acts = [entry["action"] for entry in reversed(log)]
        assert set(acts[:2]) == {"signal_submitted", "signal_supplied"}
        assert acts[2:4] == ["case_claimed", "case_opened"]
        assert acts.count("case_moved") == 3
        assert {entry["actor"] for entry in log if entry["action"] == "case_opened"} == {bouke.sub}


async def the_owner_may_settle(fenna: Client, made: dict[str, object]) -> None:
    """The owner's case was born supplied and is settled once the recipient reported."""
    [case] = [item for item in await fenna.items(f"{TRIAGE_EMMEN}/cases") if item["signalId"] == made["id"]]
    assert case["state"] == "supplied"
    settled = await fenna.move(case, "settle")
    assert settled.status_code == 201
    assert settled.json()["outcome"] == "settled"
