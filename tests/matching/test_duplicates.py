"""Reports that may tell the same event are proposed with the reason to who may merge them, and merged by nobody else."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.matching.index import SHORT
from app.settings import Settings
from tests.audit.rows import stored
from tests.casework.steps import Case, case_of, claim, places_of, query
from tests.desk import ASSEN, EMMEN, RIEC, TRIAGE_ASSEN, Client
from tests.matching.pairs import SAME
from tests.matching.steps import PLATE, run, waiting, worker_ring

pytestmark = pytest.mark.anyio
ONE, OTHER = SAME[0]
ELSE = "In de Dorpsstraat staat al weken een caravan waarin mensen slapen. Er is geen water en de containers lopen over."


async def told(client: Client, text: str, who: str = "eva", **members: Any) -> dict[str, Any]:
    """A report to Assen with this text, indexed."""
    made = await client.as_(who).report(**({"text": text, "location": ASSEN} | members))
    await run(client.settings)
    return made


async def opened(who: Client, signal: dict[str, Any], queue: str = TRIAGE_ASSEN) -> Case:
    """This signal's case in the hands of this worker, opened."""
    case = await claim(who, queue, await case_of(who, queue, signal))
    await who.open(case)
    return case


async def ask(who: Client, case: Case) -> httpx2.Response:
    """Ask which cases may tell the same event."""
    return await who.post(f"/v1/cases/{case['id']}/duplicate-requests")


async def proposed(who: Client, case: Case) -> list[dict[str, Any]]:
    """The items of an answer."""
    answer = await ask(who, case)
    assert answer.status_code == 201, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def apart(who: Client, case: Case, other: Case) -> httpx2.Response:
    """Say that both tell another event."""
    return await who.post(f"/v1/cases/{case['id']}/distinctions", {"otherCaseId": other["id"]})


async def test_the_same_event_in_other_words_is_proposed_with_the_reason_and_no_content_and_merged_by_nobody(
    client: Client,
) -> None:
    eelco = client.as_("eelco")
    first = await told(client, ONE, title="Hennep in de loods")
    await told(client, ELSE)
    case = await opened(eelco, await told(client, OTHER, title="Witte bus"))
    answer = await ask(eelco, case)
    [item] = answer.json()["items"]
    there = await case_of(eelco, TRIAGE_ASSEN, first)
    assert item.pop("wording") in ("strong", "weak")
    assert item == {
        "caseId": there["id"],
        "reference": first["reference"],
        "state": "new",
        "identifiers": [],
        "sameMunicipality": True,
        "daysApart": 0,
        "toldApart": False,
    }
    assert "loods" not in answer.text.lower()
    assert (there["state"], there["mergedInto"]) == ("new", None)
    assert [one["caseId"] for one in await proposed(eelco, await opened(eelco, first))] == [case["id"]]


async def test_a_coordinator_merges_what_was_proposed_and_it_is_proposed_no_more(client: Client) -> None:
    eelco = client.as_("eelco")
    first, second = await told(client, ONE), await told(client, OTHER)
    case, into = await opened(eelco, first), await opened(eelco, second)
    [item] = await proposed(eelco, case)
    merged = await eelco.move(case, "merge", reasonCode="duplicate", targetCaseId=item["caseId"])
    assert merged.status_code == 201, merged.text
    assert await proposed(eelco, into) == []
    assert await proposed(eelco, case) == []


async def test_what_a_coordinator_told_apart_stands_last_and_says_so_from_both_sides(
    client: Client, settings: Settings
) -> None:
    eelco = client.as_("eelco")
    reports = [await told(client, text) for text in (ONE, ONE, OTHER)]
    same, third, case = [await opened(eelco, one) for one in reports]
    for _ in range(2):
        assert (await apart(eelco, case, same)).status_code == 204
    shown = [(one["caseId"], one["toldApart"]) for one in await proposed(eelco, case)]
    assert shown == [(third["id"], False), (same["id"], True)]
    assert (case["id"], True) in [(one["caseId"], one["toldApart"]) for one in await proposed(eelco, same)]
    assert len(await query(settings, "select * from told_apart")) == 1
    noted = [str(row["case_id"]) for row in await stored(settings) if row["action"] == "cases_told_apart"]
    assert sorted(noted) == sorted([case["id"], same["id"]] * 2)


async def test_only_cases_of_the_same_queue_are_told_apart(client: Client) -> None:
    eelco, fenna = client.as_("eelco"), client.as_("fenna")
    case = await opened(eelco, await told(client, ONE))
    emmen = await case_of(
        fenna, "/v1/queues/triage-gemeente-emmen", await told(client, ONE, "ans", location=EMMEN)
    )
    for other in (emmen, case, {"id": "00000000-0000-4000-8000-000000000000"}):
        refused = await apart(eelco, case, other)
        assert (refused.status_code, refused.json()["reason"]) == (409, "no_such_target")


async def test_another_organisation_another_queue_and_another_season_are_not_proposed(
    client: Client, settings: Settings
) -> None:
    eelco = client.as_("eelco")
    await told(client, ONE, "ans", location=EMMEN)
    case = await opened(eelco, await told(client, OTHER))
    assert await proposed(eelco, case) == []
    old = await told(client, ONE)
    assert [one["daysApart"] for one in await proposed(eelco, case)] == [0]
    for days, found in ((89, [89]), (91, [])):
        await query(
            settings,
            "update cases set received_at = (select received_at from cases where id = :mine)"
            " - make_interval(days => :days) where signal_id = :id",
            id=UUID(old["id"]),
            mine=UUID(case["id"]),
            days=days,
        )
        assert [one["daysApart"] for one in await proposed(eelco, case)] == found


