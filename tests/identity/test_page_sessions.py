"""How a page session lives: kept by use and by choice, never by waiting, never by reporting; ended here or everywhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.http.application import Desk as Application
from app.identity.sessions import COOKIE
from app.limits import Buckets, Limits, Rate
from app.settings import Settings
from tests.audit.rows import acts
from tests.database import look
from tests.desk import REPORT, Client, new_key
from tests.identity.page import ITS_OWN, OWN, Page, cookie_of, signed_in, signed_in_before

pytestmark = pytest.mark.anyio
LONG = timedelta(minutes=20)
ROWS = "select digest, person, content, ends_at, xmin::text from sessions order by digest"


async def rows(settings: Settings) -> list[tuple[object, ...]]:
    """Every session row to the byte, with the transaction that wrote it last."""
    async with look.as_superuser(settings) as connection:
        return [tuple(row) for row in await look.rows(connection, ROWS)]


async def left(page: Page) -> int:
    """Seconds until this page's session ends."""
    session = (await page.get("/web/session")).json()
    return int(session["endsInSeconds"]) if session["signedIn"] else 0


async def test_work_keeps_a_session_alive_and_waiting_does_not(
    client: Client, application: Application, settings: Settings
) -> None:
    page = await signed_in_before(client, application, "bouke", LONG)
    before = await rows(settings)
    for _ in range(3):
        assert 0 < await left(page) <= 600
        answer = await page.get("/web/queues", {"X-Unattended": "1"})
        assert answer.status_code == 200
    assert await rows(settings) == before
    assert (await page.get("/web/queues")).status_code == 200
    assert 1700 < await left(page) <= 1800
    kept = await rows(settings)
    assert kept != before
    assert (await page.get("/web/queues")).status_code == 200
    assert await rows(settings) == kept


async def test_reporting_touches_no_session_row_whatever_is_kept_of_the_name(
    client: Client, application: Application, settings: Settings
) -> None:
    page = await signed_in_before(client, application, "ans", LONG)
    before = await rows(settings)
    for confidentiality in ("anonymous", "shielded", "named"):
        body = REPORT | {"confidentiality": confidentiality}
        sent = await page.post("/web/signals", body=body, more={"Idempotency-Key": new_key()})
        assert sent.status_code == 201
        code = {"receiptCode": sent.json()["receiptCode"]}
        assert (await page.post("/web/receipt-lookups", body=code)).status_code == 200
        assert (
            await page.post("/web/receipt-messages", body=code | {"text": "Nog iets."})
        ).status_code == 201
    assert (await page.post("/web/signals", body={"text": ""})).status_code == 400
    assert await rows(settings) == before


async def test_who_chooses_to_stay_stays(client: Client, application: Application) -> None:
    page = await signed_in_before(client, application, "ans", LONG)
    assert await left(page) <= 600
    answer = await page.post("/web/session-extensions")
    assert answer.status_code == 200
    assert 1700 < answer.json()["endsInSeconds"] <= 1800
    assert 1700 < await left(page) <= 1800


async def test_nobody_stays_beyond_a_working_day(client: Client, application: Application) -> None:
    page = await signed_in(client, "ans")
    assert (await page.get("/web/session")).json()["latestInSeconds"] <= 8 * 3600
    late = await signed_in_before(client, application, "ans", timedelta(hours=8))
    assert (await late.post("/web/session-extensions")).status_code == 401


async def test_staying_needs_what_every_change_needs(client: Client) -> None:
    page = await signed_in(client, "ans")
    for origin, token, status in (
        ("http://kwaad.example", ITS_OWN, 403),
        (OWN, "0" * 64, 403),
        (OWN, None, 403),
    ):
        assert (await page.post("/web/session-extensions", origin, token)).status_code == status
    nobody = Page(client, "x" * 43, page.token)
    assert (await nobody.post("/web/session-extensions")).status_code == 401


async def test_a_session_left_alone_is_over_and_asks_to_sign_in(
    client: Client, application: Application
) -> None:
    page = await signed_in_before(client, application, "bouke", timedelta(minutes=30))
    assert (await page.get("/web/queues")).status_code == 401
    assert (await page.post("/web/signals", body=REPORT)).status_code == 401
    assert (await page.get("/web/session")).json() == {
        "signedIn": False,
        "roles": [],
    } | dict.fromkeys(
        (
            "display",
            "person",
            "organisationId",
            "organisationName",
            "sessionToken",
            "endsInSeconds",
            "latestInSeconds",
        )
    )


