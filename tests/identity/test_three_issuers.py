"""Entra ID, Keycloak and ADFS as the document sets them up: their tokens as they are sent, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import Unauthenticated
from app.identity import issuers_file
from app.identity.actor import Kind, Role
from app.identity.reasons import Reason
from app.identity.tokens import TokenVerifier

from .forge import SECOND, Clock, Json, KeyServer, header, token
from .shapes import (
    ADFS_FORM,
    OPERATIONS,
    PASSWORD,
    adfs,
    adfs_id,
    adfs_machine,
    entra,
    entra_app,
    entra_id,
    keycloak,
    keycloak_id,
    keycloak_machine,
    signed,
    three_issuers,
)

pytestmark = pytest.mark.anyio

COORDINATOR = frozenset({Role.COORDINATOR, Role.EMPLOYEE})


@pytest.fixture
def desk(tmp_path: Path, server: KeyServer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(list(three_issuers(tmp_path, server.url).values()), clock)


async def refused(desk: TokenVerifier, claims: Json) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        await desk.verify(signed(claims))
    return refusal.value.reason


PEOPLE: dict[str, tuple[Json, str, frozenset[Role], str]] = {
    "Entra": (entra(), "gemeente-emmen", COORDINATOR, "5c1e8f30-93a2-4b7d-8e54-a1b2c3d4e5f6"),
    "Entra, two roles": (
        entra(roles=["Meldpunt.Waarnemer", "Meldpunt.TweedePersoon"]),
        "gemeente-emmen",
        frozenset({Role.DEPUTY, Role.APPROVER, Role.EMPLOYEE}),
        "5c1e8f30-93a2-4b7d-8e54-a1b2c3d4e5f6",
    ),
    "Keycloak": (
        keycloak(),
        "riec-noord-nederland",
        frozenset({Role.ANALYST}),
        "7ddaf89f-65eb-4ecf-a9ca-acba11211986",
    ),
    "ADFS": (adfs(), "gemeente-assen", COORDINATOR, "pL0xqW1cQ0mVbX9j2k3l4A=="),
    "ADFS, a list": (
        adfs(role=["GG_Intranet", "GG_Meldpunt_Coordinator"]),
        "gemeente-assen",
        COORDINATOR,
        "pL0xqW1cQ0mVbX9j2k3l4A==",
    ),
}


@pytest.mark.parametrize(("claims", "organisation", "roles", "sub"), PEOPLE.values(), ids=PEOPLE)
async def test_a_person_is_known_at(
    desk: TokenVerifier, claims: Json, organisation: str, roles: frozenset[Role], sub: str
) -> None:
    actor = await desk.verify(signed(claims))
    assert (actor.kind, actor.organisation, actor.roles, actor.sub) == (Kind.PERSON, organisation, roles, sub)
    assert actor.strong


@pytest.mark.parametrize("claims", [entra(roles=None), entra(roles=["Andere.Rol"]), adfs(role=None)])
async def test_a_clerk_without_a_role_of_the_desk_is_an_employee(desk: TokenVerifier, claims: Json) -> None:
    assert (await desk.verify(signed(claims))).roles == {Role.EMPLOYEE}


async def test_where_not_everyone_is_an_employee_a_person_without_a_role_is_nobody(
    desk: TokenVerifier,
) -> None:
    nothing: list[Json] = [{}, {"meldpunt": {"roles": []}}, {"meldpunt": {"roles": ["uma_protection"]}}]
    for access in nothing:
        assert await refused(desk, keycloak(resource_access=access)) == Reason.ROLE_NONE


MACHINES: dict[str, tuple[Json, Kind, Role, str]] = {
    "Entra": (entra_app(), Kind.MACHINE, Role.INTRANET_FORM, "11d0c9b8-a7f6-4e5d-8c3b-2a1908f7e6d5"),
    "Keycloak": (keycloak_machine(), Kind.PLATFORM, Role.PLATFORM, "b8f3c0a1-2d4e-4f60-8a7b-9c0d1e2f3a4b"),
    "ADFS": (adfs_machine(), Kind.MACHINE, Role.INTRANET_FORM, ADFS_FORM),
}


@pytest.mark.parametrize(("claims", "kind", "role", "sub"), MACHINES.values(), ids=MACHINES)
async def test_a_machine_is_known_at(
    desk: TokenVerifier, claims: Json, kind: Kind, role: Role, sub: str
) -> None:
    actor = await desk.verify(signed(claims))
    assert (actor.kind, actor.roles, actor.sub) == (kind, frozenset({role}), sub)


NEITHER: dict[str, tuple[Json, Reason]] = {
    "Entra: a person with the form's role": (entra(roles=["Meldpunt.Formulier"]), Reason.KIND),
    "Entra: a person with the form's role beside his own": (
        entra(roles=["Meldpunt.Coordinator", "Meldpunt.Formulier"]),
        Reason.ROLES_MIXED,
    ),
    "Entra: an application that nothing marks": (entra_app(idtyp=None), Reason.KIND),
    "Entra: an application with a person's role": (
        entra_app(roles=["Meldpunt.Coordinator"]),
        Reason.ROLES_MIXED,
    ),
    "Entra: an application with both": (
        entra_app(roles=["Meldpunt.Coordinator", "Meldpunt.Formulier"]),
        Reason.ROLES_MIXED,
    ),
    "Entra: an application without a role is no employee": (entra_app(roles=None), Reason.ROLE_NONE),
    "Entra: an application on behalf of a person": (entra_app(scp="meldpunt"), Reason.KIND),
    "Entra: a person for another scope": (entra(scp="User.Read"), Reason.KIND),
    "Keycloak: a person who asked for the machine's scope": (
        keycloak(scope="openid meldpunt-platform"),
        Reason.ROLES_MIXED,
    ),
    "Keycloak: the same without a role": (
        keycloak(scope="openid meldpunt-platform", resource_access={}),
        Reason.KIND,
    ),
    "Keycloak: another client's service account": (keycloak_machine(azp="rooster"), Reason.KIND),
    "Keycloak: another's with a person's role": (
        keycloak_machine(azp="rooster", scope="", resource_access={"meldpunt": {"roles": ["analist"]}}),
        Reason.KIND,
    ),
    "Keycloak: the machine with a person's role": (
        keycloak_machine(resource_access={"meldpunt": {"roles": ["analist"]}}),
        Reason.ROLES_MIXED,
    ),
    "Keycloak: a person signed in through the machine's client": (
        keycloak(azp="burgerplatform"),
        Reason.KIND,
    ),
    "ADFS: a person in the form's group": (adfs(role="meldpunt_formulier"), Reason.KIND),
    "ADFS: the form's client with a person behind it": (adfs_machine(upn="e.bos@assen.example"), Reason.KIND),
    "ADFS: another client of its own": (adfs_machine(appid="andere"), Reason.KIND),
}


@pytest.mark.parametrize(("claims", "reason"), NEITHER.values(), ids=NEITHER)
async def test_no_person_becomes_a_machine_nor_the_reverse(
    desk: TokenVerifier, claims: Json, reason: Reason
) -> None:
    known = {Reason.KIND, Reason.ROLES_MIXED, Reason.ROLE_NONE}
    assert await refused(desk, claims) == reason
    assert reason in known


ODD: dict[str, tuple[Json, Reason]] = {
    "Entra: no number": (entra(uti=None), Reason.CLAIM_MISSING),
    "Entra: no object id": (entra(oid=None), Reason.CLAIM_MISSING),
    "Entra: no begin": (entra(nbf=None), Reason.CLAIM_MISSING),
    "Entra: another tenant": (
        entra(iss="https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"),
        Reason.ISSUER,
    ),
    "Entra: version 1": (entra(iss="https://sts.windows.net/0f2c7b1e/"), Reason.ISSUER),
    "Entra: for another programme": (entra(aud="00000003-0000-0000-c000-000000000000"), Reason.AUDIENCE),
    "Entra: roles as an object": (entra(roles={"Meldpunt.Coordinator": True}), Reason.CLAIM_FORM),
    "Entra: scp as an object": (entra(scp={"meldpunt": True}), Reason.CLAIM_FORM),
    "Keycloak: begins later": (keycloak(nbf=SECOND + 600), Reason.NOT_YET_VALID),
    "Keycloak: begins at a text": (keycloak(nbf="nu"), Reason.CLAIM_FORM),
    "Keycloak: an organisation of another issuer": (
        keycloak(meldpunt_org="gemeente-emmen"),
        Reason.ORGANISATION,
    ),
    "Keycloak: no organisation": (keycloak(meldpunt_org=None), Reason.CLAIM_MISSING),
    "Keycloak: for its own pages": (keycloak(aud="account"), Reason.AUDIENCE),
    "Keycloak: roles on another level": (
        keycloak(resource_access={"meldpunt": ["analist"]}),
        Reason.ROLE_NONE,
    ),
    "Keycloak: one role that is no text": (
        keycloak(resource_access={"meldpunt": {"roles": ["analist", 5]}}),
        Reason.CLAIM_FORM,
    ),
    "ADFS: no account": (adfs(objectguid=None), Reason.CLAIM_MISSING),
    "ADFS: an account of a million letters": (adfs(objectguid="a" * 300), Reason.CLAIM_FORM),
    "ADFS: a day and a second": (adfs(exp=SECOND + 86_401), Reason.LIFE),
}


@pytest.mark.parametrize(("claims", "reason"), ODD.values(), ids=ODD)
async def test_a_token_that_is_not_as_agreed_is_refused(
    desk: TokenVerifier, claims: Json, reason: Reason
) -> None:
    assert await refused(desk, claims) == reason


@pytest.mark.parametrize(
    "claims",
    [entra_id(), keycloak_id(aud="urn:meldpunt"), keycloak(nonce="n"), entra(events={}, aud=entra()["aud"])],
)
async def test_an_id_token_calls_nothing(desk: TokenVerifier, claims: Json) -> None:
    assert await refused(desk, claims) == Reason.USE


async def test_an_id_token_of_adfs_calls_nothing(desk: TokenVerifier) -> None:
    assert await refused(desk, adfs_id(aud="urn:meldpunt")) == Reason.ISSUER


WEAK: dict[str, Json] = {
    "Entra: another context": entra(acrs=["c2", "c11"]),
    "Entra: none": entra(acrs=None),
    "Keycloak: a password": keycloak(acr="1"),
    "Keycloak: from a cookie": keycloak(acr="0"),
    "Keycloak: none": keycloak(acr=None),
    "ADFS: a password": adfs(amr=PASSWORD),
    "ADFS: none": adfs(amr=None),
}


@pytest.mark.parametrize("claims", WEAK.values(), ids=WEAK)
async def test_a_sign_in_without_one_of_the_values_listed_is_not_strong(
    desk: TokenVerifier, claims: Json
) -> None:
    assert not (await desk.verify(signed(claims))).strong


def test_the_document_names_each_member_an_entry_may_have() -> None:
    text = OPERATIONS.read_text("utf-8")
    members = {field.alias or name for name, field in issuers_file._Entry.model_fields.items()}
    inner = {
        field.alias or name
        for model in (issuers_file._Names, issuers_file._Login, issuers_file._Machines)
        for name, field in model.model_fields.items()
    }
    assert {name for name in members if f"`{name}`" not in text} == set()
    assert {name for name in inner if name not in text} == set()


@pytest.mark.parametrize("make", [entra, keycloak, adfs])
async def test_their_tokens_must_have_the_type_that_was_set(
    desk: TokenVerifier, make: Callable[[], Json]
) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await desk.verify(token(header(typ="at+jwt"), make()))
    assert refusal.value.reason == Reason.TYPE
