"""The public keys of an issuer (JWKS, RFC 7517): fetched from one fixed address, kept, renewed sparingly.

A set that cannot be fetched or read changes nothing: the last good set stays. One key of an unknown kind
costs only itself, never its neighbours.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2

from app import telemetry
from app.crypto.canonical import JsonValue
from app.identity.compact import ALGORITHMS, MAX_KEY_ID, base64url, json_object
from app.identity.trust import Address, Issuer

MAX_DOCUMENT = 64 * 1024
"""Largest key set in bytes."""
FETCH_SECONDS = 3.0
"""Longest time for one fetch, from connecting to the last byte."""
DUE = timedelta(seconds=30)
"""After this a set is fetched anew behind the answers that go on with it."""
MAX_AGE = timedelta(minutes=1)
"""After this answers wait for the new set: a key withdrawn by its issuer is out within this time."""
PAUSE = timedelta(minutes=1)
"""At most one fetch in this time, whatever key names strangers make up."""
PAUSE_WITHOUT_KEYS = timedelta(seconds=5)
"""The same while there is no set at all: nobody can come in then."""
RSA_BITS = range(2048, 8193)
RSA_EXPONENTS = range(65537, 2**32)
"""Smaller exponents have been the root of forged signatures; no issuer of note uses one."""
P256_BYTES = 32

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class KeySetRefused(Exception):
    """The answer is not a usable key set; `code` says which rule it breaks."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Key:
    """One public key and the only algorithm it may be used with. `jwk` holds public members only."""

    key_id: str
    algorithm: str
    jwk: tuple[tuple[str, str], ...] = field(repr=False)


def read_keys(document: bytes) -> dict[str, Key]:
    """The usable keys of a JWKS by their `kid`; raises KeySetRefused when there is none.

    Skipped: anything that is no signing key of a known kind, and every key whose `kid` two usable keys share.
    """
    content = json_object(document)
    entries = None if content is None else content.get("keys")
    if not isinstance(entries, list):
        raise KeySetRefused("not_a_key_set")
    usable = [key for entry in entries if isinstance(entry, dict) and (key := _read_key(entry))]
    times = Counter(key.key_id for key in usable)
    keys = {key.key_id: key for key in usable if times[key.key_id] == 1}
    if not keys:
        raise KeySetRefused("no_usable_key")
    return keys


def _read_key(entry: dict[str, JsonValue]) -> Key | None:
    key_id = entry.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID:
        return None
    if entry.get("use", "sig") != "sig" or "d" in entry:
        return None
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    key = _rsa(key_id, entry) if entry.get("kty") == "RSA" else _p256(key_id, entry)
    return key if key and entry.get("alg", key.algorithm) == key.algorithm else None


def _rsa(key_id: str, entry: dict[str, JsonValue]) -> Key | None:
    modulus, exponent = _number(entry.get("n")), _number(entry.get("e"))
    if modulus is None or exponent is None:
        return None
    n, e = modulus[1], exponent[1]
    if n.bit_length() not in RSA_BITS or n % 2 == 0 or e not in RSA_EXPONENTS or e % 2 == 0:
        return None
    return Key(key_id, ALGORITHMS[0], (("kty", "RSA"), ("n", modulus[0]), ("e", exponent[0])))


def _p256(key_id: str, entry: dict[str, JsonValue]) -> Key | None:
    x, y = entry.get("x"), entry.get("y")
    if (
        entry.get("kty") != "EC"
        or entry.get("crv") != "P-256"
        or not isinstance(x, str)
        or not isinstance(y, str)
    ):
        return None
    if any(len(base64url(part) or b"") != P256_BYTES for part in (x, y)):
        return None
    return Key(key_id, ALGORITHMS[1], (("kty", "EC"), ("crv", "P-256"), ("x", x), ("y", y)))


def _number(text: JsonValue) -> tuple[str, int] | None:
    raw = base64url(text) if isinstance(text, str) else None
    return None if raw is None or not isinstance(text, str) else (text, int.from_bytes(raw, "big"))


async def download(url: str) -> bytes:
    """The body behind `url`: status 200, no redirect, at most MAX_DOCUMENT bytes within FETCH_SECONDS.

    Certificates are those the machine trusts; neither proxies nor passwords are taken from the environment.
    Raises KeySetRefused, OSError (also for lack of time) or httpx2.HTTPError.
    """
    secure = url.startswith("https:")
    trust = ssl.create_default_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    client = httpx2.AsyncClient(verify=trust, trust_env=False, follow_redirects=False, headers=headers)
    body = bytearray()
    async with asyncio.timeout(FETCH_SECONDS), client, client.stream("GET", url) as answer:
        if answer.status_code != httpx2.codes.OK:
            raise KeySetRefused("status")
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MAX_DOCUMENT:
                raise KeySetRefused("too_large")
    return bytes(body)


class KeySet:
    """The keys of one issuer. `generation` changes exactly when the keys change."""

    def __init__(self, issuer: Issuer, clock: Callable[[], datetime]) -> None:
        self.generation = 0
        self.failure: str | None = None
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._address: Address | None = None
        self._asked = _BEGINNING
        self._tried = _BEGINNING
        self._flight: asyncio.Task[None] | None = None

    @property
    def loaded(self) -> bool:
        """Whether a good set was ever fetched."""
        return bool(self._keys)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the set may be relied on at `now` without asking the issuer again."""
        return timedelta(0) <= now - self._tried < DUE

    async def find(self, key_id: str) -> Key | None:
        """The key called `key_id`; asks the issuer first when it is not here, if it may be asked again.

        Never raises for what an issuer does. A known key of a set younger than MAX_AGE is answered at once, renewal
        goes on behind it; of an older set after one try to renew it, which takes FETCH_SECONDS at most.
        """
        known, now = key_id in self._keys, self._clock()
        if not known or not self.is_fresh(now):
            flight = self._flight if self._is_flying() else self._start(due=known)
            if flight is not None and (not known or not timedelta(0) <= now - self._tried < MAX_AGE):
                # Shielded: a caller who hangs up must not take the answer away from all who wait for it.
                await asyncio.shield(flight)
        return self._keys.get(key_id)

    def _is_flying(self) -> bool:
        return self._flight is not None and not self._flight.done()

    def _start(self, *, due: bool) -> asyncio.Task[None] | None:
        """Ask the issuer, unless it was asked too short ago; a set that is `due` may be asked for in any case."""
        address, now = self._issuer.address(), self._clock()
        if address is None:
            return None
        pause = PAUSE if self._keys else PAUSE_WITHOUT_KEYS
        asked_before = address == self._address and timedelta(0) <= now - self._asked < pause
        if asked_before and not due:
            return None
        self._address, self._asked = address, now
        self._flight = asyncio.create_task(self._renew(address.url, now))
        return self._flight

    async def _renew(self, url: str, begun: datetime) -> None:
        keys, self.failure = self._keys, None
        try:
            keys = read_keys(await download(url))
        except KeySetRefused as refused:
            self.failure = refused.code
        except Exception:  # Whatever an issuer does to the client that asks: there is no new set.
            self.failure = "unreachable"
        finally:
            self._flight = None
        if self.failure is not None:
            telemetry.log("issuer_keys_not_renewed", level="warning", reason=self.failure)
        # What was asked before the issuer withdrew a key may miss it: the set is as old as the question.
        self._tried = begun
        if keys != self._keys:
            self._keys, self.generation = keys, self.generation + 1
