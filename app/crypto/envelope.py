"""Sealed parts of a record and the wraps of their data keys (FORMATS 1).

Every part of every record version has a data key of its own. A wrap gives one recipient the data keys of the
parts it may read, and opens only at the record, version, parts and commitments it was made for: moved
elsewhere, it is refused.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.crypto import aead, blind, hpke
from app.crypto.aead import CannotOpen
from app.crypto.canonical import length_prefixed
from app.crypto.derive import KEY_LENGTH, expand

__all__ = [
    "SUITE",
    "CannotOpen",
    "DataKey",
    "RecordContext",
    "SealedPart",
    "open_part",
    "seal_part",
    "unwrap",
    "wrap",
]

SUITE = 1
"""ML-KEM-768+X25519, HKDF-SHA256, AES-256-GCM. An unknown suite is refused, never fallen back from."""
COMMITMENT_LENGTH = 32
WRAP_OVERHEAD = 1 + hpke.KEY_ID_LENGTH + hpke.OVERHEAD
SMALL_PARTS = {"reporter": 512}
BLOCK = 1024
"""Bytes a part is padded to a multiple of, but for SMALL_PARTS, so that its length tells nothing."""

_DOMAIN = b"meldpunt sealed record"
_SUITE_BYTE = bytes([SUITE])
_SEAL = b"meldpunt data key: seal"
_COMMIT = b"meldpunt data key: commit"


@dataclass(frozen=True, slots=True)
class RecordContext:
    """Which record version: kind (closed code), id, version (0 to 2**32 - 1). Bound into all we seal."""

    kind: str
    record_id: UUID
    version: int

    def fields(self) -> tuple[bytes, ...]:
        """What every binding starts with: domain label, suite, kind, id (16 bytes), version (4 bytes).

        Raises OverflowError for a version out of range.
        """
        return (
            _DOMAIN,
            _SUITE_BYTE,
            self.kind.encode(),
            self.record_id.bytes,
            self.version.to_bytes(4, "big"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DataKey:
    """The 32 random bytes one part is sealed under. Lives in memory and in wraps, nowhere else."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != KEY_LENGTH:
            raise ValueError("a data key has 32 bytes")

    def commitment(self) -> bytes:
        """32 bytes that fit this key alone.

        AES-GCM by itself lets one ciphertext open under two keys; the commitment, checked first, does not.
        """
        return expand(self.raw, _COMMIT, COMMITMENT_LENGTH)

    def sealing_key(self) -> bytes:
        """The AES-256-GCM key of the part; the data key itself encrypts nothing."""
        return expand(self.raw, _SEAL)


@dataclass(frozen=True, slots=True)
class SealedPart:
    """One part as it is stored: nonce, ciphertext and tag in `ciphertext`."""

    part: str
    suite: int
    commitment: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


def seal_part(context: RecordContext, part: str, plaintext: bytes) -> tuple[SealedPart, DataKey]:
    """Seal one part under a fresh data key; the key is for `wrap` and then to be forgotten."""
    key = DataKey(secrets.token_bytes(KEY_LENGTH))
    ciphertext = aead.seal(key.sealing_key(), _padded(plaintext, _block(part)), _associated(context, part))
    return SealedPart(part, SUITE, key.commitment(), ciphertext), key


def open_part(context: RecordContext, sealed: SealedPart, key: DataKey) -> bytes:
    """The plaintext of a part. Raises CannotOpen unless it is that part of that version under that key."""
    if sealed.suite != SUITE:
        raise CannotOpen("suite")
    if not blind.equal(sealed.commitment, key.commitment()):
        raise CannotOpen("commitment")
    padded = aead.open_sealed(key.sealing_key(), sealed.ciphertext, _associated(context, sealed.part))
    return _stripped(padded, _block(sealed.part))


def _associated(context: RecordContext, part: str) -> bytes:
    return length_prefixed(*context.fields(), part.encode())


def _block(part: str) -> int:
    return SMALL_PARTS.get(part, BLOCK)


def _padded(plaintext: bytes, block: int) -> bytes:
    marked = plaintext + b"\x80"
    return marked.ljust(-(-len(marked) // block) * block, b"\0")


def _stripped(padded: bytes, block: int) -> bytes:
    # Runs on authenticated bytes only, so its refusals tell an attacker nothing.
    marked = padded.rstrip(b"\0")
    if not marked.endswith(b"\x80") or len(padded) != -(-len(marked) // block) * block:
        raise CannotOpen("padding")
    return marked[:-1]


def wrap(
    context: RecordContext,
    recipient: hpke.PublicKey,
    keys: Mapping[str, DataKey],
    commitments: Mapping[str, bytes],
) -> bytes:
    """The data keys of these parts for one recipient: suite byte, key id (8), HPKE of the keys by part name.

    Raises ValueError where no part is named or `keys` and `commitments` do not name the same parts.
    """
    if not keys or keys.keys() != commitments.keys():
        raise ValueError("each part needs its key and its commitment")
    plaintext = b"".join(keys[part].raw for part in sorted(keys))
    info = _info(context, recipient.key_id, commitments)
    return _SUITE_BYTE + recipient.key_id + hpke.seal(recipient, plaintext, info)


def unwrap(
    context: RecordContext, private: hpke.PrivateKey, wrapped: bytes, commitments: Mapping[str, bytes]
) -> dict[str, DataKey]:
    """The data keys by part. `commitments` are those stored with the parts this wrap is for, exactly these.

    Raises CannotOpen for another suite, pair, length, record, version, part or commitment.
    """
    parts = sorted(commitments)
    if not parts or len(wrapped) != WRAP_OVERHEAD + KEY_LENGTH * len(parts):
        raise CannotOpen("length")
    if wrapped[:1] != _SUITE_BYTE:
        raise CannotOpen("suite")
    key_id, sealed = wrapped[1 : 1 + hpke.KEY_ID_LENGTH], wrapped[1 + hpke.KEY_ID_LENGTH :]
    if key_id != private.public.key_id:
        raise CannotOpen("key_id")
    plaintext = hpke.open_sealed(private, sealed, _info(context, key_id, commitments))
    keys = {
        part: DataKey(plaintext[at * KEY_LENGTH : (at + 1) * KEY_LENGTH]) for at, part in enumerate(parts)
    }
    for part, key in keys.items():
        if not blind.equal(commitments[part], key.commitment()):
            raise CannotOpen("commitment")
    return keys


def _info(context: RecordContext, key_id: bytes, commitments: Mapping[str, bytes]) -> bytes:
    # One name and one commitment for each part: the number of fields tells where the names end.
    parts = sorted(commitments)
    return length_prefixed(
        *context.fields(),
        *(part.encode() for part in parts),
        key_id,
        *(commitments[part] for part in parts),
    )
