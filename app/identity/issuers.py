"""Who may speak for whom: the list of token issuers, each bound to its organisations and roles.

The list comes from MELDPUNT_ISSUERS_FILE, the short form MELDPUNT_OIDC_ISSUER with MELDPUNT_OIDC_JWKS_URL
(one issuer, all organisations), and in demo mode without the short form the demo issuer, whose address
stands in a file because it changes at each start.
"""

import hashlib
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from app.crypto import canonical
from app.errors import StartRefused
from app.identity.actor import OrganisationId, Role
from app.identity.compact import json_object, media_type
from app.settings import Settings

DEMO_ISSUER = "urn:meldpunt:demo-issuer"
ACCESS_TYPE = "at+jwt"
"""`typ` of an access token (RFC 9068)."""
_ORGANISATION = r"^[a-z0-9][a-z0-9-]{0,62}$"


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Under which names an issuer sends what the desk needs; the registered names of RFC 7519 are fixed."""

    organisation: str = "org"
    roles: str = "roles"
    subject: str = "sub"
    id: str = "jti"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a key set lies. `mark` differs whenever the issuer behind the URL has started anew."""

    url: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer. `organisations` and `roles` None: it may speak for all of them."""

    name: str
    issuer: str
    audience: str
    jwks_url: str
    typ: tuple[str, ...] = (ACCESS_TYPE,)
    organisations: frozenset[OrganisationId] | None = None
    roles: frozenset[Role] | None = None
    claims: ClaimNames = field(default_factory=ClaimNames)
    address_file: Path | None = None

    def address(self) -> Address | None:
        """Where its keys are now; None while an issuer with a moving address is not running."""
        if self.address_file is None:
            return Address(self.jwks_url)
        return _moving_address(self.address_file)


class _Names(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    organisation: Annotated[str, Field(min_length=1)] = "org"
    roles: Annotated[str, Field(min_length=1)] = "roles"
    subject: Annotated[str, Field(min_length=1)] = "sub"
    id: Annotated[str, Field(min_length=1)] = "jti"


class _Entry(BaseModel):
    """One entry of the issuers file. What an issuer may speak for has no default: "*" must be written."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel)

    name: Annotated[str, Field(min_length=1)]
    issuer: Annotated[str, Field(min_length=1)]
    audience: Annotated[str, Field(min_length=1)]
    jwks_url: str
    typ: Annotated[list[str], Field(min_length=1)] = [ACCESS_TYPE]
    organisations: (
        Literal["*"] | Annotated[list[Annotated[str, Field(pattern=_ORGANISATION)]], Field(min_length=1)]
    )
    roles: Literal["*"] | Annotated[list[Annotated[Role, Field(strict=False)]], Field(min_length=1)]
    claims: _Names = _Names()


_ENTRIES = TypeAdapter(Annotated[list[_Entry], Field(min_length=1)])


def demo_file(settings: Settings) -> Path:
    """Where a running demo issuer writes its url and secret."""
    return settings.home / "run" / "issuer.json"


def is_loopback(host: str) -> bool:
    """Whether `host` (name or address) is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(settings: Settings) -> tuple[Issuer, ...]:
    """All issuers of this process. Raises StartRefused naming the setting when one does not fit."""
    issuers = [*_short_form(settings), *_from_file(settings.issuers_file)]
    if settings.demo and settings.oidc_issuer is None:
        issuers.append(_demo(settings))
    if not issuers:
        raise StartRefused(
            "MELDPUNT_OIDC_ISSUER en MELDPUNT_OIDC_JWKS_URL, of MELDPUNT_ISSUERS_FILE: "
            "noem ten minste één uitgever van tokens."
        )
    if len({issuer.issuer for issuer in issuers}) != len(issuers):
        raise StartRefused("MELDPUNT_ISSUERS_FILE: dezelfde uitgever staat er twee keer in.")
    return tuple(issuers)


def _short_form(settings: Settings) -> list[Issuer]:
    if settings.oidc_issuer is None and settings.oidc_jwks_url is None:
        return []
    if settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        missing = "MELDPUNT_OIDC_ISSUER" if settings.oidc_issuer is None else "MELDPUNT_OIDC_JWKS_URL"
        raise StartRefused(f"{missing}: deze instelling hoort bij de andere MELDPUNT_OIDC-instellingen.")
    _check_url(settings.oidc_jwks_url, "MELDPUNT_OIDC_JWKS_URL")
    return [Issuer("oidc", settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)]


def _from_file(path: Path | None) -> list[Issuer]:
    if path is None:
        return []
    setting = "MELDPUNT_ISSUERS_FILE"
    try:
        entries = _ENTRIES.validate_python(canonical.parse(path.read_bytes()))
    except OSError as error:
        raise StartRefused(f"{setting}: kan het bestand niet lezen ({type(error).__name__}).") from None
    except canonical.NotJson as error:
        raise StartRefused(f"{setting}: dit is geen geldige JSON ({error.code}).") from None
    except ValidationError as error:
        places = sorted({".".join(map(str, fault["loc"][:2])) for fault in error.errors()})
        raise StartRefused(
            f"{setting}: dit klopt niet: {', '.join(places)}. Zie docs/operations.md."
        ) from None
    return [_issuer(entry, setting) for entry in entries]


def _issuer(entry: _Entry, setting: str) -> Issuer:
    _check_url(entry.jwks_url, setting)
    organisations = entry.organisations
    return Issuer(
        name=entry.name,
        issuer=entry.issuer,
        audience=entry.audience,
        jwks_url=entry.jwks_url,
        typ=tuple(media_type(typ) for typ in entry.typ),
        organisations=None if organisations == "*" else frozenset(map(OrganisationId, organisations)),
        roles=None if entry.roles == "*" else frozenset(map(Role, entry.roles)),
        claims=ClaimNames(**entry.claims.model_dump()),
    )


def _demo(settings: Settings) -> Issuer:
    return Issuer("demo", DEMO_ISSUER, settings.oidc_audience, jwks_url="", address_file=demo_file(settings))


def _check_url(url: str, setting: str) -> None:
    if not _is_safe(url):
        raise StartRefused(
            f"{setting}: dit moet een https-adres zijn (http mag alleen op deze machine zelf)."
        )


def _is_safe(url: str) -> bool:
    """Whether keys may be fetched from `url`: https, or plain http that never leaves this machine."""
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
    if not isinstance(base, str) or not _is_safe(base) or not is_loopback(urlsplit(base).hostname or ""):
        return None
    return Address(f"{base}/jwks.json", hashlib.sha256(raw).hexdigest())
