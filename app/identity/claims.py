"""From proven claims to an actor: times, audience, and what the issuer may speak for (RFC 7519, RFC 9068)."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from app.crypto.canonical import JsonValue
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.issuers import Issuer
from app.identity.reasons import Reason, refuse

LEEWAY = 30
"""Seconds an issuer's clock may run ahead of ours. An end is an end: `exp` gets no leeway."""
MAX_LIFE = 24 * 60 * 60
"""Longest life of a token in seconds."""
MAX_TIME = 253_402_300_799
"""The last second of the year 9999; later times are no times."""
MAX_TEXT = 255
MAX_LIST = 32

_ORGANISATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_MACHINES = {Role.INTRANET_FORM: Kind.MACHINE, Role.PLATFORM: Kind.PLATFORM}

Claims = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An actor and the second (since 1970, UTC) from which the token no longer speaks for him."""

    actor: Actor
    expires: int = field(repr=False)


def admit(claims: Claims, issuer: Issuer, now: datetime) -> Admitted:
    """Who the signed `claims` of `issuer` speak for at `now`. Raises Unauthenticated with the reason."""
    if _text(claims, "iss") != issuer.issuer:
        raise refuse(Reason.ISSUER)
    if issuer.audience not in _texts(claims, "aud", single=True):
        raise refuse(Reason.AUDIENCE)
    expires = _check_times(claims, now.timestamp())
    subject = Subject(_text(claims, issuer.claims.subject))
    _text(claims, issuer.claims.id)
    roles = _roles(claims, issuer)
    return Admitted(Actor(_kind(roles), _organisation(claims, issuer), roles, subject), expires)


def _check_times(claims: Claims, now: float) -> int:
    expires, issued, begins = (_time(claims, name) for name in ("exp", "iat", "nbf"))
    if expires <= now:
        raise refuse(Reason.EXPIRED)
    if max(issued, begins) > now + LEEWAY:
        raise refuse(Reason.NOT_YET_VALID)
    if expires - issued > MAX_LIFE:
        raise refuse(Reason.LIFE)
    return expires


def _organisation(claims: Claims, issuer: Issuer) -> OrganisationId:
    organisation = OrganisationId(_text(claims, issuer.claims.organisation))
    if _ORGANISATION.fullmatch(organisation) is None:
        raise refuse(Reason.CLAIM_FORM)
    if issuer.organisations is not None and organisation not in issuer.organisations:
        raise refuse(Reason.ORGANISATION)
    return organisation


def _roles(claims: Claims, issuer: Issuer) -> frozenset[Role]:
    words = _texts(claims, issuer.claims.roles, single=False)
    if not set(words) <= {role.value for role in Role}:
        raise refuse(Reason.ROLE_UNKNOWN)
    roles = frozenset(map(Role, words))
    if issuer.roles is not None and not roles <= issuer.roles:
        raise refuse(Reason.ROLE_NOT_GIVEN)
    return roles


def _kind(roles: frozenset[Role]) -> Kind:
    """A machine has its own role and no other: else a form could act as a person, or a person unseen."""
    machines = roles & _MACHINES.keys()
    if machines and len(roles) > 1:
        raise refuse(Reason.ROLES_MIXED)
    return _MACHINES[next(iter(machines))] if machines else Kind.PERSON


def _member(claims: Claims, name: str) -> JsonValue:
    if name not in claims:
        raise refuse(Reason.CLAIM_MISSING)
    return claims[name]


def _time(claims: Claims, name: str) -> int:
    value = _member(claims, name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TIME:
        raise refuse(Reason.CLAIM_FORM)
    return value


def _text(claims: Claims, name: str) -> str:
    return _plain(_member(claims, name))


def _texts(claims: Claims, name: str, *, single: bool) -> tuple[str, ...]:
    value = _member(claims, name)
    if single and isinstance(value, str):
        return (_plain(value),)
    if not isinstance(value, list) or not 0 < len(value) <= MAX_LIST:
        raise refuse(Reason.CLAIM_FORM)
    return tuple(map(_plain, value))


def _plain(value: JsonValue) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise refuse(Reason.CLAIM_FORM)
    return value
