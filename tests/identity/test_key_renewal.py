"""When the keys of an issuer are asked for again, and that its bad days do not lock anybody out."""

import asyncio
import json
from collections.abc import Callable

import pytest

from app.errors import Unauthenticated
from app.identity import keysets
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier

from .forge import (
    SECOND,
    Answer,
    Clock,
    KeyServer,
    claims,
    dump,
    header,
    issuer,
    jwk_of,
    rsa_key,
    settled,
    token,
)

pytestmark = pytest.mark.anyio

OLD, NEW = jwk_of(rsa_key(), "rsa"), jwk_of(rsa_key(2048, 1), "new")


def new_token() -> str:
    return token(header(kid="new"), key=rsa_key(2048, 1))


async def refused(verifier: TokenVerifier, text: str) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.verify(text)
    return refusal.value.reason


async def test_the_keys_are_asked_for_once(verifier: TokenVerifier, server: KeyServer) -> None:
    for number in range(5):
        await verifier.verify(token(body=claims(jti=f"j-{number}")))
    assert server.asked == ["/jwks.json"]


async def test_many_at_once_wait_for_one_question(verifier: TokenVerifier, server: KeyServer) -> None:
    actors = await asyncio.gather(*(verifier.verify(token()) for _ in range(20)))
    assert len(actors) == 20
    assert len(server.asked) == 1


async def test_a_caller_who_hangs_up_takes_nothing_from_the_others(
    verifier: TokenVerifier, server: KeyServer
) -> None:
    first = asyncio.create_task(verifier.verify(token()))
    second = asyncio.create_task(verifier.verify(token()))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).sub == "s-1234"
    assert len(server.asked) == 1


