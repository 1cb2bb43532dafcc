"""Machines of an organisation, and an issuer that changes its keys while the desk runs."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from app.clock import now
from app.identity import issuers, oidc
from app.identity.oidc import SignIns, Wish
from app.identity.tokens import TokenVerifier
from app.settings import Settings
from tests.audit.rows import acts
from tests.desk import NO_TLS, REPORT, Client
from tests.identity.forge import Clock, ec_key, jwk_of
from tests.identity.page import OWN
from tests.identity.signing.browser import EMMEN, FENNA, Browser
from tests.identity.signing.openid import GoBetween, RealProvider

pytestmark = pytest.mark.anyio


async def test_a_machine_of_the_organisation_reports_with_a_token_of_the_provider(
    client: Client, provider: RealProvider, settings: Settings
) -> None:
    bearer = {"Authorization": f"Bearer {provider.machine_token()}"}
    made = await client.http.post("/v1/signals", json=REPORT, headers=bearer)
    assert made.status_code == 201, made.text
    assert (await client.http.get("/v1/queues", headers=bearer)).status_code == 403
    [row] = [row for row in await acts(settings) if row["action"] == "signal_submitted"]
    assert row["organisation"] == EMMEN


async def test_an_id_token_calls_nothing(browser: Browser, between: GoBetween, client: Client) -> None:
    await browser.sign_in(FENNA)
    for found in between.tokens():
        refused = await client.http.get("/v1/queues", headers={"Authorization": f"Bearer {found}"})
        assert refused.status_code == 401


async def test_a_provider_that_signs_with_a_new_key_is_followed_without_a_restart(
    desk_settings: Settings, provider: RealProvider
) -> None:
    clock = Clock(now())
    verifier = TokenVerifier(issuers.load(desk_settings), clock)
    signs = SignIns(verifier, lambda: b"a" * 32, clock)
    for number in (2, 3):
        signed_in = await through(signs, provider)
        assert signed_in.found.actor.sub == FENNA
        assert (await verifier.verify(provider.machine_token())).organisation == EMMEN
        provider.tell(newKey=number)
        clock.forward(seconds=61)
    assert (await through(signs, provider)).found.display == "Fenna"


async def through(signs: SignIns, provider: RealProvider) -> oidc.SignedIn:
    """A sign-in without the desk's own routes."""
    begun = signs.begin("emmen", OWN, Wish())
    async with httpx2.AsyncClient(trust_env=False, verify=NO_TLS, timeout=60) as abroad:
        location = begun.location
        while location.startswith(provider.url):
            location = str(httpx2.URL(location).join((await abroad.get(location)).headers["location"]))
    answer = [(name, values[0]) for name, values in parse_qs(urlsplit(location).query).items()]
    return await signs.complete("emmen", answer, begun.cookie)


async def test_one_good_key_among_strange_ones_is_enough(
    browser: Browser, between: GoBetween, provider: RealProvider
) -> None:
    own = httpx2.get(f"{provider.url}/jwks", trust_env=False, verify=NO_TLS).json()["keys"]
    odd = ["x", 5, None, {"kty": "AKP", "kid": "a"}, {"kty": "RSA"}, jwk_of(ec_key(), "") | {"use": "enc"}]
    between.says("/jwks", {"keys": [*odd, *own]})
    assert (await browser.sign_in(FENNA)).headers["location"] == "/inloggen"
