"""AES-256-GCM with a random nonce in front, and the one error for everything that does not open."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_LENGTH = 12
TAG_LENGTH = 16
OVERHEAD = NONCE_LENGTH + TAG_LENGTH


class CannotOpen(Exception):
    """Sealed bytes do not open: wrong key, wrong place, altered or malformed. `code` says where."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def seal(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Nonce (12 bytes), ciphertext, tag (16 bytes). `key` is 32 bytes; `associated` is bound but not stored.

    A random 96-bit nonce is safe here because a key seals one message, or a few (roots under a provider's
    key): far from the 2**32 of NIST SP 800-38D section 8.3.
    """
    nonce = secrets.token_bytes(NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


def open_sealed(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The plaintext of what `seal` made with the same key and `associated`. Raises CannotOpen."""
    if len(sealed) < OVERHEAD:
        raise CannotOpen("length")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], associated)
    except InvalidTag:
        raise CannotOpen("tag") from None
