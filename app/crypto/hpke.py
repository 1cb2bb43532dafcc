"""Seals to a public key, opens with its private half: HPKE (RFC 9180) base mode, single shot.

KEM ML-KEM-768+X25519 (0x647a: 32-byte root, SHAKE256, public key of 1 184 + 32 bytes), HKDF-SHA256,
AES-256-GCM. What a listener keeps today stays closed to a quantum computer later, and to whoever breaks only
one of the two. The library serialises no hybrid key, so a private key is its 32-byte root (FORMATS 1).
"""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from app.crypto.aead import CannotOpen

__all__ = [
    "KEY_ID_LENGTH",
    "OVERHEAD",
    "PUBLIC_LENGTH",
    "ROOT_LENGTH",
    "CannotOpen",
    "PrivateKey",
    "PublicKey",
    "key_id_of",
    "open_sealed",
    "seal",
]

ROOT_LENGTH = 32
MLKEM_SEED_LENGTH = 64
MLKEM_PUBLIC_LENGTH = 1184
PUBLIC_LENGTH = MLKEM_PUBLIC_LENGTH + 32
KEY_ID_LENGTH = 8
OVERHEAD = 1088 + 32 + 16
"""Bytes a sealed text is longer than its plaintext: both encapsulations and the tag."""

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def key_id_of(raw: bytes) -> bytes:
    """The 8 bytes that name a public key: the first of its SHA-256."""
    return hashlib.sha256(raw).digest()[:KEY_ID_LENGTH]


class PublicKey:
    """A recipient's public key, loaded into the library once: keep it, loading costs a fifth of a seal."""

    __slots__ = ("_library", "key_id", "raw")

    def __init__(self, raw: bytes) -> None:
        """Raises ValueError where `raw` is not 1 216 bytes that make a key (FIPS 203 section 7.2)."""
        if len(raw) != PUBLIC_LENGTH:
            raise ValueError("a public key has 1216 bytes")
        self.raw = raw
        self.key_id = key_id_of(raw)
        self._library = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC_LENGTH]),
            X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC_LENGTH:]),
        )

    @property
    def library(self) -> MLKEM768X25519PublicKey:
        """The key as the library holds it; for this part only."""
        return self._library

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.key_id)

    def __repr__(self) -> str:
        return f"PublicKey({self.key_id.hex()})"


class PrivateKey:
    """The private half of a pair, made from its root when it is first used. Never shown, never serialised."""

    __slots__ = ("_library", "_public", "_root")

    def __init__(self, root: bytes) -> None:
        """Raises ValueError where `root` is not 32 bytes."""
        if len(root) != ROOT_LENGTH:
            raise ValueError("a root has 32 bytes")
        self._root = root
        self._library: MLKEM768X25519PrivateKey | None = None
        self._public: PublicKey | None = None

    @classmethod
    def from_root(cls, root: bytes) -> "PrivateKey":
        """The pair of this root. Raises ValueError where it is not 32 bytes."""
        return cls(root)

    def _load(self) -> tuple[MLKEM768X25519PrivateKey, PublicKey]:
        if self._library is None or self._public is None:
            seed = hashlib.shake_256(self._root).digest(MLKEM_SEED_LENGTH + 32)
            mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:MLKEM_SEED_LENGTH])
            x25519 = X25519PrivateKey.from_private_bytes(seed[MLKEM_SEED_LENGTH:])
            self._public = PublicKey(
                mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
            )
            self._library = MLKEM768X25519PrivateKey(mlkem, x25519)
        return self._library, self._public

    @property
    def library(self) -> MLKEM768X25519PrivateKey:
        """The key as the library holds it; for this part only."""
        return self._load()[0]

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self._load()[1]

    def __repr__(self) -> str:
        return "PrivateKey()"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not serialised")


def seal(public: PublicKey, plaintext: bytes, info: bytes) -> bytes:
    """Encapsulation (1 120 bytes) and ciphertext. `info` binds the context and is not stored.

    Raises ValueError for a public key that agrees on no secret (small order, RFC 7748 section 6.1).
    """
    return _SUITE.encrypt(plaintext, public.library, info)


def open_sealed(private: PrivateKey, sealed: bytes, info: bytes) -> bytes:
    """The plaintext of what was sealed to this pair with the same `info`. Raises CannotOpen otherwise."""
    try:
        return _SUITE.decrypt(sealed, private.library, info)
    except (InvalidTag, ValueError):
        raise CannotOpen("hpke") from None
