"""Forged and odd tokens at the real door: 401 each, never 500, nothing said, and the log grows by minutes."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from app.audit import act
from app.demo import login
from app.http.application import Desk as Application
from app.identity.tokens import TokenVerifier
from app.main import create_app
from app.settings import Settings
from tests.stored import Stored, looking_into

from .forge import Clock, KeyServer, ec_key, issuer, jwk_of, rsa_key, token
from .forged import FORGED

pytestmark = pytest.mark.anyio

Answer = tuple[int, dict[str, str], bytes]
FLOOD = 10_000
MINUTES = 4


async def call(application: Application, bearer: str, body: bytes = b"{") -> Answer:
    """POST a report with this token as a server hands it over, byte for byte, whatever is in it."""
    said: dict[str, object] = {}
    pieces: list[bytes] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        said.update(message)
        pieces.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]

    authorization = b"Bearer " + bearer.encode("utf-8", "surrogatepass")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/signals",
        "raw_path": b"/v1/signals",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", authorization), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await application(scope, receive, send)  # type: ignore[arg-type]
    headers = said["headers"]
    assert isinstance(headers, list)
    return int(str(said["status"])), {k.decode(): v.decode() for k, v in headers}, b"".join(pieces)


@pytest.fixture(scope="module")
async def desk(module_settings: Settings) -> AsyncIterator[Application]:
    """The whole desk, trusting the issuer of Emmen alone, for tokens at a clock that stands still."""
    application = create_app(module_settings, cast=login.cards(), logins=[login.router])
    with KeyServer() as keys:
        keys.holds(jwk_of(rsa_key(), "rsa"), jwk_of(ec_key(), "ec"))
        application.state.frame.callers._tokens = TokenVerifier([issuer(keys.url)], Clock())
        async with application.router.lifespan_context(application):
            yield application


@pytest.fixture(scope="module")
async def stored(module_settings: Settings) -> AsyncIterator[Stored]:
    async with looking_into(module_settings) as look:
        yield look


async def noted(stored: Stored) -> dict[str, int]:
    """How many refused tokens the log tells of, by reason."""
    rows = await stored.ask(
        "select reason_code, count(*) from access_entries where action = 'token_refused' group by 1"
    )
    return {str(reason): int(str(number)) for reason, number in rows}


async def test_the_right_token_is_known_at_this_door(desk: Application) -> None:
    """What is wrong with its body is said only now."""
    assert (await call(desk, token()))[0] == 400


def test_there_are_many_kinds() -> None:
    assert len({name for name, _, _ in FORGED}) == len(FORGED) > 130


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make, _ in FORGED])
async def test_is_answered_401(desk: Application, make: Callable[[], str]) -> None:
    forged = make()
    status, headers, body = await call(desk, forged)
    assert status == 401, body
    assert headers["content-type"] == "application/problem+json"
    assert headers["www-authenticate"].startswith("Bearer")
    assert headers["api-version"]
    assert not forged or forged.encode("utf-8", "surrogatepass") not in body
    assert b"token_" not in body


async def test_each_reason_is_in_the_log_and_nothing_of_a_token(desk: Application, stored: Stored) -> None:
    for _, make, _ in FORGED:
        assert (await call(desk, make()))[0] == 401
    assert (await noted(stored)).keys() >= {reason.value for _, _, reason in FORGED}
    telling = await stored.ask(
        "select id from access_entries"
        " where position(cast('eyJ' as bytea) in leaf) + position(cast('s-1234' as bytea) in leaf) > 0"
    )
    assert telling == []


async def test_ten_thousand_bad_tokens_grow_the_log_by_minutes(
    desk: Application, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All kinds through four minutes of a clock that is moved: four entries a reason, whatever the number of tokens."""
    bad = {reason.value: make() for _, make, reason in FORGED}
    assert len(bad) > 20
    before = await noted(stored)
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(act, "now", clock)
    refused = 0
    for _ in range(MINUTES):
        for _ in range(FLOOD // MINUTES // len(bad) + 1):
            for one in bad.values():
                refused += (await call(desk, one))[0] == 401
        clock.forward(seconds=60)
    assert refused >= FLOOD
    after = await noted(stored)
    assert {reason: after[reason] - before.get(reason, 0) for reason in bad} == dict.fromkeys(bad, MINUTES)
    assert sum(after.values()) - sum(before.values()) == MINUTES * len(bad)
