"""What /melden promises: danger first, the right words for each fault, and a body with nothing guessed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.pages.conftest import TEXT, Watched
from tests.pages.test_accessible import press_until

pytestmark = pytest.mark.anyio
SIGNALS = "/web/signals"


async def check(desk: Watched) -> None:
    """Ask for the review."""
    await desk.page.get_by_role("button", name="Controleer uw melding").click()


async def faults(desk: Watched) -> list[str]:
    """The lines of the error summary, after it took the focus."""
    await desk.page.wait_for_function("document.activeElement.matches('[role=alert].summary')")
    return await desk.page.locator(".summary li").all_inner_texts()


async def body(desk: Watched) -> dict[str, object]:
    """What the page sent, read from the request itself."""
    sent = desk.sent(SIGNALS)[-1].post_data_json
    assert isinstance(sent, dict)
    return sent


async def test_immediate_danger_stops_the_report_until_112_was_called(
    desk: Watched,
) -> None:
    await desk.fill()
    await desk.page.get_by_label("Ja, nu of vandaag").check()
    block = desk.page.locator("#q-safeToReport")
    assert "Bel nu 112" in await block.inner_text()
    assert "Wij lezen haar niet direct." in await block.inner_text()
    assert await block.get_by_role("link", name="Bel nu 112").get_attribute("href") == "tel:112"
    await check(desk)
    assert await faults(desk) == ["Bel eerst 112, of zorg dat het veilig is. Zet daarna een vinkje"]
    assert desk.sent(SIGNALS) == []
    await desk.page.get_by_label("Ik heb 112 gebeld").check()
    await desk.review()
    await desk.page.get_by_role("link", name="Bel nu 112").wait_for()
    await desk.press_send()
    await desk.receipt_code()
    assert (await body(desk))["urgency"] == "immediate_danger"


async def test_a_report_about_a_colleague_is_pointed_to_the_whistle_blower_rules_first(desk: Watched) -> None:
    await desk.fill()
    await desk.page.get_by_label("Dit gaat over een collega").check()
    await desk.page.get_by_text("Gebruik dan de klokkenluidersregeling.").wait_for()
    await check(desk)
    assert await faults(desk) == [
        "Gebruik de klokkenluidersregeling, of zet een vinkje dat u toch hier meldt"
    ]
    await desk.page.get_by_label("Ik meld toch hier. Laat een andere organisatie").check()
    await desk.review()
    await desk.press_send()
    await desk.receipt_code()
    sent = await body(desk)
    assert (sent["concernsColleague"], sent["requestOtherCoordinator"]) == (True, True)


async def test_faults_are_announced_named_in_the_title_and_lead_to_their_fields(desk: Watched) -> None:
    await desk.sign_in()
    await desk.page.get_by_label("Andere dag of langer").check()
    await desk.page.get_by_label("Eerste dag").fill("14-12-2199")
    await desk.page.get_by_label("Postcode").fill("٩٤١١NA")
    await desk.page.get_by_label("Postcode").press("Enter")
    assert await faults(desk) == [
        "Kies of iemand nu gevaar loopt",
        "Vul in wat u hebt gezien of gehoord",
        "Een postcode heeft 4 cijfers en 2 letters",
        "De eerste dag moet vandaag of eerder zijn, bijvoorbeeld 14-11-2026",
        "Kies of uw naam erbij mag",
    ]
    assert (await desk.page.title()).startswith("Fout: ")
    ways = {"Vul in": "text", "Een postcode": "postcode", "Kies of uw naam": "confidentiality-named"}
    for link, field in ways.items():
        await desk.page.locator(".summary").get_by_role("link", name=link).press("Enter")
        focused = desk.page.locator(":focus")
        assert await focused.get_attribute("id") == field
        assert await focused.get_attribute("aria-invalid") == "true"
        described = (await focused.get_attribute("aria-describedby") or "").split()
        words = await desk.page.locator(f"#{described[-1]}").inner_text()
        assert words.startswith("Fout: ")
    assert desk.sent(SIGNALS) == []


async def test_faults_are_found_told_and_put_right_with_the_keyboard_alone(desk: Watched) -> None:
    await desk.sign_in()
    await desk.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()
    await press_until(desk, "urgency-normal", "Tab")
    await desk.page.keyboard.press("Space")
    await press_until(desk, "postcode", "Tab")
    await desk.page.keyboard.type("94")
    await desk.page.keyboard.press("Enter")
    told = await faults(desk)
    assert told == [
        "Vul in wat u hebt gezien of gehoord",
        "Een postcode heeft 4 cijfers en 2 letters",
        "Kies of uw naam erbij mag",
    ]
    assert (await desk.page.title()).startswith("Fout: ")
    for number, field in enumerate(("text", "postcode", "confidentiality-named"), 1):
        await desk.page.evaluate("document.querySelector('.summary').focus()")
        for _ in range(number):
            await desk.page.keyboard.press("Tab")
        assert await desk.page.evaluate("document.activeElement.textContent") == told[number - 1]
        await desk.page.keyboard.press("Enter")
        assert await desk.page.evaluate("document.activeElement.id") == field
        assert await desk.page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


async def test_a_last_day_before_the_first_and_a_text_too_long_are_refused(desk: Watched) -> None:
    await desk.fill(text="a" * 20_001)
    await desk.page.get_by_label("Andere dag of langer").check()
    await desk.page.get_by_label("Eerste dag").fill("14-11-2025")
    await desk.page.get_by_label("Laatste dag").fill("13-11-2025")
    await check(desk)
    assert await faults(desk) == [
        "Maak uw tekst korter: hoogstens 20.000 tekens",
        "De laatste dag ligt vóór de eerste dag",
    ]


async def test_an_anonymous_report_sends_no_name_no_phone_and_nothing_unasked(
    desk: Watched,
) -> None:
    await desk.fill(confidentiality="Ja, met mijn naam")
    await desk.page.get_by_label("Op welk nummer mogen wij u bellen?").fill("0591 685 555")
    await desk.page.get_by_label("Nee, anoniem").check()
    await desk.review()
    await desk.press_send()
    await desk.receipt_code()
    assert await body(desk) == {
        "text": TEXT,
        "urgency": "normal",
        "location": {"municipalityCode": "0114"},
        "confidentiality": "anonymous",
    }


async def test_every_answer_reaches_the_desk_under_the_names_of_the_contract(
    desk: Watched,
) -> None:
    page = desk.page
    await desk.fill(confidentiality="Ja, maar beschermd")
    await page.get_by_label("Op welk nummer mogen wij u bellen?").fill("0591 685 555")
    await page.get_by_label("Gemeente", exact=True).select_option("Tynaarlo")
    await page.get_by_label("Postcode").fill("9471 ab")
    await page.get_by_label("Huisnummer").fill("12")
    await page.get_by_label("Gisteren").check()
    await page.get_by_label("Het gaat nog door").check()
    await page.get_by_label("Van een collega").check()
    await page.get_by_role("button", name="Voertuig", exact=True).click()
    await page.get_by_label("Kenteken").fill("V-000-BX")
    await page.get_by_role("button", name="Telefoon, rekening of e-mail").click()
    await page.get_by_label("E-mailadres").fill("loods@example.org")
    await page.get_by_label("Waar lijkt het op?").select_option("Drugs")
    await page.get_by_label("Aan de balie").check()
    await page.get_by_label("Hond").check()
    await desk.review()
    await desk.press_send()
    await desk.receipt_code()
    sent = await body(desk)
    yesterday = datetime.now(ZoneInfo("Europe/Amsterdam")).date() - timedelta(days=1)
    start, end = (datetime.fromisoformat(str(sent.pop(name))) for name in ("observedFrom", "observedTo"))
    assert start == datetime.combine(yesterday, datetime.min.time(), ZoneInfo("Europe/Amsterdam"))
    assert end - start <= timedelta(hours=25)
    assert end.date() == yesterday
    assert sent == {
        "text": TEXT,
        "urgency": "normal",
        "location": {"municipalityCode": "1730", "postcode": "9471AB", "houseNumber": "12"},
        "ongoing": True,
        "observation": "colleague",
        "vehicles": [{"plate": "V-000-BX", "country": "NL"}],
        "emails": ["loods@example.org"],
        "categoryHint": "drugs",
        "capacity": "counter",
        "safety": ["dog"],
        "confidentiality": "shielded",
        "reporter": {"name": "Ans", "phone": "0591 685 555"},
        "feedback": {"wanted": True, "via": "phone", "contactAllowed": True},
    }


async def test_an_added_part_takes_the_focus_and_gives_it_back_when_removed(desk: Watched) -> None:
    await desk.sign_in()
    add = desk.page.get_by_role("button", name="Voertuig", exact=True)
    for _ in range(2):
        await add.click()
    assert await desk.page.evaluate("document.activeElement.dataset.field") == "plate"
    await desk.page.get_by_role("button", name="Voertuig 1 verwijderen").click()
    assert await desk.page.evaluate("document.activeElement.dataset.add") == "vehicle"
    assert await desk.page.locator(".added legend").all_inner_texts() == ["Voertuig 1"]


async def test_hostile_text_stays_text_from_the_review_to_the_messages(desk: Watched) -> None:
    hostile = '</script><img src=x onerror=alert(1)>{{7*7}}" onfocus=x autofocus="'
    await desk.fill(text=hostile)
    await desk.page.get_by_role("button", name="Persoon", exact=True).click()
    await desk.page.get_by_label("Naam", exact=True).fill(hostile)
    await desk.page.get_by_label("Beschrijf de plek").fill(hostile)
    await desk.page.get_by_role("button", name="Voertuig", exact=True).click()
    await desk.page.get_by_label("Kenteken").fill(hostile)
    await desk.review()
    assert await desk.page.get_by_text(hostile).count() == 4
    assert await desk.page.locator("main img").count() == 0
    await desk.press_send()
    await desk.page.get_by_role("alert").get_by_text("Er klopt nog iets niet").wait_for()
    assert await desk.page.get_by_label("Kenteken").input_value() == hostile
    assert await desk.page.locator("main img").count() == 0
    await desk.page.get_by_label("Kenteken").fill("V-000-BX")
    await desk.review()
    await desk.press_send()
    await desk.follow(await desk.receipt_code())
    await desk.page.get_by_label("Uw antwoord of aanvulling").fill(hostile)
    await desk.page.get_by_role("button", name="Verstuur antwoord").click()
    await desk.page.locator(".message.own").get_by_text(hostile).wait_for()
    assert await desk.page.locator("main img").count() == 0


async def test_the_page_says_that_nobody_reads_along_at_night(desk: Watched) -> None:
    words = "'s Avonds en in het weekend leest niemand mee."
    await desk.fill()
    assert await desk.page.get_by_text(words).filter(visible=True).count() == 1
    await desk.review()
    assert await desk.page.get_by_text(words).filter(visible=True).count() == 1
    await desk.press_send()
    await desk.receipt_code()
    assert await desk.page.get_by_text(words).filter(visible=True).count() == 1
