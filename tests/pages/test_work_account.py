"""Signing in with a work account as people do it: a real browser, a real provider, a desk in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Route
from starlette.testclient import TestClient

from app.demo.cast import CAST
from app.pages.routes import page_router
from app.settings import Settings
from tests.desk import Server
from tests.identity.signing.browser import PEOPLE
from tests.identity.signing.openid import RealProvider, entry, issuers_file, packages
from tests.pages.conftest import TEXT, Opener, Watched
from tests.pages.test_accessible import SCREENS, assert_fine

pytestmark = pytest.mark.anyio
ANS, FENNA = CAST["ans"].sub, CAST["fenna"].sub
BUTTON = "Inloggen met uw werkaccount"


@pytest.fixture(scope="module")
def provider(module_settings: Settings) -> Iterator[RealProvider]:
    origin = f"http://127.0.0.1:{module_settings.port}"
    callbacks = [f"{origin}/web/logins/{name}/callback" for name in ("emmen", "noord")]
    with RealProvider(packages(), PEOPLE, callbacks) as running:
        yield running


@pytest.fixture(scope="module")
def told(provider: RealProvider, module_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issuers file; the desk reads it once."""
    return issuers_file(tmp_path_factory.mktemp("issuers"), entry(provider.url, provider.url))


@pytest.fixture(scope="module")
def desk_url(module_settings: Settings, told: Path) -> Iterator[str]:
    """A desk in production, with the test's keys."""
    origin = f"http://127.0.0.1:{module_settings.port}"
    environment = {
        "MELDPUNT_ENVIRONMENT": "production",
        "MELDPUNT_ISSUERS_FILE": str(told),
        "MELDPUNT_PUBLIC_ORIGIN": origin,
        "MELDPUNT_KEY_PASSPHRASE_FILE": str(module_settings.keys_folder / "passphrase"),
    }
    with Server(module_settings, environment=environment) as running:
        yield running.url


@pytest.fixture(autouse=True)
def _nobody_in_particular(provider: RealProvider) -> None:
    provider.tell(who=ANS, canBeStrong=True, declines=False)


def production_shell(*sign_ins: tuple[str, str]) -> str:
    """The login page of a desk in production with these issuers."""
    app = FastAPI()
    app.include_router(page_router(demo=False, cast=(), organisation_names={}, sign_ins=sign_ins))
    return TestClient(app).get("/inloggen").text


async def sign_in(it: Watched) -> None:
    """Press the one button of the login page."""
    await it.go("/inloggen")
    await it.page.get_by_role("button", name=BUTTON).click()


async def test_an_employee_signs_in_reports_and_signs_out(desk: Watched, provider: RealProvider) -> None:
    await desk.go("/melden")
    await desk.page.get_by_role("link", name="Inloggen").click()
    await desk.heading("Inloggen")
    await desk.page.get_by_text("Uw wachtwoord komt niet bij het meldpunt.").wait_for()
    await desk.page.get_by_role("button", name=BUTTON).click()
    await desk.page.wait_for_url(f"{desk.url}/melden")
    await desk.page.get_by_label("Nee", exact=True).check()
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").fill(TEXT)
    await desk.page.get_by_label("Nee, anoniem").check()
    await desk.review()
    await desk.press_send()
    await desk.receipt_code()
    own = [one for one in await desk.context.cookies() if one["name"].startswith("__Host-")]
    assert [(one["name"], one["httpOnly"], one["secure"], one["sameSite"]) for one in own] == [
        ("__Host-meldpunt", True, True, "Strict")
    ]


async def test_no_token_and_no_secret_is_seen_by_the_page(desk: Watched, provider: RealProvider) -> None:
    await sign_in(desk)
    await desk.page.wait_for_url(f"{desk.url}/melden")
    ours = [request for request in desk.requests if request.url.startswith(desk.url)]
    for request in ours:
        sent = f"{request.url} {await request.all_headers()} {request.post_data}"
        assert "eyJ" not in sent
    known = await desk.page.evaluate("fetch('/web/session').then((answer) => answer.text())")
    assert "Ans" in known
    assert "eyJ" not in known
    assert await desk.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]


async def test_a_coordinator_signs_out_here_and_is_shown_the_way_out_at_work(
    desk: Watched, provider: RealProvider
) -> None:
    provider.tell(who=FENNA)
    await sign_in(desk)
    await desk.page.get_by_text("U bent ingelogd als Fenna").wait_for()
    assert await desk.page.get_by_role("button", name=BUTTON).count() == 0
    await desk.page.get_by_role("button", name="Uitloggen", exact=True).click()
    await desk.page.get_by_role("heading", name="U bent uitgelogd bij het meldpunt").wait_for()
    await desk.page.get_by_role("link", name="Log ook daar uit").click()
    await desk.page.wait_for_url(f"{provider.url}/session/end?*")


