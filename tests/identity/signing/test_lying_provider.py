"""An issuer that is away, slow, or lies: nobody comes in, the log says why, and it is over once it does right again."""

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.identity import exchange
from app.main import create_app
from app.settings import Settings
from tests.desk import client_for
from tests.identity.forge import jwk_of, rsa_key, token
from tests.identity.page import OWN
from tests.identity.signing.browser import (
    FENNA,
    Browser,
    assert_nobody,
    changed,
    reasons,
)
from tests.identity.signing.openid import SECRETS, GoBetween, RealProvider, entry, issuers_file

pytestmark = pytest.mark.anyio


async def test_a_provider_that_is_away_keeps_people_out_until_it_is_back(
    browser: Browser, provider: RealProvider, settings: Settings
) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    provider.stop()
    try:
        await assert_nobody(browser, await browser.back(location), "storing")
        assert await reasons(settings) == ["login_unreachable"]
    finally:
        provider.start()
    assert (await browser.sign_in(FENNA)).headers["location"] == "/inloggen"


LIES: dict[str, tuple[str, dict[str, object], str]] = {
    "redirect to itself": ("/token", {"status": 302, "headers": {"Location": "/token"}}, "login_unreachable"),
    "redirect elsewhere": (
        "/token",
        {"status": 307, "headers": {"Location": "http://127.0.0.1:9/"}},
        "login_unreachable",
    ),
    "never answers": ("/token", {"hang": True}, "login_unreachable"),
    "huge": ("/token", {"content": b'{"id_token":"' + b"a" * 70_000 + b'"}'}, "login_unreachable"),
    "no JSON": ("/token", {"content": b"<html>"}, "login_unreachable"),
    "twice the same name": (
        "/token",
        {"content": b'{"id_token":"a.b.c","id_token":"d.e.f"}'},
        "login_unreachable",
    ),
    "no ID token": ("/token", {"content": {"access_token": "x"}}, "login_unreachable"),
    "an ID token that is none": ("/token", {"content": {"id_token": "a.b.c"}}, "token_encoding"),
    "a fault of its own": ("/token", {"content": b"", "status": 500}, "login_unreachable"),
    "no such client": ("/token", {"content": {"error": "invalid_client"}, "status": 401}, "login_code"),
    "signed with a key of its own": (
        "/token",
        {"content": {"id_token": token({"alg": "RS256", "typ": "JWT", "kid": "key-1"}, {"iss": "x"})}},
        "token_issuer",
    ),
    "huge key set": ("/jwks", {"content": b'{"keys":[' + b" " * 70_000 + b"]}"}, "token_keys_unavailable"),
    "key set that leads to itself": (
        "/jwks",
        {"status": 302, "headers": {"Location": "/jwks"}},
        "token_keys_unavailable",
    ),
    "key set of unknown kinds": (
        "/jwks",
        {
            "content": {
                "keys": [
                    {"kty": "AKP", "kid": "key-1"},
                    "x",
                    {"kty": "OKP", "kid": "key-1", "crv": "Ed25519", "x": "AA"},
                ]
            }
        },
        "token_keys_unavailable",
    ),
    "key set of somebody else": (
        "/jwks",
        {"content": {"keys": [jwk_of(rsa_key(), "else")]}},
        "token_key_unknown",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_issuer_that_lies_lets_nobody_in(
    browser: Browser, between: GoBetween, settings: Settings, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 1.0)
    path, words, reason = LIES[lie]
    between.says(path, **{"content": b""} | words)
    await assert_nobody(browser, await browser.sign_in(FENNA), "storing")
    assert await reasons(settings) == [reason]


async def test_a_token_for_another_client_of_the_same_provider_is_not_ours(
    browser: Browser, between: GoBetween, provider: RealProvider, settings: Settings
) -> None:
    """The provider itself made and signed it: for somebody else."""
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": "other",
        "redirect_uri": f"{OWN}/elders",
        "scope": "openid profile",
        "nonce": "n" * 43,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    location = await browser.visit(f"{provider.url}/auth?{urlencode(asked)}")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": f"{OWN}/elders",
        "code_verifier": verifier,
    }
    given = await browser.abroad.post(f"{provider.url}/token", data=form, auth=("other", SECRETS["other"]))
    assert given.status_code == 200, given.text
    between.says("/token", given.json())
    await assert_nobody(browser, await browser.sign_in(FENNA), "storing")
    assert await reasons(settings) == ["token_audience"]


async def test_a_token_of_an_earlier_sign_in_is_not_of_this_one(
    browser: Browser, between: GoBetween, settings: Settings
) -> None:
    await browser.sign_in(FENNA)
    [answer] = [body for _, path, body in between.passed if path == "/token"]
    between.says("/token", json.loads(answer))
    await assert_nobody(browser, await browser.sign_in(FENNA), "storing")
    assert await reasons(settings) == ["token_nonce"]


async def test_a_provider_that_calls_itself_otherwise_is_another(
    provider: RealProvider, settings: Settings, tmp_path: Path
) -> None:
    """Its tokens are signed with the right key, and say that somebody else made them."""
    file = issuers_file(
        tmp_path, entry("http://127.0.0.1:9", provider.url, authorizationEndpoint=f"{provider.url}/auth")
    )
    told = settings.model_copy(update={"issuers_file": file})
    async with client_for(create_app(told), told) as client:
        browser = Browser(client, provider)
        async with browser.abroad:
            begun = await browser.begin()
            location = await browser.visit(begun.json()["location"])
            await assert_nobody(browser, await browser.back(location), "storing")
            browser.abroad.cookies.clear()
            begun = await browser.begin()
            location = changed(await browser.visit(begun.json()["location"]), iss=None)
            await assert_nobody(browser, await browser.back(location), "storing")
    assert await reasons(settings) == ["login_issuer", "token_issuer"]
