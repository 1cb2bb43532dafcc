"""Which issuers a process trusts, from its settings; a setting that does not fit stops the start."""

import json
from pathlib import Path

import pytest

from app.errors import StartRefused, Unavailable
from app.identity.actor import OrganisationId, Role
from app.identity.issuers import DEMO_ISSUER, demo_file, load
from app.identity.trust import Address, ClaimNames
from app.settings import Settings

ENTRY: dict[str, object] = {
    "name": "emmen",
    "issuer": "https://login.emmen.example",
    "audience": "urn:meldpunt",
    "jwksUrl": "https://login.emmen.example/keys",
    "organisations": ["gemeente-emmen"],
    "roles": ["employee", "coordinator"],
    "strong": ["2"],
}
KEYS_URL = "https://login.example/keys"


def settings(home: Path, **changes: object) -> Settings:
    said = {"home": home, "environment": "production", "oidc_strong": "strong"}
    return Settings.model_validate(said | changes)


def from_file(home: Path, content: object) -> Settings:
    path = home / "issuers.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return settings(home, issuers_file=path)


def test_the_short_form_is_one_issuer_for_all_organisations(tmp_path: Path) -> None:
    (only,) = load(settings(tmp_path, oidc_issuer="https://login.example", oidc_jwks_url=KEYS_URL))
    assert (only.issuer, only.audience, only.typ) == ("https://login.example", "urn:meldpunt", ("at+jwt",))
    assert only.address() == Address(KEYS_URL)
    assert only.organisations is None
    assert only.roles is None


def test_an_issuer_from_the_file_is_bound_to_its_organisations_and_roles(tmp_path: Path) -> None:
    (only,) = load(from_file(tmp_path, [ENTRY]))
    assert only.organisations == frozenset({OrganisationId("gemeente-emmen")})
    assert only.roles == frozenset({Role.EMPLOYEE, Role.COORDINATOR})


def test_an_issuer_from_the_file_may_have_its_own_type_and_claim_names(tmp_path: Path) -> None:
    entry = ENTRY | {"typ": ["JWT"], "claims": {"organisation": "gemeente", "id": "uti"}}
    (only,) = load(from_file(tmp_path, [entry]))
    assert only.typ == ("jwt",)
    assert only.claims == ClaimNames(organisation=("gemeente",), id=("uti",))


def test_a_claim_may_stand_inside_objects_and_its_name_may_have_dots(tmp_path: Path) -> None:
    inside, dotted = ["resource_access", "meldpunt.desk", "roles"], "http://schemas.example/claims/role"
    entry = ENTRY | {"claims": {"roles": inside, "strong": dotted, "notBefore": "iat", "id": None}}
    (only,) = load(from_file(tmp_path, [entry]))
    assert only.claims == ClaimNames(roles=tuple(inside), strong=(dotted,), not_before=("iat",), id=None)


def test_an_issuer_may_have_words_of_its_own_for_roles(tmp_path: Path) -> None:
    entry = ENTRY | {"roleNames": {"GG_Coordinatie": "coordinator"}, "strong": ["2", "3"]}
    (only,) = load(from_file(tmp_path, [entry]))
    assert only.role_names == {"GG_Coordinatie": Role.COORDINATOR}
    assert only.strong == frozenset({"2", "3"})


SILENT = {member: value for member, value in ENTRY.items() if member != "strong"}


@pytest.mark.parametrize(
    "roles", [["employee", "coordinator"], ["deputy"], ["analyst"], ["officer"], ["privacy_officer"], "*"]
)
def test_in_production_whoever_names_people_that_open_says_what_is_strong(
    tmp_path: Path, roles: object
) -> None:
    with pytest.raises(StartRefused, match=r"MELDPUNT_ISSUERS_FILE: strong ontbreekt bij emmen:"):
        load(from_file(tmp_path, [SILENT | {"roles": roles}]))


def test_in_production_the_short_form_says_what_is_strong(tmp_path: Path) -> None:
    short = settings(tmp_path, oidc_issuer="https://login.example", oidc_jwks_url=KEYS_URL)
    assert load(short.model_copy(update={"oidc_strong": "2 3"}))[0].strong == frozenset({"2", "3"})
    for nothing in ("", " "):
        with pytest.raises(StartRefused, match="MELDPUNT_OIDC_STRONG ontbreekt"):
            load(short.model_copy(update={"oidc_strong": nothing}))


def test_who_opens_nothing_and_a_demonstration_need_no_strong_sign_in(tmp_path: Path) -> None:
    roles = ["employee", "intranet_form", "platform", "auditor"]
    assert not load(from_file(tmp_path, [SILENT | {"roles": roles}]))[0].strong
    demo = from_file(tmp_path, [SILENT]).model_copy(update={"environment": "demo"})
    assert not load(demo)[0].strong


OTHER = ENTRY | {"name": "other", "issuer": "https://login.other.example", "jwksUrl": KEYS_URL}


