"""Whatever text, claim or header comes: an actor, or a refusal from the closed list; no other exception."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Unauthenticated
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier

from .forge import Clock, Json, KeyServer, claims, dump, es256, header, rsa_key, signed, token
from .shapes import (
    NONCE,
    adfs,
    adfs_id,
    adfs_machine,
    entra,
    entra_app,
    entra_id,
    keycloak,
    keycloak_id,
    keycloak_machine,
    three_issuers,
)
from .shapes import signed as shaped

pytestmark = pytest.mark.anyio

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
lenient = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)


async def outcome(verifier: TokenVerifier, text: str) -> str | None:
    """The reason of the refusal; None when the token was taken."""
    return await reason_of(verifier.verify(text))


async def reason_of(attempt: Awaitable[object]) -> str | None:
    try:
        await attempt
    except Unauthenticated as refused:
        return refused.reason
    return None


@lenient
@given(text=st.text() | st.text("ABCabc019-_.=", max_size=200) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*"))
async def test_any_text_at_all_is_refused_in_order(verifier: TokenVerifier, text: str) -> None:
    assert await outcome(verifier, text) in set(Reason)


@lenient
@given(name=st.sampled_from([*sorted(claims()), "scope", "client_id", "acr"]), value=any_json)
async def test_a_signed_token_with_any_claim_is_taken_or_refused_in_order(
    verifier: TokenVerifier, name: str, value: object
) -> None:
    odd = token(body=claims() | {name: value})
    assert await outcome(verifier, odd) in {None, *Reason}


@pytest.mark.parametrize("make", [entra, entra_app, keycloak, keycloak_machine, adfs, adfs_machine])
@settings(lenient, max_examples=60)
@given(pick=st.integers(0, 99), value=any_json)
async def test_a_token_of_another_shape_with_any_claim_is_taken_or_refused_in_order(
    tmp_path: Path, server: KeyServer, make: Callable[[], Json], pick: int, value: object
) -> None:
    verifier = TokenVerifier(list(three_issuers(tmp_path, server.url).values()), Clock())
    names = sorted(make())
    odd = shaped(make() | {names[pick % len(names)]: value})
    assert await outcome(verifier, odd) in {None, *Reason}


@pytest.mark.parametrize(("name", "make"), [("emmen", entra_id), ("noord", keycloak_id), ("assen", adfs_id)])
@settings(lenient, max_examples=60)
@given(pick=st.integers(0, 99), value=any_json)
async def test_an_id_token_with_any_claim_signs_somebody_in_or_is_refused_in_order(
    tmp_path: Path, server: KeyServer, name: str, make: Callable[[], Json], pick: int, value: object
) -> None:
    issuers = three_issuers(tmp_path, server.url)
    claim = sorted(make())[pick % len(make())]
    odd = shaped(make() | {claim: value})
    verifier = TokenVerifier(list(issuers.values()), Clock())
    reason = await reason_of(verifier.verify_id_token(odd, issuers[name], NONCE))
    assert reason in {None, *Reason}
    assert reason or claim not in {"iss", "aud", "nonce"}


@lenient
@given(name=st.sampled_from(["alg", "kid", "typ", "x", "crit"]), value=any_json)
async def test_a_token_with_any_header_is_taken_or_refused_in_order(
    verifier: TokenVerifier, name: str, value: object
) -> None:
    odd = signed(dump(header() | {name: value}), dump(claims()), rsa_key())
    assert await outcome(verifier, odd) in {None, *Reason}


@lenient
@given(place=st.integers(0, 400), letter=st.sampled_from("AZaz09-_"))
async def test_a_token_with_one_letter_changed_is_refused(
    verifier: TokenVerifier, place: int, letter: str
) -> None:
    good = es256()
    at = place % len(good)
    changed = good[:at] + letter + good[at + 1 :]
    if changed != good:
        assert await outcome(verifier, changed) in set(Reason)
