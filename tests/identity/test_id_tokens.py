"""Who signed in at an issuer: its ID token, for this client, this sign-in and a person alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import Unauthenticated
from app.identity.actor import Kind, Role
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier
from app.identity.trust import Issuer

from .forge import SECOND, Clock, Json, KeyServer, ec_key, header, jwk_of, rsa_key, token
from .shapes import (
    ADFS_CLIENT,
    ENTRA_CLIENT,
    NONCE,
    adfs,
    adfs_id,
    entra,
    entra_id,
    keycloak,
    keycloak_id,
    signed,
    three_issuers,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def issuers(tmp_path: Path, server: KeyServer) -> dict[str, Issuer]:
    return three_issuers(tmp_path, server.url)


@pytest.fixture
def desk(issuers: dict[str, Issuer], clock: Clock) -> TokenVerifier:
    return TokenVerifier(list(issuers.values()), clock)


def test_the_pages_know_at_which_issuers_people_sign_in(
    issuers: dict[str, Issuer], server: KeyServer, clock: Clock
) -> None:
    silent = replace(issuers["noord"], login=None)
    desk = TokenVerifier([issuers["emmen"], silent, issuers["assen"]], clock)
    assert [issuer.name for issuer in desk.sign_ins] == ["emmen", "assen"]


async def test_a_person_signs_in_at_entra(desk: TokenVerifier, issuers: dict[str, Issuer]) -> None:
    found = await desk.verify_id_token(signed(entra_id()), issuers["emmen"], NONCE)
    assert found.actor.kind is Kind.PERSON
    assert (found.actor.organisation, found.actor.sub) == ("gemeente-emmen", entra()["oid"])
    assert found.actor.roles == frozenset({Role.COORDINATOR, Role.EMPLOYEE})
    assert found.actor.strong
    assert (found.display, found.session, found.acr) == ("Fenna de Vries", "s-1", None)
    assert found.authenticated == datetime.fromtimestamp(SECOND - 400, UTC)
    assert found.expires == SECOND + 3900


async def test_a_person_signs_in_at_keycloak(desk: TokenVerifier, issuers: dict[str, Issuer]) -> None:
    found = await desk.verify_id_token(signed(keycloak_id(acr="1")), issuers["noord"], NONCE)
    assert (found.actor.organisation, found.actor.roles) == (
        "riec-noord-nederland",
        frozenset({Role.ANALYST}),
    )
    assert (found.actor.strong, found.acr, found.display) == (False, "1", "Bouke Jansen")


async def test_a_person_signs_in_at_adfs(desk: TokenVerifier, issuers: dict[str, Issuer]) -> None:
    found = await desk.verify_id_token(signed(adfs_id(role=None)), issuers["assen"], NONCE)
    assert (found.actor.organisation, found.actor.roles) == ("gemeente-assen", frozenset({Role.EMPLOYEE}))
    assert (found.actor.sub, found.display) == (adfs()["objectguid"], "Eelco Bos")


async def test_the_subject_is_the_one_of_the_access_token(
    desk: TokenVerifier, issuers: dict[str, Issuer]
) -> None:
    """Grants and the deny list go by it: whoever comes through pages or interface is the same person."""
    for name, access, signing_in in (
        ("emmen", entra(), entra_id()),
        ("noord", keycloak(), keycloak_id()),
        ("assen", adfs(), adfs_id()),
    ):
        caller = await desk.verify(signed(access))
        found = await desk.verify_id_token(signed(signing_in), issuers[name], NONCE)
        assert (found.actor.sub, found.actor.organisation) == (caller.sub, caller.organisation)


async def test_nothing_that_tells_who_it_is_shows_in_a_repr(
    desk: TokenVerifier, issuers: dict[str, Issuer]
) -> None:
    shown = repr(await desk.verify_id_token(signed(entra_id()), issuers["emmen"], NONCE))
    assert not {word for word in ("Fenna", str(entra()["oid"]), "s-1", NONCE) if word in shown}


@pytest.mark.parametrize(
    "changes",
    [
        {"nbf": None},
        {"uti": None},
        {"aud": [ENTRA_CLIENT]},
        {"azp": ENTRA_CLIENT},
        {"auth_time": None},
        {"sid": None},
        {"exp": SECOND + 86_000, "iat": SECOND},
    ],
)
async def test_a_sign_in_needs_no_more_than_it_must(
    desk: TokenVerifier, issuers: dict[str, Issuer], changes: Json
) -> None:
    assert await desk.verify_id_token(signed(entra_id(**changes)), issuers["emmen"], NONCE)


@pytest.mark.parametrize("value", [None, "2026-10-05T09:29:55Z", -5, 10**15, True, [SECOND]])
async def test_a_moment_of_signing_in_that_cannot_be_read_is_unknown(
    desk: TokenVerifier, issuers: dict[str, Issuer], value: object
) -> None:
    found = await desk.verify_id_token(signed(entra_id(auth_time=value)), issuers["emmen"], NONCE)
    assert found.authenticated is None


@pytest.mark.parametrize("name", [None, "", "x" * 256, "Fenna\n", "\u202eannef", 5, ["Fenna"]])
async def test_a_name_that_cannot_be_shown_is_no_name(
    desk: TokenVerifier, issuers: dict[str, Issuer], name: object
) -> None:
    found = await desk.verify_id_token(signed(entra_id(name=name)), issuers["emmen"], NONCE)
    assert found.display == "Medewerker"


REFUSED: dict[str, tuple[Callable[[], str], Reason]] = {
    "another nonce": (lambda: signed(entra_id(nonce="n-0S6_WzA2Mk")), Reason.NONCE),
    "a nonce outside ASCII": (lambda: signed(entra_id(nonce="ñ")), Reason.NONCE),
    "no nonce": (lambda: signed(entra_id(nonce=None)), Reason.CLAIM_MISSING),
    "a nonce in a list": (lambda: signed(entra_id(nonce=[NONCE])), Reason.CLAIM_FORM),
    "another client": (lambda: signed(entra_id(aud=ADFS_CLIENT)), Reason.AUDIENCE),
    "two clients": (lambda: signed(entra_id(aud=[ENTRA_CLIENT, ADFS_CLIENT])), Reason.AUDIENCE),
    "the audience of access tokens": (lambda: signed(entra_id(aud="urn:meldpunt")), Reason.AUDIENCE),
    "asked for by another client": (lambda: signed(entra_id(azp=ADFS_CLIENT)), Reason.AUDIENCE),
    "no audience": (lambda: signed(entra_id(aud=None)), Reason.CLAIM_MISSING),
    "another issuer's": (lambda: signed(keycloak_id()), Reason.ISSUER),
    "ended": (lambda: signed(entra_id(exp=SECOND)), Reason.EXPIRED),
    "no end": (lambda: signed(entra_id(exp=None)), Reason.CLAIM_MISSING),
    "not begun": (lambda: signed(entra_id(nbf=SECOND + 31)), Reason.NOT_YET_VALID),
    "issued tomorrow": (lambda: signed(entra_id(iat=SECOND + 86_400)), Reason.NOT_YET_VALID),
    "a life of two days": (lambda: signed(entra_id(exp=SECOND + 172_800)), Reason.LIFE),
    "no object id": (lambda: signed(entra_id(oid=None)), Reason.CLAIM_MISSING),
    "a logout token": (lambda: signed(entra_id(events={})), Reason.USE),
    "an access token": (lambda: signed(entra()), Reason.CLAIM_MISSING),
    "a machine": (lambda: signed(entra_id(idtyp="app")), Reason.KIND),
    "a machine's role": (lambda: signed(entra_id(roles=["Meldpunt.Formulier"])), Reason.KIND),
    "type of an access token": (lambda: token(header(typ="at+jwt"), entra_id()), Reason.TYPE),
    "type of a logout token": (lambda: token(header(typ="logout+jwt"), entra_id()), Reason.TYPE),
    "a type that is no text": (lambda: token(header(typ=[]), entra_id()), Reason.TYPE),
    "another key": (lambda: token(header(typ="JWT"), entra_id(), rsa_key(2048, 9)), Reason.SIGNATURE),
    "unknown key": (lambda: token(header(typ="JWT", kid="x"), entra_id()), Reason.KEY_UNKNOWN),
    "the key for another algorithm": (
        lambda: token(header(typ="JWT", alg="ES256"), entra_id(), ec_key()),
        Reason.KEY_MISMATCH,
    ),
    "unsigned": (lambda: token(header(typ="JWT", alg="none"), entra_id()), Reason.ALGORITHM),
    "a key of its own": (
        lambda: token(header(typ="JWT", jwk=jwk_of(rsa_key(2048, 9), "rsa")), entra_id(), rsa_key(2048, 9)),
        Reason.HEADER_MEMBER,
    ),
    "no token": (lambda: "", Reason.SIZE),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
async def test_nobody_signs_in_with(
    desk: TokenVerifier, issuers: dict[str, Issuer], make: Callable[[], str], reason: Reason
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await desk.verify_id_token(make(), issuers["emmen"], NONCE)
    assert refused.value.reason == reason


async def test_an_id_token_need_not_say_its_type(desk: TokenVerifier, issuers: dict[str, Issuer]) -> None:
    assert await desk.verify_id_token(token(header(typ=None), entra_id()), issuers["emmen"], NONCE)


async def test_nobody_signs_in_without_a_nonce_of_his_own(
    desk: TokenVerifier, issuers: dict[str, Issuer]
) -> None:
    for nonce in ("", NONCE[:-1], NONCE + "x"):
        with pytest.raises(Unauthenticated) as refused:
            await desk.verify_id_token(signed(entra_id()), issuers["emmen"], nonce)
        assert refused.value.reason == Reason.NONCE


async def test_nobody_signs_in_at_an_issuer_without_a_login(
    issuers: dict[str, Issuer], desk: TokenVerifier
) -> None:
    for stranger in (
        replace(issuers["emmen"], login=None),
        replace(issuers["emmen"], issuer="https://elsewhere.example"),
    ):
        with pytest.raises(Unauthenticated) as refused:
            await desk.verify_id_token(signed(entra_id()), stranger, NONCE)
        assert refused.value.reason == Reason.ISSUER


async def test_a_sign_in_is_proven_each_time(desk: TokenVerifier, issuers: dict[str, Issuer]) -> None:
    shown = signed(entra_id())
    await desk.verify_id_token(shown, issuers["emmen"], NONCE)
    assert desk.cached(shown) is None
    with pytest.raises(Unauthenticated):
        await desk.verify_id_token(shown, issuers["emmen"], "another")