async def test_a_place_elsewhere_is_not_proposed_and_an_unknown_one_is(
    client: Client, settings: Settings
) -> None:
    eelco = client.as_("eelco")
    other = await told(client, ONE)
    case = await opened(eelco, await told(client, OTHER))
    for code, found in (("0109", []), (None, [False])):
        await query(
            settings,
            "update cases set municipality_code = :code where signal_id = :id",
            code=code,
            id=UUID(other["id"]),
        )
        assert [one["sameMunicipality"] for one in await proposed(eelco, case)] == found


async def test_a_plate_both_name_is_given_as_a_reason_and_never_which(client: Client) -> None:
    eelco = client.as_("eelco")
    await told(client, ONE, vehicles=[{"plate": PLATE}])
    case = await opened(eelco, await told(client, OTHER, vehicles=[{"plate": "gz 918 v"}]))
    answer = await ask(eelco, case)
    assert [one["identifiers"] for one in answer.json()["items"]] == [["plate"]]
    assert "GZ918V" not in "".join(filter(str.isalnum, answer.text.upper()))


async def test_the_same_plate_in_another_story_is_a_match_and_no_duplicate(client: Client) -> None:
    eelco = client.as_("eelco")
    await told(client, ELSE, vehicles=[{"plate": PLATE}])
    case = await opened(eelco, await told(client, SAME[3][0], vehicles=[{"plate": PLATE}]))
    assert await proposed(eelco, case) == []


async def test_who_reported_it_herself_is_told_of_none_and_the_answer_says_no_more(client: Client) -> None:
    eelco, evert = client.as_("eelco"), client.as_("evert")
    await told(client, ONE)
    fake = await told(client, OTHER, "eelco")
    case = await opened(eelco, fake)
    answer = (await ask(eelco, case)).json()
    assert (answer["items"], answer["withheld"]) == ([], "own_report")
    assert (await eelco.move(case, "release", reasonCode="workload")).status_code == 201
    assert len(await proposed(evert, await opened(evert, fake))) == 1


async def test_only_the_owners_coordinator_who_holds_and_opened_the_case_asks_and_it_is_in_the_log(
    client: Client, settings: Settings
) -> None:
    eelco, evert = client.as_("eelco"), client.as_("evert")
    made, other = await told(client, ONE), await told(client, OTHER)
    there = await case_of(eelco, TRIAGE_ASSEN, other)
    case = await case_of(eelco, TRIAGE_ASSEN, made)
    for call in (ask(eelco, case), apart(eelco, case, there)):
        refused = await call
        assert (refused.status_code, refused.json()["reason"]) == (403, "not_assigned")
    await claim(eelco, TRIAGE_ASSEN, case)
    for call in (ask(eelco, case), apart(eelco, case, there)):
        refused = await call
        assert (refused.status_code, refused.json()["reason"]) == (409, "not_opened")
    await eelco.open(case)
    assert len(await proposed(eelco, case)) == 1
    assert (await ask(evert, case)).status_code == 403
    assert (await ask(client.as_("fenna"), case)).status_code == 404
    for name in ("bouke", "chris", "eva", "hilde", "dirk"):
        assert (await ask(client.as_(name), case)).status_code in (403, 404), name
    [entry] = [
        row
        for row in await stored(settings)
        if (row["action"], row["outcome"]) == ("duplicates_asked", "allowed")
    ]
    assert (str(entry["case_id"]), entry["value"], entry["purpose"]) == (case["id"], eelco.sub, "matching")


async def test_the_analyst_of_riec_does_not_ask_which_cases_of_an_owner_are_alike(client: Client) -> None:
    bouke = client.as_("bouke")
    made = await client.as_("ans").report(vehicles=[{"plate": PLATE}])
    await client.as_("ans").report(vehicles=[{"plate": PLATE}])
    await run(client.settings)
    assert (await ask(bouke, await opened(bouke, made, RIEC))).status_code == 404


async def test_marks_are_kept_as_macs_bound_to_the_owner_and_the_part_is_gone(
    client: Client, settings: Settings
) -> None:
    made = await told(client, ONE)
    await told(client, ONE, "ans", location=EMMEN)
    assert await waiting(settings) == 0
    rows = await query(settings, "select * from blind_wording")
    by_owner = {
        owner: {row["token"] for row in rows if row["organisation_id"] == owner}
        for owner in ("gemeente-assen", "gemeente-emmen")
    }
    assert [len(tokens) for tokens in by_owner.values()] == [32, 32]
    assert by_owner["gemeente-assen"].isdisjoint(by_owner["gemeente-emmen"])
    assert {len(row["token"]) for row in rows} == {SHORT}
    assert {str(row["signal_id"]) for row in rows if row["organisation_id"] == "gemeente-assen"} == {
        made["id"]
    }
    assert await places_of(settings, "hennep", "bestelbus") == []
    await query(settings, "delete from signals where id = :id", id=UUID(made["id"]))
    left = await query(settings, "select distinct organisation_id from blind_wording")
    assert [row["organisation_id"] for row in left] == ["gemeente-emmen"]


async def test_marks_of_a_retired_version_are_cleared_and_two_versions_count_once(
    client: Client, settings: Settings
) -> None:
    eelco = client.as_("eelco")
    await told(client, ONE)
    case = await opened(eelco, await told(client, OTHER))
    [before] = await proposed(eelco, case)
    [version] = worker_ring(settings).index.versions
    await query(
        settings,
        "insert into blind_wording select token || '\\x00'::bytea, day, signal_id, organisation_id, :other"
        " from blind_wording",
        other=version + 1,
    )
    assert await proposed(eelco, case) == [before]
    assert await run(settings, "forget_retired_index") == 64
    assert await proposed(eelco, case) == [before]
