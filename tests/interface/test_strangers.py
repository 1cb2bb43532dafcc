"""Who is calling is settled before a body is read, and by nothing but one bearer token or one session."""

import pytest

from app.demo.issuer import fetch_token
from tests.desk import Server
from tests.interface.bad import JSON, MARK, SIGNALS, report
from tests.interface.wire import Answer, Headers, request, speak
from tests.stored import Stored

pytestmark = pytest.mark.anyio

THREE_MB = 3_000_000
DOORS = (SIGNALS, "/v1/cases/00000000-0000-4000-8000-000000000000/openings", "/v1/queues/rudd/claims")


@pytest.fixture(scope="module")
def token(module_server: Server) -> str:
    return fetch_token(module_server.settings, "ans")


def post(server: Server, headers: Headers, body: bytes, path: str = SIGNALS) -> Answer:
    return speak(server.settings.port, request("POST", path, headers, body))


def refused(answer: Answer) -> bool:
    assert answer.status == 401, answer.body
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"]
    return MARK not in answer.body.decode()


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("body", [b"{", b"[" * THREE_MB, report()], ids=["half", "3 MB of lists", "good"])
async def test_a_stranger_gets_401_whatever_the_body(
    module_server: Server, stored: Stored, path: str, body: bytes
) -> None:
    before = await stored.counts()
    assert refused(post(module_server, (JSON,), body, path))
    assert await stored.counts() == before


@pytest.mark.parametrize("bearer", [(), (("Authorization", "Bearer a.b.c"),)], ids=["none", "refused"])
def test_a_stranger_is_refused_before_a_byte_of_the_body_came(module_server: Server, bearer: Headers) -> None:
    headers = (*bearer, JSON, ("Content-Length", str(THREE_MB)))
    assert refused(speak(module_server.settings.port, request("POST", SIGNALS, headers, b"")))


def test_a_token_counts_only_once_and_only_in_its_header(module_server: Server, token: str) -> None:
    good = ("Authorization", f"Bearer {token}")
    for headers in (
        (good, good),
        (good, ("Authorization", "Bearer x")),
        (("Authorization", f"Basic {token}"),),
        (("Authorization", "Bearer"),),
        (("Authorization", "Bearer  " + token),),
        (("Authorization", token),),
        (("Cookie", f"__Host-session={token}; access_token={token}"),),
        (("X-Access-Token", token),),
    ):
        assert refused(post(module_server, (*headers, JSON), report())), headers[0][0]
    assert refused(post(module_server, (JSON,), report(), f"{SIGNALS}?access_token={token}"))
    assert post(module_server, (good, JSON), report()).status == 201


def test_a_scheme_is_read_in_any_case(module_server: Server, token: str) -> None:
    assert post(module_server, (("authorization", f"bearer {token}"), JSON), report()).status == 201


def test_the_address_of_a_token_in_a_query_string_is_in_no_line(module_server: Server, token: str) -> None:
    post(module_server, (JSON,), report(), f"{SIGNALS}?access_token={token}")
    assert token not in module_server.log.read_text()
    assert "access_token" not in module_server.log.read_text()


def test_a_session_of_the_pages_means_nothing_to_the_api(module_server: Server) -> None:
    """And a token means nothing to the pages' own routes."""
    headers = (JSON, ("Cookie", "__Host-session=" + "a" * 43), ("Origin", module_server.url))
    assert refused(post(module_server, headers, report()))
    assert post(module_server, headers, report(), "/web/signals").status in {401, 403}


def test_no_other_site_may_read_an_answer(module_server: Server, token: str) -> None:
    origin, bearer = ("Origin", "https://elders.example"), ("Authorization", f"Bearer {token}")
    for path in ("/v1/queues", "/v1/nothing", "/v1/access-log"):
        raw = request("GET", path, (origin, bearer), b"")
        assert "access-control-allow-origin" not in speak(module_server.settings.port, raw).headers
    ask_first = request("OPTIONS", SIGNALS, (origin, ("Access-Control-Request-Method", "POST")), b"")
    assert "access-control-allow-origin" not in speak(module_server.settings.port, ask_first).headers
