"""Which issuers a process trusts, from its settings; a setting that does not fit stops the start."""

import json
from pathlib import Path

import pytest

from app.errors import StartRefused
from app.identity.actor import OrganisationId, Role
from app.identity.issuers import DEMO_ISSUER, Address, ClaimNames, demo_file, load
from app.settings import Settings

ENTRY: dict[str, object] = {
    "name": "emmen",
    "issuer": "https://login.emmen.example",
    "audience": "urn:meldpunt",
    "jwksUrl": "https://login.emmen.example/keys",
    "organisations": ["gemeente-emmen"],
    "roles": ["employee", "coordinator"],
}
KEYS_URL = "https://login.example/keys"


def settings(home: Path, **changes: object) -> Settings:
    return Settings.model_validate({"home": home, "environment": "production"} | changes)


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
    assert only.claims == ClaimNames(organisation="gemeente", id="uti")


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
