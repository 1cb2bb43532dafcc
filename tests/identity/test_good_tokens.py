"""Tokens the desk takes, and the actor each becomes."""

import pytest

from app.errors import Unauthenticated
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier
from app.identity.trust import ClaimNames

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


async def test_a_machine_says_its_role_in_the_scope(server: KeyServer, clock: Clock) -> None:
    verifier = TokenVerifier([issuer(server.url, roles=None)], clock)
    for scope, kind in (("intranet_form", Kind.MACHINE), ("meldpunt platform", Kind.PLATFORM)):
        actor = await verifier.verify(token(body=claims(client_id="s-1234", scope=scope, roles=None)))
        assert actor.kind is kind
        assert {role.value for role in actor.roles} <= set(scope.split())


async def test_a_role_alone_makes_no_machine_where_every_token_is_a_jwt(
    server: KeyServer, clock: Clock
) -> None:
    verifier = TokenVerifier([issuer(server.url, typ=("jwt",))], clock)
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token(header(typ="JWT"), claims(roles=["intranet_form"])))
    assert refused.value.reason == Reason.KIND


async def test_an_issuer_of_one_organisation_need_not_name_it(server: KeyServer, clock: Clock) -> None:
    verifier = TokenVerifier([issuer(server.url, claims=ClaimNames(organisation=None))], clock)
    for org in (None, "gemeente-assen"):
        assert (await verifier.verify(token(body=claims(org=org)))).organisation == "gemeente-emmen"


@pytest.mark.parametrize("several", [None, frozenset({"gemeente-emmen", "gemeente-assen"}), frozenset()])
async def test_an_issuer_of_any_other_number_of_organisations_must(
    server: KeyServer, clock: Clock, several: frozenset[str] | None
) -> None:
    loose = issuer(server.url, claims=ClaimNames(organisation=None), organisations=several)
    with pytest.raises(Unauthenticated) as refused:
        await TokenVerifier([loose], clock).verify(token())
    assert refused.value.reason == Reason.ORGANISATION


async def test_every_sign_in_is_strong_where_nothing_is_listed(verifier: TokenVerifier) -> None:
    assert (await verifier.verify(token(body=claims(acr="0")))).strong


@pytest.mark.parametrize(
    ("changes", "strong"),
    [
        ({}, False),
        ({"acr": "1"}, False),
        ({"acr": "22"}, False),
        ({"acr": ""}, False),
        ({"acr": []}, False),
        ({"acr": "2"}, True),
        ({"acr": ["1", "2"]}, True),
    ],
)
async def test_where_values_are_listed_a_sign_in_must_have_one(
    server: KeyServer, clock: Clock, changes: dict[str, object], strong: bool
) -> None:
    verifier = TokenVerifier([issuer(server.url, strong=frozenset({"2"}))], clock)
    assert (await verifier.verify(token(body=claims(**changes)))).strong is strong


async def test_another_claim_may_tell_how_strong(server: KeyServer, clock: Clock) -> None:
    names = ClaimNames(strong=("amr",))
    verifier = TokenVerifier([issuer(server.url, claims=names, strong=frozenset({"mfa"}))], clock)
    assert (await verifier.verify(token(body=claims(amr=["pwd", "mfa"])))).strong
    assert not (await verifier.verify(token(body=claims(amr=["pwd"], acr="mfa")))).strong


async def test_a_begin_that_is_there_counts_though_another_claim_is_read_for_it(
    server: KeyServer, clock: Clock
) -> None:
    verifier = TokenVerifier([issuer(server.url, claims=ClaimNames(not_before=("iat",)))], clock)
    assert await verifier.verify(token(body=claims(nbf=None)))
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token(body=claims(nbf=SECOND + 31)))
    assert refused.value.reason == Reason.NOT_YET_VALID


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
    names = ClaimNames(organisation=("gemeente",), roles=("groepen",), subject=("oid",), id=("uti",))
    verifier = TokenVerifier([issuer(server.url, claims=names)], clock)
    body = claims(org=None, roles=None, sub=None, jti=None)
    body |= {"gemeente": "gemeente-emmen", "groepen": ["employee"], "oid": "o-1", "uti": "u-1"}
    assert (await verifier.verify(token(body=body))).sub == "o-1"


async def test_each_issuer_has_its_own_keys(server: KeyServer, clock: Clock) -> None:
    with KeyServer() as other:
        other.holds(jwk_of(ec_key(1), "rsa"))
        second = issuer(other.url, name="assen", issuer="https://login.assen.example", organisations=None)
        verifier = TokenVerifier([issuer(server.url), second], clock)
        body = claims(iss="https://login.assen.example", org="gemeente-assen")
        assert (
            await verifier.verify(token(header(alg="ES256"), body, ec_key(1)))
        ).organisation == "gemeente-assen"
        assert (await verifier.verify(token(key=rsa_key()))).organisation == "gemeente-emmen"