async def test_signing_out_ends_this_session_alone(client: Client, settings: Settings) -> None:
    here, there = await signed_in(client, "bouke"), await signed_in(client, "bouke")
    answer = await here.post("/web/logouts")
    assert answer.status_code == 204
    assert cookie_of(answer)[0].strip('"') == ""
    assert (await here.get("/web/queues")).status_code == 401
    assert (await there.get("/web/queues")).status_code == 200
    [ended] = [row for row in await acts(settings) if row["action"] == "session_ended"]
    assert ended["value"] == client.as_("bouke").sub


async def test_signing_out_everywhere_ends_all_of_ones_own(client: Client) -> None:
    mine = [await signed_in(client, "bouke") for _ in range(3)]
    other = await signed_in(client, "bart")
    assert (await mine[0].post("/web/logouts", body={"everywhere": True})).status_code == 204
    for page in mine:
        assert (await page.get("/web/queues")).status_code == 401
    assert (await other.get("/web/queues")).status_code == 200


async def places(page: Page) -> list[dict[str, object]]:
    """Where this page is told that its person is signed in."""
    answer = await page.get("/web/sessions")
    assert answer.status_code == 200
    return list(answer.json()["items"])


async def test_one_sees_where_one_is_signed_in_and_can_sign_out_at_one_place(
    client: Client, settings: Settings
) -> None:
    here, there, third = [await signed_in(client, "bouke") for _ in range(3)]
    await signed_in(client, "bart")
    told = await places(here)
    assert [set(one) for one in told] == [{"id", "here", "endsInSeconds"}] * 3
    assert all(1700 < one["endsInSeconds"] <= 1800 for one in told if isinstance(one["endsInSeconds"], int))
    [elsewhere] = [one["id"] for one in await places(there) if one["here"]]
    assert [one["id"] for one in told if one["here"]] != [elsewhere]
    ended = await here.post("/web/session-endings", body={"id": elsewhere})
    assert ended.status_code == 200
    assert elsewhere not in {one["id"] for one in ended.json()["items"]}
    assert len(ended.json()["items"]) == 2
    assert (await there.get("/web/queues")).status_code == 401
    assert (await here.get("/web/queues")).status_code == 200
    assert (await third.get("/web/queues")).status_code == 200
    [act] = [row for row in await acts(settings) if row["action"] == "session_ended"]
    assert act["value"] == client.as_("bouke").sub
    assert (await here.post("/web/session-endings", body={"id": elsewhere})).status_code == 200
    assert len([row for row in await acts(settings) if row["action"] == "session_ended"]) == 1


async def test_nobody_ends_the_session_of_somebody_else(client: Client, settings: Settings) -> None:
    mine, other = await signed_in(client, "bouke"), await signed_in(client, "bart")
    [theirs] = [one["id"] for one in await places(other)]
    answer = await mine.post("/web/session-endings", body={"id": theirs})
    assert (answer.status_code, len(answer.json()["items"])) == (200, 1)
    assert (await other.get("/web/queues")).status_code == 200
    assert [row for row in await acts(settings) if row["action"] == "session_ended"] == []


async def test_of_a_session_that_is_over_nothing_is_told(client: Client, application: Application) -> None:
    await signed_in_before(client, application, "bouke", timedelta(minutes=31))
    here = await signed_in(client, "bouke")
    assert [one["here"] for one in await places(here)] == [True]


async def test_who_only_reports_sees_no_other_session_than_this_one(client: Client) -> None:
    here, there = await signed_in(client, "ans"), await signed_in(client, "ans")
    assert [one["here"] for one in await places(here)] == [True]
    [elsewhere] = [one["id"] for one in await places(there)]
    assert (await here.post("/web/session-endings", body={"id": elsewhere})).status_code == 200
    assert len(await places(there)) == 1


@pytest.mark.parametrize(
    "wrong", [{}, {"id": "x"}, {"id": "0" * 63}, {"id": 1}, {"id": "0" * 64, "all": True}]
)
async def test_what_names_no_session_is_refused(client: Client, wrong: dict[str, object]) -> None:
    page = await signed_in(client, "bouke")
    assert (await page.post("/web/session-endings", body=wrong)).status_code == 400
    assert len(await places(page)) == 1


async def test_without_a_session_nothing_is_told_and_nothing_ended(client: Client) -> None:
    page = await signed_in(client, "bouke")
    [own] = [one["id"] for one in await places(page)]
    nobody = Page(client, "x" * 43, page.token)
    assert (await nobody.get("/web/sessions")).status_code == 401
    assert (await nobody.post("/web/session-endings", body={"id": own})).status_code == 401
    assert (await page.post("/web/session-endings", token=None, body={"id": own})).status_code == 403
    assert (await page.get("/web/queues")).status_code == 200


