"""Ed25519 signatures (RFC 8032): of the key directory, and later of the log's checkpoints."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_LENGTH = 32
PUBLIC_LENGTH = 32


class SigningKey:
    """A signing key. Its seed leaves only for storage at rest; its repr shows nothing."""

    __slots__ = ("_library",)

    def __init__(self, library: Ed25519PrivateKey) -> None:
        self._library = library

    @classmethod
    def generate(cls) -> "SigningKey":
        """A fresh key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of this seed. Raises ValueError where it is not 32 bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, for `atrest.seal_root` only."""
        return self._library.private_bytes_raw()

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._library.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes; the same message always gives the same."""
        return self._library.sign(message)

    def __repr__(self) -> str:
        return "SigningKey()"

    def __reduce__(self) -> str:
        raise TypeError("a signing key is not serialised")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is this key's over `message`; False also for bytes that are neither."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
