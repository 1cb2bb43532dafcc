"""Too often is 429 with the time to wait, for the one who did it; the neighbours behind the same address go on."""

import base64
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import httpx2
import pytest
from pydantic import SecretStr

from app.http.application import Desk as Application
from app.limits import Buckets, Limits, Rate
from app.main import create_app
from app.settings import Settings
from tests.casework.steps import case_of, claim
from tests.desk import REPORT, RIEC, TRIAGE_EMMEN, Client, client_for, new_key
from tests.intake.deliveries import signed
from tests.stored import looking_into

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + base64.b64encode(b"7" * 32).decode()
PROXY = "10.0.0.1"
EACH = 3
WRONG = "ABCD-EFGH-JKMN-PQRS-TVWX"


@pytest.fixture(scope="module")
def application(module_settings: Settings) -> Application:
    """A desk where one person may report three times, and small buckets for what comes without a name."""
    settings = module_settings.model_copy(
        update={
            "submissions_per_person": EACH,
            "webhook_secrets": SecretStr(SECRET),
            "trusted_proxies": "10.0.0.0/24",
        }
    )
    return create_app(settings)


@pytest.fixture(autouse=True)
def _full(application: Application) -> None:
    """Each test begins with full buckets."""
    application.state.limits = Limits(
        Buckets(Rate(EACH)),
        Buckets(Rate(EACH * 2)),
        Buckets(Rate(EACH)),
        receipt_messages=Buckets(Rate(2)),
        deliveries=Buckets(Rate(4)),
        unsigned_deliveries=Buckets(Rate(2)),
    )


@pytest.fixture(scope="module")
async def desk(application: Application, module_settings: Settings) -> AsyncIterator[Client]:
    async with client_for(application, module_settings) as caller:
        yield caller


def from_address(application: Application, address: str) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
    """A caller whose connection comes from there."""
    transport = httpx2.ASGITransport(application, raise_app_exceptions=False, client=(address, 1))
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def told_to_wait(answer: httpx2.Response) -> bool:
    """Whether this is the refusal of one who comes too often."""
    if answer.status_code != 429:
        return False
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many"
    assert 1 <= int(answer.headers["retry-after"]) <= 600
    return True


async def report(desk: Client, **members: object) -> httpx2.Response:
    return await desk.post("/v1/signals", REPORT | members, {"Idempotency-Key": new_key()})


async def test_one_person_reports_so_often_and_her_colleagues_go_on(desk: Client) -> None:
    for _ in range(EACH):
        assert (await report(desk.as_("ans"))).status_code == 201
    assert told_to_wait(await report(desk.as_("ans")))
    assert (await report(desk.as_("fenna"))).status_code == 201
    assert (await report(desk.as_("eva"))).status_code == 201


async def test_anonymous_or_named_is_one_bucket_and_leaves_no_row(
    desk: Client, module_settings: Settings
) -> None:
    async with looking_into(module_settings) as stored:
        before = await stored.ask("select * from rate_buckets")
        for kind in ("anonymous", "named", "anonymous"):
            assert (await report(desk.as_("ans"), confidentiality=kind)).status_code == 201
        counts = await stored.counts()
        for kind in ("anonymous", "named"):
            assert told_to_wait(await report(desk.as_("ans"), confidentiality=kind))
        assert await stored.counts() == counts
        assert await stored.ask("select * from rate_buckets") == before


async def test_a_bad_report_is_no_report(desk: Client) -> None:
    for _ in range(EACH + 2):
        assert (await desk.as_("ans").post("/v1/signals", {"text": ""})).status_code == 400
    assert (await report(desk.as_("ans"))).status_code == 201


async def test_an_intranet_form_reports_for_many(desk: Client) -> None:
    form = desk.as_("formulier-emmen")
    for _ in range(EACH * 2):
        assert (await report(form)).status_code == 201
    assert told_to_wait(await report(form))
    assert (await report(desk.as_("ans"))).status_code == 201


