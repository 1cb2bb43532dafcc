"""Requests of the pages: only from our own origin and with the session's token, and a refusal is in the log.

Page side and interface do not stand in for each other: a cookie calls nothing under /v1, a token nothing under /web.
"""

from collections.abc import AsyncIterator

import pytest

from app.demo import login
from app.identity.sessions import COOKIE
from app.main import create_app
from app.settings import Settings
from tests.audit.rows import actions, acts
from tests.desk import REPORT, RIEC, Client, client_for
from tests.identity.page import OWN, signed_in

pytestmark = pytest.mark.anyio
PUBLIC = "https://meldpunt.drenthe.example"
CLAIMS = RIEC.replace("/v1/", "/web/") + "/claims"


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


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_what_a_browser_says_another_site_sent_does_nothing(client: Client, site: str) -> None:
    """Also where it names our own origin, as a page of a sister domain or an old browser might."""
    page = await signed_in(client, "ans")
    refused = await page.post("/web/signals", body=REPORT, more={"Sec-Fetch-Site": site})
    assert (refused.status_code, refused.json()["reason"]) == (403, "other_origin")
    kept = await page.post("/web/signals", body=REPORT, more={"Sec-Fetch-Site": "same-origin"})
    assert kept.status_code == 201


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
async def test_what_another_site_asks_for_with_a_readers_cookie_is_refused(
    client: Client, site: str, status: int
) -> None:
    """No site may measure, frame or time what somebody may read; the reader's own address bar may."""
    page = await signed_in(client, "bouke")
    answer = await page.get("/web/queues", {"Sec-Fetch-Site": site})
    assert answer.status_code == status
    assert (await page.get("/web/session", {"Sec-Fetch-Site": site})).status_code == status


async def test_two_origins_in_one_request_are_none_of_ours(client: Client) -> None:
    page = await signed_in(client, "ans")
    pairs = [("Cookie", f"{COOKIE}={page.cookie}"), ("X-Session-Token", page.token)]
    pairs += [("Origin", OWN), ("Origin", "http://kwaad.example")]
    refused = await client.http.post("/web/signals", json=REPORT, headers=pairs)
    assert refused.status_code == 403


async def test_a_session_calls_nothing_of_the_interface(client: Client, settings: Settings) -> None:
    """A page that is lured to /v1 by another site brings its cookie along, and that counts for nothing there."""
    page = await signed_in(client, "bouke")
    for path in ("/v1/queues", "/v1/access-log", f"{RIEC}/cases"):
        assert (await page.get(path)).status_code == 401
    assert (await page.post("/v1/signals", body=REPORT)).status_code == 401
    assert (await page.post(f"{RIEC}/claims")).status_code == 401
    assert await actions(settings) == ["session_started", "token_refused"]


async def test_a_token_calls_nothing_of_the_page_side(client: Client) -> None:
    """A script that got hold of a token, or of a page's door, cannot use the one for the other."""
    bearer = client.as_("bouke").headers()
    assert (await client.http.get("/web/queues", headers=bearer)).status_code == 401
    sent = bearer | {"Origin": OWN, "X-Session-Token": "x"}
    assert (await client.http.post("/web/signals", json=REPORT, headers=sent)).status_code == 401
    assert (await client.http.get("/web/session", headers=bearer)).json()["signedIn"] is False


async def test_who_sends_both_is_on_each_side_who_that_side_asks_for(
    client: Client, settings: Settings
) -> None:
    """Ans's cookie and Bouke's token in one request: neither borrows the rights of the other."""
    page = await signed_in(client, "ans")
    bearer = client.as_("bouke").headers()
    assert (await page.get("/web/queues", bearer)).status_code == 403
    assert (await page.get("/v1/queues", bearer)).status_code == 200
    assert (await page.get("/web/session", bearer)).json()["display"] == "Ans"
    page = await signed_in(client, "bouke")
    bearer = client.as_("ans").headers()
    assert (await page.get("/web/queues", bearer)).status_code == 200
    assert (await page.get("/v1/queues", bearer)).status_code == 403


async def test_following_a_report_reads_neither_session_nor_token(client: Client, settings: Settings) -> None:
    made = await client.as_("ans").report()
    page = await signed_in(client, "bouke")
    code = {"receiptCode": made["receiptCode"]}
    for path in ("/v1/receipt-lookups", "/web/receipt-lookups"):
        answer = await page.post(path, None, None, code, client.as_("bouke").headers())
        assert answer.status_code == 200
    looked = [row for row in await acts(settings) if row["action"] == "receipt_looked_up"]
    assert [row["value"] for row in looked] == ["holder of a receipt"] * 2


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_a_form_of_another_site_is_no_json_and_is_refused(client: Client, media: str) -> None:
    """Those are what a form can send without asking first; each refused though all else were right."""
    page = await signed_in(client, "bouke")
    right = {"Cookie": f"{COOKIE}={page.cookie}", "Origin": OWN, "X-Session-Token": page.token}
    for path in (CLAIMS, "/web/signals", "/web/logouts", "/web/logins", "/web/demo-logins"):
        answer = await client.http.post(path, content=b"{}", headers=right | {"Content-Type": media})
        assert answer.status_code == 415, path
    assert (await page.get("/web/session")).json()["signedIn"] is True
