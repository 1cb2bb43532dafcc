"""The same request twice is remembered as a MAC that names nobody, for a day, with the body it came with."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import idempotency
from app.clock import now
from app.database import AlreadyThere, Login, Scope, insert_rows, transaction
from app.errors import Conflict
from app.idempotency import Once
from app.settings import Settings
from tests.database import look

SECRET = b"s" * 32
WHO = ("gemeente-emmen", "d-0123456789abcdef")
KEY = "een-sleutel-van-tweeentwintig"
MADE = UUID("3f8a1c2e-0000-4000-8000-000000000001")


def request(
    raw: bytes = b'{"text": "x"}',
    *,
    secret: bytes = SECRET,
    route: str = "signals",
    who: tuple[str, str] = WHO,
    key: str = KEY,
) -> Once:
    """A request as it is remembered."""
    return idempotency.once(secret, route, who, key, raw)


def test_order_and_spaces_make_no_other_body() -> None:
    assert request(b'{"a": 1, "b": "x"}') == request(b' {"b":"x","a":1}\n')
    assert request(b'{"a": 1}').body != request(b'{"a": 2}').body
    assert request(b'{"a": 1}').key == request(b'{"a": 2}').key


@pytest.mark.parametrize(
    "other",
    [
        request(secret=b"t" * 32),
        request(route="receipt-messages"),
        request(who=("gemeente-assen", WHO[1])),
        request(who=(WHO[0], "d-fedcba9876543210")),
        request(who=("gemeente-emmend", "-0123456789abcdef")),
        request(key=KEY + "x"),
    ],
)
def test_another_caller_route_or_key_is_another_request(other: Once) -> None:
    assert other.key != request().key


def test_a_row_tells_neither_caller_nor_key_nor_body() -> None:
    row = repr(request().row(MADE, now()))
    for word in (KEY, *WHO, "text"):
        assert word not in row
        assert word.encode().hex() not in row


def test_another_body_under_the_same_key_is_a_conflict() -> None:
    request().same_body(request().body)
    with pytest.raises(Conflict):
        request().same_body(request(b"{}").body)


def test_a_delivery_is_known_by_its_id_and_its_exact_bytes() -> None:
    one = idempotency.delivery(SECRET, "msg_1", b"{}")
    assert one.kind == "delivery"
    assert one == idempotency.delivery(SECRET, "msg_1", b"{}")
    assert one.body != idempotency.delivery(SECRET, "msg_1", b"{ }").body
    assert one.key != idempotency.delivery(SECRET, "msg_2", b"{}").key


@pytest.mark.anyio
async def test_the_second_finds_what_the_first_made_and_cannot_claim_the_key(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine:
        async with transaction(engine, Scope()) as held:
            assert await idempotency.made_before(held.connection, request()) is None
            await insert_rows(held.connection, [request().row(MADE, now())])
        async with transaction(engine, Scope()) as held:
            assert await idempotency.made_before(held.connection, request()) == MADE
            assert await idempotency.made_before(held.connection, request(key=KEY + "2")) is None
            with pytest.raises(Conflict):
                await idempotency.made_before(held.connection, request(b"{}"))
        with pytest.raises(AlreadyThere) as raised:
            async with transaction(engine, Scope()) as held:
                await insert_rows(held.connection, [request().row(uuid4(), now())])
        assert raised.value.constraint == idempotency.CONSTRAINT


@pytest.mark.anyio
async def test_requests_are_forgotten_after_a_day_and_deliveries_after_thirty(settings: Settings) -> None:
    delivery = idempotency.delivery(SECRET, "msg_1", b"{}")
    ages = {
        "young": (request(key=KEY + "young"), timedelta(hours=23)),
        "old": (request(key=KEY + "old"), timedelta(hours=25)),
        "delivered": (delivery, timedelta(days=29)),
        "long ago": (idempotency.delivery(SECRET, "msg_2", b"{}"), timedelta(days=31)),
    }
    moment = now()
    async with look.pool(settings, Login.APP) as engine, transaction(engine, Scope()) as held:
        await insert_rows(held.connection, [once.row(MADE, moment - age) for once, age in ages.values()])
    async with look.pool(settings, Login.WORKER) as engine, transaction(engine, Scope()) as held:
        assert await idempotency.forget_old(held.connection, moment) == 2
        assert await idempotency.forget_old(held.connection, moment) == 0
    async with look.as_superuser(settings) as connection:
        left = {bytes(row.key) for row in await look.rows(connection, "select key from idempotency")}
    assert left == {ages["young"][0].key, ages["delivered"][0].key}
