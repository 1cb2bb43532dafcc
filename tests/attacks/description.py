"""What the public description says, taken apart: which bodies there are and what may stand in them."""

from collections.abc import Iterator
from typing import Any

Members = tuple[str | int, ...]
"""A place in a body: names of members, and 0 for a list."""
Json = dict[str, Any]


def resolved(document: Json, schema: Json) -> Json:
    """The schema itself where it only refers to one."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def bodies(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Method, path and schema of each body that is JSON."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None:
                yield method, path, resolved(document, content["schema"])


def members(document: Json, schema: Json, place: Members = ()) -> Iterator[tuple[Members, Json]]:
    """Every place in a body with its schema, through lists, choices and references."""
    schema = resolved(document, schema)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from members(document, choice, place)
    for name, inner in schema.get("properties", {}).items():
        for one in (inner, *inner.get("anyOf", ())):
            found = resolved(document, one)
            if found.get("type") != "null" and "anyOf" not in found:
                yield (*place, name), found
            yield from members(document, one, (*place, name))
    if isinstance(schema.get("items"), dict):
        yield from members(document, schema["items"], (*place, 0))
