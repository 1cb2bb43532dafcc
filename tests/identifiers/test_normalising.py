"""The same identifier, however typed, is the same string; what is none is None, never an error."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import identifiers as ids

ONE_FIELD: dict[str, Callable[[str], str | None]] = {
    "dutch plate": lambda text: ids.plate(text, "NL"),
    "plate": ids.plate,
    "phone": ids.phone,
    "iban": ids.iban,
    "kvk": ids.kvk,
    "email": ids.email,
    "postcode": ids.postcode,
}
TYPED = st.one_of(
    st.text(),
    st.text("0123456789+-() ./", max_size=20),
    st.from_regex(r"[A-Z0-9]{1,3}-?[A-Z0-9]{1,3}-?[A-Z0-9]{1,3}"),
    st.from_regex(r"NL[0-9]{2} ?[A-Z]{4} ?[0-9]{10}"),
    st.from_regex(r"[1-9]\d{3} ?[A-Za-z]{2}"),
    st.emails(),
)


@pytest.mark.parametrize("typed", ["9411NA", "9411 na", " 9411-NA ", "NL-9411 NA", "9411\u00a0NA"])
def test_a_postcode_is_the_same_however_typed(typed: str) -> None:
    assert ids.postcode(typed) == "9411NA"


@pytest.mark.parametrize(
    "typed",
    ["٩٤١١NA", "９４１１NA", "0411NA", "9411SS", "9411N", "94111NA", "9411ıA", "9411ſA", "", "9411NA\x00"],
)
def test_no_postcode_in_other_figures_or_letters(typed: str) -> None:
    assert ids.postcode(typed) is None


@pytest.mark.parametrize(
    ("number", "addition", "value"),
    [
        ("12", None, "9411NA|12|"),
        ("12", "", "9411NA|12|"),
        ("12", "A", "9411NA|12|a"),
        ("12a", None, "9411NA|12|a"),
        ("12 bis", None, "9411NA|12|bis"),
        ("12", "bis-3D", "9411NA|12|bis3d"),
        ("12", "-2", "9411NA|12|2"),
        ("12 ", " hs ", "9411NA|12|hs"),
    ],
)
def test_an_address_is_postcode_number_and_lower_case_addition(
    number: str, addition: str | None, value: str
) -> None:
    assert ids.address("9411 na", number, addition) == value == ids.address("9411NA", number, addition)


@pytest.mark.parametrize(
    ("number", "addition"),
    [
        ("0", None),
        ("012", None),
        ("1_2", None),
        ("١٢", None),
        ("123456", None),
        ("12", "x" * 300),
        ("12", "é"),
    ],
)
def test_no_address_with_an_impossible_number_or_addition(number: str, addition: str | None) -> None:
    assert ids.address("9411NA", number, addition) is None


@pytest.mark.parametrize("code", ids.SIDECODES)
def test_every_dutch_plate_series_is_known(code: str) -> None:
    typed = code.replace("X", "b").replace("9", "7")
    assert ids.plate(typed, "NL") == typed.replace("-", "").upper()


@pytest.mark.parametrize(
    ("typed", "country", "value"),
    [
        ("12-bbb-3", None, "12BBB3"),
        ("EL NV 482", "D", "ELNV482"),
        ("EL·NV 482", None, "ELNV482"),
        ("lö-xy 12", "D", "LÖXY12"),
        ("1-ABC-234", "B", "1ABC234"),
        ("EL NV 482", "nl", None),
        ("12-34-56", "NL", None),
        ("geen idee", None, None),
        ("٣-BBB-12", "NL", None),
        ("А-123-ВС", None, None),
    ],
)
def test_a_plate_is_capitals_without_dashes(typed: str, country: str | None, value: str | None) -> None:
    assert ids.plate(typed, country) == value


@pytest.mark.parametrize(
    "typed",
    [
        "06-12345678",
        "06 1234 5678",
        "+31 6 12345678",
        "0031612345678",
        "+31 (0)6 12345678",
        "06\u201112345678",
    ],
)
def test_a_phone_number_is_the_same_however_typed(typed: str) -> None:
    assert ids.phone(typed) == "+31612345678"


@pytest.mark.parametrize(
    "typed",
    [
        "112",
        "0900-8844",
        "0800 7000",
        "14 0591",
        "٠٦١٢٣٤٥٦٧٨",
        "06-1234",
        "0800-BLOEMEN",
        "06-12345678 ext 5",
    ],
)
def test_public_and_impossible_phone_numbers_are_not_matched_on(typed: str) -> None:
    assert ids.phone(typed) is None


def test_a_german_phone_number_keeps_its_country() -> None:
    assert ids.phone("+49 4961 9190") == "+4949619190"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("nl91 abna 0417 1643 00", "NL91ABNA0417164300"),
        ("BE68 5390 0754 7034", "BE68539007547034"),
        ("NL92ABNA0417164300", None),
        ("NL91ABNA041716430", None),
        ("XX91ABNA0417164300", None),
        ("NL91ABNA٠417164300", None),
    ],
)
def test_an_iban_is_capitals_and_passes_mod_97(typed: str, value: str | None) -> None:
    assert ids.iban(typed) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12345678", "12345678"),
        ("12 34 56 78", "12345678"),
        ("01234567", "01234567"),
        ("1234567", None),
        ("2008", None),
        ("123456789012", None),
        ("00000000", None),
        ("١٢٣٤٥٦٧٨", None),
    ],
)
def test_a_kvk_number_is_exactly_eight_figures(typed: str, value: str | None) -> None:
    assert ids.kvk(typed) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Jan.Jansen@Voorbeeld.NL", "jan.jansen@voorbeeld.nl"),
        ("info@Bücher.example", "info@xn--bcher-kva.example"),
        ("jan@voorbeeld", None),
        ("jan jansen@voorbeeld.nl", None),
        ("@voorbeeld.nl", None),
        ("jan@voor..beeld.nl", None),
        ("jan@" + "a" * 64 + ".nl", None),
    ],
)
def test_an_email_address_is_lower_case_and_ascii(typed: str, value: str | None) -> None:
    assert ids.email(typed) == value


@pytest.mark.parametrize("name", sorted(ONE_FIELD))
@given(typed=TYPED)
def test_normalising_twice_changes_nothing_and_never_fails(name: str, typed: str) -> None:
    once = ONE_FIELD[name](typed)
    if once is not None:
        assert ONE_FIELD[name](once) == once


@given(
    code=st.from_regex(r"[1-9][0-9]{3} ?[A-Za-z]{2}", fullmatch=True) | st.text(),
    number=st.from_regex(r"[0-9]{1,6}[ -]?[a-z]{0,3}", fullmatch=True) | st.text(),
    addition=st.none() | st.text("abX0123 -./", max_size=25) | st.text(),
)
def test_an_address_normalised_twice_is_the_same(code: str, number: str, addition: str | None) -> None:
    once = ids.address(code, number, addition)
    if once is not None:
        assert ids.address(*once.split("|")) == once


def test_an_identifier_does_not_show_its_value() -> None:
    shown = repr(ids.Identifier("phone", "+31612345678"))
    assert "612345678" not in shown
    assert "phone" in shown
