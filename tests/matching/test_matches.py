"""From an opened case one sees that others were told about the same thing, never what; and they see that one asked."""

from typing import Any
from uuid import UUID

import pytest

from app.settings import Settings
from tests.audit.rows import stored
from tests.casework.steps import LAB, Case, assess, case_of, claim, query, supply
from tests.desk import ASSEN, DRUGS, EMMEN, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.matching.steps import PLATE, ask, report_with, search

pytestmark = pytest.mark.anyio
PLACE = {"postcode": "7811 AB", "houseNumber": "3"}


async def opened(who: Client, queue: str, signal: dict[str, Any]) -> Case:
    """This signal's case in the hands of this worker, opened."""
    case = await claim(who, queue, await case_of(who, queue, signal))
    await who.open(case)
    return case


async def matches(who: Client, case: Case) -> list[dict[str, Any]]:
    """The items of an answer."""
    answer = await ask(who, case)
    assert answer.status_code == 201, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def notices(who: Client) -> list[str]:
    """The cases about which this person is told that somebody asked."""
    told = await who.items("/v1/notices")
    return [one["objectId"] for one in told if (one["kind"], one["objectKind"]) == ("match_asked", "case")]


async def test_the_same_plate_in_emmen_and_assen_is_a_hit_and_no_more_and_the_owner_sees_it(
    client: Client,
) -> None:
    eelco, fenna = client.as_("eelco"), client.as_("fenna")
    theirs = await report_with(client.as_("ans"), vehicles=[{"plate": "gz 918 v"}], title="Gat in de dijk")
    mine = await report_with(client.as_("eva"), location=ASSEN)
    answer = await ask(eelco, await opened(eelco, TRIAGE_ASSEN, mine))
    assert answer.status_code == 201
    [item] = answer.json()["items"]
    quarter = item.pop("quarter")
    assert item == {
        "organisation": "gemeente-emmen",
        "kind": "plate",
        "strength": "strong",
        "maySeeMore": False,
        "caseId": None,
    }
    assert (len(quarter), quarter[4]) == (6, "q")
    for word in (theirs["id"], theirs["reference"], "dijk", "GZ918V", PLATE):
        assert word not in answer.text
    case = await case_of(fenna, TRIAGE_EMMEN, theirs)
    assert await notices(fenna) == [case["id"]]
    assert await notices(eelco) == []


async def test_a_near_miss_is_no_match(client: Client) -> None:
    await report_with(client.as_("ans"), vehicles=[{"plate": "GZ-918-W"}, {"plate": "GZ-819-V"}])
    await report_with(client.as_("ans"), vehicles=[], phoneNumbers=["0591 123 456"])
    mine = await report_with(client.as_("eva"), location=ASSEN)
    eelco = client.as_("eelco")
    assert await matches(eelco, await opened(eelco, TRIAGE_ASSEN, mine)) == []
    assert await notices(client.as_("fenna")) == []


async def test_only_direct_hits_are_told(client: Client) -> None:
    await report_with(client.as_("ans"), vehicles=[], phoneNumbers=["0591 123 456"])
    await report_with(client.as_("ans"), phoneNumbers=["0591 123 456"])
    mine = await report_with(client.as_("eva"), location=ASSEN)
    eelco = client.as_("eelco")
    assert len(await matches(eelco, await opened(eelco, TRIAGE_ASSEN, mine))) == 1


async def test_an_address_is_weak_and_one_that_many_share_is_slight(client: Client) -> None:
    eelco = client.as_("eelco")
    for number in range(6):
        await report_with(client.as_("ans"), vehicles=[], location=EMMEN | PLACE)
        if number == 0:
            mine = await report_with(
                client.as_("eva"), location=ASSEN | PLACE, vehicles=[], phoneNumbers=["0591 123 456"]
            )
            await report_with(client.as_("ans"), vehicles=[], phoneNumbers=["0591123456"])
            case = await opened(eelco, TRIAGE_ASSEN, mine)
            found = await matches(eelco, case)
            assert [(one["kind"], one["strength"]) for one in found] == [
                ("phone", "strong"),
                ("address", "weak"),
            ]
    found = await matches(eelco, case)
    assert [(one["kind"], one["strength"]) for one in found] == [("phone", "strong")] + [
        ("address", "slight")
    ] * 6


