"""Methods and addresses: no other verb, no override and no other spelling of an address goes round a guard.

Seen in lightblue-platform/lightblue-core#26 and CVE-2010-0738 (HEAD was not guarded), echoCTF/echoCTF.RED#431 (a header
that changes the method), CVE-2026-54282 (starlette: a path not as it was asked) and bytebase/bytebase#18943.
"""

import unicodedata
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import pytest

from app.demo import login
from app.demo.issuer import fetch_token
from app.main import create_app
from app.settings import Settings
from tests.attacks.town import Town, everything_in, settled
from tests.desk import Server, client_for
from tests.docs.test_docs import application, doors
from tests.interface.wire import Answer, request, speak
from tests.stored import Stored

__all__ = ["application"]
pytestmark = pytest.mark.anyio
OTHERS = (
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "get",
    "GeT",
    "BREW",
    "MOVE",
    "LOCK",
    "QUERY",
)
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method")
MARK = "zwartemarkering5b1c"


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings) as running:
        yield running


@pytest.fixture(scope="module")
async def town(server: Server) -> AsyncIterator[Town]:
    """Seeded through a desk in this process, on the database of the started one."""
    app = create_app(server.settings, cast=login.cards(), logins=[login.router])
    async with client_for(app, server.settings) as client, settled(client) as made:
        yield made


@pytest.fixture(scope="module")
def routes(application: object) -> list[tuple[str, str]]:
    """Method and path of every guarded route, on both sides, with an id in place."""
    found = []
    words = {"queueId": "rudd", "organisationId": "gemeente-emmen"}
    for side in ("/v1", "/web"):
        for method, path, _ in sorted(doors(application, side)):  # type: ignore[arg-type]
            found.append(
                (method, path.format_map(defaultdict(lambda: str(uuid.UUID(int=1, version=4)), words)))
            )
    assert len(found) > 60
    return found


def ask(server: Server, method: str, path: str, token: str | None, *more: tuple[str, str]) -> Answer:
    bearer = () if token is None else (("Authorization", f"Bearer {token}"),)
    headers = (*bearer, ("Content-Type", "application/json"), ("X-Mark", MARK), *more)
    return speak(server.settings.port, request(method, path, headers, b"{}"))


async def test_no_other_verb_does_anything(
    server: Server, stored: Stored, town: Town, routes: list[tuple[str, str]]
) -> None:
    token = fetch_token(server.settings, "chris")
    before = await stored.counts()
    taken = {path: {method for method, other in routes if other == path} for _, path in routes}
    for path, methods in taken.items():
        for method in (*OTHERS, *({"GET", "POST"} - methods)):
            if method == "HEAD" and "GET" in methods:
                continue
            answer = ask(server, method, path, token)
            assert answer.status in {400, 405}, (method, path)
            assert MARK not in answer.body.decode() + str(answer.headers)
    assert await stored.counts() == before


async def test_head_asks_as_get_does_and_gets_no_more(
    server: Server, town: Town, routes: list[tuple[str, str]]
) -> None:
    """With the same guard: without a token 401, with another's the same refusal; and never a body."""
    for who in (None, "chris", "ans"):
        token = None if who is None else fetch_token(server.settings, who)
        for method, path in routes:
            if method != "GET":
                continue
            plain, bare = ask(server, "GET", path, token), ask(server, "HEAD", path, token)
            assert bare.status == plain.status, (who, path)
            assert bare.body == b""
            assert who is not None or bare.status in {401, 403}, path


async def test_nothing_changes_the_method_of_a_request(
    server: Server, stored: Stored, town: Town, routes: list[tuple[str, str]]
) -> None:
    token = fetch_token(server.settings, "chris")
    before = await stored.counts()
    for method, path in routes:
        plain = ask(server, "GET", path, token).status
        for name in OVERRIDES:
            for other in ("POST", "DELETE", "PUT"):
                assert ask(server, "GET", path, token, (name, other)).status == plain, (path, name)
        assert ask(server, "GET", f"{path}?_method=POST", token).status in {plain, 400, 404, 405}
        if method == "POST":
            refused = ask(server, "POST", path, None, (OVERRIDES[0], "GET"))
            assert refused.status == 401 or path.endswith(("receipt-lookups", "receipt-messages")), path
    after = await stored.counts()
    done = after.pop("done") - before.pop("done")
    assert after == before
    assert done > 0, "what he may look at he looked at: that alone is new, in the log"


