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
from app.identity.claims import Admitted, admit
from app.identity.compact import MAX_TOKEN, Compact, json_object, read
from app.identity.issuers import Issuer
from app.identity.keysets import Key, KeySet
from app.identity.reasons import Reason, refuse

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

        Waits for the issuer only when the token names a key that is not known here.
        """
        remembered = self.cached(token)
        if remembered is not None:
            return remembered
        compact = read(token)
        issuer, keys = self._issuer(compact)
        key = await keys.find(compact.key_id)
        if key is None:
            raise refuse(Reason.KEY_UNKNOWN if keys.loaded else Reason.KEYS_UNAVAILABLE)
        if key.algorithm != compact.algorithm:
            raise refuse(Reason.KEY_MISMATCH)
        claims = json_object(signed_payload(token, key))
        if claims is None:
            raise refuse(Reason.CLAIMS_JSON)
        admitted = admit(claims, issuer, self._clock())
        self._remember(token, admitted, keys)
        return admitted.actor

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
