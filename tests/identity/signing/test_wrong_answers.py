"""What comes back from a sign-in and must let nobody in: declined, altered, replayed, stolen, late, or another's."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.clock import now
from app.identity import exchange, issuers, oidc
from app.identity.oidc import SignIns, Wish
from app.identity.sessions import COOKIE
from app.identity.tokens import TokenVerifier
from app.settings import Settings
from tests.desk import Client
from tests.identity.forge import Clock
from tests.identity.page import OWN
from tests.identity.signing.browser import CALLBACK, Browser, assert_nobody, changed, reasons
from tests.identity.signing.openid import RealProvider

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "path",
    [
        "https://kwaad.example/",
        "//kwaad.example/melden",
        "/\\kwaad.example",
        "\\\\kwaad.example",
        "/melden/../../kwaad",
        "/melden?x=//kwaad.example",
        "/melden#x",
        "/melden\r\nSet-Cookie: x=1",
        "/melden@kwaad.example",
        "javascript:alert(1)",
        " /melden",
        "/MELDEN",
        "/v1/openapi.json",
        "/web/logouts",
        "",
    ],
)
async def test_no_return_address_leaves_the_site(browser: Browser, path: str) -> None:
    answer = await browser.begin(returnTo=path)
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/returnTo"]
    assert "kwaad" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://kwaad.example", "null", None])
async def test_no_other_site_sends_a_browser_off_to_sign_in(client: Client, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = await client.http.post("/web/logins", json={}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_person_who_declines_is_told_so(browser: Browser, settings: Settings) -> None:
    browser.provider.tell(declines=True)
    await assert_nobody(browser, await browser.sign_in(), "afgebroken")
    assert await reasons(settings) == ["login_declined"]


async def test_an_answer_counts_once(browser: Browser, settings: Settings) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    assert (await browser.back(location)).headers["location"] == "/inloggen"
    await assert_nobody(browser, await browser.back(location), "verlopen")
    assert await reasons(settings) == ["login_used"]


async def test_only_the_browser_that_began_a_sign_in_ends_it(
    browser: Browser, client: Client, provider: RealProvider, settings: Settings
) -> None:
    """Nobody is signed in as somebody else by a link (login CSRF)."""
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    victim = Browser(client, provider)
    async with victim.abroad:
        await assert_nobody(victim, await victim.back(location), "verlopen")
        await victim.begin()
        await assert_nobody(victim, await victim.back(location), "verlopen")
    assert await reasons(settings) == ["login_expired", "login_state"]
    assert (await browser.back(location)).headers["location"] == "/inloggen"


async def test_a_stolen_code_is_worth_nothing_in_a_sign_in_of_ones_own(
    browser: Browser, client: Client, provider: RealProvider, settings: Settings
) -> None:
    """The provider gives a code's token only to who knows the verifier behind its challenge (PKCE)."""
    begun = await browser.begin()
    stolen = parse_qs(urlsplit(await browser.visit(begun.json()["location"])).query)["code"][0]
    thief = Browser(client, provider)
    async with thief.abroad:
        own = await thief.begin()
        state = parse_qs(urlsplit(own.json()["location"]).query)["state"][0]
        injected = f"{OWN}{CALLBACK}?{urlencode({'code': stolen, 'state': state, 'iss': provider.url})}"
        await assert_nobody(thief, await thief.back(injected), "storing")
    assert await reasons(settings) == ["login_code"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"state": None}, "login_state"),
        ({"state": "x"}, "login_state"),
        ({"iss": "https://kwaad.example"}, "login_issuer"),
        ({"iss": ""}, "login_issuer"),
        ({"code": None}, "login_answer"),
        ({"code": ""}, "login_answer"),
        ({"code": "x" * 2049}, "login_answer"),
        ({"code": "a\u202eb"}, "login_answer"),
        ({"code": "x"}, "login_code"),
        (
            {"code": None, "error": "server_error", "error_description": "<script>alert(1)</script>"},
            "login_issuer_fault",
        ),
        ({"error": "\u202ekwaad"}, "login_answer"),
    ],
)
async def test_an_altered_answer_lets_nobody_in(
    browser: Browser, settings: Settings, members: dict[str, str | None], reason: str
) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    answer = await browser.back(changed(location, **members))
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/inloggen#storing", "/inloggen#verlopen"}
    assert COOKIE + "=" not in str(answer.headers.raw)
    assert "script" not in str(answer.headers.raw)
    assert await reasons(settings) == [reason]


async def test_an_answer_that_says_two_things_is_none(browser: Browser, settings: Settings) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    await assert_nobody(browser, await browser.back(f"{location}&code=x"), "storing")
    await assert_nobody(browser, await browser.back(f"{location}&state=x"), "storing")
    assert await reasons(settings) == ["login_answer"]


@pytest.mark.parametrize("place", ["/web/logins/assen/callback", "/web/logins/%2e%2e/callback"])
async def test_an_answer_at_another_issuers_way_back_counts_for_nothing(
    browser: Browser, settings: Settings, place: str
) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    answer = await browser.back(location.replace(CALLBACK, place))
    assert answer.status_code in {303, 404}
    assert COOKIE + "=" not in str(answer.headers.raw)


@pytest.mark.parametrize("cookie", ["x", "A" * 600, "%C3%A9" * 20, "A" * 5000, "=", "AAAA.BBBB"])
async def test_a_made_up_cookie_of_a_sign_in_is_none(browser: Browser, cookie: str) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    answer = await browser.back(location, Cookie=f"{oidc.COOKIE}={cookie}")
    await assert_nobody(browser, answer, "verlopen")


async def test_a_resource_of_another_page_is_no_way_back(browser: Browser) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    answer = await browser.back(location, **{"Sec-Fetch-Mode": "no-cors"})
    await assert_nobody(browser, answer, "storing")


async def test_a_sign_in_that_takes_too_long_is_over(desk_settings: Settings, provider: RealProvider) -> None:
    clock = Clock(now())
    signs = SignIns(TokenVerifier(issuers.load(desk_settings), clock), lambda: b"a" * 32, clock)
    begun = signs.begin("emmen", OWN, Wish())
    clock.forward(seconds=oidc.SECONDS)
    with pytest.raises(exchange.SignInFailed) as failed:
        await signs.complete("emmen", [("code", "x"), ("state", "x")], begun.cookie)
    assert failed.value.reason == "login_expired"


async def test_many_failed_tries_leave_one_line_in_the_log_and_are_slowed_down(
    client: Client, settings: Settings
) -> None:
    for _ in range(70):
        answer = await client.http.get(f"{CALLBACK}?code=x&state=y")
        assert answer.status_code == 303
    assert answer.headers["location"] == "/inloggen#te-vaak"
    assert await reasons(settings) == ["login_expired"]
