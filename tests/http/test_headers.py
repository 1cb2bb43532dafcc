"""What every answer carries, whatever happened inside."""

import httpx2
import pytest

from app.http.application import Desk

pytestmark = pytest.mark.anyio

EVERYWHERE = {
    "api-version": "1.0.0",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/cases/x", 401),
        ("GET", "/v1/nowhere", 404),
        ("GET", "/v1/cases/", 404),
        ("DELETE", "/v1/reports", 405),
        ("OPTIONS", "/v1/reports", 405),
        ("POST", "/v1/receipt-lookups", 415),
        ("GET", "/v1/broken", 500),
        ("GET", "/v1/half", 503),
        ("GET", "/v1/texts/413", 413),
        ("GET", "/v1/raised/418", 418),
        ("GET", "/v1/weak-headers", 200),
        ("GET", "/melden", 200),
        ("HEAD", "/melden", 200),
        ("GET", "/v1/openapi.json", 200),
    ],
)
async def test_every_answer_carries_the_headers(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    for name, value in EVERYWHERE.items():
        assert answer.headers.get_list(name) == [value], name
    assert "permissions-policy" in answer.headers
    assert "server" not in answer.headers


async def test_an_answer_of_the_api_may_load_nothing(client: httpx2.AsyncClient) -> None:
    for path in ("/v1/broken", "/v1/nowhere", "/v1/openapi.json", "/healthz", "/web/x"):
        answer = await client.get(path)
        assert answer.headers["content-security-policy"] == API_POLICY


async def test_a_page_may_load_only_our_own_files(client: httpx2.AsyncClient) -> None:
    policy = (await client.get("/melden")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "base-uri 'none'" in policy


async def test_only_the_description_may_be_read_from_other_sites(client: httpx2.AsyncClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    described = await client.get("/v1/openapi.json", headers=origin)
    assert described.headers["access-control-allow-origin"] == "*"
    assert described.headers["cross-origin-resource-policy"] == "cross-origin"
    for method, path in (("GET", "/v1/cases"), ("POST", "/v1/openapi.json"), ("GET", "/melden")):
        answer = await client.request(method, path, headers=origin)
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_only_static_files_say_how_long_they_keep(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/static/desk.css")).headers["cache-control"] == "max-age=60"
    assert (await client.get("/static/plain.css")).headers["cache-control"] == "no-store"
    assert (await client.get("/v1/weak-headers")).headers["cache-control"] == "no-store"


async def test_the_version_is_what_the_desk_was_made_with() -> None:
    desk = Desk(api_version="2.3.4")
    transport = httpx2.ASGITransport(app=desk)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.test") as asking:
        answer = await asking.get("/v2/nothing")
    assert answer.headers["api-version"] == "2.3.4"


async def test_head_answers_as_get_without_a_body(client: httpx2.AsyncClient) -> None:
    whole, head = await client.get("/v1/openapi.json"), await client.head("/v1/openapi.json")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert (await client.head("/v1/nowhere")).content == b""


async def test_no_page_of_a_library_is_served(client: httpx2.AsyncClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
        assert (await client.get(path)).status_code == 404


async def test_a_trailing_slash_is_no_address_and_never_redirected(client: httpx2.AsyncClient) -> None:
    for path in ("/v1/cases/", "/melden/", "/v1/reports/"):
        assert (await client.get(path)).status_code == 404
