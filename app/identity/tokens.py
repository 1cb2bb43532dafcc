"""Bearer tokens: who is calling, proven by a signature of an issuer we know (DESIGN section 7).

The one place that uses python-jose. The library checks a signature and nothing else: on its own it accepts
a token without `aud` or `exp` and ignores `typ` and `crit`. All rules stand in the parts around it:
`compact` before the signature, `claims` after it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from jose import jws

from app import clock as system_clock
from app.identity.actor import Actor
from app.identity.claims import Admitted, SignIn, admit, sign_in
from app.identity.compact import MAX_TOKEN, Compact, json_object, read
from app.identity.keysets import Key, KeySet
from app.identity.members import Claims
from app.identity.reasons import Reason, refuse
from app.identity.trust import Issuer

ID_TYPES = frozenset({"jwt", ""})
"""`typ` of an ID token: issuers send this one or none, OpenID Connect Core asks for neither."""
REMEMBERED = 4096
"""How many verified tokens are remembered; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A verdict, good until the token ends or the keys of its issuer change."""

    actor: Actor
    expires: float = field(repr=False)
    keys: KeySet = field(repr=False)
    generation: int


class TokenVerifier:
    """Verifies tokens of `issuers`. One per process, used from one event loop."""

    def __init__(self, issuers: Sequence[Issuer], clock: Callable[[], datetime] = system_clock.now) -> None:
        self._clock = clock
        self._issuers = {issuer.issuer: (issuer, KeySet(issuer, clock)) for issuer in issuers}
        self._remembered: dict[bytes, _Remembered] = {}

    async def verify(self, token: str) -> Actor:
        """Who `token` speaks for. Raises Unauthenticated with a code of `reasons`, nothing else.

        Waits for the issuer when the token names a key that is not known here, or all keys are a minute old.
        """
        remembered = self.cached(token)
        if remembered is not None:
            return remembered
        compact = read(token)
        issuer, keys = self._issuer(compact)
        admitted = admit(await _proven(token, compact, keys), issuer, self._clock())
        self._remember(token, admitted, keys)
        return admitted.actor

    @property
    def sign_ins(self) -> tuple[Issuer, ...]:
        """The issuers at which people can sign in to the pages, in the order of the settings."""
        return tuple(issuer for issuer, _ in self._issuers.values() if issuer.login is not None)

    async def verify_id_token(self, token: str, issuer: Issuer, nonce: str) -> SignIn:
        """Who signed in, by an ID token that came straight from the token endpoint of `issuer`.

        `nonce` is the one sent along with this very sign-in. Raises Unauthenticated with a code of `reasons`,
        nothing else. Never remembered: an ID token is shown once.
        """
        known = self._issuers.get(issuer.issuer)
        if known is None or issuer.login is None:
            raise refuse(Reason.ISSUER)
        compact = read(token, typeless=True)
        if compact.issuer != issuer.login.issuer:
            raise refuse(Reason.ISSUER)
        if compact.type not in ID_TYPES:
            raise refuse(Reason.TYPE)
        return sign_in(await _proven(token, compact, known[1]), issuer, issuer.login, nonce, self._clock())

    def cached(self, token: str) -> Actor | None:
        """Who `token` speaks for if that was proven before and still stands; never waits, never raises.

        None also when the keys are due for renewal: `verify` then sees to that.
        """
        if len(token) > MAX_TOKEN or not token.isascii():
            return None
        entry = self._remembered.get(_digest(token))
        if entry is None:
            return None
        now = self._clock()
        if entry.generation != entry.keys.generation or now.timestamp() >= entry.expires:
            del self._remembered[_digest(token)]
            return None
        return entry.actor if entry.keys.is_fresh(now) else None

    def _issuer(self, compact: Compact) -> tuple[Issuer, KeySet]:
        found = self._issuers.get(compact.issuer)
        if found is None:
            raise refuse(Reason.ISSUER)
        if compact.type not in found[0].typ:
            raise refuse(Reason.TYPE)
        return found

    def _remember(self, token: str, admitted: Admitted, keys: KeySet) -> None:
        while len(self._remembered) >= REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[_digest(token)] = _Remembered(
            admitted.actor, admitted.expires, keys, keys.generation
        )


async def _proven(token: str, compact: Compact, keys: KeySet) -> Claims:
    """The claims of `token`, signed with the key of its issuer that it names. Raises Unauthenticated."""
    key = await keys.find(compact.key_id)
    if key is None:
        raise refuse(Reason.KEY_UNKNOWN if keys.loaded else Reason.KEYS_UNAVAILABLE)
    if key.algorithm != compact.algorithm:
        raise refuse(Reason.KEY_MISMATCH)
    claims = json_object(signed_payload(token, key))
    if claims is None:
        raise refuse(Reason.CLAIMS_JSON)
    return claims


def signed_payload(token: str, key: Key) -> bytes:
    """The payload of `token`, proven to be signed with `key` and its one algorithm.

    The token has passed `compact.read`. Raises Unauthenticated (`token_signature`).
    """
    payload: bytes | None = None
    try:
        payload = jws.verify(token, dict(key.jwk), [key.algorithm])
    except Exception:  # The library passes on whatever its backend raises; all of it means: not proven.
        payload = None
    if payload is None:
        raise refuse(Reason.SIGNATURE)
    return payload


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()