async def test_riec_sees_hits_of_every_owner_and_may_see_more_of_what_it_was_supplied(client: Client) -> None:
    bouke = client.as_("bouke")
    first, second = [await report_with(client.as_("ans")) for _ in range(2)]
    await report_with(client.as_("eva"), location=ASSEN)
    case = await opened(bouke, RIEC, first)
    other = await case_of(bouke, RIEC, second)
    found = {(one["organisation"], one["maySeeMore"], one["caseId"]) for one in await matches(bouke, case)}
    assert found == {("gemeente-emmen", True, other["id"]), ("gemeente-assen", False, None)}
    assert len(await notices(client.as_("fenna"))) == len(await notices(client.as_("eelco"))) == 1


async def test_who_may_see_more_may_open_it_and_who_may_not_gets_404(client: Client) -> None:
    eelco, fenna = client.as_("eelco"), client.as_("fenna")
    theirs = await report_with(client.as_("ans"))
    mine = await report_with(client.as_("eva"), location=ASSEN)
    await matches(eelco, await opened(eelco, TRIAGE_ASSEN, mine))
    case = await case_of(fenna, TRIAGE_EMMEN, theirs)
    assert (await eelco.get(f"/v1/cases/{case['id']}")).status_code == 404
    assert (await ask(eelco, case)).status_code == 404


async def test_rudd_sees_places_in_its_own_queue_alone(client: Client) -> None:
    chris = client.as_("chris")
    told = f"{LAB} De eigenaar woont op Kerkstraat 9, 7822 CD Emmen."
    first = await report_with(client.as_("ans"), text=told, location=EMMEN | PLACE)
    await report_with(client.as_("ans"), text=told, location=EMMEN | PLACE)
    await report_with(
        client.as_("ans"), text=told, location=EMMEN | {"postcode": "7822CD", "houseNumber": "9"}
    )
    await report_with(client.as_("ans"), text=DRUGS, location=EMMEN | PLACE)
    await report_with(client.as_("eva"), text=DRUGS, location=ASSEN | PLACE)
    queue = await chris.items(f"{RUDD}/cases")
    assert len(queue) == 3
    shown = []
    for item in queue:
        case = await claim(chris, RUDD, item)
        await chris.open(case)
        answer = await ask(chris, case)
        assert answer.status_code == 201, answer.text
        assert first["id"] not in answer.text
        shown.append([(one["kind"], one["maySeeMore"]) for one in answer.json()["items"]])
        ids = {one["caseId"] for one in answer.json()["items"]}
        assert ids <= {one["id"] for one in queue} - {case["id"]}
    assert sorted(shown) == [[], [("address", True)], [("address", True)]]


async def test_a_fake_report_gives_its_reporter_no_match_and_the_owner_sees_that_somebody_asked(
    client: Client, settings: Settings
) -> None:
    eelco, evert = client.as_("eelco"), client.as_("evert")
    real = await report_with(client.as_("ans"))
    fake = await report_with(eelco, location=ASSEN, title="Verzonnen")
    answer = await ask(eelco, await opened(eelco, TRIAGE_ASSEN, fake))
    assert answer.status_code == 201
    assert (answer.json()["items"], answer.json()["withheld"]) == ([], "own_report")
    assert "emmen" not in answer.text
    case = await case_of(client.as_("fenna"), TRIAGE_EMMEN, real)
    assert await notices(client.as_("fenna")) == [case["id"]]
    [entry] = [row for row in await stored(settings) if row["action"] == "matches_asked"]
    assert (entry["value"], entry["reason_code"], entry["purpose"]) == (eelco.sub, None, "matching")
    # A colleague who did not report it is told.
    mine = await case_of(eelco, TRIAGE_ASSEN, fake)
    assert (await eelco.move(mine, "release", reasonCode="workload")).status_code == 201
    assert len(await matches(evert, await opened(evert, TRIAGE_ASSEN, fake))) == 1


async def test_without_any_hit_the_reporter_gets_the_very_same_answer(client: Client) -> None:
    eelco = client.as_("eelco")
    await report_with(client.as_("ans"))
    answers = []
    for plate in (PLATE, "GZ-111-V"):
        fake = await report_with(eelco, location=ASSEN, vehicles=[{"plate": plate}])
        body = (await ask(eelco, await opened(eelco, TRIAGE_ASSEN, fake))).json()
        answers.append({name: value for name, value in body.items() if name != "askedAt"})
    assert answers[0] == answers[1]