@pytest.mark.parametrize(
    "also",
    [
        {},
        {"roles": ["coordinator", "approver"]},
        {"roles": "*"},
        {"organisations": "*"},
        {"organisations": ["gemeente-assen", "gemeente-emmen"]},
    ],
)
def test_two_issuers_that_could_name_each_others_people_stop_the_start(
    tmp_path: Path, also: dict[str, object]
) -> None:
    with pytest.raises(StartRefused, match=r"1\.organisations"):
        load(from_file(tmp_path, [ENTRY, OTHER | also]))


@pytest.mark.parametrize("also", [{"organisations": ["gemeente-assen"]}, {"roles": ["approver"]}])
def test_issuers_of_other_people_stand_beside_each_other(tmp_path: Path, also: dict[str, object]) -> None:
    assert len(load(from_file(tmp_path, [ENTRY, OTHER | also]))) == 2


def test_nothing_but_the_members_given_is_loosened(tmp_path: Path) -> None:
    (only,) = load(from_file(tmp_path, [ENTRY]))
    assert only.claims == ClaimNames()
    assert (only.role_names, only.persons, only.machines, only.login) == (None, None, None, None)
    assert not only.everyone
    assert only.strong == frozenset({"2"})


LOGIN: dict[str, object] = {
    "clientId": "meldpunt",
    "clientSecretFile": "emmen.secret",
    "authorizationEndpoint": "https://login.emmen.example/authorize",
    "tokenEndpoint": "https://login.emmen.example/token",
}


def with_login(home: Path, **changes: object) -> Settings:
    (home / "emmen.secret").write_text(" geheim \n")
    login = {name: value for name, value in (LOGIN | changes).items() if value is not None}
    return from_file(home, [ENTRY | {"login": login}])


def test_people_can_sign_in_at_an_issuer_with_a_login(tmp_path: Path) -> None:
    (only,) = load(with_login(tmp_path))
    assert only.login is not None
    assert (only.login.client_id, only.login.issuer, only.login.title) == ("meldpunt", only.issuer, "emmen")
    assert (only.login.scopes, only.login.display, only.login.authentication) == (
        ("openid",),
        ("name",),
        "basic",
    )
    assert only.login.secret() == "geheim"
    assert "geheim" not in repr(only)


def test_what_a_stronger_sign_in_asks_for_is_kept_as_written(tmp_path: Path) -> None:
    asked = {"id_token": {"acrs": {"essential": True, "value": "c1"}}}
    (only,) = load(with_login(tmp_path, acrValues=["2", "3"], stepUpClaims=asked))
    assert only.login is not None
    assert only.login.acr_values == ("2", "3")
    assert json.loads(only.login.step_up_claims or "") == asked


def test_a_secret_is_read_anew_and_one_that_went_is_no_secret(tmp_path: Path) -> None:
    (only,) = load(with_login(tmp_path))
    assert only.login is not None
    (tmp_path / "emmen.secret").write_text("nieuw geheim")
    assert only.login.secret() == "nieuw geheim"
    (tmp_path / "emmen.secret").write_text(" ")
    with pytest.raises(Unavailable) as refused:
        only.login.secret()
    assert refused.value.reason == "login_secret"


