"""Tokens as Entra ID (v2), Keycloak and ADFS send them, with all that comes along, for the issuers of docs/operations.md.

Each function gives good claims at NOW with `changes`; None takes a claim out. Signed with the RSA key behind kid `rsa`.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

from app.identity import issuers_file
from app.identity.trust import Issuer

from .forge import SECOND, Json, header, token

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
TENANT = "0f2c7b1e-5a7d-4e0b-9a64-3d1f5b8c2a10"
ENTRA_CLIENT = "6d5a1c84-7f1e-4b52-8a43-0c9e2f7b6d31"
ADFS_CLIENT = "3e9f6a72-1d84-4c0b-b5e6-7a2d8f910c34"
ADFS_FORM = "b7a2e9d0-4c15-4f6e-8d3b-91c0a5e7f248"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
TWO_FACTORS = "http://schemas.microsoft.com/claims/multipleauthn"
NONCE = "n-0S6_WzA2Mj"


def documented() -> list[Json]:
    """The entries of the example in the document."""
    (block,) = re.findall(
        r"^```json\n(\[.*?^\])\n```", OPERATIONS.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    entries: list[Json] = json.loads(block)
    return entries


def three_issuers(folder: Path, url: str) -> dict[str, Issuer]:
    """The issuers of the document by name, read as at a start; their keys are asked for at `url`."""
    for name in ("emmen", "noord", "assen"):
        (folder / f"{name}.secret").write_text("geheim van " + name)
    path = folder / "issuers.json"
    path.write_text(json.dumps(documented()))
    return {issuer.name: replace(issuer, jwks_url=url) for issuer in issuers_file.read(path)}


def signed(claims: Json) -> str:
    """An RS256 token of type JWT, with the members these issuers put beside it."""
    return token(header(typ="JWT", x5t="rsa"), claims)


def entra(**changes: object) -> Json:
    """An access token of version 2 for a person: app roles, `uti` for a number, nothing about organisations."""
    return _with(
        {
            "aud": ENTRA_CLIENT,
            "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "iat": SECOND - 300,
            "nbf": SECOND - 300,
            "exp": SECOND + 3900,
            "aio": "AVQAq/8TAAAAJzZ0bW9yZQ==",
            "acrs": ["c1"],
            "azp": ENTRA_CLIENT,
            "azpacr": "1",
            "name": "Fenna de Vries",
            "oid": "5c1e8f30-93a2-4b7d-8e54-a1b2c3d4e5f6",
            "preferred_username": "f.devries@emmen.example",
            "rh": "0.AXQAHnss.",
            "roles": ["Meldpunt.Coordinator"],
            "scp": "meldpunt",
            "sub": "pairwise-3Gk9",
            "tid": TENANT,
            "uti": "4GOPt79GP0if650O0N7iAA",
            "ver": "2.0",
            "wids": ["b79fbf4d-3ef9-4689-8143-76b194e85509"],
        },
        changes,
    )


def entra_app(**changes: object) -> Json:
    """An app-only token: `idtyp`, the application's roles, no `scp` and nobody's name."""
    person = {"name": None, "preferred_username": None, "scp": None, "acrs": None, "wids": None}
    machine = {
        "idtyp": "app",
        "azp": "8f2b6c11-0d3e-4a5f-9b7c-6e1d2f3a4b5c",
        "oid": "11d0c9b8-a7f6-4e5d-8c3b-2a1908f7e6d5",
        "sub": "11d0c9b8-a7f6-4e5d-8c3b-2a1908f7e6d5",
        "roles": ["Meldpunt.Formulier"],
    }
    return entra(**(person | machine | changes))


def entra_id(**changes: object) -> Json:
    """An ID token of the same registration: the same audience as the access token, a nonce, no `scp`, no `azp`."""
    own: Json = {
        "scp": None,
        "azp": None,
        "azpacr": None,
        "nonce": NONCE,
        "sid": "s-1",
        "auth_time": SECOND - 400,
    }
    return entra(**(own | changes))


def keycloak(**changes: object) -> Json:
    """An access token of Keycloak: no `nbf`, roles inside objects, with roles of its own among them."""
    return _with(
        {
            "exp": SECOND + 300,
            "iat": SECOND,
            "auth_time": SECOND - 3,
            "jti": "onrtac:0b6c4d1e-7a2f-4a83-9b9e-5f1c2d3e4a5b",
            "iss": "https://sso.noord.example/realms/noord",
            "aud": ["urn:meldpunt", "account"],
            "sub": "7ddaf89f-65eb-4ecf-a9ca-acba11211986",
            "typ": "Bearer",
            "azp": "meldpunt",
            "sid": "e2f1c0b9-7d6a-4b3c-9e8f-1a2b3c4d5e6f",
            "acr": "2",
            "allowed-origins": ["https://meldpunt.example"],
            "realm_access": {"roles": ["offline_access", "default-roles-noord", "uma_authorization"]},
            "resource_access": {
                "meldpunt": {"roles": ["analist", "uma_protection"]},
                "account": {"roles": ["manage-account", "view-profile"]},
            },
            "scope": "openid profile email",
            "email_verified": True,
            "meldpunt_org": "riec-noord-nederland",
            "name": "Bouke Jansen",
            "preferred_username": "bouke",
        },
        changes,
    )


def keycloak_machine(**changes: object) -> Json:
    """A service account's token: its role in the scope, a `client_id`, no session, a user id of its own as `sub`."""
    own: Json = {
        "azp": "burgerplatform",
        "sub": "b8f3c0a1-2d4e-4f60-8a7b-9c0d1e2f3a4b",
        "sid": None,
        "auth_time": None,
        "acr": "1",
        "resource_access": {"account": {"roles": ["view-profile"]}},
        "scope": "profile email meldpunt-platform",
        "clientHost": "192.0.2.7",
        "clientAddress": "192.0.2.7",
        "client_id": "burgerplatform",
        "name": None,
        "preferred_username": "service-account-burgerplatform",
    }
    return keycloak(**(own | changes))


