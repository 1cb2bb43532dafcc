"""Names that lead to this machine, and addresses that lead away from the site.

Seen in bytebase/dbhub#304 and mgedmin/restview#51 (a stranger's name that leads to this machine, and
what a browser may send), CVE-2026-48710 (starlette: a host that is none), linagora/openrag#483, scidsg/hushline#2301 and
RackulaLives/Rackula#2917 (`/\\` and encoded slashes after a sign-in).
"""

import json
import socket
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.attacks.test_journey_wire import statuses
from tests.desk import Server, client_for
from tests.interface.wire import HOST, SECONDS
from tests.pages.conftest import Opener, browser, open_page
from tests.stored import Stored

__all__ = ["browser", "open_page"]
pytestmark = pytest.mark.anyio
BODY = b'{"name":"fenna"}'
PUBLIC = "https://meldpunt.drenthe.example"


def log_in(server: Server, target: str, lines: tuple[str, ...]) -> int:
    """The status of a demo login with this target and these lines."""
    head = [
        f"POST {target} HTTP/1.1",
        *lines,
        "Content-Type: application/json",
        f"Content-Length: {len(BODY)}",
    ]
    raw = "\r\n".join([*head, "Connection: close"]).encode("latin-1") + b"\r\n\r\n" + BODY
    with socket.create_connection((HOST, server.settings.port), timeout=SECONDS) as wire:
        wire.sendall(raw)
        said = b""
        while part := wire.recv(65_536):
            said += part
    [status] = statuses(said)
    return status


STRANGERS = (
    *(
        "kwaad.example",
        "127.0.0.1.kwaad.example",
        "localhost.kwaad.example",
        "kwaad.example:8000",
        "127.0.0.1.nip.io",
    ),
    *(
        "localhost.",
        "127.0.0.1.",
        "LOCALHOST",
        "Localhost",
        "localhost.localdomain",
        "localhost6",
        "ip6-localhost",
    ),
    *(
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "0",
        "[::]",
        "::1",
    ),
    *(
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "[::1]kwaad.example",
        "[::1].kwaad.example",
    ),
    *("127.0.0.1:8000:8000", "127.0.0.1:", "127.0.0.1:a", "127.0.0.1:123456", "127.0.0.1 kwaad.example", " "),
    *(
        "127.0.0.1@kwaad.example",
        "kwaad.example@127.0.0.1",
        "127.0.0.1/kwaad.example",
        "127.0.0.1#kwaad",
        "127.0.0.1\t",
    ),
    *(
        "ｌｏｃａｌｈｏｓｔ",
        "localhost\u200b",
        "locаlhost",
        "127。0。0。1",
        "",
        "null",
        "127.0.0.1,kwaad.example",
    ),
)


async def test_the_demo_login_answers_to_no_name_but_this_machines_own(
    module_server: Server, stored: Stored
) -> None:
    """A page of a stranger whose name leads here is of the same origin for its browser; it becomes nobody."""
    before = await stored.counts()
    for host in STRANGERS:
        sent = host.encode("utf-8").decode("latin-1")
        status = log_in(module_server, "/web/demo-logins", (f"Host: {sent}", f"Origin: http://{sent}"))
        # A tab behind a name is a blank of the line, not of the name.
        assert status in {400, 403} or host.strip() == "127.0.0.1", ascii(host)
    after = await stored.counts()
    assert after["public.sessions"] - before["public.sessions"] <= 1


@pytest.mark.parametrize(
    "more",
    [
        "X-Forwarded-Host: 127.0.0.1",
        "X-Host: 127.0.0.1",
        "X-Original-Host: 127.0.0.1",
        "Forwarded: host=127.0.0.1;for=127.0.0.1",
        "X-Forwarded-For: 127.0.0.1",
        "Host: 127.0.0.1",
        "X-HTTP-Host-Override: 127.0.0.1",
    ],
)
async def test_no_other_header_says_under_which_name_it_came(
    module_server: Server, stored: Stored, more: str
) -> None:
    before = await stored.counts()
    for origin in ("http://kwaad.example", "http://127.0.0.1"):
        lines = ("Host: kwaad.example", f"Origin: {origin}", more)
        assert log_in(module_server, "/web/demo-logins", lines) in {400, 403}
        lines = (more, "Host: kwaad.example", f"Origin: {origin}")
        assert log_in(module_server, "/web/demo-logins", lines) in {400, 403}
    assert await stored.counts() == before


async def test_a_target_with_a_strangers_name_in_it_is_no_way_round(
    module_server: Server, stored: Stored
) -> None:
    before = await stored.counts()
    for host, origin in (("kwaad.example", "http://kwaad.example"), ("127.0.0.1", "http://kwaad.example")):
        target = "http://kwaad.example/web/demo-logins"
        assert log_in(module_server, target, (f"Host: {host}", f"Origin: {origin}")) in {400, 403}
    assert (
        log_in(
            module_server,
            "http://127.0.0.1/web/demo-logins",
            ("Host: kwaad.example", "Origin: http://127.0.0.1"),
        )
        == 403
    )
    assert await stored.counts() == before


async def test_this_machines_own_names_are_let_in(module_server: Server, stored: Stored) -> None:
    """So that the refusals are about the name."""
    before = await stored.counts()
    port = module_server.settings.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", "localhost"):
        assert log_in(module_server, "/web/demo-logins", (f"Host: {host}", f"Origin: http://{host}")) == 201
    assert (await stored.counts())["public.sessions"] - before["public.sessions"] == 4


