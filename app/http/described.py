"""The fixed pieces of the public description: the problem, its answers, headers, and who may refuse what."""

import json
from collections.abc import Collection, Mapping
from typing import Final, cast

from starlette.responses import Response

from app import errors
from app.errors import Refusal

Json = dict[str, object]

PROBLEM: Final[Json] = {
    "title": "Problem",
    "description": "Waarom het niet kon (RFC 9457). Herhaalt nooit wat er gestuurd is.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "reason": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Plaats in het bericht (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Naam in pad, vraag of kop."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_TOLD: Final[tuple[type[Refusal], ...]] = (
    errors.Invalid,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.NotAcceptable,
    errors.Late,
    errors.Conflict,
    errors.Stale,
    errors.TooLarge,
    errors.AddressTooLong,
    errors.UnsupportedMedia,
    errors.PreconditionRequired,
    errors.TooMany,
    errors.HeadTooLarge,
    Refusal,
    errors.Unavailable,
)
_TITLES: Final = {kind.status: kind.title for kind in _TOLD}
_VERSION_HEADER: Final[Json] = {"API-Version": {"$ref": "#/components/headers/ApiVersion"}}
_EXTRA_HEADERS: Final[dict[int, Json]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}}},
    503: {"Retry-After": {"schema": {"type": "integer"}}},
}
PLAIN_TEXT: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
REFS: Final = {
    "If-Match": "IfMatch",
    "Idempotency-Key": "IdempotencyKey",
    "webhook-id": "WebhookId",
    "webhook-timestamp": "WebhookTimestamp",
    "webhook-signature": "WebhookSignature",
}


def name_of(status: int) -> str:
    """The name of the shared answer for a status. Raises KeyError for a status the desk never gives."""
    if status not in _TITLES:
        raise KeyError(status)
    return f"Problem{status}"


COMPONENTS: Final[Json] = {
    "headers": {
        "ApiVersion": {
            "description": "Volledig versienummer van deze API.",
            "schema": {"type": "string", "examples": ["1.0.0"]},
        }
    },
    "parameters": {
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "De ETag van de stand die u zag.",
            "schema": {
                "type": "string",
                "pattern": '^(\\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*")*)$',
                "examples": ['"3"'],
            },
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Bij een herhaling van hetzelfde bericht dezelfde sleutel: het telt dan een keer.",
            "schema": {"type": "string", "pattern": "^[!-~]{22,100}$"},
        },
        "WebhookId": {
            "name": "webhook-id",
            "in": "header",
            "required": True,
            "description": "Bij een herhaling van dezelfde levering hetzelfde (Standard Webhooks).",
            "schema": {"type": "string", "pattern": "^[!-~]{1,256}$"},
        },
        "WebhookTimestamp": {
            "name": "webhook-timestamp",
            "in": "header",
            "required": True,
            "description": "Seconden sinds 1970; hoogstens vijf minuten van onze klok.",
            "schema": {"type": "string", "pattern": "^[0-9]{1,11}$"},
        },
        "WebhookSignature": {
            "name": "webhook-signature",
            "in": "header",
            "required": True,
            "description": "HMAC-SHA-256 over id, tijd en de rauwe bytes; meer waarden scheidt een spatie.",
            "schema": {"type": "string", "pattern": "^[!-~]+( [!-~]+)*$"},
        },
    },
    "responses": {
        name_of(status): {
            "description": title,
            "headers": _VERSION_HEADER | _EXTRA_HEADERS.get(status, {}),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, title in _TITLES.items()
    },
    "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
}


def refusals(*, method: str, path: str, body: bool, named: bool, headers: Collection[str]) -> set[int]:
    """Statuses that an operation of this shape may refuse with."""
    statuses = {400, 406, 414, 429, 431, 500, 503}
    if named:
        statuses |= {401, 403}
    if "{" in path or not named:
        statuses.add(404)
    if method == "POST":
        statuses.add(409)
    if body:
        statuses |= {408, 413, 415}
    if "If-Match" in headers:
        statuses |= {412, 428}
    return statuses


def inlined(schema: object, definitions: Mapping[str, object]) -> object:
    """`schema` with what it refers to in place: a query parameter stands alone."""
    if isinstance(schema, list):
        return [inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = cast("Json", inlined(definitions[reference.rsplit("/", 1)[-1]], definitions))
        return target | {key: value for key, value in schema.items() if key != "$ref"}
    return {key: inlined(value, definitions) for key, value in schema.items()}


def untitled(schema: object) -> object:
    """`schema` without the titles that pydantic makes of member names; a member called title stays."""
    if isinstance(schema, list):
        return [untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: untitled(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)
    }


def without_null(schema: object) -> object:
    """`schema` without the null that an optional member has: a query string cannot say null."""
    if not isinstance(schema, dict) or "anyOf" not in schema:
        return schema
    choices = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema | {"anyOf": choices}
    return choices[0] | {key: value for key, value in schema.items() if key != "anyOf"}


def json_response(document: Json) -> Response:
    """The document as UTF-8 JSON."""
    return Response(json.dumps(document, ensure_ascii=False).encode("utf-8"), media_type="application/json")
