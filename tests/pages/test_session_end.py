"""A session that nears its end says so and can be kept; one that ended while somebody wrote loses no text."""

from datetime import timedelta

import pytest

from app.clock import now
from app.settings import Settings
from tests.pages.conftest import Opener, Screen, Watched
from tests.pages.sessions import end_of, leave_alone, take_away
from tests.pages.test_accessible import SCREENS, assert_fine
from tests.pages.test_sending import keys, nothing_kept

pytestmark = pytest.mark.anyio
WORDS = " ".join(f"woord{number}" for number in range(500))
WARNING = "U wordt over 2 minuten uitgelogd"
ENDED = "U bent uitgelogd. Uw tekst staat er nog. Log in een nieuw tabblad in."
SIGNALS = "/web/signals"


async def alert(it: Watched, words: str) -> None:
    """Wait until the bar says this, aloud for who does not see it."""
    await it.page.locator("[data-stay][role=alert]").get_by_text(words).wait_for()


async def come_back(it: Watched) -> None:
    """Return to this tab, whereupon it asks how long the session lasts."""
    await it.page.evaluate("window.dispatchEvent(new Event('focus'))")


async def said(it: Watched, words: str) -> None:
    """Wait until this was told quietly."""
    await it.page.get_by_role("status").get_by_text(words).wait_for()


async def at_the_form(it: Watched) -> None:
    """Sign in to report."""
    await it.sign_in()
    await it.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()


def texts(it: Watched) -> list[str]:
    """The text of each report that this page sent."""
    return [str((sent.post_data_json or {})["text"]) for sent in it.sent(SIGNALS)]


async def bar(it: Watched) -> str:
    return await it.page.locator("[data-stay]").inner_text()


async def test_two_minutes_before_the_end_one_is_warned_and_can_stay(
    desk: Watched, module_settings: Settings
) -> None:
    await at_the_form(desk)
    assert await bar(desk) == ""
    await leave_alone(desk, module_settings, 115)
    await desk.page.reload()
    await alert(desk, WARNING)
    text = desk.page.get_by_label("Wat hebt u gezien of gehoord?")
    await text.fill("Ik ben nog aan het schrijven")
    await desk.page.keyboard.press("Shift+Tab")
    before = await desk.page.evaluate("document.activeElement.id")
    button = desk.page.get_by_role("button", name="Blijf ingelogd")
    await button.focus()
    await desk.page.keyboard.press("Enter")
    await said(desk, "U blijft ingelogd.")
    assert await bar(desk) == ""
    assert await desk.page.evaluate("document.activeElement.id") == before
    assert await text.input_value() == "Ik ben nog aan het schrijven"
    assert (await end_of(desk, module_settings)).ends_at - now() > timedelta(minutes=29)


async def test_the_warning_takes_no_focus_from_who_is_writing(
    desk: Watched, module_settings: Settings
) -> None:
    await at_the_form(desk)
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").click()
    await leave_alone(desk, module_settings, 115)
    assert await bar(desk) == ""
    await come_back(desk)
    await alert(desk, WARNING)
    assert await desk.page.evaluate("document.activeElement.id") == "text"


async def test_after_a_working_day_one_is_told_that_it_goes_no_further(
    desk: Watched, module_settings: Settings
) -> None:
    await at_the_form(desk)
    await leave_alone(desk, module_settings, 100, all_day=True)
    await desk.page.reload()
    await alert(desk, WARNING)
    await alert(desk, "Langer dan 8 uur kan niet.")
    assert await desk.page.get_by_role("button", name="Blijf ingelogd").count() == 0
    assert await desk.page.get_by_role("link", name="Log in een nieuw tabblad in").count() == 1


async def test_a_page_that_only_waits_keeps_no_session(desk: Watched, module_settings: Settings) -> None:
    await at_the_form(desk)
    aged = await leave_alone(desk, module_settings, 110)
    await come_back(desk)
    await alert(desk, WARNING)
    assert len(desk.sent("/web/session")) >= 2
    assert await end_of(desk, module_settings) == aged


async def test_a_session_that_ends_while_somebody_writes_loses_no_text(
    desk: Watched, open_page: Opener, module_settings: Settings
) -> None:
    await at_the_form(desk)
    text = desk.page.get_by_label("Wat hebt u gezien of gehoord?")
    await text.fill(WORDS)
    await leave_alone(desk, module_settings, -1)
    await come_back(desk)
    await alert(desk, ENDED)
    assert await text.input_value() == WORDS
    await nothing_kept(desk)
    other = await open_page(context=desk.context)
    await other.sign_in()
    await other.heading("Melding doen")
    await said(desk, "U bent weer ingelogd.")
    assert await bar(desk) == ""
    assert await text.input_value() == WORDS
    await desk.page.get_by_label("Nee", exact=True).check()
    await desk.page.get_by_label("Nee, anoniem").check()
    await desk.review()
    await desk.press_send()
    await desk.receipt_code()
    assert texts(desk) == [WORDS]


async def test_500_words_whose_session_ended_before_sending_are_kept_and_then_sent(
    desk: Watched, open_page: Opener, module_settings: Settings
) -> None:
    await desk.fill(text=WORDS)
    await desk.review()
    await take_away(desk, module_settings)
    await desk.press_send()
    await desk.page.locator("[data-problem]").get_by_text(ENDED).wait_for()
    assert await desk.page.get_by_text(WORDS).filter(visible=True).count() == 1
    await nothing_kept(desk)
    other = await open_page(context=desk.context)
    await other.sign_in()
    await other.heading("Melding doen")
    await desk.receipt_code()
    assert len(keys(desk)) == 1
    assert set(texts(desk)) == {WORDS}
    await nothing_kept(desk)