AWAY = (
    *(
        "//kwaad.example",
        "/\\kwaad.example",
        "\\\\kwaad.example",
        "/%2f%2fkwaad.example",
        "/%5ckwaad.example",
        "%2f%2fkwaad.example",
    ),
    *(
        "https://kwaad.example",
        "https:kwaad.example",
        "http:/kwaad.example",
        "///kwaad.example",
        "/\t/kwaad.example",
    ),
    *(
        "javascript:document.title='geraakt'",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
    ),
    *(
        "/melden//kwaad.example",
        "/melden\\..\\..\\kwaad.example",
        "/melden@kwaad.example",
        "@kwaad.example",
        ".kwaad.example",
    ),
    *(
        "/melden\r\nSet-Cookie: a=b",
        "/melden%0d%0aSet-Cookie: a=b",
        "/melden?x=//kwaad.example",
        "/melden#//kwaad.example",
    ),
    *(
        "/melden ",
        " /melden",
        "/MELDEN",
        "/melden/",
        "melden",
        "",
        "/web/logouts",
        "/v1/queues",
        "/static/x",
        "/\u2215kwaad",
    ),
)


async def test_no_page_leads_away_for_what_its_address_asks_to_return_to(open_page: Opener) -> None:
    """In a real browser, which mends addresses in its own way."""
    it = await open_page()
    for away in AWAY[::3]:
        await it.go(f"/inloggen?naar={quote(away, safe='')}")
        await it.page.get_by_role("button", name="Verder als Ans", exact=True).click()
        await it.page.wait_for_url(f"{it.url}/melden")
        assert "geraakt" not in await it.page.title()
        await it.context.clear_cookies()
    assert [one.url for one in it.requests if not one.url.startswith(it.url)] == []


@pytest.fixture
def with_issuer(settings: Settings, tmp_path: Path) -> Settings:
    """A desk where people sign in at an issuer."""
    (tmp_path / "geheim").write_text("een geheim")
    entry = {
        "name": "emmen",
        "issuer": "https://sso.emmen.example",
        "audience": "urn:meldpunt",
        "jwksUrl": "https://sso.emmen.example/keys",
        "organisations": ["gemeente-emmen"],
        "roles": ["employee"],
        "login": {
            "clientId": "meldpunt",
            "clientSecretFile": "geheim",
            "authorizationEndpoint": "https://sso.emmen.example/authorize?tenant=1",
            "tokenEndpoint": "https://sso.emmen.example/token",
            "endSessionEndpoint": "https://sso.emmen.example/end",
        },
    }
    file = tmp_path / "issuers.json"
    file.write_text(json.dumps([entry]))
    return settings.model_copy(update={"issuers_file": file, "public_origin": PUBLIC})


async def test_a_sign_in_leads_to_its_issuer_and_back_to_this_site_alone(with_issuer: Settings) -> None:
    application = create_app(with_issuer, cast=login.cards(), logins=[login.router])
    async with client_for(application, with_issuer) as client:
        for more in (
            {},
            {"Host": "kwaad.example"},
            {"X-Forwarded-Host": "kwaad.example", "Forwarded": "host=kwaad.example"},
        ):
            headers = {"Origin": PUBLIC} | more
            for away in AWAY:
                asked = {"issuer": "emmen", "returnTo": away}
                refused = await client.http.post("/web/logins", json=asked, headers=headers)
                assert refused.status_code == 400, away
                assert "location" not in refused.headers
            for name in (*AWAY, "kwaad", "emmen\0", "EMMEN", "demo", "em" * 30):
                refused = await client.http.post("/web/logins", json={"issuer": name}, headers=headers)
                assert refused.status_code == 400, name
            begun = await client.http.post("/web/logins", json={"returnTo": "/melden"}, headers=headers)
            assert begun.status_code == 201, begun.text
            there = urlsplit(begun.json()["location"])
            assert (there.scheme, there.netloc, there.path) == ("https", "sso.emmen.example", "/authorize")
            back = parse_qs(there.query)["redirect_uri"]
            assert back == [f"{PUBLIC}/web/logins/emmen/callback"]
            assert "kwaad" not in begun.text + str(begun.headers)


async def test_whatever_comes_back_from_an_issuer_ends_on_this_site(with_issuer: Settings) -> None:
    application = create_app(with_issuer, cast=login.cards(), logins=[login.router])
    async with client_for(application, with_issuer) as client:
        for away in AWAY:
            word = quote(away, safe="")
            for path in (
                f"/web/logins/emmen/callback?state={word}&code={word}&iss={word}",
                f"/web/logins/emmen/callback?error={word}&error_description={word}&error_uri={word}",
                f"/web/logins/emmen/callback?redirect_uri={word}&returnTo={word}&naar={word}&next={word}",
                f"/web/logins/{word or 'x'}/callback?state=a&code=b",
            ):
                answer = await client.http.get(path, headers={"Host": "kwaad.example"})
                assert answer.status_code in {303, 404}, path
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith("/inloggen#"), path
                    assert answer.headers["location"].removeprefix("/inloggen#").replace("-", "").isalpha()
                assert "kwaad" not in str(answer.headers) + answer.text
                assert all("Max-Age=0" in one for one in answer.headers.get_list("set-cookie"))
