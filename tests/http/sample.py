"""The desk that the tests of this part ask: invented routes, the same way of building as the real ones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException
from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from app import errors
from app.http import body as bodies
from app.http import etags, openapi
from app.http.application import Desk
from app.http.body import Input, Output
from app.http.fields import (
    Addition,
    HouseNumber,
    Kvk,
    Latitude,
    Longitude,
    Moment,
    MunicipalityCode,
    ObjectId,
    Postcode,
    Text,
)
from app.http.queries import Query, query

KEY = b"k" * 32


class State(StrEnum):
    NEW = "new"
    CLOSED = "closed"


class Place(Input):
    postcode: Postcode | None = None
    house_number: HouseNumber | None = None
    house_number_addition: Addition | None = None
    municipality_code: MunicipalityCode | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Company(Input):
    name: Annotated[str, Text(max=200, min=1)]
    kvk_number: Kvk | None = None


class Report(Input):
    text: Annotated[str, Text(min=1, max=20_000)]
    observed_from: Moment | None = None
    minor_involved: bool | None = None
    state: State | None = None
    place: Place | None = None
    companies: Annotated[tuple[Company, ...], Field(max_length=3)] = ()
    about: ObjectId | None = None


class Kept(Output):
    signal_id: UUID
    received_at: datetime
    seen_at: datetime | None = None


class CaseFilters(Query):
    state: State | None = None
    actor: Annotated[str, Field(max_length=100)] | None = None
    case_id: UUID | None = None
    overdue: bool | None = None
    since: datetime | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Guard:
    """Stands for the real door: a caller with a token, then the body."""

    def __init__(
        self, permission: str, body: type[Input] | None = None, headers: tuple[str, ...] = ()
    ) -> None:
        self.permission = permission
        self.body = body
        self.headers = headers

    async def __call__(self, request: Request) -> AsyncIterator[Input | None]:
        if not self.permission.startswith("receipt:") and "authorization" not in request.headers:
            raise errors.Unauthenticated
        if self.body is None:
            yield None
        else:
            bodies.require_json(request)
            yield bodies.parse(self.body, await bodies.read_body(request))


router = APIRouter()
SUBMIT = Guard("report:submit", Report, ("Idempotency-Key",))
FOLLOW = Guard("receipt:follow", Report)
READ = Guard("case:read")


@router.post("/reports", status_code=201, response_model=Kept)
async def submit_report(
    report: Annotated[Report, Depends(SUBMIT, scope="function")],
) -> Response:
    """Take one report."""
    return bodies.answer(
        Kept(signal_id=UUID(int=1), received_at=datetime(2026, 3, 1, 12, tzinfo=UTC)), status=201
    )


@router.post("/receipt-lookups", response_model=Kept)
async def look_up(
    report: Annotated[Report, Depends(FOLLOW, scope="function")],
) -> Kept:
    return Kept(signal_id=UUID(int=1), received_at=datetime(2026, 3, 1, 12, tzinfo=UTC))


@router.get("/cases", response_model=Kept)
async def list_cases(
    guard: Annotated[None, Depends(Guard("case:list"), scope="function")],
    filters: Annotated[CaseFilters, Depends(query(CaseFilters))],
) -> Kept:
    return Kept(signal_id=UUID(int=filters.limit), received_at=datetime(2026, 3, 1, 12, tzinfo=UTC))


@router.get("/cases/{caseId}", response_model=Kept)
async def read_case(
    caseId: UUID,  # noqa: N803
    guard: Annotated[None, Depends(READ, scope="function")],
) -> Kept:
    return Kept(signal_id=caseId, received_at=datetime(2026, 3, 1, 12, tzinfo=UTC))


@router.post("/cases/{caseId}", status_code=204)
async def move_case(
    caseId: UUID,  # noqa: N803
    request: Request,
    guard: Annotated[Report, Depends(Guard("case:move", Report, ("If-Match",)), scope="function")],
) -> None:
    etags.check(etags.if_match(request), 3)


@router.get("/broken", include_in_schema=False)
async def broken() -> None:
    value = "MARKER-in-local"
    raise ValueError(f"MARKER-in-message {value}")


@router.get("/half", include_in_schema=False)
async def half() -> None:
    raise errors.Unavailable(reason="no_database")


@router.get("/texts/{status}", include_in_schema=False)
async def library_text(status: int) -> Response:
    return PlainTextResponse("library MARKER", status, headers={"Retry-After": "7"})


@router.get("/raised/{status}", include_in_schema=False)
async def library_refusal(status: int) -> Response:
    raise HTTPException(status, "library MARKER", headers={"Retry-After": "7"})


@router.get("/weak-headers", include_in_schema=False)
async def weak_headers() -> Response:
    return Response(
        b"{}",
        media_type="application/json",
        headers={"Server": "x", "Cache-Control": "public", "X-Frame-Options": "ALLOW", "API-Version": "0"},
    )


@router.get("/checkpoint", include_in_schema=False)
async def checkpoint() -> Response:
    return PlainTextResponse("log\n1\n")


async def page(request: Request) -> Response:
    return HTMLResponse("<!doctype html><title>Meldpunt</title>")


async def file(request: Request) -> Response:
    return Response(b"", media_type="text/css", headers={"Cache-Control": "max-age=60"})


async def plain_file(request: Request) -> Response:
    return Response(b"", media_type="text/css")


CONTACT = {"name": "Meldpunt", "email": "meldpunt@voorbeeld.nl", "url": "https://voorbeeld.nl"}


def sample() -> Desk:
    """A fresh one."""
    desk = Desk(other_media={"/v1/checkpoint": ("text/plain",)})
    desk.include_router(router, prefix="/v1")
    desk.add_route("/melden", page, include_in_schema=False)
    desk.add_route("/static/desk.css", file, include_in_schema=False)
    desk.add_route("/static/plain.css", plain_file, include_in_schema=False)
    openapi.publish(desk, lambda: describe(desk))
    return desk


def describe(desk: Desk) -> openapi.Json:
    """Its public description."""
    return openapi.describe(
        desk, description="Proef.", contact=CONTACT, open_permissions=frozenset({"receipt:follow"})
    )