async def test_an_analyst_gets_no_match_on_what_she_reported_herself(client: Client) -> None:
    bouke, bart = client.as_("bouke"), client.as_("bart")
    await report_with(client.as_("eva"), location=ASSEN)
    fake = await report_with(bouke)
    case = await opened(bouke, RIEC, fake)
    assert await matches(bouke, case) == []
    assert (await bouke.move(case, "release", reasonCode="workload")).status_code == 201
    assert len(await matches(bart, await opened(bart, RIEC, fake))) == 1


async def test_the_mark_of_the_reporter_is_shown_to_nobody_and_is_another_each_time(
    client: Client, settings: Settings
) -> None:
    eelco = client.as_("eelco")
    made = await report_with(client.as_("eva"), location=ASSEN)
    case = await claim(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, made))
    parts = await eelco.open(case)
    assert "ownMark" not in str(parts)
    assert {"content", "minimised"} <= parts.keys()


async def test_only_from_a_case_one_holds_and_has_opened(client: Client) -> None:
    eelco, evert = client.as_("eelco"), client.as_("evert")
    made = await report_with(client.as_("eva"), location=ASSEN)
    case = await case_of(eelco, TRIAGE_ASSEN, made)
    refused = await ask(eelco, case)
    assert (refused.status_code, refused.json()["reason"]) == (403, "not_assigned")
    await claim(eelco, TRIAGE_ASSEN, case)
    refused = await ask(eelco, case)
    assert (refused.status_code, refused.json()["reason"]) == (409, "not_opened")
    await eelco.open(case)
    assert await matches(eelco, case) == []
    assert (await ask(evert, case)).status_code == 403
    for name in ("fenna", "bouke", "chris", "eva", "hilde", "dirk"):
        assert (await ask(client.as_(name), case)).status_code == 404, name


async def test_what_was_given_back_shows_nothing_to_riec(client: Client) -> None:
    bouke = client.as_("bouke")
    first, second = [await report_with(client.as_("ans")) for _ in range(2)]
    case = await opened(bouke, RIEC, first)
    assert (await bouke.move(case, "assess")).status_code == 201
    assert (await bouke.move(case, "return_to_triage")).status_code == 201
    assert (await ask(bouke, case)).status_code == 404
    [item] = await matches(bouke, await opened(bouke, RIEC, second))
    assert (item["maySeeMore"], item["caseId"]) == (False, None)


async def test_a_supply_opens_the_content_that_a_match_does_not(client: Client) -> None:
    eelco, bouke = client.as_("eelco"), client.as_("bouke")
    mine = await report_with(client.as_("ans"))
    theirs = await report_with(client.as_("eva"), location=ASSEN)
    case = await opened(bouke, RIEC, mine)
    [before] = await matches(bouke, case)
    assert not before["maySeeMore"]
    assessed = await assess(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, theirs))
    assert (await supply(eelco, assessed, "riec-noord-nederland")).status_code == 201
    [after] = await matches(bouke, case)
    assert after["maySeeMore"]
    assert (await bouke.get(f"/v1/cases/{after['caseId']}")).status_code == 200


async def test_an_erased_signal_matches_no_more(client: Client, settings: Settings) -> None:
    eelco = client.as_("eelco")
    theirs = await report_with(client.as_("ans"))
    mine = await report_with(client.as_("eva"), location=ASSEN)
    case = await opened(eelco, TRIAGE_ASSEN, mine)
    assert len(await matches(eelco, case)) == 1
    await query(settings, "delete from signals where id = :id", id=UUID(theirs["id"]))
    assert await matches(eelco, case) == []


async def test_so_many_questions_of_one_worker_and_then_429_and_no_notice(client: Client) -> None:
    eelco = client.as_("eelco")
    await report_with(client.as_("ans"))
    mine = await report_with(client.as_("eva"), location=ASSEN)
    case = await opened(eelco, TRIAGE_ASSEN, mine)
    for _ in range(60):
        assert (await search(eelco, "plate", "GZ111V")).status_code == 200
    refused = await ask(eelco, case)
    assert refused.status_code == 429
    assert await notices(client.as_("fenna")) == []