async def test_one_receipt_writes_so_often_and_the_neighbours_go_on(desk: Client) -> None:
    codes = [(await report(desk.as_(name))).json()["receiptCode"] for name in ("ans", "fenna")]
    for _ in range(2):
        answer = await desk.post("/v1/receipt-messages", {"receiptCode": codes[0], "text": "Nog iets."})
        assert answer.status_code == 201
    assert told_to_wait(await desk.post("/v1/receipt-messages", {"receiptCode": codes[0], "text": "Weer."}))
    assert (await desk.post("/v1/receipt-lookups", {"receiptCode": codes[0]})).status_code == 200
    other = await desk.post("/v1/receipt-messages", {"receiptCode": codes[1], "text": "Iets anders."})
    assert other.status_code == 201


async def test_a_worker_takes_and_opens_so_many_cases_and_her_colleague_goes_on(desk: Client) -> None:
    made = (await report(desk.as_("ans"), text="Ik zag iets vreemds.", reporter={"name": "Ans"})).json()
    assert (await report(desk.as_("eva"))).status_code == 201
    fenna = desk.as_("fenna")
    case = await claim(fenna, TRIAGE_EMMEN, await case_of(fenna, TRIAGE_EMMEN, made))
    await fenna.open(case)
    path = f"/v1/cases/{case['id']}"
    opened = await fenna.post(f"{path}/reporter-openings", {"purpose": "reply"})
    assert opened.status_code == 201, opened.text
    assert told_to_wait(await fenna.post(f"{path}/reporter-openings", {"purpose": "reply"}))
    assert told_to_wait(await fenna.post(f"{path}/openings", {"purpose": "assessment"}))
    assert told_to_wait(await fenna.post(f"{TRIAGE_EMMEN}/claims"))
    assert (await fenna.get(path)).status_code == 200
    await desk.as_("bouke").pull(RIEC)


async def test_deliveries_that_nobody_signed_are_limited_and_signed_ones_go_on(desk: Client) -> None:
    unsigned = signed(SECRET).but(webhook_signature="v1,AAAA")
    assert [(await unsigned.send(desk)).status_code for _ in range(2)] == [401, 401]
    assert told_to_wait(await unsigned.send(desk))
    assert [(await signed(SECRET).send(desk)).status_code for _ in range(4)] == [202] * 4
    assert told_to_wait(await signed(SECRET).send(desk))


async def test_behind_a_listed_proxy_each_caller_has_a_bucket_of_her_own(application: Application) -> None:
    async with from_address(application, PROXY) as behind:

        async def ask(address: str, forged: str = "192.0.2.1") -> httpx2.Response:
            headers = {"X-Forwarded-For": f"{forged}, {address}"}
            return await behind.post("/v1/receipt-lookups", json={"receiptCode": WRONG}, headers=headers)

        for number in range(30):
            assert (await ask("203.0.113.9", f"192.0.2.{number}")).status_code == 404, number
        assert told_to_wait(await ask("203.0.113.9"))
        assert (await ask("203.0.113.10", "203.0.113.9")).status_code == 404


async def test_behind_an_unlisted_proxy_a_right_code_is_answered_when_others_typed_wrong_ones(
    application: Application, desk: Client
) -> None:
    made = (await report(desk.as_("ans"))).json()
    async with from_address(application, "198.51.100.7") as behind:

        async def ask(code: str, number: int) -> httpx2.Response:
            headers = {"X-Forwarded-For": f"203.0.113.{number}"}
            return await behind.post("/v1/receipt-lookups", json={"receiptCode": code}, headers=headers)

        assert [(await ask(WRONG, number)).status_code for number in range(31)] == [404] * 30 + [429]
        for number in range(40):
            assert (await ask(made["receiptCode"], number)).status_code == 200
        assert told_to_wait(await ask(WRONG, 99))
