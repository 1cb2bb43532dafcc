"""Private keys at rest: a readable header and a 32-byte root under the provider's key (FORMATS 1).

The provider here is a file with a passphrase: scrypt (RFC 7914) makes the key-encryption key; salt, cost and
a check value stand in the provider's header, so that a wrong passphrase is noticed before it makes anything.
"""

import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.crypto import aead, canonical, hpke, signing
from app.crypto.aead import CannotOpen

__all__ = [
    "PAIR",
    "SECRET",
    "SIGNING",
    "CannotOpen",
    "Header",
    "Kek",
    "Provider",
    "open_root",
    "read_header",
    "seal_root",
]

PAIR = 1
"""Suite of a keyholder's pair; the number of `envelope.SUITE`."""
SIGNING = 2
"""Suite of an Ed25519 seed."""
SECRET = 3
"""Suite of a symmetric key of 32 bytes, which has no public half."""
PUBLIC_LENGTHS = {PAIR: hpke.PUBLIC_LENGTH, SIGNING: signing.PUBLIC_LENGTH, SECRET: 0}
ROOT_LENGTH = 32
SALT_LENGTH = 16

_DOMAIN = b"meldpunt key at rest"
_CHECK = b"meldpunt provider"


@dataclass(frozen=True, slots=True, eq=False)
class Kek:
    """The provider's key, which opens the roots."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """What a key file says in clear: suite, keyholder, generation and the full public key."""

    suite: int
    holder: str
    generation: str
    public: bytes = field(repr=False)

    def encode(self) -> bytes:
        """The canonical bytes, bound to the sealed root."""
        return canonical.encode(
            {
                "generation": self.generation,
                "holder": self.holder,
                "public": self.public.hex(),
                "suite": self.suite,
            }
        )


@dataclass(frozen=True, slots=True)
class Provider:
    """Salt and cost of scrypt, and the check value: an empty text sealed under the key they give.

    The cost is what OWASP's Password Storage Cheat Sheet asks of scrypt, in its form for 32 MiB of memory.
    """

    salt: bytes = field(repr=False)
    n: int = 2**15
    r: int = 8
    p: int = 3
    check: bytes = field(default=b"", repr=False)

    @classmethod
    def new(cls, passphrase: bytes) -> "Provider":
        """A provider with a fresh salt for this passphrase. Takes about 0.3 s and 32 MiB, like `unlock`."""
        bare = cls(secrets.token_bytes(SALT_LENGTH))
        return cls(bare.salt, bare.n, bare.r, bare.p, aead.seal(bare._derive(passphrase), b"", _CHECK))

    def unlock(self, passphrase: bytes) -> Kek:
        """The provider's key. Raises CannotOpen for another passphrase."""
        key = self._derive(passphrase)
        aead.open_sealed(key, self.check, _CHECK)
        return Kek(key)

    def _derive(self, passphrase: bytes) -> bytes:
        return _scrypt(self.salt, self.n, self.r, self.p, passphrase)

    def encode(self) -> bytes:
        """The bytes of the provider's file."""
        return canonical.encode(
            {
                "check": self.check.hex(),
                "kdf": "scrypt",
                "n": self.n,
                "p": self.p,
                "r": self.r,
                "salt": self.salt.hex(),
            }
        )

    @classmethod
    def read(cls, raw: bytes) -> "Provider":
        """The provider of a file. Raises CannotOpen for other bytes, or a cost out of bounds."""
        members = _members(raw, {"check", "kdf", "n", "p", "r", "salt"})
        n, r, p = members["n"], members["r"], members["p"]
        if members["kdf"] != "scrypt" or not (type(n) is int and type(r) is int and type(p) is int):
            raise CannotOpen("provider")
        # Bounded both ways: a file somebody changed must neither weaken the key nor fill the memory.
        if n not in {2**power for power in range(15, 21)} or r != 8 or not 1 <= p <= 4:
            raise CannotOpen("cost")
        return cls(_bytes(members["salt"]), n, r, p, _bytes(members["check"]))


# Once per process: a start makes and reads keys. The passphrase stands in the settings for as long anyway.
@lru_cache(maxsize=4)
def _scrypt(salt: bytes, n: int, r: int, p: int, passphrase: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase)


def seal_root(kek: Kek, header: Header, root: bytes) -> bytes:
    """The bytes of a key file. Raises ValueError for a root or public key of the wrong length."""
    if len(root) != ROOT_LENGTH or len(header.public) != PUBLIC_LENGTHS.get(header.suite):
        raise ValueError("root or public key has the wrong length")
    shown = header.encode()
    return canonical.length_prefixed(shown, aead.seal(kek.raw, root, _associated(shown)))


def read_header(stored: bytes) -> Header:
    """What a key file says of itself; true only once `open_root` has opened it. Raises CannotOpen."""
    return _taken_apart(stored)[0]


def open_root(kek: Kek, stored: bytes) -> tuple[Header, bytes]:
    """Header and root of a key file. Raises CannotOpen: another provider's, altered, cut short, longer."""
    header, shown, sealed = _taken_apart(stored)
    root = aead.open_sealed(kek.raw, sealed, _associated(shown))
    if len(root) != ROOT_LENGTH:
        raise CannotOpen("length")
    return header, root


def _taken_apart(stored: bytes) -> tuple[Header, bytes, bytes]:
    try:
        shown, sealed = canonical.split(stored, 2)
    except ValueError:
        raise CannotOpen("length") from None
    members = _members(shown, {"generation", "holder", "public", "suite"})
    suite, holder, generation = members["suite"], members["holder"], members["generation"]
    if not (type(suite) is int and isinstance(holder, str) and isinstance(generation, str)):
        raise CannotOpen("header")
    header = Header(suite, holder, generation, _bytes(members["public"]))
    if header.encode() != shown or len(header.public) != PUBLIC_LENGTHS.get(suite):
        raise CannotOpen("header")
    return header, shown, sealed


def _associated(shown: bytes) -> bytes:
    return canonical.length_prefixed(_DOMAIN, shown)


def _members(raw: bytes, names: set[str]) -> dict[str, canonical.JsonValue]:
    try:
        value = canonical.parse(raw)
    except canonical.NotJson:
        raise CannotOpen("header") from None
    if not isinstance(value, dict) or value.keys() != names:
        raise CannotOpen("header")
    return value


def _bytes(value: canonical.JsonValue) -> bytes:
    if isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    raise CannotOpen("header")
