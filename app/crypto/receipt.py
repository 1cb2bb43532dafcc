"""The receipt code: what a reporter keeps, and all that is needed to find and read the answers (FORMATS 2).

100 bits in 20 Crockford characters. The desk stores neither the code nor anything that yields it: the same
request gives the same code again because intake key, Idempotency-Key and signal id do.
"""

from dataclasses import dataclass, field
from uuid import UUID

from app.crypto import blind
from app.crypto.derive import hkdf
from app.crypto.hpke import PrivateKey

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O (read as 1, 1, 0) and U."""
LENGTH = 20
GROUP = 4
LONGEST = 100
"""Characters a typed code may have, separators included."""

_BITS = 5 * LENGTH
_FORGIVEN = {ord("O"): "0", ord("I"): "1", ord("L"): "1"}
# Word processors turn a typed dash into one of these.
_DASHES = frozenset("-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212")


class ReceiptCode(str):
    """20 canonical characters, made by `code_for` or `read`. They open the mailbox: no repr shows them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ReceiptCode()"


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What a code opens: `lookup` (32 bytes) finds the mailbox, `private` opens its messages."""

    lookup: bytes = field(repr=False)
    private: PrivateKey


def code_for(intake_key: bytes, idempotency_key: bytes, signal_id: UUID) -> ReceiptCode:
    """The code of this signal. Without Idempotency-Key the caller gives 32 random bytes and forgets them."""
    digest = blind.mac(intake_key, b"receipt", idempotency_key, signal_id.bytes)
    number = int.from_bytes(digest, "big") >> (8 * len(digest) - _BITS)
    return ReceiptCode("".join(ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5)))


def shown(code: ReceiptCode) -> str:
    """The code in five groups of four, as a person reads it."""
    return "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def read(text: str) -> ReceiptCode | None:
    """The code a person typed; case, spaces, dashes and O/0 I/1 L/1 are forgiven. None if it is none."""
    if len(text) > LONGEST:
        return None
    kept = "".join(sign for sign in text if not (sign.isspace() or sign in _DASHES))
    # Before upper(): it turns some letters of other scripts into ours.
    if len(kept) != LENGTH or not kept.isascii():
        return None
    code = kept.upper().translate(_FORGIVEN)
    return ReceiptCode(code) if all(sign in ALPHABET for sign in code) else None


def unlock(code: ReceiptCode, intake_key: bytes) -> Unlocked:
    """Lookup value and key pair of a code.

    The intake key is the salt: a stolen table of lookups cannot be searched with guessed codes. HMAC over 20
    bare characters meets no other use of this key, all of which start with a length.
    """
    secret = code.encode()
    return Unlocked(
        lookup=hkdf(secret, intake_key, b"meldpunt receipt: lookup"),
        private=PrivateKey.from_root(hkdf(secret, intake_key, b"meldpunt receipt: root")),
    )