def keycloak_id(**changes: object) -> Json:
    """An ID token of Keycloak."""
    own: Json = {
        "aud": "meldpunt",
        "typ": "ID",
        "nonce": NONCE,
        "at_hash": "bcCpXNOtQPCKIolbBKVrWg",
        "scope": None,
    }
    return keycloak(**(own | changes))


def adfs(**changes: object) -> Json:
    """An access token of ADFS: neither `nbf`, number nor `sub`; one role alone is a text; times as texts."""
    return _with(
        {
            "aud": "urn:meldpunt",
            "iss": "http://sts.assen.example/adfs/services/trust",
            "iat": SECOND,
            "exp": SECOND + 3600,
            "objectguid": "pL0xqW1cQ0mVbX9j2k3l4A==",
            "upn": "e.bos@assen.example",
            "role": "GG_Meldpunt_Coordinator",
            "amr": ["urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos", TWO_FACTORS],
            "apptype": "Confidential",
            "appid": ADFS_CLIENT,
            "authmethod": PASSWORD,
            "auth_time": "2026-10-05T09:29:55.566Z",
            "ver": "1.0",
            "scp": "openid allatclaims",
        },
        changes,
    )


def adfs_machine(**changes: object) -> Json:
    """A client's own token of ADFS: nobody's account, its role by a rule."""
    own: Json = {
        "appid": ADFS_FORM,
        "role": "meldpunt_formulier",
        "objectguid": None,
        "upn": None,
        "amr": None,
        "scp": None,
    }
    return adfs(**(own | changes))


def adfs_id(**changes: object) -> Json:
    """An ID token of ADFS: another `iss` than its access tokens, a `sub` per client."""
    own: Json = {
        "iss": "https://sts.assen.example/adfs",
        "aud": ADFS_CLIENT,
        "nbf": SECOND,
        "sub": "E8uMvTw4EzVtNJjAGGkn/HLxB5lsxPvUz9N8v2ONw6w=",
        "sid": "S-1-5-21-111884681-232138482-1136263860-54956",
        "nonce": NONCE,
        "auth_time": SECOND - 5,
        "unique_name": "Eelco Bos",
    }
    return adfs(**(own | changes))


def _with(good: Json, changes: Json) -> Json:
    return {name: value for name, value in (good | changes).items() if value is not None}
