"""Requests of the pages: only from our own origin and with the session's token, and a refusal is in the log."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx2
import pytest

from app.demo import login
from app.identity.sessions import COOKIE
from app.main import create_app
from app.settings import Settings
from tests.audit.rows import acts
from tests.desk import REPORT, RIEC, Client, client_for

pytestmark = pytest.mark.anyio
OWN = "http://127.0.0.1"
PUBLIC = "https://meldpunt.drenthe.example"
CLAIMS = RIEC.replace("/v1/", "/web/") + "/claims"


@dataclass(frozen=True, slots=True)
class Page:
    """A signed-in page: its cookie and the token it was given."""

    client: Client
    cookie: str
    token: str

    async def post(
        self, path: str, origin: str | None, token: str | None, body: Mapping[str, object] | None = None
    ) -> httpx2.Response:
        """Send as a browser would from `origin`."""
        shown = {"Cookie": f"{COOKIE}={self.cookie}", "Origin": origin, "X-Session-Token": token}
        headers = {name: value for name, value in shown.items() if value is not None}
        return await self.client.http.post(path, json=body or {}, headers=headers)


async def signed_in(client: Client, name: str, origin: str = OWN) -> Page:
    """The page of one of the cast."""
    begun = await client.http.post("/web/demo-logins", json={"name": name}, headers={"Origin": origin})
    assert begun.status_code == 201, begun.text
    cookie = begun.headers["set-cookie"].partition(";")[0].partition("=")[2]
    client.http.cookies.clear()
    return Page(client, cookie, begun.json()["sessionToken"])


@pytest.fixture
async def public(settings: Settings) -> AsyncIterator[Client]:
    """A desk that is told under which address people reach it."""
    told = settings.model_copy(update={"public_origin": PUBLIC})
    async with client_for(create_app(told, cast=login.cards(), logins=[login.router]), told) as caller:
        yield caller


@pytest.mark.parametrize(
    ("origin", "with_token", "reason"),
    [
        ("http://kwaad.example", True, "other_origin"),
        ("null", True, "other_origin"),
        (f"{OWN}:8001", True, "other_origin"),
        (None, True, "other_origin"),
        (OWN, False, "session_token"),
    ],
)
async def test_what_no_page_of_ours_sent_does_nothing_and_is_in_the_log(
    client: Client, settings: Settings, origin: str | None, with_token: bool, reason: str
) -> None:
    await client.as_("ans").report()
    page = await signed_in(client, "bouke")
    for token in (page.token,) if with_token else (None, "", "0" * 64, page.token[:-1]):
        refused = await page.post(CLAIMS, origin, token)
        assert (refused.status_code, refused.json()["reason"]) == (403, reason)
    denials = [row for row in await acts(settings) if row["outcome"] == "denied"]
    assert denials
    for denial in denials:
        assert (denial["action"], denial["reason_code"], denial["value"]) == (
            "case_claimed",
            reason,
            "stranger",
        )
    assert len(await client.as_("bouke").items(f"{RIEC}/cases?state=new")) == 1
    assert (await page.post(CLAIMS, OWN, page.token)).status_code == 201


async def test_a_report_from_another_origin_is_refused_and_leaves_a_denial(
    client: Client, settings: Settings
) -> None:
    page = await signed_in(client, "ans")
    refused = await page.post("/web/signals", "http://kwaad.example", page.token, REPORT)
    assert refused.status_code == 403
    [denial] = [row for row in await acts(settings) if row["outcome"] == "denied"]
    assert (denial["action"], denial["reason_code"]) == ("signal_submitted", "other_origin")
    assert (await page.post("/web/signals", OWN, page.token, REPORT)).status_code == 201


async def test_where_the_public_origin_is_set_that_one_alone_passes(public: Client) -> None:
    """A host name that a caller wrote counts for nothing then."""
    page = await signed_in(public, "ans", PUBLIC)
    for origin in (OWN, PUBLIC.replace("https", "http"), f"{PUBLIC}:443", f"{PUBLIC}.kwaad.example"):
        refused = await page.post("/web/signals", origin, page.token, REPORT)
        assert (refused.status_code, refused.json()["reason"]) == (403, "other_origin"), origin
    forged = {"Host": "kwaad.example", "Origin": "http://kwaad.example", "X-Session-Token": page.token}
    lured = await public.http.post(
        "/web/signals", json=REPORT, headers=forged | {"Cookie": f"{COOKIE}={page.cookie}"}
    )
    assert lured.status_code == 403
    assert (await page.post("/web/signals", PUBLIC, page.token, REPORT)).status_code == 201
