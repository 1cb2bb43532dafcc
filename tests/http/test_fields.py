"""Kinds of values: what each takes and what it refuses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from app import clock
from app.errors import Invalid
from app.http.fields import (
    Addition,
    HouseNumber,
    Kvk,
    Latitude,
    Longitude,
    MunicipalityCode,
    ObjectId,
    Postcode,
    idempotency_key,
    moment,
)

GOOD: list[tuple[Any, Any, Any]] = [
    (Postcode, "9411NA", "9411NA"),
    (Postcode, "9411 na", "9411NA"),
    (HouseNumber, "1", "1"),
    (HouseNumber, "99999", "99999"),
    (Addition, "bis-3D", "bis-3D"),
    (Addition, "a", "a"),
    (MunicipalityCode, "0114", "0114"),
    (Kvk, "01234567", "01234567"),
]
BAD: list[tuple[Any, Any]] = [
    (Postcode, "٩٤١١NA"),
    (Postcode, "0411NA"),
    (Postcode, "9411  NA"),
    (Postcode, "9411NA "),
    (Postcode, "9411N"),
    (Postcode, "9411ſA"),
    (Postcode, 9411),
    (Postcode, "9411NA\n"),
    (Postcode, None),
    (HouseNumber, "0"),
    (HouseNumber, "01"),
    (HouseNumber, "1_2"),
    (HouseNumber, "100000"),
    (HouseNumber, "١"),
    (HouseNumber, 12),
    (HouseNumber, "1a"),
    (HouseNumber, ""),
    (HouseNumber, True),
    (Addition, "x" * 300),
    (Addition, "x" * 11),
    (Addition, "é"),
    (Addition, ""),
    (Addition, " "),
    (Addition, "a\n"),
    (MunicipalityCode, "114"),
    (MunicipalityCode, 114),
    (MunicipalityCode, "٠١١٤"),
    (MunicipalityCode, "01140"),
    (Kvk, "1234567"),
    (Kvk, "123456789"),
    (Kvk, 12345678),
    (Kvk, "1234567８"),
    (Latitude, "52"),
    (Latitude, True),
    (Latitude, 90.1),
    (Latitude, -91),
    (Latitude, float("nan")),
    (Latitude, None),
    (Longitude, float("inf")),
    (Longitude, 180.5),
    (Longitude, "6"),
    (ObjectId, "00000000-0000-4000-8000-00000000000A"),
    (ObjectId, "urn:uuid:00000000-0000-4000-8000-000000000000"),
]


@pytest.mark.parametrize(("kind", "value", "read"), GOOD)
def test_a_good_value_is_taken(kind: Any, value: Any, read: Any) -> None:
    assert TypeAdapter(kind).validate_python(value) == read


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_bad_value_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31",
        "2026-03-31 14:05:00Z",
        "2026-03-31T14:05:00",
        "2026-03-31T14:05Z",
        "2026-02-30T00:00:00Z",
        "2026-03-31T24:00:00Z",
        "2026-03-31T14:05:60Z",
        "2026-03-31T14:05:00+0200",
        "2026-03-31T14:05:00+24:00",
        "2026-03-31T14:05:00+02:60",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1899-12-31T23:59:59Z",
        "2199-12-31T23:59:59-00:01",
        "2026-03-31T14:05:00.Z",
        " 2026-03-31T14:05:00Z",
        "٢٠٢٦-03-31T14:05:00Z",
        "0",
        0,
        None,
        1711893900,
        "2026-03-31t14:05:00z",
        "2026-03-31T14:05:00Z\n",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_what_is_no_moment_is_refused(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        moment(text)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_a_moment_means_the_same_in_every_zone(local: datetime, minutes: int) -> None:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{local.isoformat(timespec='microseconds')}{sign}{hours:02}:{rest:02}"
    read = moment(text)
    assert read == datetime.fromisoformat(text)
    assert read.tzinfo is UTC
    assert moment(clock.timestamp(read)) == read


@given(
    st.text(max_size=40)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})")
)
def test_no_text_breaks_the_reading_of_moments(text: str) -> None:
    try:
        right = 1900 <= moment(text).year <= 2199
    except PydanticCustomError as refused:
        right = refused.type == "desk.moment"
    assert right


@given(st.text(max_size=12))
def test_what_is_taken_is_ascii(text: str) -> None:
    for kind in (Postcode, HouseNumber, Addition, MunicipalityCode, Kvk):
        try:
            assert TypeAdapter[str](kind).validate_python(text).isascii()
        except ValidationError:
            continue


def test_an_idempotency_key_is_long_and_visible() -> None:
    assert idempotency_key(None) is None
    assert idempotency_key("k" * 22) == "k" * 22
    for bad in ("k" * 21, "k" * 101, "k" * 22 + " ", "é" * 22, "", "k" * 22 + "\n"):
        with pytest.raises(Invalid) as refused:
            idempotency_key(bad)
        assert refused.value.faults[0].where == "Idempotency-Key"
