"""Every state of every page holds for everyone: light, dark, narrow, large text, keyboard, no script."""

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.pages.conftest import Opener, Screen, Watched

pytestmark = pytest.mark.anyio

SCREENS = {
    "light": Screen(),
    "dark": Screen(scheme="dark"),
    "narrow": Screen(width=320, height=640),
    "narrow-dark": Screen(width=320, height=640, scheme="dark"),
    "forced-colours": Screen(width=320, height=640, forced=True),
}
STATIC = ("/", "/over-het-meldpunt", "/privacy", "/toegankelijkheid", "/bestaat-niet")


@pytest.fixture(params=SCREENS)
async def screen(request: pytest.FixtureRequest, open_page: Opener) -> Watched:
    """A page on each kind of screen."""
    return await open_page(SCREENS[request.param])


async def assert_fine(it: Watched, state: str) -> None:
    """No finding of axe, and nothing to scroll sideways."""
    found = (await Axe().run(it.page)).response["violations"]
    assert [(state, rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    await assert_fits(it, state)


async def assert_fits(it: Watched, state: str) -> None:
    """The page is no wider than the screen."""
    too_wide = await it.page.evaluate(
        "(page => page.scrollWidth - page.clientWidth)(document.documentElement)"
    )
    assert (state, too_wide) == (state, 0)


async def every_state(it: Watched, look: Callable[[Watched, str], Awaitable[None]]) -> None:
    """Walk through all states of the pages that have steps, looking at each."""
    page = it.page
    await it.go("/melden")
    await page.get_by_role("link", name="Inloggen").wait_for()
    await look(it, "not signed in")
    await it.go("/inloggen")
    await page.get_by_role("button", name="Verder als Ans", exact=True).wait_for()
    await look(it, "login")
    await page.get_by_role("button", name="Verder als Ans", exact=True).click()
    await page.get_by_label("Ja, nu of vandaag").check()
    await look(it, "form")
    await open_everything(it)
    await page.get_by_role("button", name="Controleer uw melding").click()
    await page.get_by_role("alert").get_by_text("Er ontbreekt nog iets").wait_for()
    await look(it, "form with faults")
    await put_right(it)
    await it.review()
    await look(it, "review")
    await it.press_send()
    code = await it.receipt_code()
    await look(it, "receipt")
    await page.get_by_label("Ik heb de code bewaard").check()
    await look(it, "receipt kept")
    await it.go("/opvolgen")
    await page.get_by_label("Ontvangstcode").fill("AAAA-AAAA-AAAA-AAAA-AAAA")
    await look(it, "follow")
    await page.get_by_role("button", name="Bekijk uw melding").click()
    await page.get_by_role("alert").wait_for()
    await look(it, "unknown code")
    await it.follow(code)
    await page.get_by_label("Uw antwoord of aanvulling").fill("Het busje stond er vannacht weer. " + "x" * 80)
    await page.get_by_role("button", name="Verstuur antwoord").click()
    await page.get_by_text("Uw antwoord is verstuurd.").wait_for()
    await page.locator(".message.own").wait_for()
    await look(it, "messages")


async def open_everything(it: Watched) -> None:
    """Unfold all that the form can unfold, and fill it wrongly."""
    page = it.page
    await page.get_by_label("Dit gaat over een collega").check()
    await page.get_by_label("Andere dag of langer").check()
    await page.get_by_label("Eerste dag").fill("14-12-2199")
    await page.get_by_label("Postcode").fill("94")
    await page.get_by_label("Chemische stoffen").check()
    for kind in ("Persoon", "Voertuig", "Bedrijf", "Telefoon, rekening of e-mail"):
        await page.get_by_role("button", name=kind, exact=True).click()
    await page.get_by_label("KvK-nummer").fill("1")


async def put_right(it: Watched) -> None:
    """Correct what `open_everything` did."""
    page = it.page
    await page.get_by_label("Ik heb 112 gebeld").check()
    await page.get_by_label("Wat hebt u gezien of gehoord?").fill("Een heel" + " lang" * 40 + "x" * 90)
    await page.get_by_label("Ik meld toch hier").check()
    await page.get_by_label("Eerste dag").fill("1-11-2025")
    await page.get_by_label("Postcode").fill("9411 na")
    await page.get_by_label("KvK-nummer").fill("")
    await page.get_by_label("Ja, maar beschermd").check()


async def test_no_state_of_a_page_has_an_accessibility_fault_or_scrolls_sideways(screen: Watched) -> None:
    for path in STATIC:
        await screen.go(path)
        await assert_fine(screen, path)
    await every_state(screen, assert_fine)


async def test_text_of_twice_the_size_still_fits(open_page: Opener) -> None:
    it = await open_page(Screen(width=640))

    async def look(watched: Watched, state: str) -> None:
        await watched.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await assert_fits(watched, state)

    for path in STATIC:
        await it.go(path)
        await look(it, path)
    await every_state(it, look)


async def test_the_first_tab_stop_of_every_page_skips_to_the_content(desk: Watched) -> None:
    for path in (*STATIC, "/inloggen", "/melden", "/opvolgen"):
        await desk.go(path)
        await desk.page.keyboard.press("Tab")
        await desk.page.keyboard.press("Enter")
        assert await desk.page.evaluate("document.activeElement.id") == "inhoud", path


async def test_without_script_a_line_gives_the_phone_numbers_and_no_form_is_shown(open_page: Opener) -> None:
    it = await open_page(Screen(script=False))
    for path in ("/melden", "/opvolgen", "/inloggen"):
        await it.go(path)
        line = it.page.locator("noscript p")
        words = await line.inner_text()
        assert all(part in words for part in ("werkt alleen met JavaScript", "112", "0900-8844", "0800-7000"))
        assert await it.page.locator("input:visible, textarea:visible, button:visible").count() == 0


async def test_a_report_can_be_made_and_followed_with_the_keyboard_alone(desk: Watched) -> None:
    await desk.sign_in()
    await desk.page.get_by_label("Nee", exact=True).wait_for()
    await press_until(desk, "urgency-normal", "Tab")
    await desk.page.keyboard.press("Space")
    await press_until(desk, "text", "Tab")
    await desk.page.keyboard.type("Getypt met het toetsenbord")
    await press_until(desk, "confidentiality-named", "Tab")
    for _ in range(2):
        await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Tab")
    await desk.page.keyboard.press("Enter")
    await desk.heading("Controleer uw melding")
    assert await focus(desk) == "controle"
    await press_until(desk, "data-send", "Tab")
    await desk.page.keyboard.press("Enter")
    code = await desk.receipt_code()
    assert await focus(desk) == "ontvangen"
    await press_until(desk, "kept", "Tab")
    await desk.page.keyboard.press("Space")
    await desk.page.get_by_role("link", name="Volg uw melding").press("Enter")
    await desk.page.get_by_label("Ontvangstcode").wait_for()
    await press_until(desk, "receiptCode", "Tab")
    await desk.page.keyboard.type(code)
    await desk.page.keyboard.press("Enter")
    await desk.page.get_by_label("Uw antwoord of aanvulling").wait_for()
    assert await focus(desk) == "melding"


async def focus(it: Watched) -> str:
    """The id of what has the focus, or the name of its mark."""
    found = await it.page.evaluate(
        "document.activeElement.id || (document.activeElement.hasAttribute('data-send') ? 'data-send' : '')"
    )
    return str(found)


async def press_until(it: Watched, wanted: str, key: str) -> None:
    """Press a key until the focus is at `wanted`; a hundred times in vain fails."""
    for _ in range(100):
        if await focus(it) == wanted:
            return
        await it.page.keyboard.press(key)
    raise AssertionError(f"the keyboard never reaches {wanted}")
