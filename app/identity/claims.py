"""From proven claims to an actor: times, audience, and what the issuer may speak for (RFC 7519, RFC 9068).

An access token says who calls; an ID token says who signed in to the pages (OpenID Connect Core 3.1.3.7). Neither
does for the other.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.crypto import blind
from app.errors import Unauthenticated
from app.identity.actor import Actor, Kind, OrganisationId, Subject
from app.identity.members import Claims, has, text, texts, time, words
from app.identity.reasons import Reason, refuse
from app.identity.roles import standing, standing_of_sign_in
from app.identity.trust import ACCESS_TYPE, ClaimPath, Issuer, LoginClient

LEEWAY = 30
"""Seconds an issuer's clock may run ahead of ours. An end is an end: `exp` gets no leeway."""
MAX_LIFE = 24 * 60 * 60
"""Longest life of a token in seconds."""
NAMELESS = "Medewerker"
"""Who signed in, where the issuer tells no name that can be shown."""

_ORGANISATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_NOT_FOR_ACCESS = frozenset({"nonce", "at_hash", "c_hash", "events"})
"""Claims of ID tokens and logout tokens, which an issuer that calls everything `JWT` signs with the same keys."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An actor and the second (since 1970, UTC) from which the token no longer speaks for him."""

    actor: Actor
    expires: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person who signed in at an issuer. `expires`: when its ID token ends, in seconds since 1970.

    `authenticated`: when the person proved to be himself, None where the issuer does not say. `session`: the issuer's
    name for the sign-in (`sid`). `acr`: how strong it was, in the issuer's words.
    """

    actor: Actor
    display: str = field(repr=False)
    expires: int = field(repr=False)
    authenticated: datetime | None = None
    session: str | None = field(default=None, repr=False)
    acr: str | None = None


def admit(claims: Claims, issuer: Issuer, now: datetime) -> Admitted:
    """Who the signed `claims` of `issuer` speak for at `now`. Raises Unauthenticated with the reason."""
    if text(claims, ("iss",)) != issuer.issuer:
        raise refuse(Reason.ISSUER)
    if issuer.audience not in texts(claims, ("aud",), single=True):
        raise refuse(Reason.AUDIENCE)
    if set(issuer.typ) != {ACCESS_TYPE} and claims.keys() & _NOT_FOR_ACCESS:
        raise refuse(Reason.USE)
    time(claims, issuer.claims.not_before)  # An access token must say from when it counts.
    expires = _check_times(claims, issuer.claims.not_before, now.timestamp())
    if issuer.claims.id is not None:
        text(claims, issuer.claims.id)
    kind, roles = standing(claims, issuer)
    place = issuer.claims.subject if kind is Kind.PERSON else issuer.machine_subject or issuer.claims.subject
    subject = Subject(text(claims, place))
    actor = Actor(kind, _organisation(claims, issuer), roles, subject, strong=_is_strong(claims, issuer))
    return Admitted(actor, expires)


def sign_in(claims: Claims, issuer: Issuer, login: LoginClient, nonce: str, now: datetime) -> SignIn:
    """Who signed in, by the signed `claims` of an ID token. Raises Unauthenticated with the reason."""
    if text(claims, ("iss",)) != login.issuer:
        raise refuse(Reason.ISSUER)
    # The token is for this client and nobody else: no other audience is trusted (3.1.3.7, rules 3 to 5).
    if texts(claims, ("aud",), single=True) != (login.client_id,):
        raise refuse(Reason.AUDIENCE)
    if has(claims, ("azp",)) and text(claims, ("azp",)) != login.client_id:
        raise refuse(Reason.AUDIENCE)
    if "events" in claims:
        raise refuse(Reason.USE)
    if not blind.equal(text(claims, ("nonce",)).encode(), nonce.encode()):
        raise refuse(Reason.NONCE)
    expires = _check_times(claims, ("nbf",), now.timestamp())
    roles = standing_of_sign_in(claims, issuer)
    subject = Subject(text(claims, issuer.claims.subject))
    organisation = _organisation(claims, issuer)
    return SignIn(
        Actor(Kind.PERSON, organisation, roles, subject, strong=_is_strong(claims, issuer)),
        _text_or_none(claims, login.display) or NAMELESS,
        expires,
        _moment_or_none(claims, ("auth_time",)),
        _text_or_none(claims, ("sid",)),
        _text_or_none(claims, ("acr",)),
    )


def _check_times(claims: Claims, not_before: ClaimPath, now: float) -> int:
    """The end of a token that has begun and not ended. A begin counts where there is one, wherever it stands."""
    expires, issued = time(claims, ("exp",)), time(claims, ("iat",))
    begins = [time(claims, place) for place in (not_before, ("nbf",)) if has(claims, place)]
    if expires <= now:
        raise refuse(Reason.EXPIRED)
    if max(issued, *begins, 0) > now + LEEWAY:
        raise refuse(Reason.NOT_YET_VALID)
    if expires - issued > MAX_LIFE:
        raise refuse(Reason.LIFE)
    return expires


def _organisation(claims: Claims, issuer: Issuer) -> OrganisationId:
    if issuer.claims.organisation is None:
        # Its tokens name none: then it speaks for one, and for no token more than that.
        if issuer.organisations is None or len(issuer.organisations) != 1:
            raise refuse(Reason.ORGANISATION)
        return next(iter(issuer.organisations))
    organisation = OrganisationId(text(claims, issuer.claims.organisation))
    if _ORGANISATION.fullmatch(organisation) is None:
        raise refuse(Reason.CLAIM_FORM)
    if issuer.organisations is not None and organisation not in issuer.organisations:
        raise refuse(Reason.ORGANISATION)
    return organisation


def _is_strong(claims: Claims, issuer: Issuer) -> bool:
    """Whether the sign-in was strong enough for opening, revealing and destroying, as far as the issuer was asked."""
    return not issuer.strong or not issuer.strong.isdisjoint(words(claims, issuer.claims.strong))


def _text_or_none(claims: Claims, path: ClaimPath) -> str | None:
    try:
        return text(claims, path)
    except Unauthenticated:
        return None


def _moment_or_none(claims: Claims, path: ClaimPath) -> datetime | None:
    """The moment at `path`; ADFS writes some as a text, which says nothing here."""
    try:
        return datetime.fromtimestamp(time(claims, path), UTC)
    except Unauthenticated:
        return None
