"""The code is shown once and is nowhere else; with it, one finds one's own report and no other."""

import re

import pytest
from playwright.async_api import Route

from tests.pages.conftest import Opener, Watched

pytestmark = pytest.mark.anyio


async def reply(it: Watched, words: str) -> None:
    """Answer in the mailbox that is open."""
    await it.page.get_by_label("Uw antwoord of aanvulling").fill(words)
    await it.page.get_by_role("button", name="Verstuur antwoord").click()
    await it.page.get_by_text("Uw antwoord is verstuurd.").wait_for()
    await it.page.locator(".message.own").get_by_text(words).wait_for()


async def test_the_code_is_shown_in_five_groups_with_dates_and_never_again(desk: Watched) -> None:
    await desk.report()
    assert re.fullmatch(
        r"([0-9A-Z]{4}\s+){4}[0-9A-Z]{4}\s*", await desk.page.locator("[data-code]").inner_text()
    )
    steps = await desk.page.locator("[data-what-next] strong").all_inner_texts()
    assert steps[0] == "Vandaag"
    assert all(re.fullmatch(r"Uiterlijk [a-z]+dag \d{1,2} [a-z]+", step) for step in steps[1:])
    assert len(steps) == 3
    await desk.page.get_by_label("Ik heb de code bewaard").check()
    await desk.page.reload()
    await desk.heading("Deze code is al getoond")
    assert await desk.page.locator("[data-code]").inner_text() == ""
    await desk.page.get_by_role("link", name="Nog een melding doen").click()
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()


@pytest.mark.parametrize(("words", "told"), [("Hij heeft BSN 123456782.", True), ("Hij reed weg.", False)])
async def test_who_typed_a_citizen_service_number_reads_that_it_was_left_out(
    desk: Watched, words: str, told: bool
) -> None:
    await desk.report(f"Elke nacht staat er een wit busje bij de stal. {words}")
    note = desk.page.get_by_text("Wij mogen dat niet bewaren en hebben het weggelaten.")
    assert await note.is_visible() is told


async def test_the_page_leads_on_only_after_the_reporter_says_the_code_is_kept(desk: Watched) -> None:
    await desk.report()
    onward = desk.page.get_by_role("link", name="Volg uw melding")
    assert not await onward.is_visible()
    await desk.page.get_by_text("Zet eerst een vinkje").wait_for()
    await desk.page.get_by_label("Ik heb de code bewaard").check()
    await onward.click()
    await desk.heading("Uw melding volgen")


async def test_the_code_is_in_no_address_title_storage_or_cookie(desk: Watched) -> None:
    code = await desk.report()
    await desk.page.get_by_label("Ik heb de code bewaard").check()
    seen = [desk.page.url, await desk.page.title()]
    await desk.follow(code)
    seen += [desk.page.url, await desk.page.title(), str(await desk.context.cookies())]
    seen += [request.url for request in desk.requests]
    seen.append(
        await desk.page.evaluate("JSON.stringify([history.state, {...localStorage}, {...sessionStorage}])")
    )
    plain = [re.sub(r"[\s-]", "", str(words)) for words in seen]
    assert [words for words in plain if code in words] == []


async def test_the_code_can_be_copied_and_the_page_says_so(desk: Watched) -> None:
    await desk.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.url)
    code = await desk.report()
    await desk.page.get_by_role("button", name="Kopieer de code").click()
    await desk.page.get_by_role("status").get_by_text("De code is gekopieerd.").wait_for()
    copied = await desk.page.evaluate("navigator.clipboard.readText()")
    assert copied.replace("-", "") == code


async def test_following_sends_no_session_along(desk: Watched) -> None:
    await desk.follow(await desk.report())
    await reply(desk, "Het busje stond er vannacht weer.")
    sent = desk.sent("/web/receipt-lookups") + desk.sent("/web/receipt-messages")
    assert len(sent) >= 3
    for request in sent:
        headers = await request.all_headers()
        assert {"cookie", "authorization", "x-session-token"}.isdisjoint(headers)


