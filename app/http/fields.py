"""Kinds of values in bodies: strict, ASCII where digits count, and with the words for what does not fit.

Used as `title: Annotated[str, Text(max=200)]` or `observed_from: Moment`. Nothing is guessed or trimmed
(pydantic's own readers take `"off"`, `"1_2"`, numbers for times and digits of other scripts).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from app import clock
from app.errors import Invalid
from app.http.words import fault

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_IN_SCHEMA: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_MOMENT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_POSTCODE: Final = re.compile(r"([1-9][0-9]{3}) ?([A-Za-z]{2})")
_HOUSE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}")
_ADDITION: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z /.-]{0,8}[0-9A-Za-z.])?")
_MUNICIPALITY: Final = re.compile(r"[0-9]{4}")
_PARCEL: Final = re.compile(r"[A-Za-z]{3}[0-9]{2}[ -]?[A-Za-z]{1,2}[ -]?[0-9]{1,5}")
_KVK: Final = re.compile(r"[0-9]{8}")
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{22,100}")
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2199


def fail(kind: str, member: str | None = None) -> PydanticCustomError:
    """The error for one of our own kinds; its words are in `app.http.words`.

    A rule over several members of an object names the JSON `member` that is to be mended.
    """
    context = None if member is None else {"member": member}
    return PydanticCustomError(f"desk.{kind}", "does not fit", context)


@dataclass(frozen=True, slots=True)
class Text:
    """Text of `min` to `max` characters, untouched; no control characters but tab and line ends."""

    max: int
    min: int = 0

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Length first, so that a too long text is not searched."""
        inner = core_schema.str_schema(min_length=self.min, max_length=self.max, strict=True)
        return core_schema.no_info_after_validator_function(_visible, inner)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The same rule for the public description."""
        return handler(schema) | {"pattern": _CONTROL_IN_SCHEMA}


@dataclass(frozen=True, slots=True)
class OneOf:
    """Metadata for `Annotated[str, OneOf(codes)]`: exactly one of these codes, shown as an enum."""

    codes: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A literal of the codes; the value itself stays a plain string."""
        return core_schema.literal_schema(list(self.codes))


def _visible(text: str) -> str:
    if _CONTROL.search(text) is not None:
        raise fail("control_character")
    return text


def moment(text: object) -> datetime:
    """A moment in UTC from an RFC 3339 string with T and offset; digits past microseconds are cut off.

    Raises PydanticCustomError for anything else, and for moments outside 1900-2199 in UTC: a legal date at
    the edge of the calendar leaves it when turned into UTC.
    """
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise fail("moment")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    try:
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        if int(minutes or 0) > 59:
            raise fail("moment")
        zone = timezone(-offset if sign == "-" else offset)
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        there = datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
        here = there.astimezone(UTC)
    except (ValueError, OverflowError):
        raise fail("moment") from None
    if not _FIRST_YEAR <= here.year <= _LAST_YEAR:
        raise fail("moment")
    return here


def identity(text: object) -> UUID:
    """A UUID in its one canonical spelling. Raises PydanticCustomError for another."""
    if isinstance(text, UUID):
        return text
    if not isinstance(text, str) or _UUID.fullmatch(text) is None:
        raise fail("id")
    return UUID(text)


def _matching(pattern: re.Pattern[str], kind: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "does not fit")
        if pattern.fullmatch(value) is None:
            raise fail(kind)
        return value

    return check


def _postcode(value: object) -> str:
    text = _matching(_POSTCODE, "postcode")(value)
    return text.replace(" ", "").upper()


def _coordinate(bound: int, kind: str) -> Callable[[object], Decimal]:
    def check(value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise fail("number")
        # The shortest decimal that reads back as the same number: what the caller wrote, up to 17 digits.
        number = value if isinstance(value, Decimal) else Decimal(repr(value))
        if not number.is_finite() or not -bound <= number <= bound:
            raise fail(kind)
        return number

    return check


def _schema(kind: str, pattern: re.Pattern[str], example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "pattern": f"^{pattern.pattern}$", "examples": [example]})


def _number_schema(bound: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", "minimum": -bound, "maximum": bound})


_in_utc: Final = PlainSerializer(clock.timestamp, return_type=str, when_used="json")
# Left to itself pydantic warns on standard error that a decimal is text in JSON, and repeats the place.
_as_text: Final = PlainSerializer(lambda number: f"{number:f}", return_type=str, when_used="json")
_date_time: Final = WithJsonSchema({"type": "string", "format": "date-time"})

Moment = Annotated[datetime, PlainValidator(moment), _in_utc, _date_time]
ObjectId = Annotated[UUID, PlainValidator(identity), WithJsonSchema({"type": "string", "format": "uuid"})]
Postcode = Annotated[str, PlainValidator(_postcode), _schema("string", _POSTCODE, "9411NA")]
HouseNumber = Annotated[
    str, PlainValidator(_matching(_HOUSE_NUMBER, "house_number")), _schema("string", _HOUSE_NUMBER, "12")
]
Addition = Annotated[
    str, PlainValidator(_matching(_ADDITION, "addition")), _schema("string", _ADDITION, "bis-3D")
]
MunicipalityCode = Annotated[
    str,
    PlainValidator(_matching(_MUNICIPALITY, "municipality_code")),
    _schema("string", _MUNICIPALITY, "0114"),
]
Kvk = Annotated[str, PlainValidator(_matching(_KVK, "kvk")), _schema("string", _KVK, "12345678")]
Parcel = Annotated[
    str, PlainValidator(_matching(_PARCEL, "parcel")), _schema("string", _PARCEL, "EMM00 K 1234")
]
"""A cadastral parcel: municipality, section, number. No other words: it goes to RUDD as it stands."""

Latitude = Annotated[Decimal, PlainValidator(_coordinate(90, "latitude")), _as_text, _number_schema(90)]
Longitude = Annotated[Decimal, PlainValidator(_coordinate(180, "longitude")), _as_text, _number_schema(180)]


def idempotency_key(header: str | None) -> str | None:
    """The Idempotency-Key of a request, or None without one. Raises Invalid for one that does not fit."""
    if header is not None and _IDEMPOTENCY_KEY.fullmatch(header) is None:
        raise Invalid(faults=[fault("Idempotency-Key", "desk.idempotency_key")])
    return header