async def test_somebody_else_who_signs_in_meanwhile_is_told_whose_text_it_is(
    desk: Watched, open_page: Opener, module_settings: Settings
) -> None:
    await at_the_form(desk)
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").fill(WORDS)
    await take_away(desk, module_settings)
    await come_back(desk)
    await alert(desk, ENDED)
    other = await open_page(context=desk.context)
    await other.sign_in("Eva")
    await alert(desk, "U bent nu ingelogd als Eva")
    assert "als Ans, " in await bar(desk)
    assert desk.sent(SIGNALS) == []


async def test_signed_out_everywhere_is_signed_out_in_every_browser(open_page: Opener) -> None:
    here, there = await open_page(), await open_page()
    for it in (here, there):
        await it.sign_in("Bouke")
        await it.page.get_by_role("button", name="Overal uitloggen").wait_for()
    await here.page.get_by_role("button", name="Overal uitloggen").click()
    await here.page.get_by_role("heading", name="U bent uitgelogd bij het meldpunt").wait_for()
    assert await here.page.evaluate("document.activeElement.id") == "uitgelogd"
    await there.page.reload()
    await there.page.get_by_role("button", name="Verder als Ans", exact=True).wait_for()
    assert not await there.page.get_by_text("U bent ingelogd als").is_visible()


async def test_one_sees_where_else_one_is_signed_in_and_signs_out_there(open_page: Opener) -> None:
    here, there = await open_page(), await open_page()
    await there.sign_in("Bouke")
    await there.page.get_by_role("button", name="Overal uitloggen").wait_for()
    assert not await there.page.get_by_text("U bent op meer plekken ingelogd").is_visible()
    await here.sign_in("Bouke")
    await here.page.get_by_role("heading", name="U bent op meer plekken ingelogd").wait_for()
    await assert_fine(here, "two places")
    await here.page.get_by_role("button", name="Daar uitloggen").click()
    await said(here, "U bent daar uitgelogd.")
    assert await here.page.evaluate("document.activeElement.id") == "ingelogd"
    assert not await here.page.get_by_text("U bent op meer plekken ingelogd").is_visible()
    await there.page.reload()
    await there.page.get_by_role("button", name="Verder als Ans", exact=True).wait_for()
    await here.page.reload()
    await here.page.get_by_text("U bent ingelogd als").wait_for()


async def test_back_after_signing_out_shows_neither_text_nor_name(desk: Watched) -> None:
    await desk.fill(text="Dit mag niemand na mij lezen.")
    await desk.page.get_by_role("button", name="Uitloggen").click()
    await desk.heading("Ziet u iets dat niet klopt?")
    await desk.page.go_back()
    assert await desk.page.get_by_text("Dit mag niemand na mij lezen.").count() == 0
    await desk.go("/melden")
    await desk.page.get_by_role("link", name="Inloggen").wait_for()
    assert await desk.page.locator("#text").input_value() == ""
    assert not await desk.page.get_by_text("Ans, ").is_visible()


@pytest.mark.parametrize(
    "wanted",
    [
        "javascript:document.title='kwaad'",
        "https://kwaad.example/",
        "//kwaad.example/",
        "/\\kwaad.example",
        "data:text/html,kwaad",
        "/melden/../../web/session",
    ],
)
async def test_no_address_of_another_site_is_gone_to_after_signing_in(desk: Watched, wanted: str) -> None:
    await desk.page.goto(f"{desk.url}/inloggen?naar={wanted}")
    await desk.page.get_by_role("button", name="Verder als Ans", exact=True).click()
    await desk.page.wait_for_url(f"{desk.url}/melden")
    assert "kwaad" not in await desk.page.title()


async def test_who_came_to_report_is_back_at_the_form_after_signing_in(desk: Watched) -> None:
    await desk.go("/melden")
    await desk.page.get_by_role("link", name="Inloggen").click()
    await desk.page.get_by_role("button", name="Verder als Bouke", exact=True).click()
    await desk.page.wait_for_url(f"{desk.url}/melden")
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()


@pytest.mark.parametrize("screen", SCREENS)
async def test_the_warning_and_the_end_are_accessible_on_every_screen(
    open_page: Opener, module_settings: Settings, screen: str
) -> None:
    it = await open_page(SCREENS[screen])
    await at_the_form(it)
    await leave_alone(it, module_settings, 110)
    await come_back(it)
    await alert(it, WARNING)
    await assert_fine(it, "warned")
    await it.page.get_by_label("Wat hebt u gezien of gehoord?").fill("Iets")
    await take_away(it, module_settings)
    await come_back(it)
    await alert(it, "U bent uitgelogd.")
    await assert_fine(it, "ended")


async def test_what_has_the_focus_is_not_hidden_under_the_warning(
    open_page: Opener, module_settings: Settings
) -> None:
    it = await open_page(Screen(width=640, height=480))
    await at_the_form(it)
    await leave_alone(it, module_settings, 100)
    await it.page.reload()
    await alert(it, WARNING)
    await it.page.get_by_label("Nee, anoniem").focus()
    for _ in range(40):
        await it.page.keyboard.press("Shift+Tab")
        hidden = await it.page.evaluate(
            "(() => { const bar = document.querySelector('[data-stay]'), it = document.activeElement;"
            " if (bar.contains(it) || !it.closest('form')) return '';"
            " return it.getBoundingClientRect().top < bar.getBoundingClientRect().bottom ? it.id || it.name : ''; })()"
        )
        assert hidden == ""