async def test_a_reporter_who_signs_out_is_shown_the_way_out_at_work_and_an_empty_page(desk: Watched) -> None:
    await sign_in(desk)
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").fill("Dit mag niemand lezen.")
    await desk.page.get_by_role("button", name="Uitloggen").click()
    await desk.heading("U bent uitgelogd bij het meldpunt")
    link = desk.page.get_by_role("link", name="Log ook daar uit")
    assert "/session/end?" in (await link.get_attribute("href") or "")
    assert await desk.page.locator("#text").input_value() == ""
    await desk.page.reload()
    await desk.page.get_by_role("link", name="Inloggen").wait_for()


async def test_who_stops_halfway_is_told_so_and_can_try_again(desk: Watched, provider: RealProvider) -> None:
    provider.tell(declines=True)
    await sign_in(desk)
    await (
        desk.page.get_by_role("alert")
        .get_by_text("Het inloggen is afgebroken. Probeer het opnieuw.")
        .wait_for()
    )
    assert desk.page.url == f"{desk.url}/inloggen"
    assert await desk.page.evaluate("document.activeElement.hasAttribute('data-problem')")
    provider.tell(declines=False)
    await desk.page.get_by_role("button", name=BUTTON).click()
    await desk.page.wait_for_url(f"{desk.url}/melden")


async def test_who_may_not_come_in_is_told_whom_to_ask(desk: Watched, provider: RealProvider) -> None:
    provider.tell(who="reaches")
    await sign_in(desk)
    await desk.page.get_by_role("alert").get_by_text("U hebt hier geen toegang.").wait_for()
    await desk.page.get_by_text("Lukt het niet? Vraag uw servicedesk om toegang.").wait_for()


@pytest.mark.parametrize("word", ["verlopen", "te-zwak", "te-vaak", "storing"])
async def test_each_other_fault_has_a_sentence(desk: Watched, word: str) -> None:
    await desk.go(f"/inloggen#{word}")
    await desk.page.locator("[data-problem] p").wait_for()
    assert len(await desk.page.locator("[data-problem]").inner_text()) > 20


async def test_words_of_a_stranger_in_the_address_are_not_shown(desk: Watched) -> None:
    for word in ("<img src=x onerror=alert(1)>", "constructor", "__proto__", "U bent gehackt"):
        await desk.go(f"/inloggen#{word}")
        await desk.page.reload()
        await desk.page.get_by_role("button", name=BUTTON).wait_for()
        assert await desk.page.locator("[data-problem]").inner_text() == ""


async def test_a_session_that_ended_is_begun_again_at_work_and_the_text_is_sent(
    desk: Watched, open_page: Opener
) -> None:
    await sign_in(desk)
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").fill(TEXT)
    await desk.page.get_by_label("Nee", exact=True).check()
    await desk.page.get_by_label("Nee, anoniem").check()
    await desk.review()
    await desk.context.clear_cookies(name="__Host-meldpunt")
    await desk.press_send()
    link = desk.page.locator("[data-problem]").get_by_role("link", name="Log in een nieuw tabblad in")
    await link.wait_for()
    other = await open_page(context=desk.context)
    await sign_in(other)
    await other.page.wait_for_url(f"{desk.url}/melden")
    await desk.receipt_code()
    assert await desk.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.parametrize("screen", SCREENS)
async def test_with_more_organisations_one_chooses_ones_own(open_page: Opener, screen: str) -> None:
    it = await open_page(SCREENS[screen])
    shell = production_shell(("emmen", "Gemeente Emmen"), ("noord", "RIEC Noord-Nederland en RUDD"))

    async def listed(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=shell)

    await it.page.route("**/inloggen", listed)
    await it.go("/inloggen")
    await it.page.get_by_role("button", name="RIEC Noord-Nederland en RUDD").wait_for()
    await assert_fine(it, "a list of organisations")
    await it.page.get_by_role("button", name="Gemeente Emmen").click()
    await it.page.wait_for_url(f"{it.url}/melden")


@pytest.mark.parametrize("screen", SCREENS)
async def test_the_login_page_is_accessible_on_every_screen(
    open_page: Opener, provider: RealProvider, screen: str
) -> None:
    it = await open_page(SCREENS[screen])
    await it.go("/inloggen#afgebroken")
    await it.page.locator("[data-problem] p").wait_for()
    await assert_fine(it, "login with a fault")
    provider.tell(who=FENNA)
    await it.page.get_by_role("button", name=BUTTON).click()
    await it.page.get_by_text("U bent ingelogd als Fenna").wait_for()
    await assert_fine(it, "signed in")
    await it.page.get_by_role("button", name="Uitloggen", exact=True).click()
    await it.page.get_by_role("heading", name="U bent uitgelogd bij het meldpunt").wait_for()
    await assert_fine(it, "signed out")