@pytest.mark.parametrize(
    "changes",
    [
        {"clientId": None},
        {"clientId": ""},
        {"clientSecret": "geheim"},
        {"clientSecretFile": "nothing.secret"},
        {"clientSecretFile": "."},
        {"authorizationEndpoint": None},
        {"authorizationEndpoint": "http://login.emmen.example/authorize"},
        {"tokenEndpoint": "http://10.0.0.1/token"},
        {"tokenEndpoint": "https://user:password@login.emmen.example/token"},
        {"endSessionEndpoint": "javascript:alert(1)"},
        {"scopes": ["profile"]},
        {"scopes": []},
        {"authentication": "none"},
        {"stepUpClaims": {"userinfo": {"acrs": {"value": "c1"}}}},
        {"title": ""},
        {"discover": True},
    ],
)
def test_a_login_that_does_not_fit_stops_the_start(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(StartRefused, match=r"MELDPUNT_ISSUERS_FILE.*0\.login") as refused:
        load(with_login(tmp_path, **changes))
    assert "geheim" not in str(refused.value).replace("kan het geheim van", "")


def test_a_star_stands_for_all(tmp_path: Path) -> None:
    (only,) = load(from_file(tmp_path, [ENTRY | {"organisations": "*", "roles": "*"}]))
    assert only.organisations is None
    assert only.roles is None


def test_file_and_short_form_add_up(tmp_path: Path) -> None:
    both = from_file(tmp_path, [ENTRY]).model_copy(
        update={"oidc_issuer": "https://login.example", "oidc_jwks_url": KEYS_URL}
    )
    assert {issuer.name for issuer in load(both)} == {"oidc", "emmen"}


def test_the_demo_has_its_own_issuer(tmp_path: Path) -> None:
    (only,) = load(settings(tmp_path, environment="demo"))
    assert only.issuer == DEMO_ISSUER
    assert only.address() is None


def test_a_given_issuer_replaces_the_demo_issuer(tmp_path: Path) -> None:
    given = settings(
        tmp_path, environment="demo", oidc_issuer="https://login.example", oidc_jwks_url=KEYS_URL
    )
    assert [issuer.name for issuer in load(given)] == ["oidc"]


def test_production_has_no_demo_issuer(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_OIDC_ISSUER"):
        load(settings(tmp_path))


@pytest.mark.parametrize("half", [{"oidc_issuer": "https://login.example"}, {"oidc_jwks_url": KEYS_URL}])
@pytest.mark.parametrize("environment", ["demo", "production"])
def test_half_a_short_form_stops_the_start(tmp_path: Path, half: dict[str, str], environment: str) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_OIDC_"):
        load(settings(tmp_path, environment=environment, **half))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/keys", "http://[::1]/keys", "http://localhost/keys", "https://10.0.0.1/keys"],
)
def test_keys_may_come_from(tmp_path: Path, url: str) -> None:
    assert load(settings(tmp_path, oidc_issuer="x", oidc_jwks_url=url))


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example/keys",
        "http://10.0.0.1/keys",
        "http://127.0.0.1.evil.example/keys",
        "http://127.0.0.1@evil.example/keys",
        "https://user:password@login.example/keys",
        "https://login.example/keys#part",
        "https://login.example:99999/keys",
        "https:///keys",
        "https://[::1/keys",
        "https://login.example/\nkeys",
        "file:///etc/passwd",
        "ftp://127.0.0.1/keys",
        "keys",
    ],
)
def test_keys_may_not_come_from(tmp_path: Path, url: str) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_OIDC_JWKS_URL"):
        load(settings(tmp_path, oidc_issuer="x", oidc_jwks_url=url))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        [5],
        [ENTRY, ENTRY],
        [{name: value for name, value in ENTRY.items() if name != "organisations"}],
        [{name: value for name, value in ENTRY.items() if name != "roles"}],
        [ENTRY | {"organisations": []}],
        [ENTRY | {"organisations": ["Gemeente Emmen"]}],
        [ENTRY | {"roles": ["superuser"]}],
        [ENTRY | {"roles": []}],
        [ENTRY | {"jwksUrl": "http://login.emmen.example/keys"}],
        [ENTRY | {"unknown": 1}],
        [ENTRY | {"claims": {"unknown": "x"}}],
        [ENTRY | {"typ": []}],
        [ENTRY | {"name": "Gemeente Emmen"}],
        [ENTRY, ENTRY | {"issuer": "https://login.other.example"}],
        [ENTRY | {"claims": {"roles": []}}],
        [ENTRY | {"claims": {"roles": ["realm_access", ""]}}],
        [ENTRY | {"claims": {"subject": None}}],
        [ENTRY | {"claims": {"organisation": None}, "organisations": "*"}],
        [ENTRY | {"claims": {"organisation": None}, "organisations": ["gemeente-emmen", "gemeente-assen"]}],
        [ENTRY | {"roleNames": {}}],
        [ENTRY | {"roleNames": {"Beheer": "functional_manager"}}],
        [ENTRY | {"roleNames": {"Beheer": "superuser"}}],
        [ENTRY | {"everyone": "employee"}],
        [ENTRY | {"everyone": "coordinator", "persons": {"claim": "scp"}}],
        [ENTRY | {"everyone": "employee", "persons": {"claim": "scp"}, "roles": ["coordinator"]}],
        [ENTRY | {"persons": {"claim": "scp", "values": []}}],
        [ENTRY | {"machines": {"claim": "azp"}}],
        [ENTRY | {"roles": ["employee", "intranet_form"], "typ": ["JWT"]}],
        [ENTRY | {"roles": ["platform"], "typ": ["at+jwt", "JWT"]}],
        [ENTRY | {"strong": "2"}],
        '[{"name": "a", "name": "b"}]',
    ],
)
def test_a_wrong_issuers_file_stops_the_start(tmp_path: Path, content: object) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_ISSUERS_FILE"):
        load(from_file(tmp_path, content))


def test_a_missing_issuers_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_ISSUERS_FILE"):
        load(settings(tmp_path, issuers_file=tmp_path / "nothing.json"))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"url": 5}', b'{"url": "http://evil.example"}', b'{"url": "https://evil.example"}'],
)
def test_an_odd_demo_file_is_no_address(tmp_path: Path, content: bytes) -> None:
    demo = settings(tmp_path, environment="demo")
    demo_file(demo).parent.mkdir()
    demo_file(demo).write_bytes(content)
    assert load(demo)[0].address() is None
