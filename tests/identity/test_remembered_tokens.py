"""The hot path: a token proven once is not proven again, until it ends."""

import pytest

from app.errors import Unauthenticated
from app.identity import tokens
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier

from .forge import SECOND, Clock, KeyServer, claims, settled, token

pytestmark = pytest.mark.anyio


async def test_a_proven_token_is_remembered(verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    good = token()
    actor = await verifier.verify(good)
    monkeypatch.setattr(tokens, "signed_payload", lambda *_: pytest.fail("proven a second time"))
    assert verifier.cached(good) is actor
    assert await verifier.verify(good) is actor


async def test_a_remembered_token_ends_when_it_says(verifier: TokenVerifier, clock: Clock) -> None:
    good = token(body=claims(exp=SECOND + 20))
    await verifier.verify(good)
    clock.forward(seconds=19.999)
    assert verifier.cached(good)
    clock.forward(seconds=0.001)
    assert verifier.cached(good) is None
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(good)
    assert refused.value.reason == Reason.EXPIRED


async def test_an_unproven_token_is_not_remembered(verifier: TokenVerifier) -> None:
    assert verifier.cached(token()) is None


@pytest.mark.parametrize("text", ["", "x" * 100_000, "é", "\ud800", "\0"])
async def test_asking_for_any_text_is_harmless(verifier: TokenVerifier, text: str) -> None:
    assert verifier.cached(text) is None


async def test_the_oldest_gives_way(verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 3)
    several = [token(body=claims(jti=f"j-{number}")) for number in range(5)]
    for one in several:
        await verifier.verify(one)
    assert [verifier.cached(one) is not None for one in several] == [False, False, True, True, True]


async def test_an_old_key_set_is_not_relied_on_without_asking(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    good = token()
    await verifier.verify(good)
    clock.forward(seconds=30)
    assert verifier.cached(good) is None
    assert await verifier.verify(good)
    assert len(server.asked) == 1
    await settled()
    assert len(server.asked) == 2
    assert verifier.cached(good)


async def test_no_token_and_no_sub_shows_in_a_repr(verifier: TokenVerifier) -> None:
    await verifier.verify(token())
    shown = repr(vars(verifier))
    assert "s-1234" not in shown
    assert token() not in shown
