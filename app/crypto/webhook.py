"""Signatures of deliveries by the Standard Webhooks specification: HMAC-SHA-256 over `id.timestamp.raw body`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
TOLERANCE_SECONDS = 300
MOST_SIGNATURES = 20
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_ID = re.compile(r"[\x21-\x7e]{1,256}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """The shared secrets in force; a delivery signed with any of them counts. Without one nothing counts."""

    keys: tuple[bytes, ...] = field(repr=False)


def read(text: str) -> Secrets:
    """Secrets separated by spaces, each `whsec_` and base64 of 24 to 64 bytes. Raises ValueError otherwise."""
    return Secrets(tuple(_key(word) for word in text.split()))


def _key(word: str) -> bytes:
    if not word.startswith(PREFIX):
        raise ValueError("a secret starts with whsec_")
    try:
        key = base64.b64decode(word.removeprefix(PREFIX).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("a secret is base64") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError("a secret has 24 to 64 bytes")
    return key


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in: the three headers as text (None where missing) and the raw body."""

    id: str | None
    timestamp: str | None
    signatures: str | None
    raw: bytes = field(repr=False)


def refusal(secrets: Secrets, given: Delivery, now: int) -> str | None:
    """Why this delivery does not count, None where it does. `now` in seconds; tolerance is five minutes."""
    if given.id is None or _ID.fullmatch(given.id) is None:
        return "webhook_id"
    if given.timestamp is None or _TIMESTAMP.fullmatch(given.timestamp) is None:
        return "webhook_timestamp"
    if abs(now - int(given.timestamp)) > TOLERANCE_SECONDS:
        return "webhook_too_old"
    signed = f"{given.id}.{given.timestamp}.".encode("ascii") + given.raw
    wanted = [hmac.digest(key, signed, hashlib.sha256) for key in secrets.keys]
    offered = [
        value for word in (given.signatures or "").split(" ")[:MOST_SIGNATURES] if (value := _value(word))
    ]
    matches = [hmac.compare_digest(mine, theirs) for mine in wanted for theirs in offered]
    return None if any(matches) else "webhook_signature"


def _value(word: str) -> bytes | None:
    """The 32 bytes of a `v1,` signature; None for another version or anything odd."""
    version, _, text = word.partition(",")
    if version != "v1":
        return None
    try:
        value = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return value if len(value) == hashlib.sha256().digest_size else None
