"""The same request twice is one signal and one code, also at once and after a restart; a failed try claims nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.settings import Settings
from tests.desk import REPORT, RIEC, Client, Server, new_key
from tests.stored import Stored, looking_into

pytestmark = pytest.mark.anyio

SIGNALS = "/v1/signals"
MESSAGES = "/v1/receipt-messages"
AT_ONCE = 16


@pytest.fixture
async def over(module_server: Server) -> AsyncIterator[Client]:
    async with module_server.client() as caller:
        yield caller


@pytest.fixture(scope="module")
async def stored(module_settings: Settings) -> AsyncIterator[Stored]:
    async with looking_into(module_settings) as look:
        yield look


async def at_once(who: Client, path: str, body: object, key: str) -> list[dict[str, Any]]:
    """The answers to one request sent many times at the same moment."""
    headers = {"Idempotency-Key": key}
    answers = await asyncio.gather(*(who.post(path, body, headers) for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json() for answer in answers]


async def test_one_key_many_times_at_once_and_after_a_restart_is_one_signal_and_one_code(
    module_server: Server, stored: Stored
) -> None:
    key = new_key()
    async with module_server.client() as desk:
        before = await stored.counts()
        first = await at_once(desk.as_("ans"), SIGNALS, REPORT, key)
    module_server.stop()
    module_server.start()
    async with module_server.client() as desk:
        again = await at_once(desk.as_("ans"), SIGNALS, REPORT, key)
        for name in ("id", "reference", "receiptCode", "receivedAt"):
            assert len({made[name] for made in first + again}) == 1, name
        after = await stored.counts()
        for table in ("signals", "receipts", "idempotency"):
            assert after[f"public.{table}"] == before[f"public.{table}"] + 1, table
        lookup = await desk.post("/v1/receipt-lookups", {"receiptCode": first[0]["receiptCode"]})
        assert lookup.json()["reference"] == first[0]["reference"]
    said = await stored.ask(
        "select action, count(*) from access_entries where action like 'signal_submitted%'"
        f" and signal_id = '{first[0]['id']}' group by 1"
    )
    assert set(said) == {("signal_submitted", 1), ("signal_submitted_again", 2 * AT_ONCE - 1)}


async def test_another_body_under_the_key_is_refused(over: Client, stored: Stored) -> None:
    ans, headers = over.as_("ans"), {"Idempotency-Key": new_key()}
    made = await ans.post(SIGNALS, REPORT, headers)
    before = await stored.counts()
    refused = await ans.post(SIGNALS, REPORT | {"title": "anders"}, headers)
    assert (refused.status_code, refused.json()["reason"]) == (409, "key_reused")
    assert made.json()["receiptCode"] not in refused.text
    assert made.json()["reference"] not in refused.text
    assert await stored.counts() == before


async def test_the_same_body_in_another_order_and_spacing_is_the_same(over: Client) -> None:
    ans, headers = over.as_("ans"), {"Idempotency-Key": new_key()}
    one = await ans.send(SIGNALS, b'{"text":"x \xc3\xa9","title":"y"}', headers)
    two = await ans.send(SIGNALS, b' {"title" : "y",\n"text":"x \\u00e9"}', headers)
    assert one.status_code == two.status_code == 201
    assert one.json() == two.json()


async def test_a_key_belongs_to_one_caller(over: Client) -> None:
    """Of another organisation or of the same: her own signal and code."""
    headers = {"Idempotency-Key": new_key()}
    answers = [await over.as_(who).post(SIGNALS, REPORT, headers) for who in ("ans", "eva", "fenna")]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    for name in ("id", "reference", "receiptCode"):
        assert len({answer.json()[name] for answer in answers}) == 3


async def test_a_key_belongs_to_one_route(over: Client) -> None:
    headers = {"Idempotency-Key": new_key()}
    made = (await over.as_("bouke").post(SIGNALS, REPORT, headers)).json()
    claimed = await over.as_("bouke").post(f"{RIEC}/claims", {}, headers)
    assert claimed.status_code == 201
    assert claimed.json()["id"] != made["id"]
    said = await over.post(MESSAGES, {"receiptCode": made["receiptCode"], "text": "Nog iets."}, headers)
    assert said.status_code == 201
    assert "receiptCode" not in said.json()


async def test_without_a_key_each_request_is_a_signal_of_its_own(over: Client) -> None:
    ans = over.as_("ans")
    one, two = (await ans.post(SIGNALS, REPORT)).json(), (await ans.post(SIGNALS, REPORT)).json()
    assert one["id"] != two["id"]
    assert one["receiptCode"] != two["receiptCode"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"text": 5}, 400), (REPORT | {"onBehalf": True}, 403)],
    ids=["bad body", "not allowed"],
)
async def test_a_failed_try_does_not_claim_the_key(
    over: Client, stored: Stored, body: dict[str, Any], status: int
) -> None:
    ans, headers = over.as_("ans"), {"Idempotency-Key": new_key()}
    before = await stored.counts()
    assert (await ans.post(SIGNALS, body, headers)).status_code == status
    assert await stored.counts() == before
    assert (await ans.post(SIGNALS, REPORT, headers)).status_code == 201
    assert (await stored.counts())["public.signals"] == before["public.signals"] + 1


async def test_a_try_that_could_not_be_stored_does_not_claim_the_key(over: Client, stored: Stored) -> None:
    """The database refuses to store it; then it does not; nothing of the first try stays."""
    ans, headers = over.as_("ans"), {"Idempotency-Key": new_key()}
    before = await stored.counts()
    await stored.do("alter table signals add constraint shut check (false) not valid")
    try:
        refused = await ans.post(SIGNALS, REPORT, headers)
    finally:
        await stored.do("alter table signals drop constraint shut")
    assert refused.status_code in {500, 503}
    assert await stored.counts() == before
    for _ in range(3):
        made = await ans.post(SIGNALS, REPORT, headers)
        if made.status_code == 201:
            break
        assert made.status_code == 503
    assert made.status_code == 201
    assert (await stored.counts())["public.signals"] == before["public.signals"] + 1


async def test_an_answer_by_receipt_is_sent_once(over: Client, stored: Stored) -> None:
    code = (await over.as_("ans").post(SIGNALS, REPORT)).json()["receiptCode"]
    before = await stored.counts()
    key = new_key()
    answers = await at_once(over, MESSAGES, {"receiptCode": code, "text": "Er kwam nog iemand."}, key)
    assert len({answer["id"] for answer in answers}) == 1
    assert (await stored.counts())["public.messages"] == before["public.messages"] + 1
    other = {"receiptCode": code, "text": "Iets anders."}
    assert (await over.post(MESSAGES, other, {"Idempotency-Key": key})).status_code == 409


@pytest.mark.parametrize("key", ["kort", "k" * 21, "k" * 101, "k" * 21 + " k", "k" * 21 + "é"])
async def test_a_key_that_could_be_guessed_or_is_no_key_is_refused(over: Client, key: str) -> None:
    answer = await over.http.post(
        SIGNALS,
        json=REPORT,
        headers=[
            (b"authorization", over.as_("ans").headers()["Authorization"].encode()),
            (b"idempotency-key", key.encode()),
        ],
    )
    assert answer.status_code == 400
    assert [fault["parameter"] for fault in answer.json()["errors"]] == ["Idempotency-Key"]


async def test_a_key_stands_in_no_line_and_in_no_row(
    over: Client, module_server: Server, stored: Stored
) -> None:
    key = new_key()
    assert (await over.as_("ans").post(SIGNALS, REPORT, {"Idempotency-Key": key})).status_code == 201
    assert key not in module_server.log.read_text()
    [(rows,)] = await stored.ask("select string_agg(row_to_json(one)::text, ' ') from idempotency one")
    assert key not in str(rows)
    assert key.encode().hex() not in str(rows)
