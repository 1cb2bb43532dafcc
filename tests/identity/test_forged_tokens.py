"""Tokens the desk refuses: each for its own reason, never with another exception, never repeating a value."""

from collections.abc import Callable

import pytest

from app.errors import Unauthenticated
from app.identity.actor import OrganisationId
from app.identity.claims import admit
from app.identity.compact import json_object
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier

from .forge import NOW, Clock, KeyServer, claims, dump, issuer, token
from .forged import FORGED

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("make", "reason"), [pytest.param(*rest, id=name) for name, *rest in FORGED])
async def test_a_token_is_refused_for(
    verifier: TokenVerifier, make: Callable[[], str], reason: Reason
) -> None:
    forged = make()
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(forged)
    assert refused.value.reason == reason
    assert verifier.cached(forged) is None


@pytest.mark.parametrize(
    "changes", [{"sub": "Zqx-marker\n"}, {"org": "zqx-marker"}, {"roles": ["zqx-marker"]}]
)
async def test_a_refusal_repeats_nothing_of_the_token(
    verifier: TokenVerifier, changes: dict[str, object]
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token(body=claims(**changes)))
    said = f"{refused.value!r} {refused.value} {refused.value.detail} {refused.value.reason}".lower()
    assert "zqx-marker" not in said
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_signed_claims_of_another_issuer_admit_nobody() -> None:
    parsed = json_object(dump(claims(iss="https://other.example")))
    assert parsed is not None
    with pytest.raises(Unauthenticated) as refused:
        admit(parsed, issuer("http://127.0.0.1/"), NOW)
    assert refused.value.reason == Reason.ISSUER


async def test_an_issuer_of_emmen_cannot_make_a_coordinator_of_assen(
    verifier: TokenVerifier, server: KeyServer, clock: Clock
) -> None:
    coordinator = claims(roles=["coordinator"])
    assert (await verifier.verify(token(body=coordinator))).organisation == "gemeente-emmen"
    both = [
        issuer(server.url),
        issuer(
            server.url,
            name="assen",
            issuer="https://login.assen.example",
            organisations=frozenset({OrganisationId("gemeente-assen")}),
        ),
    ]
    for org in ("gemeente-assen", "riec-noord-nederland", "gemeente-emmen gemeente-assen"):
        with pytest.raises(Unauthenticated):
            await TokenVerifier(both, clock).verify(token(body=coordinator | {"org": org}))
    # Nor by saying that it is the other: each has keys of its own, but here even the key is the same.
    with pytest.raises(Unauthenticated) as refused:
        await TokenVerifier(both[:1], clock).verify(
            token(body=coordinator | {"org": "gemeente-assen", "iss": "https://login.assen.example"})
        )
    assert refused.value.reason == Reason.ISSUER


async def test_every_reason_has_a_token_that_earns_it() -> None:
    """Of those that need an issuer out of order, another type of issuer, or a sign-in, other files show it."""
    earned = {reason for _, _, reason in FORGED}
    assert set(Reason) - earned == {Reason.KEYS_UNAVAILABLE, Reason.USE, Reason.NONCE}