ROUNDABOUT = (
    "/v1/../v1/queues",
    "/static/../v1/queues",
    "/static/%2e%2e/v1/queues",
    "/v1/./queues",
    "/v1//queues",
    "//v1/queues",
    "/V1/queues",
    "/v1/QUEUES",
    "/v1/queues/",
    "/v1/queues;x",
    "/v1/queues%2f",
    "/v1/queues%00",
    "/v1/queues%20",
    "/v1/queues.json",
    "/v1\\queues",
    "/web/../v1/queues",
    "/v2/queues",
    "/api/v1/queues",
)


@pytest.mark.parametrize("path", ROUNDABOUT)
def test_another_spelling_of_an_address_is_no_way_in(server: Server, path: str) -> None:
    for token in (None, fetch_token(server.settings, "bouke")):
        answer = ask(server, "GET", path, token)
        assert answer.status in {400, 401, 404}, path
        assert b"riec" not in answer.body


@pytest.mark.parametrize("path", ["/v1%2fqueues", "/%76%31/queues", "/v1/queues#x"])
def test_a_spelling_that_means_the_same_has_the_same_guard(server: Server, path: str) -> None:
    """Routes are found in the path as it reads, and so is which side of the desk it is on."""
    assert ask(server, "GET", path, None).status == 401
    assert ask(server, "GET", path, fetch_token(server.settings, "ans")).status == 403
    assert ask(server, "GET", path.replace("v1", "web").replace("%76%31", "%77eb"), None).status == 401


def spellings(text: str) -> Iterator[str]:
    """What looks like it, or would be it after somebody's tidying up."""
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)
    yield from (
        wide,
        text.upper(),
        text.title(),
        f" {text}",
        f"{text} ",
        f"{text}.",
        f"{text}\u200b",
        f"{text}\0",
    )
    yield from (f"\ufeff{text}", f"{{{text}}}", f"urn:uuid:{text}", f"{text}/", f"{text}%00", f"{text}\n")
    for plain, other in (
        ("a", "а"),
        ("e", "е"),
        ("c", "с"),
        ("d", "ԁ"),
        ("-", "‐"),
        ("-", "−"),
        ("1", "١"),
        ("0", "𝟎"),
    ):
        if plain in text:
            yield text.replace(plain, other, 1)
    if "-" in text:
        yield text.replace("-", "")
    yield unicodedata.normalize("NFD", f"{text}é")


async def test_what_only_looks_like_an_id_is_none(town: Town, stored: Stored) -> None:
    """Also to whom the id itself belongs: one thing has one name, or a guard and a lookup could differ on it."""
    before = (await stored.counts()) | {"done": 0}
    for name, path, text in (
        ("fenna", "/v1/cases/{}", town.cases["emmen"]["id"]),
        ("bouke", "/v1/cases/{}/transitions", town.cases["riec"]["id"]),
        ("chris", "/v1/queues/{}/cases", "rudd"),
        ("fenna", "/v1/queues/{}/cases", "triage-gemeente-emmen"),
        ("gerrit", "/v1/organisations/{}/readiness", "gemeente-emmen"),
    ):
        caller = town.desk.as_(name)
        assert (await caller.get(path.format(text))).status_code == 200
        for other in spellings(text):
            answer = await caller.get(path.format(quote(other, safe="")))
            assert answer.status_code in {400, 404}, (path, ascii(other))
            assert town.leaks(name, everything_in(answer), other) == []
    assert (await stored.counts()) | {"done": 0} == before


async def test_what_only_looks_like_an_organisation_finds_nothing_in_the_log(town: Town) -> None:
    for other in spellings("gemeente-emmen"):
        answer = await town.desk.as_("dirk").get(f"/v1/access-log?organisation={quote(other, safe='')}")
        assert answer.status_code == 400 or answer.json()["items"] == [], ascii(other)
    assert await town.desk.as_("dirk").items("/v1/access-log?organisation=gemeente-emmen") != []


async def test_what_only_looks_like_an_id_is_refused_in_a_body(town: Town, stored: Stored) -> None:
    before = await stored.counts()
    case, approval = town.cases["assen"]["id"], town.ids["assen: approval id"]
    for other in spellings(case):
        body = {"kind": "reveal", "caseId": other, "reasonCode": "other"}
        assert (await town.desk.as_("eelco").post("/v1/approvals", body)).status_code == 400, ascii(other)
        claimed = await town.desk.as_("eelco").post(
            "/v1/queues/triage-gemeente-assen/claims", {"caseId": other}
        )
        assert claimed.status_code == 400
    for other in spellings(approval):
        body = {"purpose": "reply", "approvalId": other}
        opened = await town.desk.as_("eelco").post(f"/v1/cases/{case}/reporter-openings", body)
        assert opened.status_code == 400
    assert await stored.counts() == before
