"""A script in a title, a name or a message: it is words wherever it is shown, in a real browser and in each answer.

Seen in glpi-project/glpi#2264 (title and solution of a ticket), uvdesk/community-skeleton#33 (a customer's name),
gogs/gogs#6919 and GHSA-x397-5hrv-j9m9 (the name of an incident, on the page that everybody reads).
"""

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser

from app.database import Login
from app.settings import Settings
from tests.casework.steps import case_of, claim
from tests.database import look
from tests.desk import EMMEN, TRIAGE_EMMEN, Client, Server
from tests.pages.conftest import Opener, Watched, browser, open_page
from tests.pages.sessions import MOVE, cookie_of, sessions_of

__all__ = ["Browser", "browser", "open_page"]
pytestmark = pytest.mark.anyio
SCRIPTS = (
    "<script>document.title = 'geraakt'</script>",
    "<img src=x onerror=\"document.title = 'geraakt'\">",
    "<svg onload=\"document.title = 'geraakt'\"></svg>",
    "<iframe srcdoc=\"<script>parent.document.title='geraakt'</script>\"></iframe>",
    "<a href=\"javascript:document.title='geraakt'\">Klik hier</a>",
    "javascript:document.title='geraakt'",
    "<form action=https://kwaad.example><input name=code><button>Verder</button></form>",
    "<meta http-equiv=refresh content='0;url=https://kwaad.example/'>",
    "<base href=https://kwaad.example/><link rel=stylesheet href=/x.css>",
    "<style>main { display: none }</style>",
    "</textarea></p></script><img src=https://kwaad.example/pixel>",
    '" onfocus="document.title=\'geraakt\'" autofocus x="',
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "&lt;script&gt;document.title='geraakt'&lt;/script&gt;",
    "\u202egaarts\u202c \u2066<b>\u2069",
    "]]><!--><script>document.title='geraakt'</script>-->",
)
MADE = "main :is(script, img, iframe, style, base, meta, form[action], a[href^='javascript' i], [onload], [onerror])"


async def asked(desk: Client) -> dict[str, Any]:
    """A report whose coordinator writes each of these to the reporter."""
    fenna = desk.as_("fenna")
    members = {
        "text": "Ik zag iets vreemds. " + "\n".join(SCRIPTS),
        "title": SCRIPTS[0],
        "location": {**EMMEN, "street": SCRIPTS[1], "city": SCRIPTS[2], "description": "\n".join(SCRIPTS)},
        "persons": [{"role": "suspect", "name": one, "description": one} for one in SCRIPTS],
        "vehicles": [{"description": one} for one in SCRIPTS],
        "companies": [{"name": one} for one in SCRIPTS],
        "reporter": {"name": SCRIPTS[4], "email": SCRIPTS[3]},
    }
    made = await desk.as_("ans").report(**members)
    case = await claim(fenna, TRIAGE_EMMEN, await case_of(fenna, TRIAGE_EMMEN, made))
    for text in SCRIPTS:
        sent = await fenna.post(f"/v1/cases/{case['id']}/messages", {"text": text})
        assert sent.status_code == 201, sent.text
    content = (await fenna.open(case))["content"]
    assert [one["name"] for one in content["persons"]] == list(SCRIPTS), (
        "what was typed is kept as it was typed"
    )
    return made


async def unharmed(it: Watched) -> None:
    """Nothing of it became a part of the page, ran, or went anywhere."""
    assert await it.page.locator(MADE).count() == 0
    assert "geraakt" not in await it.page.title()
    assert it.page.url.startswith(it.url)
    assert [one.url for one in it.requests if not one.url.startswith((it.url, "data:"))] == []
    assert await it.page.evaluate("getComputedStyle(document.querySelector('main')).display") != "none"


async def test_what_the_desk_writes_is_words_to_who_follows_a_report(
    module_server: Server, open_page: Opener
) -> None:
    async with module_server.client() as desk:
        made = await asked(desk)
    it = await open_page()
    await it.follow(made["receiptCode"])
    shown = await it.page.locator("[data-messages] .words").all_text_contents()
    assert shown == list(SCRIPTS)
    await unharmed(it)


async def test_what_a_reporter_types_is_words_on_each_page_she_sees(
    module_server: Server, open_page: Opener
) -> None:
    """On the form, on the review, after it was sent, and in her mailbox."""
    it = await open_page()
    words = "\n".join(SCRIPTS)
    await it.fill(words, "Ja, met mijn naam")
    await it.page.get_by_label("Beschrijf de plek").fill(words)
    for kind, label in (("Persoon", "Naam"), ("Bedrijf", "Naam")):
        await it.page.get_by_role("button", name=kind, exact=True).click()
        await it.page.get_by_label(label, exact=True).last.fill(SCRIPTS[1])
    await it.review()
    assert words in await it.page.locator("[data-rows]").inner_text()
    await unharmed(it)
    await it.press_send()
    code = await it.receipt_code()
    await unharmed(it)
    await it.follow(code)
    for text in SCRIPTS[:4]:
        await it.page.get_by_label("Uw antwoord of aanvulling").fill(text)
        await it.page.get_by_role("button", name="Verstuur antwoord").click()
        await it.page.locator(".message.own").get_by_text(text).wait_for()
    await unharmed(it)


async def test_a_name_that_an_issuer_gives_is_words(
    module_settings: Settings, module_server: Server, open_page: Opener
) -> None:
    """An account at a municipality may call itself anything; the page greets it by that."""
    it = await open_page()
    await it.sign_in()
    await it.page.get_by_label("Wat hebt u gezien of gehoord?").wait_for()
    cookie = await cookie_of(it)
    async with look.pool(module_settings, Login.APP) as engine:
        sessions = sessions_of(module_settings, engine)
        for display in SCRIPTS[:5]:
            named = replace(await sessions.find(cookie), display=display)
            async with look.as_superuser(module_settings) as connection:
                row = (sessions._sealed(cookie, named), sessions.digest(cookie))
                await connection.exec_driver_sql(MOVE, row)
            for path in ("/melden", "/inloggen"):
                await it.go(path)
                await it.page.get_by_text(display).first.wait_for()
                await unharmed(it)


async def test_an_answer_that_holds_a_script_is_not_read_as_a_page(module_server: Server) -> None:
    async with module_server.client() as desk:
        made = await asked(desk)
        answers = [
            await desk.as_(None).post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]}),
            await desk.as_("ans").get(f"/v1/{SCRIPTS[1]}"),
            await desk.as_(None).get(f"/{SCRIPTS[1]}", {"Accept": "text/html"}),
            await desk.as_("bouke").get(f"/v1/queues?{SCRIPTS[1]}"),
        ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert SCRIPTS[0] in [one["text"] for one in answers[0].json()["messages"]]
    assert answers[0].headers["content-type"] == "application/json"
    assert all("onerror" not in answer.text for answer in answers[1:])
