"""Values that can be compared but not read back: MACs of identifiers and requests, commitments in the log.

Never a bare hash: number plates and phone numbers are few enough to try them all (FORMATS 3).
"""

import hashlib
import hmac

from app.crypto.canonical import length_prefixed

SALT_LENGTH = 32


def mac(key: bytes, *fields: bytes) -> bytes:
    """HMAC-SHA-256 over the length-prefixed fields, 32 bytes. The first field names the purpose.

    Raises ValueError for a key under 32 bytes: with a missing or short one, anybody could make the value.
    """
    if len(key) < SALT_LENGTH:
        raise ValueError("a key has 32 bytes")
    return hmac.digest(key, length_prefixed(*fields), hashlib.sha256)


def commitment(salt: bytes, field: str, value: str) -> bytes:
    """What a leaf of the log holds in place of `value` (FORMATS 5). One fresh salt per entry and field."""
    return mac(salt, field.encode(), value.encode())


def token(key: bytes, value: str) -> bytes:
    """What the blind index holds in place of `value`: HMAC-SHA-256, 32 bytes (FORMATS 3).

    The key is of one kind and version, so the value needs no field beside it. Raises ValueError for a short key.
    """
    if len(key) < SALT_LENGTH:
        raise ValueError("a key has 32 bytes")
    return hmac.digest(key, value.encode(), hashlib.sha256)


def equal(one: bytes, other: bytes) -> bool:
    """Whether both are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)
