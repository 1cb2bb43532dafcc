"""What the desk trusts an issuer of tokens with: whom it may speak for, in which words, and where its keys are.

Values only. `issuers` reads them from the settings, `claims` and `roles` hold tokens against them.
"""

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from app.errors import Unavailable
from app.identity.actor import OrganisationId, Role
from app.identity.compact import json_object

ACCESS_TYPE = "at+jwt"
"""`typ` of an access token (RFC 9068)."""

ClaimPath = tuple[str, ...]
"""Where a claim stands: one name, or the names on the way into objects. A dot in a name is a dot."""


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where an issuer puts what the desk needs; `iss aud exp iat` are the same everywhere (RFC 7519).

    `organisation` None: its tokens name none, which an issuer of one organisation may do. `id` None: it numbers none.
    """

    organisation: ClaimPath | None = ("org",)
    roles: ClaimPath = ("roles",)
    subject: ClaimPath = ("sub",)
    id: ClaimPath | None = ("jti",)
    not_before: ClaimPath = ("nbf",)
    scope: ClaimPath = ("scope",)
    strong: ClaimPath = ("acr",)


@dataclass(frozen=True, slots=True)
class Mark:
    """By what tokens of one kind are known: a claim that holds one of `values`, or with None is there at all."""

    claim: ClaimPath
    values: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a key set lies. `mark` differs whenever the issuer behind the URL has started anew."""

    url: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LoginClient:
    """How pages sign people in at an issuer (OpenID Connect, code flow): all fixed, nothing discovered.

    `issuer` is the `iss` of its ID tokens. What to ask for where a stronger sign-in is needed: `acr_values`, and
    `step_up_claims` as the `claims` parameter (its JSON text). `title` stands on the button. The secret is read from
    its file each time and kept nowhere.
    """

    client_id: str
    secret_file: Path
    issuer: str
    title: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None = None
    scopes: tuple[str, ...] = ("openid",)
    acr_values: tuple[str, ...] = ()
    step_up_claims: str | None = None
    display: ClaimPath = ("name",)
    authentication: Literal["basic", "post"] = "basic"

    def secret(self) -> str:
        """The client's secret as it lies there now. Raises Unavailable when there is none to be read."""
        try:
            found = self.secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            found = ""
        if not found:
            raise Unavailable(reason="login_secret")
        return found


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer. `organisations` and `roles` None: it may speak for all of them.

    `role_names`: its own words for our roles; with them its other words mean nothing, without them they are faults.
    `everyone`: what each of its persons is besides. `persons` and `machines`: by what either is known; a machine's
    subject may stand elsewhere. `strong`: the values of a strong sign-in, none where every sign-in is strong enough
    (a demonstration, or nobody opens or destroys).
    """

    name: str
    issuer: str
    audience: str
    jwks_url: str
    typ: tuple[str, ...] = (ACCESS_TYPE,)
    organisations: frozenset[OrganisationId] | None = None
    roles: frozenset[Role] | None = None
    claims: ClaimNames = field(default_factory=ClaimNames)
    role_names: Mapping[str, Role] | None = None
    everyone: frozenset[Role] = frozenset()
    persons: Mark | None = None
    machines: Mark | None = None
    machine_subject: ClaimPath | None = None
    strong: frozenset[str] = frozenset()
    login: LoginClient | None = None
    address_file: Path | None = None

    def address(self) -> Address | None:
        """Where its keys are now; None while an issuer with a moving address is not running."""
        if self.address_file is None:
            return Address(self.jwks_url)
        return _moving_address(self.address_file)


def is_loopback(host: str) -> bool:
    """Whether `host` (name or address) is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Whether keys and sign-ins may go to `url`: https, or plain http that never leaves this machine."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable():
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _moving_address(path: Path) -> Address | None:
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    content = json_object(raw) or {}
    base = content.get("url")
    if not isinstance(base, str) or not is_safe(base) or not is_loopback(urlsplit(base).hostname or ""):
        return None
    return Address(f"{base}/jwks.json", hashlib.sha256(raw).hexdigest())
