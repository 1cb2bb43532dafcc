"""Signing in at a real OpenID provider, end to end: who comes in, as what, and what never leaves this server."""

import base64
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import StartRefused
from app.identity import oidc
from app.main import create_app
from app.pages.signing import RETURNS
from app.settings import Settings
from tests.audit.rows import acts
from tests.database import look
from tests.desk import REPORT, client_for
from tests.identity.page import OWN, cookie_of
from tests.identity.signing.browser import (
    ANS,
    CALLBACK,
    EMMEN,
    FENNA,
    Browser,
    assert_nobody,
    reasons,
)
from tests.identity.signing.openid import SECRETS, GoBetween, RealProvider, entry, issuers_file

pytestmark = pytest.mark.anyio


async def test_a_coordinator_signs_in_with_the_work_account_and_works(
    browser: Browser, settings: Settings
) -> None:
    answer = await browser.sign_in(FENNA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inloggen")
    page = await browser.page()
    session = (await page.get("/web/session")).json()
    assert (session["display"], session["organisationId"], session["roles"]) == (
        "Fenna",
        EMMEN,
        ["coordinator", "employee"],
    )
    assert (await page.get("/web/queues")).status_code == 200
    [begun] = [row for row in await acts(settings) if row["action"] == "session_started"]
    assert begun["value"] == FENNA


async def test_who_only_reports_goes_straight_to_the_form_and_is_not_named(
    browser: Browser, settings: Settings
) -> None:
    answer = await browser.sign_in(ANS)
    assert answer.headers["location"] == "/melden"
    page = await browser.page()
    assert (await page.post("/web/signals", body=REPORT)).status_code == 201
    told = [row["value"] for row in await acts(settings) if row["action"] != "signal_supplied"]
    assert told == ["employee of gemeente-emmen"] * 2


async def test_the_question_goes_out_with_a_challenge_and_nothing_secret(browser: Browser) -> None:
    begun = await browser.begin(issuer="emmen")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.json()["location"]).query).items()}
    assert asked.keys() == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == OWN + CALLBACK
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    value, attributes = cookie_of(begun, oidc.COOKIE)
    assert oidc.COOKIE.startswith("__Host-")
    assert attributes == {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax", "Secure"}
    raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    for secret in (asked["state"], asked["nonce"], "emmen", SECRETS["pages"]):
        assert secret.encode() not in raw
    again = await browser.begin(issuer="emmen")
    assert parse_qs(urlsplit(again.json()["location"]).query)["state"] != [asked["state"]]


async def test_no_token_reaches_the_browser_a_row_or_a_line_of_the_log(
    browser: Browser,
    between: GoBetween,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await browser.sign_in(FENNA)
    needles = [part for token in between.tokens() for part in (token, *token.split(".")) if len(part) > 20]
    assert len(needles) >= 4
    told = [answer.text + str(answer.headers.raw) for answer in browser.seen]
    async with look.as_superuser(settings) as connection:
        for table in ("sessions", "access_entries", "access_values", "rate_buckets", "idempotency"):
            told += [str(tuple(row)) for row in await look.rows(connection, f"select * from {table}")]
    told.append(capsys.readouterr().err)
    assert any("/web/logins/{issuer}/callback" in text for text in told)
    for needle in (*needles, SECRETS["pages"]):
        assert not any(needle in text for text in told)


async def test_a_code_that_went_by_is_in_no_line_of_the_log(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = await browser.begin()
    location = await browser.visit(begun.json()["location"])
    answer = await browser.back(location)
    assert answer.headers["location"] == "/inloggen"
    given = parse_qs(urlsplit(location).query)
    lines = capsys.readouterr().err
    for name in ("code", "state"):
        assert given[name][0] not in lines
        assert given[name][0] not in answer.text + str(answer.headers.raw)


@pytest.mark.parametrize("path", RETURNS)
async def test_one_returns_to_the_page_one_came_from(browser: Browser, path: str) -> None:
    answer = await browser.sign_in(FENNA, returnTo=path)
    assert answer.headers["location"] == path


async def test_a_new_sign_in_ends_the_session_that_the_browser_had(browser: Browser) -> None:
    await browser.sign_in(ANS)
    before = await browser.page()
    await browser.sign_in(FENNA)
    assert browser.session != before.cookie
    assert (await before.get("/web/session")).json()["signedIn"] is False
    assert (await (await browser.page()).get("/web/session")).json()["display"] == "Fenna"


async def test_opening_asks_for_a_stronger_sign_in_and_gets_it(browser: Browser) -> None:
    opening = "/web/cases/5b7e8f0e-8d0e-4f5f-9c35-0c0a3a3f1f11/openings"
    await browser.sign_in(FENNA)
    page = await browser.page()
    refused = await page.post(opening, body={"purpose": "assessment"})
    assert (refused.status_code, refused.json()["code"]) == (401, "insufficient_user_authentication")
    answer = await browser.sign_in(FENNA, page.token, known=True, stepUp=True, returnTo="/inloggen")
    assert answer.headers["location"] == "/inloggen"
    stronger = await browser.page()
    assert stronger.cookie != page.cookie
    assert (await stronger.post(opening, body={"purpose": "assessment"})).status_code == 404
    assert (await page.get("/web/queues")).status_code == 401


async def test_a_sign_in_that_does_not_get_stronger_changes_nothing(
    browser: Browser, settings: Settings
) -> None:
    await browser.sign_in(FENNA)
    page = await browser.page()
    browser.provider.tell(canBeStrong=False)
    answer = await browser.sign_in(FENNA, page.token, known=True, stepUp=True)
    await assert_nobody(browser, answer, "te-zwak")
    assert await reasons(settings) == ["login_too_weak"]
    assert (await page.get("/web/queues")).status_code == 200


async def test_a_stronger_sign_in_is_for_who_is_signed_in(browser: Browser) -> None:
    assert (await browser.begin(stepUp=True)).status_code == 401
    await browser.sign_in(FENNA)
    assert (await browser.begin("0" * 64, stepUp=True)).status_code == 403


async def test_signing_out_says_where_to_sign_out_at_the_work_account(
    browser: Browser, provider: RealProvider
) -> None:
    await browser.sign_in(FENNA)
    page = await browser.page()
    answer = await page.post("/web/logouts")
    assert answer.status_code == 200
    address = answer.json()["issuerSignOut"]
    assert address.startswith(f"{provider.url}/session/end?")
    assert parse_qs(urlsplit(address).query) == {
        "client_id": ["pages"],
        "post_logout_redirect_uri": [f"{OWN}/"],
    }
    assert (await browser.abroad.get(address)).status_code == 200
    assert (await page.get("/web/queues")).status_code == 401


@pytest.mark.parametrize(
    ("who", "reason", "word"),
    [
        ("reaches", "token_organisation", "geen-toegang"),
        ("climbs", "token_role_not_given", "geen-toegang"),
        ("machine", "token_kind", "storing"),
    ],
)
async def test_an_issuer_of_emmen_makes_nobody_more_than_it_may(
    browser: Browser, settings: Settings, who: str, reason: str, word: str
) -> None:
    """Not a coordinator of Assen, not a manager of the desk, and not a machine of a person."""
    await assert_nobody(browser, await browser.sign_in(who), word)
    assert await reasons(settings) == [reason]


async def test_a_coordinator_by_the_issuers_word_alone_is_an_employee_here(browser: Browser) -> None:
    """Without a grant of this desk, by two people, the role does not hold."""
    await browser.sign_in("self-made")
    page = await browser.page()
    assert (await page.get("/web/session")).json()["roles"] == ["employee"]
    assert (await page.get("/web/queues")).status_code == 403


async def test_who_is_on_the_deny_list_does_not_come_in(browser: Browser, settings: Settings) -> None:
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql(
            "insert into denials (id, number, organisation_id, subject, person, reason_code, denied_by, denied_at,"
            " mac, door_mac) values (gen_random_uuid(), 1, $1, $2, '\\x00', 'left', 'x', now(), '\\x00', '\\x00')",
            (EMMEN, str(FENNA)),
        )
    await assert_nobody(browser, await browser.sign_in(FENNA), "geen-toegang")
    assert await reasons(settings) == ["person_denied"]


async def test_the_secret_is_read_anew_and_its_absence_lets_nobody_in(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    secret = tmp_path / "emmen.secret"
    kept = secret.read_text(encoding="utf-8")
    secret.unlink()
    await assert_nobody(browser, await browser.sign_in(FENNA), "storing")
    secret.write_text("verkeerd", encoding="utf-8")
    await assert_nobody(browser, await browser.sign_in(FENNA), "storing")
    assert await reasons(settings) == ["login_unreachable", "login_code"]
    secret.write_text(kept, encoding="utf-8")
    assert (await browser.sign_in(FENNA)).headers["location"] == "/inloggen"


async def test_a_secret_in_the_body_does_too(
    provider: RealProvider, settings: Settings, tmp_path: Path
) -> None:
    """`client_secret_post`, as ADFS wants it."""
    provider.tell(who=FENNA)
    with GoBetween(provider.url) as between:
        file = issuers_file(tmp_path, entry(provider.url, between.url, authentication="post"))
        told = settings.model_copy(update={"issuers_file": file})
        async with client_for(create_app(told), told) as client:
            browser = Browser(client, provider)
            async with browser.abroad:
                answer = await browser.sign_in(FENNA)
        [asked] = [sent for path, sent in between.asked if path == "/token"]
    assert answer.headers["location"] == "/inloggen"
    assert b"client_secret=" in asked


def test_the_desk_does_not_start_where_nobody_could_come_back(desk_settings: Settings) -> None:
    for origin in (
        None,
        "meldpunt.example",
        "http://meldpunt.example",
        "https://meldpunt.example/",
        "https://a@b",
    ):
        told = desk_settings.model_copy(update={"environment": "production", "public_origin": origin})
        with pytest.raises(StartRefused, match="MELDPUNT_PUBLIC_ORIGIN"):
            create_app(told)
