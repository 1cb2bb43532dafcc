"""One report, whatever the line, the mouse or the session does; and the text is never lost."""

import pytest
from playwright.async_api import Dialog, Route

from tests.pages.conftest import TEXT, Opener, Watched

pytestmark = pytest.mark.anyio
SIGNALS = "/web/signals"


def keys(desk: Watched) -> set[str]:
    """The idempotency keys this page used for reports."""
    return {request.headers["idempotency-key"] for request in desk.sent(SIGNALS)}


async def test_a_double_click_and_enter_make_one_signal(desk: Watched) -> None:
    await desk.fill()
    await desk.review()
    button = desk.page.locator("[data-send]")
    await button.dblclick()
    await button.press("Enter")
    await desk.receipt_code()
    assert len(desk.sent(SIGNALS)) == 1


async def test_a_second_press_while_the_answer_is_slow_sends_nothing(desk: Watched) -> None:
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await desk.page.route("**/web/signals", hold)
    await desk.fill()
    await desk.review()
    await desk.press_send()
    button = desk.page.locator("[data-send]")
    assert await button.get_attribute("aria-busy") == "true"
    assert "Bezig…" in await button.inner_text()
    await button.click()
    await button.press("Enter")
    await held[0].continue_()
    await desk.receipt_code()
    assert len(held) == 1


async def test_an_answer_lost_on_the_way_and_a_new_try_give_the_same_signal(desk: Watched) -> None:
    stored: list[dict[str, str]] = []

    async def lose(route: Route) -> None:
        stored.append(await (await route.fetch()).json())
        await route.abort("connectionreset")

    await desk.page.route("**/web/signals", lose, times=1)
    await desk.fill()
    await desk.review()
    await desk.press_send()
    await desk.page.get_by_text("Nog niet verzonden. Uw tekst staat er nog.").wait_for()
    await desk.page.get_by_role("button", name="Probeer opnieuw").click()
    code = await desk.receipt_code()
    assert len(keys(desk)) == 1
    assert stored[0]["receiptCode"].replace("-", "") == code
    assert [answer["id"] for answer in await desk.answers(SIGNALS)] == [stored[0]["id"]]


async def test_a_dropped_line_is_tried_again_without_the_reporter(desk: Watched) -> None:
    async def drop(route: Route) -> None:
        await route.abort("internetdisconnected")

    await desk.page.route("**/web/signals", drop, times=1)
    await desk.fill()
    await desk.review()
    await desk.press_send()
    await desk.page.get_by_text("seconden zelf opnieuw").wait_for()
    await desk.receipt_code()
    assert len(desk.sent(SIGNALS)) == 2
    assert len(keys(desk)) == 1


async def test_a_report_that_may_have_arrived_cannot_be_changed_into_a_second_one(desk: Watched) -> None:
    async def drop(route: Route) -> None:
        await route.abort("connectionreset")

    await desk.page.route("**/web/signals", drop, times=1)
    await desk.fill()
    await desk.review()
    await desk.press_send()
    await desk.page.get_by_role("button", name="Probeer opnieuw").wait_for()
    await desk.page.get_by_role("button", name="Terug naar het formulier").click()
    await desk.page.get_by_text("Wijzigen kan pas als duidelijk is of uw melding is aangekomen.").wait_for()
    assert not await desk.page.locator("#text").is_visible()
    await desk.page.get_by_role("button", name="Probeer opnieuw").click()
    await desk.receipt_code()
    assert len(keys(desk)) == 1


async def test_after_the_session_ended_the_text_is_kept_and_sent_once_signed_in_again(
    desk: Watched, open_page: Opener
) -> None:
    await desk.fill()
    await desk.review()
    await desk.context.clear_cookies()
    await desk.press_send()
    await desk.page.get_by_text(
        "U bent uitgelogd. Uw tekst staat er nog. Log in een nieuw tabblad in."
    ).wait_for()
    assert await desk.page.get_by_text(TEXT).filter(visible=True).count() == 1
    await nothing_kept(desk)
    other = await open_page(context=desk.context)
    await other.sign_in()
    await other.heading("Melding doen")
    await desk.receipt_code()
    assert len(keys(desk)) == 1


async def test_a_report_is_not_sent_under_the_name_of_who_signs_in_later(
    desk: Watched, open_page: Opener
) -> None:
    await desk.fill()
    await desk.review()
    other = await open_page(context=desk.context)
    await other.sign_in("Eva")
    await other.heading("Melding doen")
    await desk.press_send()
    await desk.page.get_by_text("U bent nu ingelogd als Eva").wait_for()
    assert await desk.page.get_by_role("heading", name="Uw melding is ontvangen").count() == 0
    statuses = [response.status for response in desk.responses if response.url.endswith(SIGNALS)]
    assert 201 not in statuses


async def test_the_browser_asks_before_an_unsent_text_is_thrown_away(desk: Watched) -> None:
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    desk.page.on("dialog", stay)
    await desk.fill()
    await desk.page.get_by_role("link", name="Privacy").click()
    await desk.page.wait_for_timeout(0)
    assert asked == ["beforeunload"]
    assert await desk.page.get_by_label("Wat hebt u gezien of gehoord?").input_value() == TEXT


async def nothing_kept(it: Watched) -> None:
    """No storage of any kind, and no cookie but the session's."""
    kept = await it.page.evaluate(
        "(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
        " (await caches.keys()).length, document.cookie])()"
    )
    assert kept == [0, 0, 0, 0, ""]
    assert len(await it.context.cookies()) <= 1


async def test_nothing_stays_in_the_browser_but_the_session(desk: Watched) -> None:
    await desk.report()
    await nothing_kept(desk)
    cookies = await desk.context.cookies()
    assert [cookie["name"].startswith("__Host-") and cookie["httpOnly"] for cookie in cookies] == [True]