async def test_a_code_may_be_typed_with_spaces_dashes_and_small_letters(desk: Watched) -> None:
    code = (await desk.report()).lower()
    await desk.page.get_by_label("Ik heb de code bewaard").check()
    await desk.follow(f" {code[:7]} {code[7:12]}-{code[12:]} ")


async def test_an_unknown_code_gets_the_same_answer_as_an_erased_one(desk: Watched) -> None:
    await desk.go("/opvolgen")
    await desk.page.get_by_label("Ontvangstcode").fill("0000-1111-2222-3333-4444")
    await desk.page.get_by_role("button", name="Bekijk uw melding").click()
    alert = desk.page.locator(".summary")
    await alert.wait_for()
    words = await alert.inner_text()
    for line in (
        "Wij vinden geen melding bij deze code",
        "Kijk of alle 20 tekens kloppen",
        "Oude meldingen zijn gewist.",
    ):
        assert line in words
    assert (await desk.page.title()).startswith("Fout: ")


async def test_an_answer_in_one_tab_never_lands_at_another_code(desk: Watched, open_page: Opener) -> None:
    codes = []
    for _ in range(2):
        codes.append(await desk.report())
        await leave_receipt(desk)
    other = await open_page(context=desk.context)
    await desk.follow(codes[0])
    await other.follow(codes[1])
    await reply(desk, "Dit hoort bij de eerste melding.")
    [answer] = desk.sent("/web/receipt-messages")
    assert answer.post_data_json == {"receiptCode": codes[0], "text": "Dit hoort bij de eerste melding."}
    await other.follow(codes[1])
    assert await other.page.get_by_text("Dit hoort bij de eerste melding.").count() == 0


async def leave_receipt(it: Watched) -> None:
    """Say that the code is kept, so that the page lets go of it."""
    await it.page.get_by_label("Ik heb de code bewaard").check()


async def test_back_after_leaving_shows_neither_code_nor_messages(desk: Watched) -> None:
    code = await desk.report()
    await leave_receipt(desk)
    await desk.follow(code)
    await reply(desk, "Dit mag niemand na mij lezen.")
    await desk.page.get_by_role("link", name="Privacy").click()
    await desk.heading("Privacy")
    await desk.page.go_back()
    await desk.heading("Uw melding volgen")
    assert await desk.page.get_by_text("Dit mag niemand na mij lezen.").count() == 0
    assert await desk.page.get_by_label("Ontvangstcode").input_value() == ""
    await desk.page.go_back()
    assert await desk.page.get_by_text(code[:4]).count() == 0


async def test_an_answer_whose_line_drops_is_stored_once(desk: Watched) -> None:
    await desk.follow(await desk.report())

    stored: list[str] = []

    async def lose(route: Route) -> None:
        stored.append((await (await route.fetch()).json())["id"])
        await route.abort("connectionreset")

    await desk.page.route("**/web/receipt-messages", lose, times=1)
    await reply(desk, "Dit staat er maar één keer.")
    assert len({request.headers["idempotency-key"] for request in desk.sent("/web/receipt-messages")}) == 1
    assert [answer["id"] for answer in await desk.answers("/web/receipt-messages")] == stored
    assert await desk.page.locator(".message.own").count() == 1


async def test_done_empties_the_screen(desk: Watched) -> None:
    await desk.follow(await desk.report())
    await reply(desk, "Klaar voor vandaag.")
    await desk.page.get_by_role("button", name="Klaar, maak het scherm leeg").click()
    await desk.heading("Ziet u iets dat niet klopt?")
    await desk.page.go_back()
    assert await desk.page.get_by_text("Klaar voor vandaag.").count() == 0


async def test_leaving_quickly_goes_elsewhere_at_once_and_leaves_no_text(desk: Watched) -> None:
    async def neutral(route: Route) -> None:
        await route.fulfill(content_type="text/html", body="<title>Weer</title><h1>Het weer</h1>")

    await desk.context.route("https://www.knmi.nl/**", neutral)
    await desk.fill("Dit mag mijn buurman niet zien.")
    await desk.page.get_by_role("link", name="Snel verlaten").click()
    await desk.heading("Het weer")
    await desk.page.go_back()
    assert await desk.page.get_by_text("Dit mag mijn buurman niet zien.").count() == 0
    assert "/melden" not in desk.page.url
