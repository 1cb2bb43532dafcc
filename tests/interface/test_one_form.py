"""Every refusal has one form, wherever and by whomever it is made, and every answer the headers of the house."""

import pytest

from tests.desk import Server
from tests.interface.wire import Answer, Headers, request, speak

EVERYWHERE = {
    "api-version": "1.0.0",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
FILE = "/static/base.css"
LONG = "a" * 9_000


def ask(server: Server, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> Answer:
    return speak(server.settings.port, request(method, path, headers, body))


def dressed(answer: Answer) -> None:
    for name, value in EVERYWHERE.items():
        assert answer.headers[name] == value, name
    assert "content-security-policy" in answer.headers
    assert "permissions-policy" in answer.headers
    assert "server" not in answer.headers


REFUSED: list[tuple[str, str, Headers, int]] = [
    ("GET", "/nowhere", (), 404),
    ("GET", "/nowhere", (("Accept", "application/json"),), 404),
    ("POST", "/nowhere", (("Accept", "text/html"),), 404),
    ("GET", "/v1", (), 404),
    ("GET", "/v1/", (), 404),
    ("GET", "/v1/nowhere", (("Accept", "text/html, */*;q=0.8"),), 404),
    ("GET", "/web/nowhere", (), 404),
    ("GET", "/V1/queues", (), 404),
    ("GET", "//v1/queues", (), 404),
    ("GET", "/v1/queues/", (), 404),
    ("GET", "/healthz/", (), 404),
    ("GET", "/melden/", (), 404),
    ("GET", f"{FILE}/", (), 404),
    ("GET", "/static/", (), 404),
    ("GET", "/static/none.css", (), 404),
    ("GET", "/static/..%2froutes.py", (), 404),
    ("GET", "/static/%00", (), 404),
    ("GET", f"/static/{'a' * 300}", (), 404),
    ("GET", "/v1/queues", (), 401),
    ("GET", "/v1/queues", (("Accept", "text/csv"),), 406),
    ("GET", "/v1/queues", (("Accept", "*/*, application/json;q=0, application/problem+json;q=0"),), 406),
    ("PUT", "/v1/signals", (), 405),
    ("HEAD", "/v1/signals", (), 405),
    ("OPTIONS", "/v1/queues", (), 405),
    ("TRACE", "/v1/queues", (), 405),
    ("PROPFIND", "/v1/queues", (), 405),
    ("POST", "/melden", (), 405),
    ("POST", "/healthz", (), 405),
    ("DELETE", FILE, (), 405),
    ("POST", "/v1/openapi.json", (), 405),
    ("POST", "/v1/receipt-lookups", (("Content-Type", "text/plain"),), 415),
    ("POST", "/v1/receipt-lookups", (("Content-Type", "application/json"), ("Content-Length", "99999")), 413),
    ("GET", FILE, (("Range", "bytes=abc"),), 400),
    ("GET", FILE, (("Range", "bytes=99999999-"),), 416),
    ("GET", f"/v1/queues?{LONG}", (), 414),
    ("GET", "/v1/queues", (("X-A", LONG * 4),), 431),
    ("GET", "/v1/queues", (("Host", "a second one"),), 400),
    ("BREW", "/v1/queues", (), 400),
]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    REFUSED,
    ids=[f"{one[0]} {one[1][:30]} {one[3]}" for one in REFUSED],
)
def test_a_refusal_is_a_problem(
    module_server: Server, method: str, path: str, headers: Headers, status: int
) -> None:
    answer = ask(module_server, method, path, *headers)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    dressed(answer)
    if method != "HEAD":
        problem = answer.json()
        assert problem["status"] == status
        assert problem["type"].startswith("urn:meldpunt:problem:")
        assert problem["title"]
        assert problem["detail"]
    assert "location" not in answer.headers


def test_what_a_refusal_must_say_in_a_header_it_says(module_server: Server) -> None:
    for path, allowed in (
        ("/v1/signals", "POST"),
        ("/v1/queues", "GET, HEAD"),
        ("/v1/cases/x/transitions", "GET, HEAD, POST"),
        ("/melden", "GET, HEAD"),
        (FILE, "GET, HEAD"),
        ("/v1/openapi.json", "GET, HEAD"),
    ):
        assert ask(module_server, "PATCH", path).headers["allow"] == allowed, path
    assert ask(module_server, "GET", "/v1/queues").headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "status"),
    [(FILE, 200), ("/", 200), ("/melden", 200), ("/healthz", 200), ("/readyz", 200), ("/web/session", 200)],
)
def test_an_answer_that_is_no_refusal_wears_them_too_and_head_tells_its_length(
    module_server: Server, path: str, status: int
) -> None:
    whole, head = ask(module_server, "GET", path), ask(module_server, "HEAD", path)
    assert (whole.status, head.status) == (status, status)
    dressed(whole)
    dressed(head)
    assert head.body == b""
    assert int(head.headers["content-length"]) == len(whole.body)


def test_a_browser_that_asks_for_a_page_that_is_not_there_gets_one_to_read(module_server: Server) -> None:
    answer = ask(module_server, "GET", "/nowhere", ("Accept", "text/html"))
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    dressed(answer)
