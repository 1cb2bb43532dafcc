"""What the desk finds in running text: 308 hand-made texts with look-alikes, and any text at all."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identifiers import SIDECODES, address, bsn, find, iban, kvk, mentions, phone, plate
from app.identifiers import email as normal_email
from app.identifiers.values import Found

LINES = Path(__file__).with_name("texts.jsonl").read_text(encoding="utf-8").splitlines()
ENOUGH = 0.98
PIECES = st.sampled_from(
    [
        *("GZ-123-B", "9411 NA", " 12", "a", "06-12345678", "NL91 ABNA 0417 1643 00", "KvK ", "12345678"),
        *("jan@nep.example", "https://", "www.", "BSN ", "123456782", "kenteken ", "\x00", "🚐", "\ud83d"),
        *(", ", "\n", "-", ".", "+31", "(at)"),
    ]
)
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=[])),
    st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join),
)


def again(one: Found) -> str | None:
    """The value, normalised once more by the normaliser of its kind."""
    if one.kind == "address":
        return address(*one.value.split("|"))
    normal = {"plate": plate, "phone": phone, "iban": iban, "kvk": kvk, "email": normal_email}
    return normal[one.kind](one.value)


def test_of_what_is_found_and_of_what_there_is_98_in_100_is_right() -> None:
    right = found_wrong = missed = 0
    for line in LINES:
        row = json.loads(line)
        wanted = {(kind, value) for kind, value in row["expected"]}
        found = {(one.kind, one.value) for one in mentions(row["text"])}
        right += len(wanted & found)
        found_wrong += len(found - wanted)
        missed += len(wanted - found)
    assert len(LINES) >= 300
    assert right / (right + found_wrong) >= ENOUGH
    assert right / (right + missed) >= ENOUGH


@pytest.mark.parametrize("code", SIDECODES)
def test_every_series_is_found_in_a_text_with_its_dashes(code: str) -> None:
    shown = code.replace("X", "B").replace("9", "7")
    (found,) = find(f"Er stond een auto, {shown}, bij de loods.")
    assert (found.kind, found.value) == ("plate", shown.replace("-", ""))


@pytest.mark.parametrize(
    "letters", ["GVD", "KKK", "NSB", "PKK", "PSV", "TBS", "PVV", "SGP", "VVD", "LPF", "KVT"]
)
def test_letters_that_were_never_issued_are_no_plate(letters: str) -> None:
    assert mentions(f"auto met kenteken 12-{letters}-3") == []


def test_positions_are_those_of_the_text_as_it_was_written() -> None:
    text = "🚐 bus gz-123-b,\x00 bel 06 1234 5678 of jan (at) nep.example op Fabelweg 12 a, 9411 na 9411NA 14"
    shown = [(one.kind, text[one.start : one.end]) for one in find(text)]
    assert ("plate", "gz-123-b") in shown
    assert ("phone", "06 1234 5678") in shown
    assert ("email", "jan (at) nep.example") in shown
    assert ("address", "9411NA 14") in shown


@pytest.mark.parametrize(
    "text",
    [
        "https://nep.example/GZ-123-B/0612345678?a=NL91ABNA0417164300&b=9411NA-12&c=jan@nep.example",
        "www.nep.example/kenteken/GZ-123-B",
        "nep.example/bel/06-12345678",
    ],
)
def test_nothing_inside_a_web_address_is_an_identifier(text: str) -> None:
    assert mentions(f"Kijk op {text} eens") == []


def test_a_citizen_service_number_is_no_identifier_of_any_kind() -> None:
    assert mentions("BSN 123456782, KvK en bsn 12345672, telefoon bsn 010203049") == []


def test_an_account_with_a_figure_too_many_is_none() -> None:
    [account] = mentions("Overmaken op NL91ABNA0417164300 graag")
    assert account.value == "NL91ABNA0417164300"
    assert mentions("Overmaken op NL91ABNA04171643005 graag") == []


@given(text=ANY_TEXT)
def test_any_text_is_searched_without_failing_and_what_is_found_stands_there(text: str) -> None:
    end = 0
    for one in find(text):
        assert end <= one.start < one.end <= len(text)
        end = one.end
        assert again(one) == one.value
        written = {char for char in text[one.start : one.end].upper() if char.isascii() and char.isalnum()}
        assert one.kind in {"phone", "email"} or set(one.value.upper()) - {"|"} <= written


@given(text=ANY_TEXT)
def test_leaving_out_numbers_twice_changes_nothing_and_never_fails(text: str) -> None:
    once = bsn.mask(text)
    assert bsn.mask(once) == once
    assert bsn.find(once) == []


def test_what_only_looks_like_an_identifier_is_left_and_other_spellings_of_one_are_found() -> None:
    nothing = (
        "foto@2x.png, verbruik 8200 KW 3 fasen",
        "bouwjaar 1998 nr 12",
        "Lidnummer 0612345678",
        "NL71 INGB 0759 1503 28",
        "van het type TL-58-DX",
    )
    assert [mentions(text) for text in nothing] == [[]] * len(nothing)
    shown = [
        one.value
        for one in mentions(
            "KvK-nr's 60192837, 60192845 en 60192853; o’neill.p@nep.example, jan@nep.nlGraag, "
            "Turfroute 18 te 7891 AB en ook 9321\u00a0PK\u00a08"
        )
    ]
    assert shown == [
        *("o'neill.p@nep.example", "jan@nep.nl", "7891AB|18|", "9321PK|8|"),
        *("60192837", "60192845", "60192853"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7821 aa te Emmen, Kerkweg 12", "7821AA|12|"),
        ("7821 AA Emmen Kerkweg 12-2, achterom", "7821AA|12|2"),
        ("postcode 7811 AB en huisnummer 12-14", "7811AB|12|14"),
        ("KVK12345678 staat op de bus", "12345678"),
    ],
)
def test_an_address_or_number_is_found_in_the_order_people_write_it(text: str, value: str) -> None:
    assert [one.value for one in mentions(text)] == [value]


@pytest.mark.parametrize(
    "text",
    ["Postbus 12, 7800 AA Emmen", "7821 AA Emmen bel 12 keer", "7821 AA in Emmen bij de Kerk 12 mensen"],
)
def test_a_box_at_the_post_office_or_a_number_of_something_is_no_address(text: str) -> None:
    assert mentions(text) == []
