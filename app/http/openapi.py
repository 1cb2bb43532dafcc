"""The public description of the API (OpenAPI 3.1), as the NLgov API Design Rules 2.2 want it.

FastAPI describes paths, parameters and answers; what the desk does itself is added here: bodies (read behind
the door), query strings, refusals in problem+json, the API-Version header, and who must be signed in.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Protocol, cast, runtime_checkable

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from app.http import described
from app.http import links as ways
from app.http.headers import DESCRIPTION_PATH
from app.http.queries import QueryDependency, calls_of

Json = dict[str, object]
Bodies = Mapping[type[BaseModel], Json]

VERSIONED: Final = "/v1"
_REF: Final = "#/components/schemas/{model}"


@runtime_checkable
class Door(Protocol):
    """The guard of a route, as far as the description needs it.

    It may also have `media` (the body's media type), `headers` (of "If-Match", "Idempotency-Key") and
    `signed` (the caller proves itself by a signature over the body instead of a bearer token).
    """

    permission: str
    body: type[BaseModel] | None


class Described:
    """One operation of the document, with the route and the guards behind it."""

    def __init__(self, operation: Json, path: str, method: str, route: RouteContext) -> None:
        self.operation = operation
        self.path = path
        self.method = method
        self.route = route
        calls = list(calls_of(cast("Dependant", route.dependant)))
        doors = [call for call in calls if _is_door(call)]
        self.door = cast("Door", doors[0]) if doors else None
        self.queries = [call.model for call in calls if isinstance(call, QueryDependency)]

    @property
    def headers(self) -> Collection[str]:
        """Request headers that the door reads."""
        return cast("Collection[str]", getattr(self.door, "headers", ()))

    @property
    def body(self) -> type[BaseModel] | None:
        """The model of the request body."""
        return None if self.door is None else self.door.body


def describe(
    app: FastAPI,
    *,
    description: str,
    contact: Mapping[str, str],
    open_permissions: Collection[str] = (),
    links: Collection[ways.Link] = (),
) -> Json:
    """The document for every `/v1` route of `app` that is in the schema.

    `contact` has name, email and url; `open_permissions` need no token; `links` lead from one operation to another.
    Raises ValueError when no route is found, when two models share a name, or two operations one.
    """
    routes = [route for route in iter_route_contexts(app.routes) if _public(route)]
    if not routes:
        raise ValueError("no public route found")
    document = cast(
        "Json",
        get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description=description,
            routes=routes,
            servers=[{"url": VERSIONED}],
        ),
    )
    # FastAPI would want another package to check the address.
    cast("Json", document["info"])["contact"] = dict(contact)
    operations = list(_operations(document, routes))
    components = _components(document)
    schemas = cast("Json", components.setdefault("schemas", {}))
    bodies = _add_bodies(schemas, operations)
    for item in operations:
        _complete(item, bodies, open_permissions)
    _name_operations(operations)
    ways.add({str(item.operation["operationId"]): item.operation for item in operations}, links)
    document["paths"] = {
        path.removeprefix(VERSIONED): item for path, item in cast("Json", document["paths"]).items()
    }
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for name, schema in schemas.items():
        schemas[name] = described.untitled(schema)
    schemas["Problem"] = described.PROBLEM
    components |= described.COMPONENTS
    return document


def _public(route: RouteContext) -> bool:
    path = route.path_format or ""
    return path.startswith(f"{VERSIONED}/") and bool(getattr(route, "include_in_schema", False))


def _is_door(call: object) -> bool:
    return isinstance(call, Door)


def _operations(document: Json, routes: list[RouteContext]) -> Iterator[Described]:
    paths = cast("dict[str, dict[str, Json]]", document["paths"])
    for route in routes:
        for method in sorted(route.methods or ()):
            path = str(route.path_format)
            yield Described(paths[path][method.lower()], path, method, route)


def _components(document: Json) -> Json:
    return cast("Json", document.setdefault("components", {}))


def _add_bodies(schemas: Json, operations: list[Described]) -> Bodies:
    bodies = {item.body for item in operations if item.body is not None}
    ordered = sorted(bodies, key=lambda model: model.__name__)
    references, found = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    for name, schema in cast("Json", found.get("$defs", {})).items():
        if schemas.setdefault(name, schema) != schema:
            raise ValueError(f"two schemas are called {name}")
    return {model: cast("Json", references[model, "validation"]) for model in ordered}


def _complete(item: Described, bodies: Bodies, open_permissions: Collection[str]) -> None:
    operation = item.operation
    parameters = cast("list[Json]", operation.setdefault("parameters", []))
    for model in item.queries:
        parameters.extend(_query_parameters(model))
    parameters.extend({"$ref": f"#/components/parameters/{described.REFS[name]}"} for name in item.headers)
    if not parameters:
        del operation["parameters"]
    if item.body is not None:
        media = str(getattr(item.door, "media", "application/json"))
        operation["requestBody"] = {"required": True, "content": {media: {"schema": bodies[item.body]}}}
    signed = bool(getattr(item.door, "signed", False))
    named = item.door is not None and item.door.permission not in open_permissions
    if named and not signed:
        operation["security"] = [{"bearer": []}]
    _answers(item, named or signed)


def _query_parameters(model: type[BaseModel]) -> Iterator[Json]:
    schema = model.model_json_schema(ref_template=_REF)
    definitions = cast("Json", schema.get("$defs", {}))
    for name, member in cast("dict[str, Json]", schema.get("properties", {})).items():
        plain = cast("Json", described.without_null(described.inlined(member, definitions)))
        words = plain.pop("description", None)
        plain.pop("title", None)
        if plain.get("default", ...) is None:
            del plain["default"]
        if plain.get("type") == "string" and not plain.keys() & {"pattern", "format", "enum", "const"}:
            plain["pattern"] = described.PLAIN_TEXT
        parameter: Json = {"name": name, "in": "query", "required": name in schema.get("required", ())}
        yield parameter | ({"description": words} if words else {}) | {"schema": plain}


def _answers(item: Described, named: bool) -> None:
    answers = cast("dict[str, Json]", item.operation["responses"])
    answers.pop("422", None)
    declared = {int(status) for status in answers if status.isdigit() and int(status) >= 400}
    for status, answer in answers.items():
        if status.isdigit() and int(status) < 400:
            answer["headers"] = {"API-Version": {"$ref": "#/components/headers/ApiVersion"}}
            if int(status) == 204:
                answer.pop("content", None)
    refusals = described.refusals(
        method=item.method, path=item.path, body=item.body is not None, named=named, headers=item.headers
    )
    for status_code in sorted(refusals | declared):
        answers[str(status_code)] = {"$ref": f"#/components/responses/{described.name_of(status_code)}"}


def _name_operations(operations: list[Described]) -> None:
    seen: set[str] = set()
    for item in operations:
        name = to_camel(str(item.route.name))
        if name in seen:
            raise ValueError(f"two operations are called {name}")
        seen.add(name)
        item.operation["operationId"] = name


def publish(app: FastAPI, make: Callable[[], Json]) -> None:
    """Serve the document, made at the first request and kept, at its public address."""
    made: list[Response] = []

    async def openapi_document(_request: Request) -> Response:
        if not made:
            made.append(described.json_response(make()))
        return Response(made[0].body, media_type="application/json")

    app.add_route(DESCRIPTION_PATH, openapi_document, methods=["GET"], include_in_schema=False)
