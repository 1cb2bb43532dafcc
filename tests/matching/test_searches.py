"""An exact search in the own queue: however it is written, never almost, never another's, and nowhere in clear."""

import pytest

from app.crypto import blind
from app.settings import Settings
from tests.casework.steps import LAB, case_of, places_of, query
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.matching.steps import report_with, run, search

pytestmark = pytest.mark.anyio
PLACE = {"municipalityCode": "0106", "postcode": "9401 AB", "houseNumber": "12", "houseNumberAddition": "A"}


async def found(who: Client, kind: str, value: str) -> list[str]:
    answer = await search(who, kind, value)
    assert answer.status_code == 200, answer.text
    case_ids: list[str] = answer.json()["caseIds"]
    return case_ids


@pytest.mark.parametrize(
    ("kind", "members", "same", "near"),
    [
        ("plate", {"vehicles": [{"plate": "gz-918-v"}]}, ["GZ918V", "gz 918 v"], ["GZ-918-W", "GZ-819-V"]),
        ("plate", {"text": "Er stond een busje met kenteken GZ-918-V."}, ["GZ918V"], ["GZ-918-X"]),
        ("phone", {"phoneNumbers": ["06 12345678"]}, ["+31612345678", "06-12 34 56 78"], ["0612345679"]),
        ("email", {"emails": ["Wie@Loods.nl"]}, ["wie@LOODS.NL"], ["wi@loods.nl", "wie@loods.eu"]),
        (
            "iban",
            {"ibans": ["NL91ABNA0417164300"]},
            ["nl91 abna 0417 1643 00"],
            ["BE68 5390 0754 7034"],
        ),
        ("kvk", {"companies": [{"name": "Loods BV", "kvkNumber": "68750110"}]}, ["68750110"], ["68750111"]),
        (
            "address",
            {"location": PLACE},
            ["9401AB 12a", "9401 ab 12 A", "9401AB|12|a", "Brink 12-A, 9401 AB Assen"],
            ["9401AB 12", "9401AB 12b", "9401AC 12a", "9401AB|12"],
        ),
    ],
)
async def test_other_notations_are_found_and_near_misses_are_not(
    client: Client, kind: str, members: dict[str, object], same: list[str], near: list[str]
) -> None:
    eelco = client.as_("eelco")
    made = await client.as_("eva").report(**({"location": ASSEN} | members))
    assert await found(eelco, kind, same[0]) == []
    await run(client.settings)
    case = await case_of(eelco, TRIAGE_ASSEN, made)
    for value in same:
        assert await found(eelco, kind, value) == [case["id"]], value
    for value in near:
        assert await found(eelco, kind, value) == [], value


async def test_a_number_of_one_kind_is_not_found_as_another(client: Client) -> None:
    await report_with(
        client.as_("eva"), location=ASSEN, vehicles=[], text="KvK-nummer 68750110 staat op de gevel."
    )
    assert len(await found(client.as_("eelco"), "kvk", "68750110")) == 1
    assert await found(client.as_("eelco"), "plate", "68750110") == []


async def test_everybody_finds_cases_of_the_own_queue_alone(client: Client) -> None:
    made = await report_with(client.as_("ans"))
    other = await report_with(client.as_("eva"), location=ASSEN)
    for name, queue, signal in (
        ("fenna", TRIAGE_EMMEN, made),
        ("bouke", RIEC, made),
        ("eelco", TRIAGE_ASSEN, other),
    ):
        case = await case_of(client.as_(name), queue, signal)
        assert await found(client.as_(name), "plate", "GZ918V") == [case["id"]], name


async def test_rudd_searches_the_place_of_its_own_cases_and_nothing_else_of_a_report(client: Client) -> None:
    place = {"municipalityCode": "0114", "postcode": "7811 AB", "houseNumber": "3"}
    told = f"{LAB} De eigenaar woont op Kerkstraat 9, 7822 CD Emmen."
    await report_with(client.as_("ans"), text=told, location=place)
    await report_with(client.as_("eva"), location=ASSEN | place | {"municipalityCode": "0106"})
    chris = client.as_("chris")
    [case] = await chris.items(f"{RUDD}/cases")
    assert await found(chris, "address", "7811AB 3") == [case["id"]]
    assert await found(chris, "address", "7822CD 9") == []
    assert len(await found(client.as_("fenna"), "address", "7822CD 9")) == 1
    refused = await search(chris, "plate", "GZ918V")
    assert (refused.status_code, refused.json()["reason"]) == (403, "kind_not_yours")


async def test_what_was_given_back_is_found_no_more(client: Client) -> None:
    await report_with(client.as_("ans"))
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    assert (await bouke.move(case, "assess")).status_code == 201
    assert await found(bouke, "plate", "GZ918V") == [case["id"]]
    assert (await bouke.move(case, "return_to_triage")).status_code == 201
    assert await found(bouke, "plate", "GZ918V") == []


@pytest.mark.parametrize(
    "value", ["", "dit is zeker geen kenteken", "\x00", "x" * 300, "7811AB 3 en 7822CD 9", "|", "1|2|3|4"]
)
@pytest.mark.parametrize("kind", ["plate", "address", "bsn"])
async def test_what_is_no_such_identifier_is_refused_and_not_repeated(
    client: Client, kind: str, value: str
) -> None:
    answer = await search(client.as_("eelco"), kind, value)
    assert answer.status_code == 400
    assert len(value) < 2 or value not in answer.text


@pytest.mark.parametrize("name", ["ans", "hilde", "dirk", "gerrit", "petra", "ilse"])
async def test_who_works_on_no_cases_searches_nothing(client: Client, name: str) -> None:
    assert (await search(client.as_(name), "plate", "GZ918V")).status_code == 403


async def test_a_search_is_in_the_log_by_commitment_and_its_value_nowhere(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await found(client.as_("eelco"), "plate", "GZ-918-V")
    [entry] = await query(
        settings,
        "select e.record, v.salt, v.value, a.value as actor from access_entries e"
        " join access_values v on v.entry_id = e.id and v.field = 'question'"
        " join access_values a on a.entry_id = e.id and a.field = 'actor' where e.action = 'searched'",
    )
    asked = '{"kind":"plate","value":"GZ918V"}'
    assert (entry["value"], entry["actor"]) == ("", client.as_("eelco").sub)
    assert entry["record"] == blind.commitment(entry["salt"], "question", asked).hex()
    assert await places_of(settings, "GZ918V", "GZ-918-V") == []
    written = capsys.readouterr()
    for word in ("GZ918V", "GZ-918-V"):
        assert word not in written.out + written.err


async def test_so_many_questions_and_then_429(client: Client) -> None:
    eelco = client.as_("eelco")
    for number in range(60):
        assert (await search(eelco, "phone", f"06123456{number:02}")).status_code == 200
    refused = await search(eelco, "plate", "GZ918V")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert (await search(client.as_("evert"), "plate", "GZ918V")).status_code == 200
