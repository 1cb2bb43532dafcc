"""Which other site's script may call: a form of the caller's own organisation may report, and that is all."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.errors import Forbidden, StartRefused
from app.http.application import Desk
from app.http.origins import Origins, check

EMMEN, ASSEN, ELSEWHERE = (
    "https://intranet.emmen.example",
    "https://assen.example:8443",
    "https://elders.example",
)
ORIGINS = Origins({"gemeente-emmen": frozenset({EMMEN}), "gemeente-assen": frozenset({ASSEN})})
KNOWN = {"gemeente-emmen", "gemeente-assen"}
OWN = "https://meldpunt.example"
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
CROSS = "access-control-allow-origin"


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """A desk whose caller says in X-Organisation of which organisation it is."""
    desk = Desk(origins=ORIGINS)

    async def act(request: Request) -> Response:
        check(request, request.headers.get("x-organisation"), OWN)
        return JSONResponse({})

    for path in ("/v1/signals", "/v1/reference-data", "/v1/receipt-lookups", "/v1/cases", "/web/signals"):
        desk.add_route(path, act, methods=["GET", "POST"])
    transport = httpx2.ASGITransport(app=desk, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=OWN) as asking:
        yield asking


def named(organisation: str, *origins: str) -> list[tuple[str, str]]:
    return [("X-Organisation", organisation), *(("Origin", origin) for origin in origins)]


@pytest.mark.anyio
@pytest.mark.parametrize("origin", [EMMEN, ASSEN])
async def test_a_browser_that_asks_first_hears_yes_for_any_listed_site(
    client: httpx2.AsyncClient, origin: str
) -> None:
    answer = await client.options("/v1/signals", headers={"Origin": origin} | ASKED)
    assert answer.status_code == 204
    assert answer.headers[CROSS] == origin
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type, Idempotency-Key"
    assert answer.headers["vary"] == "origin"
    assert answer.headers["api-version"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/signals", {"Origin": ELSEWHERE} | ASKED),
        ("/v1/signals", {"Origin": "null"} | ASKED),
        ("/v1/signals", {"Origin": EMMEN.upper()} | ASKED),
        ("/v1/signals", {"Origin": f"{EMMEN}.evil.example"} | ASKED),
        ("/v1/signals", {"Origin": EMMEN.replace("https", "http")} | ASKED),
        ("/v1/receipt-lookups", {"Origin": EMMEN} | ASKED),
        ("/v1/cases", {"Origin": EMMEN} | ASKED),
        ("/web/signals", {"Origin": EMMEN} | ASKED),
    ],
)
async def test_a_browser_hears_nothing_for_another_site_or_another_route(
    client: httpx2.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await client.options(path, headers=headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.anyio
async def test_a_method_that_is_not_for_forms_is_not_offered(client: httpx2.AsyncClient) -> None:
    for asked in ({}, {"Access-Control-Request-Method": "GET"}):
        answer = await client.options("/v1/signals", headers={"Origin": EMMEN} | asked)
        assert answer.status_code == 405
        assert "access-control-allow-methods" not in answer.headers


@pytest.mark.anyio
async def test_a_form_of_the_own_organisation_reports_and_reads_the_answer(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.post("/v1/signals", headers=named("gemeente-emmen", EMMEN))
    assert answer.status_code == 200
    assert answer.headers[CROSS] == EMMEN
    assert answer.headers["vary"] == "origin"
    assert answer.headers["access-control-expose-headers"] == "API-Version, Retry-After, WWW-Authenticate"
    assert (await client.get("/v1/reference-data", headers=named("gemeente-emmen", EMMEN))).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/signals", named("gemeente-emmen", ASSEN)),
        ("POST", "/v1/signals", named("rudd", ASSEN)),
        ("POST", "/v1/signals", named("gemeente-emmen", ELSEWHERE)),
        ("POST", "/v1/signals", named("gemeente-emmen", EMMEN, EMMEN)),
        ("POST", "/v1/signals", named("gemeente-emmen", "null")),
        ("GET", "/v1/signals", named("gemeente-emmen", EMMEN)),
        ("GET", "/v1/cases", named("gemeente-emmen", EMMEN)),
        ("POST", "/v1/receipt-lookups", named("gemeente-emmen", EMMEN)),
    ],
)
async def test_a_request_from_another_site_is_refused_whoever_calls(
    client: httpx2.AsyncClient, method: str, path: str, headers: list[tuple[str, str]]
) -> None:
    answer = await client.request(method, path, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["reason"] == "other_origin"


@pytest.mark.anyio
async def test_programs_and_our_own_pages_go_on(client: httpx2.AsyncClient) -> None:
    for headers in (named("gemeente-emmen"), named("gemeente-emmen", OWN)):
        for path in ("/v1/signals", "/v1/cases"):
            answer = await client.post(path, headers=headers)
            assert answer.status_code == 200
            assert CROSS not in answer.headers


@pytest.mark.anyio
async def test_a_receipt_lends_another_site_nothing(client: httpx2.AsyncClient) -> None:
    """It is served, for it has no rights to borrow, and the other site may not read the answer."""
    answer = await client.post("/v1/receipt-lookups", headers={"Origin": EMMEN})
    assert answer.status_code == 200
    assert CROSS not in answer.headers


def test_refused_without_a_list_as_well() -> None:
    scope = {"type": "http", "method": "POST", "path": "/v1/signals", "app": Desk()}
    scope["headers"] = [(b"origin", EMMEN.encode())]
    with pytest.raises(Forbidden):
        check(Request(scope), "gemeente-emmen", OWN)


def written(folder: Path, text: str) -> Path:
    file = folder / "origins.json"
    file.write_text(text)
    return file


def test_the_file_names_each_organisation_and_its_sites(tmp_path: Path) -> None:
    given = {"gemeente-emmen": [EMMEN, "http://localhost:3000", "http://[::1]"], "gemeente-assen": []}
    found = Origins.read(written(tmp_path, json.dumps(given)), KNOWN)
    assert found.listed("http://[::1]")
    assert found.listed(EMMEN)
    assert not found.listed(ASSEN)
    assert Origins.read(None, KNOWN) == Origins()


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "*",
            "null",
            "",
            "intranet.emmen.example",
            "https://",
            "https://*.emmen.example",
            f"{EMMEN}/",
            f"{EMMEN}/a",
        ),
        *(f"{EMMEN}:443", f"{EMMEN}:99999", "https://Emmen.example", "https://a@emmen.example", f"{EMMEN}?a"),
        *("http://emmen.example", "file://emmen", "https://emmen.example.", "https://émmen.example", 5, None),
    ],
)
def test_what_is_no_origin_of_a_site_stops_the_start(tmp_path: Path, origin: object) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_ORIGINS_FILE: bij gemeente-emmen"):
        Origins.read(written(tmp_path, json.dumps({"gemeente-emmen": [EMMEN, origin]})), KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "[]",
            "null",
            '{"gemeente-elders": []}',
            '{"gemeente-emmen": "x"}',
            '{"gemeente-emmen": {}}',
        ),
        '{"gemeente-emmen": [], "gemeente-emmen": []}',
    ],
)
def test_a_file_that_does_not_fit_stops_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_ORIGINS_FILE"):
        Origins.read(written(tmp_path, text), KNOWN)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="FileNotFoundError"):
        Origins.read(tmp_path / "none.json", KNOWN)