async def test_signing_out_needs_our_own_page(client: Client) -> None:
    page = await signed_in(client, "bouke")
    assert (await page.post("/web/logouts", "http://kwaad.example")).status_code == 403
    assert (await page.post("/web/logouts", token="0" * 64)).status_code == 403
    assert (await page.get("/web/queues")).status_code == 200


async def test_a_new_sign_in_gives_a_new_cookie_and_ends_the_session_of_before(client: Client) -> None:
    """A cookie planted in somebody's browser is worth nothing once she signs in (session fixation)."""
    planted = await signed_in(client, "ans")
    page = await signed_in(client, "bouke", cookie=planted.cookie)
    assert page.cookie != planted.cookie
    assert page.token != planted.token
    assert (await planted.get("/web/session")).json()["signedIn"] is False
    chosen = await signed_in(client, "ans", cookie="gekozen-door-een-ander-0123456789abcdef")
    assert chosen.cookie != "gekozen-door-een-ander-0123456789abcdef"


async def test_the_cookie_is_for_this_host_alone_and_for_no_script_and_no_other_site(client: Client) -> None:
    begun = await client.http.post("/web/demo-logins", json={"name": "ans"}, headers={"Origin": OWN})
    value, attributes = cookie_of(begun)
    assert COOKIE.startswith("__Host-")
    assert attributes == {"HttpOnly", "Path=/", "SameSite=strict", "Secure"}
    assert len(value) == 43
    assert begun.headers["cache-control"] == "no-store"
    assert value not in begun.text


async def test_who_only_reports_is_not_named_for_signing_in_or_out(
    client: Client, settings: Settings
) -> None:
    page = await signed_in(client, "ans")
    await page.post("/web/logouts", body={"everywhere": True})
    told = [(row["action"], row["value"]) for row in await acts(settings)]
    assert told == [
        ("session_started", "employee of gemeente-emmen"),
        ("session_ended", "employee of gemeente-emmen"),
    ]


async def test_a_row_put_there_by_sql_is_nobodys_session(client: Client, settings: Settings) -> None:
    page = await signed_in(client, "ans")
    chris = await signed_in(client, "chris")
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("create table plain as select * from sessions")
        await connection.exec_driver_sql(
            "update sessions s set content = o.content, person = o.person from plain o where o.digest <> s.digest"
        )
    for one in (page, chris):
        assert (await one.get("/web/queues")).status_code == 401
        assert (await one.get("/web/session")).json()["signedIn"] is False
    refused = [row["reason_code"] for row in await acts(settings) if row["action"] == "token_refused"]
    assert refused == ["session_forged"]


@pytest.mark.parametrize(
    ("path", "body"), [("/web/demo-logins", {"name": "ans"}), ("/web/logins", {"issuer": "niemand"})]
)
async def test_one_address_begins_only_so_many_sign_ins(
    client: Client, application: Application, path: str, body: dict[str, str]
) -> None:
    limits = application.state.limits
    assert isinstance(limits, Limits)
    application.state.limits = replace(limits, logins=Buckets(Rate(3)))
    answers = [
        (await client.http.post(path, json=body, headers={"Origin": OWN})).status_code for _ in range(5)
    ]
    assert answers[3:] == [429, 429]
    assert 429 not in answers[:3]


@pytest.mark.parametrize(
    "host",
    [
        "kwaad.example",
        "127.0.0.1.kwaad.example",
        "localhost.kwaad.example:8000",
        "127.0.0.1:8000.kwaad.example",
        "127.0.0.1:80:80",
        "127.0.0.2",
        "[::1].kwaad.example",
        "0.0.0.0",
        "",
    ],
)
async def test_nobody_becomes_one_of_the_cast_under_a_strangers_host_name(client: Client, host: str) -> None:
    """A site whose name leads to this machine speaks for itself, though its origin and host agree (DNS rebinding)."""
    sent = {"Host": host, "Origin": f"http://{host}"}
    answer = await client.http.post("/web/demo-logins", json={"name": "bouke"}, headers=sent)
    assert (answer.status_code, answer.json().get("reason")) == (403, "host")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
async def test_this_machines_own_names_do(client: Client, host: str) -> None:
    sent = {"Host": host, "Origin": f"http://{host}"}
    answer = await client.http.post("/web/demo-logins", json={"name": "bouke"}, headers=sent)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "path",
    ["/", "/inloggen", "/melden", "/opvolgen", "/bestaat-niet", "/web/session", "/web/queues", "/v1/queues"],
)
async def test_no_page_and_no_answer_is_kept_by_a_browser_or_a_proxy(client: Client, path: str) -> None:
    page = await signed_in(client, "bouke")
    answer = await page.get(path, {"Accept": "text/html, application/json"})
    assert answer.headers["cache-control"] == "no-store"
