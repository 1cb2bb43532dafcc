"""A real Chromium for the desk's pages, and the reporter's way through them.

The pages are served by the running desk (`desk_url`). Every page that a test opens is watched: a violation
of the content policy or an error in a script fails the test, whatever else it looks at.
"""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    async_playwright,
)

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""Debian's Chromium without windows takes a third of the time of the whole one, which does as well."""
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds for anything on a page to happen
TEXT = "Elke nacht staat er een wit busje bij de stal. Er wordt gelost met het licht uit."


@dataclass(slots=True)
class Watched:
    """A page and what went on behind it."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def sent(self, path: str) -> list[Request]:
        """The requests of this page to `path`, in order."""
        return [request for request in self.requests if request.url == self.url + path]

    async def answers(self, path: str) -> list[dict[str, object]]:
        """The JSON answers that came from `path`, in order."""
        return [await response.json() for response in self.responses if response.url == self.url + path]

    async def go(self, path: str) -> None:
        """Open a page of the desk."""
        await self.page.goto(self.url + path)

    async def sign_in(self, display: str = "Ans") -> None:
        """Become somebody of the demo cast, by the page."""
        await self.go("/inloggen")
        await self.page.get_by_role("button", name=f"Verder als {display}", exact=True).click()

    async def fill(self, text: str = TEXT, confidentiality: str = "Nee, anoniem") -> None:
        """Sign in and answer the questions that must be answered."""
        await self.sign_in()
        await self.page.get_by_label("Nee", exact=True).check()
        await self.page.get_by_label("Wat hebt u gezien of gehoord?").fill(text)
        await self.page.get_by_label(confidentiality).check()

    async def review(self) -> None:
        """From a filled form to the review."""
        await self.page.get_by_role("button", name="Controleer uw melding").click()
        await self.heading("Controleer uw melding")

    async def report(self, text: str = TEXT) -> str:
        """A whole report; gives the receipt code as the page shows it."""
        await self.fill(text)
        await self.review()
        await self.press_send()
        return await self.receipt_code()

    async def press_send(self) -> None:
        """Press the button of the review."""
        await self.page.locator("[data-send]").click()

    async def receipt_code(self) -> str:
        """The code on the receipt, once it is there."""
        await self.heading("Uw melding is ontvangen")
        return "".join((await self.page.locator("[data-code]").inner_text()).split())

    async def follow(self, code: str) -> None:
        """Open the mailbox of a code on /opvolgen."""
        await self.go("/opvolgen")
        await self.page.get_by_label("Ontvangstcode").fill(code)
        await self.page.get_by_role("button", name="Bekijk uw melding").click()
        await self.page.get_by_label("Uw antwoord of aanvulling").wait_for()

    async def heading(self, words: str) -> None:
        """Wait until this h1 is on the screen."""
        await self.page.get_by_role("heading", level=1, name=words).wait_for()


@dataclass(frozen=True, slots=True)
class Screen:
    """What a visitor looks at: CSS pixels, colours, and whether scripts run."""

    width: int = 1280
    height: int = 900
    scheme: Literal["light", "dark"] = "light"
    forced: bool = False
    script: bool = True


class Opener(Protocol):
    """Opens a watched page: in a new browser profile with this screen, or as another tab of `context`."""

    async def __call__(self, screen: Screen = ..., context: BrowserContext | None = None) -> Watched: ...


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """One Chromium for all page tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium to test the pages")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def open_page(browser: Browser, desk_url: str) -> AsyncIterator[Opener]:
    """Makes watched pages, each in a browser profile of its own unless a context is given."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    async def opener(screen: Screen = Screen(), context: BrowserContext | None = None) -> Watched:
        if context is None:
            context = await browser.new_context(
                locale="nl-NL",
                viewport={"width": screen.width, "height": screen.height},
                color_scheme=screen.scheme,
                forced_colors="active" if screen.forced else "none",
                java_script_enabled=screen.script,
            )
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
        it = Watched(await context.new_page(), context, desk_url)
        watch(it)
        watched.append(it)
        return it

    yield opener
    complaints = [words for it in watched for words in it.complaints]
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
async def desk(open_page: Opener) -> Watched:
    """One page on a wide, light screen."""
    return await open_page()


def watch(it: Watched) -> None:
    """Note requests, answers and complaints; an answer that a test provokes (4xx, a cut line) is none."""

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            it.complaints.append(message.text)

    def asked(request: Request) -> None:
        it.requests.append(request)

    def answered(response: Response) -> None:
        it.responses.append(response)

    it.page.on("console", heard)
    it.page.on("pageerror", lambda error: it.complaints.append(str(error)))
    it.page.on("request", asked)
    it.page.on("response", answered)
