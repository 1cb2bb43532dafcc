"""A citizen service number with a word for it is left out; other numbers that pass its check stay."""

import pytest

from app.identifiers import bsn


@pytest.mark.parametrize(
    "text",
    [
        "BSN 123456782",
        "bsn: 123456782.",
        "BSN1: 123456782",
        "b.s.n. 123.456.782",
        "BSN 1234 56 782",
        "BSN 123 456 782",
        "bsn 12345672",
        "Burgerservicenummer van hem is 123456782",
        "burger service nummer 123456782",
        "sofinummer 123456782",
        "sofi-nr 123456782",
        "123456782 (BSN)",
        "citizen service number 123456782",
        "bsnnummer 123456782",
        "bsn-nummer\n123456782",
        "btw NL123456782B01",
        "btw NL 1234.56.782.B01",
    ],
)
def test_a_number_with_a_word_for_it_is_left_out(text: str) -> None:
    left = bsn.mask(text)
    assert bsn.MARKER in left
    assert "782" not in left
    assert "672" not in left


@pytest.mark.parametrize(
    "text",
    [
        "polis 123456782",
        "123456782",
        "BSN 123456781",
        "BSN 1983, jaar 2008",
        "BSN 000000000",
        "BSN 0123456782",
        "BSN 1234567821",
        "bsn onbekend, bel 0591-612345",
        "absnt 123456782",
        "BSN ١٢٣٤٥٦٧٨٢",
        "btw NL123456781B01",
        "BSN onbekend. " + "Daarna kwam er niemand meer. " * 3 + "Order 123456782",
    ],
)
def test_other_numbers_stay_as_they_were_typed(text: str) -> None:
    assert bsn.mask(text) == text


def test_every_number_in_a_list_is_left_out_and_the_rest_stays() -> None:
    assert bsn.mask("BSN's: 123456782, 111222333 en 123456782 van drie mensen") == (
        f"BSN's: {bsn.MARKER}, {bsn.MARKER} en {bsn.MARKER} van drie mensen"
    )
