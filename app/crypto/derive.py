"""Keys from keys: HKDF with SHA-256 (RFC 5869), always with a label that says what the new key is for."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

KEY_LENGTH = 32
_SHA256 = SHA256()


def expand(key: bytes, label: bytes, length: int = KEY_LENGTH) -> bytes:
    """HKDF-Expand: `length` bytes for the purpose `label`. `key` is uniformly random, at least 32 bytes."""
    return HKDFExpand(_SHA256, length, label).derive(key)


def hkdf(secret: bytes, salt: bytes, label: bytes, length: int = KEY_LENGTH) -> bytes:
    """HKDF-Extract with `salt`, then Expand for the purpose `label`; `secret` need not be uniform."""
    return HKDF(_SHA256, length, salt, label).derive(secret)
