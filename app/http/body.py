"""Bodies in and out: read within a limit, strict JSON, every fault at once, and no word of them elsewhere.

Who is calling is settled before: the door reads the raw body after it knows the caller (FastAPI would parse
it first), so a route has no body parameter and `app.http.openapi` finds the model on its door.
"""

import asyncio
import re
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import core_schema
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app import clock
from app.crypto import canonical
from app.errors import Fault, Invalid, Late, TooLarge, UnsupportedMedia
from app.http.words import faults_in

LIMIT: Final = 1_048_576
SECONDS: Final = 30.0
"""In which a whole body comes; the server may say another number (`app.http.connection`)."""

_TIMESTAMP: Final = core_schema.plain_serializer_function_ser_schema(clock.timestamp, when_used="json")
_CONTENT_TYPE: Final = re.compile(
    # Blanks are taken whole: where two parts could share them, a reader would try every way to.
    r'([a-z0-9!#$&^_.+-]++/[a-z0-9!#$&^_.+-]++)[ \t]*+(?:;[ \t]*+charset=(?:utf-8|"utf-8")[ \t]*+)?;?[ \t]*+',
    re.IGNORECASE,
)
_CONTENT_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_NOT_JSON: Final[dict[str, str]] = {
    "not_utf8": "Stuur de tekst in UTF-8.",
    "syntax": "Dit is geen geldige JSON.",
    "duplicate_key": "Een veld staat er twee keer in. Stuur elk veld een keer.",
    "nul": "Hierin staat het stuurteken NUL. Haal het weg.",
    "surrogate": "Hierin staat een half teken (surrogate). Stuur hele tekens.",
    "number": "Hierin staat een getal dat wij niet lezen.",
    "too_deep": "Dit zit te diep in elkaar.",
}


class Input(BaseModel):
    """Base of what callers send: camelCase, strict, no unknown members, and hidden wherever it is shown."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    __str__ = __repr__


def _write_moments(schema: object) -> None:
    if isinstance(schema, dict):
        if schema.get("type") == "datetime":
            schema.setdefault("serialization", _TIMESTAMP)
        for name, part in schema.items():
            if name not in ("metadata", "serialization"):
                _write_moments(part)
    elif isinstance(schema, (list, tuple)):
        for part in schema:
            _write_moments(part)


class Output(BaseModel):
    """Base of what we answer: camelCase, moments as RFC 3339 in UTC with Z."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """As pydantic makes it, with one way to write a moment, wherever one stands."""
        schema = handler(source)
        _write_moments(schema)
        return schema


Given = TypeVar("Given", bound=BaseModel)


async def read_body(request: Request, limit: int = LIMIT) -> bytes:
    """The whole body, in memory only. Raises TooLarge as soon as it is, or says it will be, over `limit`.

    Raises Invalid when the caller hangs up half-way: half a report is no report; Late when it takes too long.
    """
    announced = request.headers.get("content-length")
    if announced is not None and _CONTENT_LENGTH.fullmatch(announced) and int(announced) > limit:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(getattr(request.state, "body_seconds", SECONDS)):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise TooLarge
                parts.append(part)
    except TimeoutError:
        raise Late from None
    except ClientDisconnect:
        raise Invalid("Het bericht kwam niet helemaal aan. Stuur het opnieuw.", reason="hung_up") from None
    return b"".join(parts)


def require_json(request: Request, *others: str) -> str:
    """The media type of the body: application/json or one of `others` (`application/cloudevents+json`).

    Raises UnsupportedMedia for another one, for none, for two, and for another charset than UTF-8.
    """
    given = request.headers.getlist("content-type")
    found = _CONTENT_TYPE.fullmatch(given[0]) if len(given) == 1 else None
    media = found[1].lower() if found is not None else ""
    if media != "application/json" and media not in others:
        raise UnsupportedMedia
    return media


def parse(model: type[Given], raw: bytes) -> Given:
    """`raw` as `model`. Raises Invalid with all faults: first of the JSON itself, then of what is in it."""
    try:
        canonical.parse(raw)
    except canonical.NotJson as error:
        raise Invalid(faults=[Fault("", error.code, _words_for(error.code))]) from None
    try:
        # Read anew from the bytes: only so are choices, ids and lists strict and yet what JSON can say. What
        # two readers could understand differently (names twice, NaN, half characters) was refused above.
        return model.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise Invalid(faults=faults_in(model, found)) from None


def _words_for(code: str) -> str:
    return _NOT_JSON.get(code, _NOT_JSON["syntax"])


def answer(output: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`output` as a JSON response, written once and straight to bytes."""
    body = output.model_dump_json(by_alias=True).encode("utf-8")
    return Response(body, status, headers, media_type="application/json")
