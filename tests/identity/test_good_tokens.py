"""Tokens the desk takes, and the actor each becomes."""

import pytest

from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.issuers import ClaimNames
from app.identity.tokens import TokenVerifier

from .forge import (
    AUDIENCE,
    SECOND,
    Clock,
    KeyServer,
    claims,
    ec_key,
    es256,
    header,
    issuer,
    jwk_of,
    rsa_key,
    token,
)

pytestmark = pytest.mark.anyio


async def test_a_clerk_with_an_rs256_token_is_known(verifier: TokenVerifier) -> None:
    actor = await verifier.verify(token())
    emmen = OrganisationId("gemeente-emmen")
    assert actor == Actor(Kind.PERSON, emmen, frozenset({Role.EMPLOYEE}), Subject("s-1234"))


async def test_a_clerk_with_an_es256_token_is_known(verifier: TokenVerifier) -> None:
    assert (await verifier.verify(es256())).sub == "s-1234"


async def test_the_sub_of_an_actor_is_not_in_its_repr(verifier: TokenVerifier) -> None:
    assert "s-1234" not in repr(await verifier.verify(token()))


async def test_the_intranet_form_is_a_machine(verifier: TokenVerifier) -> None:
    assert (await verifier.verify(token(body=claims(roles=["intranet_form"])))).kind is Kind.MACHINE


async def test_the_citizen_platform_is_a_platform(server: KeyServer, clock: Clock) -> None:
    verifier = TokenVerifier([issuer(server.url, roles=None)], clock)
    assert (await verifier.verify(token(body=claims(roles=["platform"])))).kind is Kind.PLATFORM


@pytest.mark.parametrize(
    "good",
    [
        pytest.param({"aud": ["urn:other", AUDIENCE]}, id="one audience among several"),
        pytest.param({"roles": ["employee", "coordinator", "employee"]}, id="two roles, one twice"),
        pytest.param({"iat": SECOND + 25, "nbf": SECOND + 25}, id="an issuer half a minute ahead"),
        pytest.param({"exp": SECOND + 24 * 3600}, id="a life of exactly a day"),
        pytest.param({"scope": "meldpunt", "extra": {"deep": [1.5, None]}}, id="claims we do not know"),
        pytest.param({"sub": "Ünïcode 1"}, id="a sub outside ASCII"),
    ],
)
async def test_a_token_may_differ_in(verifier: TokenVerifier, good: dict[str, object]) -> None:
    assert (await verifier.verify(token(body=claims(**good)))).organisation == "gemeente-emmen"


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_the_type_is_compared_as_a_media_type(verifier: TokenVerifier, typ: str) -> None:
    assert await verifier.verify(token(header(typ=typ)))


async def test_an_issuer_may_be_set_to_send_another_type(server: KeyServer, clock: Clock) -> None:
    verifier = TokenVerifier([issuer(server.url, typ=("jwt",))], clock)
    assert await verifier.verify(token(header(typ="JWT", x5t="harmless")))


async def test_claim_names_are_configuration(server: KeyServer, clock: Clock) -> None:
    names = ClaimNames(organisation="gemeente", roles="groepen", subject="oid", id="uti")
    verifier = TokenVerifier([issuer(server.url, claims=names)], clock)
    body = claims(org=None, roles=None, sub=None, jti=None)
    body |= {"gemeente": "gemeente-emmen", "groepen": ["employee"], "oid": "o-1", "uti": "u-1"}
    assert (await verifier.verify(token(body=body))).sub == "o-1"


async def test_each_issuer_has_its_own_keys(server: KeyServer, clock: Clock) -> None:
    with KeyServer() as other:
        other.holds(jwk_of(ec_key(1), "rsa"))
        second = issuer(other.url, issuer="https://login.assen.example", organisations=None)
        verifier = TokenVerifier([issuer(server.url), second], clock)
        body = claims(iss="https://login.assen.example", org="gemeente-assen")
        assert (
            await verifier.verify(token(header(alg="ES256"), body, ec_key(1)))
        ).organisation == "gemeente-assen"
        assert (await verifier.verify(token(key=rsa_key()))).organisation == "gemeente-emmen"
