"""Who may not know of a case gets the same 404 as for a case that never was, and each try is in the log."""

import uuid

import pytest

from tests.casework.steps import LAB, Case, assess, case_of, denials
from tests.desk import ASSEN, DRUGS, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client, Server

pytestmark = pytest.mark.anyio
MOVE = {"transition": "release", "reasonCode": "other"}
CATEGORY = {"category": "drugs", "topics": [], "reasonCode": "other"}
ANY = {"If-Match": "*"}


async def every_route(who: Client, case_id: str) -> list[tuple[int, dict[str, object]]]:
    """The answers of all routes of one case."""
    path = f"/v1/cases/{case_id}"
    answers = [
        await who.get(path),
        await who.post(f"{path}/openings", {"purpose": "assessment"}),
        await who.post(f"{path}/transitions", MOVE, ANY),
        await who.post(f"{path}/transitions", MOVE),
        await who.get(f"{path}/transitions"),
        await who.post(f"{path}/classifications", CATEGORY, ANY),
        await who.get(f"{path}/classifications"),
        await who.post(f"{path}/messages", {"text": "Hallo"}),
        await who.get(f"{path}/messages"),
    ]
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "ETag" not in answer.headers
    return [(answer.status_code, answer.json()) for answer in answers]


async def knows_nothing(desk: Client, name: str, case: Case) -> None:
    """Every route says 404, as for a case that does not exist; each try is a denial on this case."""
    who = desk.as_(name)
    told = await every_route(who, case["id"])
    assert {status for status, _ in told} == {404}, name
    assert told == await every_route(who, str(uuid.uuid4()))
    found = await denials(desk, who, case["id"])
    assert len(found) == len(told), name
    assert {entry["caseId"] for entry in found} == {case["id"]}


async def test_the_employee_and_the_coordinator_of_assen_get_404_for_everything_of_emmen(
    module_server: Server,
) -> None:
    async with module_server.client() as desk:
        made = await desk.as_("ans").report()
        triage = await case_of(desk.as_("fenna"), TRIAGE_EMMEN, made)
        theirs = await case_of(desk.as_("bouke"), RIEC, made)
        for name in ("eva", "eelco"):
            for case in (triage, theirs):
                await knows_nothing(desk, name, case)
            for queue in (TRIAGE_EMMEN, RIEC):
                for answer in (
                    await desk.as_(name).get(f"{queue}/cases"),
                    await desk.as_(name).post(f"{queue}/claims"),
                    await desk.as_(name).post(f"{queue}/claims", {"caseId": triage["id"]}),
                ):
                    assert answer.status_code == 404
        eelco = desk.as_("eelco")
        assert await eelco.items(f"{TRIAGE_ASSEN}/cases") == []
        assert [queue["id"] for queue in (await eelco.get("/v1/queues")).json()["items"]] == [
            "triage-gemeente-assen"
        ]
        before = len(await denials(desk, eelco, triage["id"]))
        named = await eelco.post(f"{TRIAGE_ASSEN}/claims", {"caseId": triage["id"]})
        assert named.status_code == 404
        assert len(await denials(desk, eelco, triage["id"])) == before + 1


async def test_refused_queues_are_in_the_log_by_name(module_server: Server) -> None:
    async with module_server.client() as desk:
        eva = desk.as_("eva")
        await eva.get(f"{TRIAGE_EMMEN}/cases")
        await eva.post(f"{TRIAGE_EMMEN}/claims")
        log = await desk.as_("dirk").items(
            f"/v1/access-log?actor={eva.sub}&outcome=denied&objectId=triage-gemeente-emmen"
        )
        assert {"case_listed", "case_claimed"} <= {entry["action"] for entry in log}


async def test_riec_and_rudd_get_404_for_each_others_cases(module_server: Server) -> None:
    async with module_server.client() as desk:
        made = await desk.as_("ans").report(text=LAB)
        bouke, chris = desk.as_("bouke"), desk.as_("chris")
        riec = await case_of(bouke, RIEC, made)
        rudd = await assess(chris, RUDD)
        await knows_nothing(desk, "chris", riec)
        await knows_nothing(desk, "bouke", rudd)
        for who, queue in ((chris, RIEC), (bouke, RUDD)):
            assert (await who.get(f"{queue}/cases")).status_code == 404
            assert (await who.post(f"{queue}/claims")).status_code == 404


async def test_a_municipality_sees_nothing_of_the_recipients_copies_of_its_own_signal(
    module_server: Server,
) -> None:
    async with module_server.client() as desk:
        made = await desk.as_("ans").report()
        await knows_nothing(desk, "fenna", await case_of(desk.as_("bouke"), RIEC, made))


async def test_emmen_gets_nothing_of_assen_and_no_text_leaves_in_a_refusal(module_server: Server) -> None:
    async with module_server.client() as desk:
        made = await desk.as_("eva").report(location=ASSEN)
        case = await case_of(desk.as_("eelco"), TRIAGE_ASSEN, made)
        for name in ("fenna", "ans", "bouke", "dirk", "gerrit", "hilde", "petra"):
            await knows_nothing(desk, name, case)
        for entry in await desk.as_("dirk").items(f"/v1/access-log?caseId={case['id']}"):
            assert DRUGS[:30] not in str(entry)
