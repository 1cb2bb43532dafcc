"""Query strings, read strictly: known names, each once, digits that are digits; every fault at once.

A route takes `filters: Annotated[CaseFilters, Depends(query(CaseFilters))]`, where `CaseFilters` is a
`Query`. An unread name or a guessed value would show another list than the one that was asked for.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final, Generic, TypeVar, get_args
from urllib.parse import unquote_to_bytes
from uuid import UUID

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.types import Scope

from app.errors import Fault, Invalid
from app.http.fields import fail, identity, moment
from app.http.words import fault, words

_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FLAGS: Final = {"true": True, "false": False}


def _whole(text: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise fail("whole_number")
    return int(text)


def _flag(text: str) -> bool:
    if text not in _FLAGS:
        raise fail("flag")
    return _FLAGS[text]


# In this order, for bool is an int.
_READERS: Final[tuple[tuple[type, Callable[[str], object]], ...]] = (
    (bool, _flag),
    (int, _whole),
    (UUID, identity),
    (datetime, moment),
)


class Query(BaseModel):
    """Base of query strings: camelCase names, whole numbers, flags, ids and moments without guessing."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _strictly(cls, value: object, info: ValidationInfo) -> object:
        read = _reader(cls, info.field_name or "")
        return read(value) if read is not None and isinstance(value, str) else value


@lru_cache(maxsize=512)
def _reader(model: type[Query], name: str) -> Callable[[str], object] | None:
    kinds = _kinds(model.model_fields[name].annotation)
    return next((read for kind, read in _READERS if kind in kinds), None)


def _kinds(annotation: object) -> set[object]:
    return {annotation}.union(*(_kinds(argument) for argument in get_args(annotation)))


Asked = TypeVar("Asked", bound=Query)


class QueryDependency(Generic[Asked]):
    """What `query` makes: a dependency that reads the query string as `model`."""

    def __init__(self, model: type[Asked]) -> None:
        self.model = model
        self._names = {field.alias or name for name, field in model.model_fields.items()}

    def __call__(self, request: Request) -> Asked:
        """Raises Invalid naming each parameter that is unknown, repeated, or does not fit."""
        given, faults = _pairs(request.scope.get("query_string", b""), self._names)
        try:
            asked = self.model.model_validate(given)
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False):
                code, detail = words(found["type"], found.get("ctx"))
                faults.append(Fault(str(found["loc"][0]) if found["loc"] else "query", code, detail))
            raise Invalid(faults=list(dict.fromkeys(faults))) from None
        if faults:
            raise Invalid(faults=list(dict.fromkeys(faults)))
        return asked


def query(model: type[Asked]) -> QueryDependency[Asked]:
    """The dependency of a route that reads its query string as `model`."""
    return QueryDependency(model)


def refuse_unread(request: Request) -> None:
    """Raises Invalid where the request has a query string and its route reads none.

    FastAPI lets such words pass; a caller would think that they did something.
    """
    raw: bytes = request.scope.get("query_string", b"")
    if raw and not _reads_any(request.scope):
        raise Invalid(faults=_pairs(raw, set())[1])


def _reads_any(scope: Scope) -> bool:
    # An included router leaves its route only in FastAPI's private scope; a test pins that.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    dependant = getattr(route, "dependant", None)
    return dependant is not None and any(isinstance(call, QueryDependency) for call in calls_of(dependant))


def calls_of(dependant: Dependant) -> Iterator[Callable[..., object]]:
    """What a route depends on, and what that depends on."""
    for dependency in dependant.dependencies:
        if dependency.call is not None:
            yield dependency.call
        yield from calls_of(dependency)


def _pairs(raw: bytes, names: set[str]) -> tuple[dict[str, str], list[Fault]]:
    """Known names with their text, and faults for the rest; an unknown name is input and never told."""
    given: dict[str, str] = {}
    faults: list[Fault] = []
    for pair in filter(None, raw.split(b"&")):
        name_bytes, _, text_bytes = pair.partition(b"=")
        name, text = _decoded(name_bytes), _decoded(text_bytes)
        if name is None or name not in names:
            faults.append(fault("query", "desk.unknown_parameter"))
        elif name in given:
            faults.append(fault(name, "desk.repeated"))
        elif text is None:
            faults.append(fault(name, "desk.control_character"))
        else:
            given[name] = text
    return given, faults


def _decoded(raw: bytes) -> str | None:
    """Text of one part, or None where it is no UTF-8 or holds a control character."""
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text
