"""Every refusal as problem+json (RFC 9457): what went wrong, what to do next, nothing of what was sent."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app import errors, telemetry
from app.database import AlreadyThere
from app.errors import Fault, Refusal
from app.http.words import words

MEDIA: Final = "application/problem+json"

_BY_STATUS: Final[dict[int, Callable[[], Refusal]]] = {
    kind.status: kind
    for kind in (
        errors.Invalid,
        errors.Unauthenticated,
        errors.Forbidden,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.NotAcceptable,
        errors.Late,
        errors.Conflict,
        errors.Stale,
        errors.TooLarge,
        errors.AddressTooLong,
        errors.UnsupportedMedia,
        errors.PreconditionRequired,
        errors.HeadTooLarge,
        errors.Unavailable,
    )
} | {errors.TooMany.status: lambda: errors.TooMany(60)}
_TELLS_WHY: Final = (errors.Forbidden, errors.Conflict)


def document(refusal: Refusal) -> dict[str, object]:
    """The members of one problem. A reason is told where the caller may know it: 403 and 409."""
    problem: dict[str, object] = {
        "type": f"urn:meldpunt:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
    }
    if isinstance(refusal, _TELLS_WHY) and refusal.reason != refusal.code:
        problem["reason"] = refusal.reason
    if refusal.faults:
        problem["errors"] = [_fault(fault) for fault in refusal.faults]
    return problem


def _fault(fault: Fault) -> dict[str, str]:
    kind = "pointer" if fault.where == "" or fault.where.startswith("/") else "parameter"
    return {kind: fault.where, "code": fault.code, "detail": fault.detail}


def answer(refusal: Refusal) -> Response:
    """The response of one refusal, its headers kept (Allow, WWW-Authenticate, Retry-After)."""
    return _response(document(refusal), refusal.status, refusal.headers)


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The response for a refusal that a library worded: our words for its status, `headers` kept."""
    given = {name.lower(): value for name, value in (headers or {}).items()}
    if status in _BY_STATUS:
        refusal = _BY_STATUS[status]()
        own = {name.lower(): value for name, value in refusal.headers.items()}
        return _response(document(refusal), status, own | given)
    if status < 500:
        members = document(errors.Invalid("Kijk in de beschrijving hoe het wel kan."))
        members |= {"status": status, "title": "Dit verzoek kan zo niet"}
        return _response(members, status, given)
    return _response(document(Refusal()) | {"status": status}, status, given)


def _response(members: Mapping[str, object], status: int, headers: Mapping[str, str]) -> Response:
    body = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Response(body, status, dict(headers), media_type=MEDIA)


async def refused(_request: Request, refusal: Exception) -> Response:
    """Handler for `Refusal`. Our own failures also leave a line with their reason, which is a code."""
    if not isinstance(refusal, Refusal):
        raise refusal
    if refusal.status >= 500:
        telemetry.log("not_served", level="error", reason=refusal.reason, status=refusal.status)
    return answer(refusal)


async def taken(request: Request, error: Exception) -> Response:
    """Handler for a unique value that was there and that no route foresaw: nothing was kept, asking again may help."""
    if not isinstance(error, AlreadyThere):
        raise error
    return await refused(request, errors.Unavailable(reason="row_refused"))


async def unreadable(_request: Request, error: Exception) -> Response:
    """Handler for FastAPI's own validation of path, query and headers: 400, never its 422 with the input."""
    if not isinstance(error, RequestValidationError):
        raise error
    return answer(errors.Invalid(faults=_parameter_faults(error.errors())))


def _parameter_faults(found: Sequence[Mapping[str, object]]) -> list[Fault]:
    faults = []
    for error in found:
        place = error.get("loc")
        steps = list(place) if isinstance(place, (list, tuple)) else []
        context = error.get("ctx")
        code, detail = words(str(error.get("type")), context if isinstance(context, Mapping) else None)
        # Only the first name is ours (declared on the route); what lies deeper may be the caller's.
        where = str(steps[1]) if len(steps) > 1 and steps[0] in ("path", "query", "header") else ""
        faults.append(Fault(where, code, detail))
    return list(dict.fromkeys(faults))


async def worded_by_starlette(request: Request, error: Exception) -> Response:
    """Handler for starlette's HTTPException: our words, its headers; `Allow` names all methods."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == errors.MethodNotAllowed.status:
        headers["Allow"] = ", ".join(sorted(set(_methods(request)))) or headers.get("Allow", "")
    return of_status(error.status_code, headers)


def _methods(request: Request) -> Iterator[str]:
    # Starlette names only the methods of the first route of a path; the others have theirs elsewhere.
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and route.methods and pattern.match(request.scope["path"]):
            yield from route.methods
            if "GET" in route.methods:
                yield "HEAD"


async def hung_up(_request: Request, _error: Exception) -> Response:
    """Handler for a caller that left before its body was whole: nobody reads this, nothing was kept."""
    return answer(errors.Invalid("Het bericht kwam niet helemaal aan. Stuur het opnieuw."))


def install(app: FastAPI) -> None:
    """Let `app` refuse in these words. What no handler knows ends in the outermost layer as a 500."""
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(AlreadyThere, taken)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, worded_by_starlette)
    app.add_exception_handler(ClientDisconnect, hung_up)