async def test_a_new_key_is_known_after_a_minute_at_most(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    await verifier.verify(token())
    server.holds(OLD, NEW)
    assert await refused(verifier, new_token()) == Reason.KEY_UNKNOWN
    clock.forward(seconds=60)
    assert await verifier.verify(new_token())


async def test_made_up_key_names_cost_one_question_a_minute(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    await verifier.verify(token())
    clock.forward(seconds=61)
    for number in range(30):
        assert await refused(verifier, token(header(kid=f"made-up-{number}"))) == Reason.KEY_UNKNOWN
    assert len(server.asked) == 2


@pytest.mark.parametrize("successor", ["rsa", "new"])
async def test_a_withdrawn_key_is_out_within_a_minute_though_its_token_is_remembered(
    verifier: TokenVerifier, server: KeyServer, clock: Clock, successor: str
) -> None:
    """Nobody asks anything in between: the first who comes after a minute waits for the new set."""
    good = token()
    await verifier.verify(good)
    assert verifier.cached(good)
    server.holds(jwk_of(rsa_key(2048, 9), successor))
    clock.forward(seconds=60)
    assert verifier.cached(good) is None
    assert await refused(verifier, good) in {Reason.SIGNATURE, Reason.KEY_UNKNOWN}
    assert len(server.asked) == 2


async def test_at_work_a_withdrawn_key_is_out_after_half_a_minute_without_anybody_waiting(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    good = token()
    await verifier.verify(good)
    server.holds(jwk_of(rsa_key(2048, 9), "new"))
    clock.forward(seconds=29)
    assert verifier.cached(good)
    clock.forward(seconds=1)
    assert await verifier.verify(good)
    await settled()
    assert verifier.cached(good) is None
    assert await refused(verifier, good) == Reason.KEY_UNKNOWN
    assert len(server.asked) == 2


async def test_a_key_added_leaves_remembered_tokens_to_be_proven_once_more(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    good = token()
    await verifier.verify(good)
    server.holds(OLD, NEW)
    clock.forward(minutes=2)
    assert await verifier.verify(new_token())
    assert verifier.cached(good) is None
    assert await verifier.verify(good)
    assert verifier.cached(good)


BAD_DAYS: dict[str, Callable[[str], Answer]] = {
    "an error": lambda url: Answer(status=500),
    "not found": lambda url: Answer(dump({"keys": [NEW]}), status=404),
    "a redirect": lambda url: Answer(status=302, headers={"Location": f"{url}?elsewhere"}),
    "a redirect with a body": lambda url: Answer(dump({"keys": [NEW]}), 307, {"Location": url}),
    "a huge set": lambda url: Answer(dump({"keys": [NEW, {"fill": "x" * keysets.MAX_DOCUMENT}]})),
    "no end": lambda url: Answer(b"[" * 4_000_000),
    "a login page": lambda url: Answer(b"<html>"),
    "no JSON object": lambda url: Answer(b"[1]"),
    "an empty set": lambda url: Answer(dump({"keys": []})),
    "only unknown keys": lambda url: Answer(dump({"keys": [{"kty": "AKP", "kid": "new"}]})),
    "packed with gzip": lambda url: Answer(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}),
    "silence": lambda url: Answer(hang=True),
    "a drip": lambda url: Answer(b'{"keys": [', drip=True),
    "no HTTP": lambda url: Answer(raw=b"\x16\x03\x01\x00\xff" * 20),
    "a header without end": lambda url: Answer(raw=b"HTTP/1.0 200 OK\r\nX: " + b"x" * 2_000_000),
    "headers that split": lambda url: Answer(
        raw=b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
    ),
    "a redirect to another scheme": lambda url: Answer(
        status=301, headers={"Location": "file:///etc/passwd"}
    ),
    "no content": lambda url: Answer(status=204),
    "the new key behind a name twice": lambda url: Answer(b'{"keys":[],' + dump({"keys": [NEW]})[1:]),
    "text in UTF-16": lambda url: Answer(json.dumps({"keys": [NEW]}).encode("utf-16")),
    "lists without end": lambda url: Answer(b'{"keys":' + b"[" * 20_000),
    "a number without end": lambda url: Answer(b'{"keys":[],"n":' + b"9" * 20_000 + b"}"),
    "a false length": lambda url: Answer(b"{", headers={"Content-Length": "500"}),
}


@pytest.mark.parametrize("bad_day", [pytest.param(make, id=name) for name, make in BAD_DAYS.items()])
async def test_the_last_good_set_stays_when_the_issuer_answers_with(
    verifier: TokenVerifier,
    server: KeyServer,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    bad_day: Callable[[str], Answer],
) -> None:
    await verifier.verify(token())
    server.answer = bad_day(server.url)
    clock.forward(minutes=20)
    with monkeypatch.context() as patch:
        patch.setattr(keysets, "FETCH_SECONDS", 0.3)
        async with asyncio.timeout(4):
            assert await refused(verifier, new_token()) == Reason.KEY_UNKNOWN
    assert server.asked == ["/jwks.json"] * 2
    assert await verifier.verify(token(body=claims() | {"exp": int(clock().timestamp()) + 60}))
    server.holds(OLD, NEW)
    clock.forward(minutes=1)
    assert await verifier.verify(new_token())


async def test_the_last_good_set_stays_when_nobody_listens(
    verifier: TokenVerifier, server: KeyServer, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    await verifier.verify(token())
    server.close()
    clock.forward(minutes=20)
    assert await refused(verifier, new_token()) == Reason.KEY_UNKNOWN
    assert await verifier.verify(token())
    told = capsys.readouterr().err
    assert '"event":"issuer_keys_not_renewed"' in told
    assert '"reason":"unreachable"' in told


async def test_without_any_keys_nobody_comes_in_until_the_issuer_answers(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    server.answer = Answer(status=503)
    assert await refused(verifier, token()) == Reason.KEYS_UNAVAILABLE
    server.holds(OLD)
    assert await refused(verifier, token()) == Reason.KEYS_UNAVAILABLE
    assert len(server.asked) == 1
    clock.forward(seconds=5)
    assert await verifier.verify(token())


async def test_a_known_key_of_a_set_younger_than_a_minute_does_not_wait_for_the_issuer(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    await verifier.verify(token())
    server.answer = Answer(hang=True)
    clock.forward(seconds=59)
    async with asyncio.timeout(2):
        assert await verifier.verify(token())
    server.close()
    await settled()


async def test_a_silent_issuer_is_waited_for_once_and_short_then_its_last_good_set_goes_on(
    verifier: TokenVerifier, server: KeyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.verify(token())
    server.answer = Answer(hang=True)
    clock.forward(minutes=11)
    monkeypatch.setattr(keysets, "FETCH_SECONDS", 0.2)
    actors = await asyncio.gather(*(verifier.verify(token(body=claims(jti=f"j-{n}"))) for n in range(5)))
    assert {actor.sub for actor in actors} == {"s-1234"}
    assert await verifier.verify(token())
    assert len(server.asked) == 2


async def test_a_clock_set_back_does_not_stop_renewal(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    await verifier.verify(token())
    server.holds(OLD, NEW)
    clock.forward(seconds=-20)
    assert await verifier.verify(new_token())


async def test_a_clock_set_back_keeps_no_withdrawn_key(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    good = token(body=claims(iat=SECOND - 9000, nbf=SECOND - 9000))
    await verifier.verify(good)
    server.holds(NEW)
    clock.forward(hours=-1)
    assert await refused(verifier, good) == Reason.KEY_UNKNOWN


async def test_the_address_is_asked_without_the_environments_proxy(
    server: KeyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await TokenVerifier([issuer(server.url)], clock).verify(token())
