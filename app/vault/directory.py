"""The key directory: which public keys count, signed by a key pinned outside the database (FORMATS 1).

Whoever can write to the database can put a public key of their own there, but not into this list: intake
seals to no key that is not in it. A lower version than one already seen is an old list put back.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from app.crypto import canonical, signing
from app.crypto.envelope import SUITE
from app.crypto.hpke import PUBLIC_LENGTH, PublicKey
from app.crypto.signing import SigningKey

_DOMAIN = b"meldpunt key directory"
_HOLDER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_GENERATION = re.compile(r"[0-9]{4}q[1-4]")
LONGEST_HOLDER = 80
MAX_VERSION = 2**31 - 1


class State(StrEnum):
    """The life of a pair: sealed to while active, opened with until disabled."""

    PRE_ACTIVE = "pre_active"
    ACTIVE = "active"
    OPEN_ONLY = "open_only"
    DISABLED = "disabled"
    DESTROYED = "destroyed"


class DirectoryRefused(Exception):
    """The list does not count, or has no key for this keyholder. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def holder_fits(holder: str) -> bool:
    """Whether this can be a keyholder's id: lower case, digits and dashes, safe as a file's name."""
    return len(holder) <= LONGEST_HOLDER and _HOLDER.fullmatch(holder) is not None


def generation_fits(generation: str) -> bool:
    """Whether this names a generation, such as `2026q4`."""
    return _GENERATION.fullmatch(generation) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One public key: whose, of which quarter, for which suite, and where in its life."""

    holder: str
    generation: str
    suite: int
    public: bytes = field(repr=False)
    state: State


@dataclass(frozen=True, slots=True)
class Signed:
    """A directory as it is stored: the exact bytes and the signature over them."""

    document: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Directory:
    """A list of public keys. Raises DirectoryRefused where the list contradicts itself.

    Keys of active entries are loaded once here, for every seal that follows. `document` is the canonical form
    that is signed and stored.
    """

    version: int
    entries: tuple[Entry, ...]
    document: bytes = field(init=False, repr=False, compare=False)
    _current: dict[str, tuple[Entry, PublicKey]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self.version, self.entries)
        current = {
            entry.holder: (entry, _loaded(entry)) for entry in self.entries if entry.state is State.ACTIVE
        }
        object.__setattr__(self, "_current", current)
        object.__setattr__(self, "document", _document(self.version, self.entries))

    def current(self, holder: str) -> Entry:
        """The active entry of a keyholder. Raises DirectoryRefused where there is none."""
        return self._found(holder)[0]

    def serves(self, holder: str) -> bool:
        """Whether there is a key to seal to for this keyholder."""
        return holder in self._current

    def active(self, holder: str) -> PublicKey:
        """The key to seal to for a keyholder. Raises DirectoryRefused where there is none."""
        return self._found(holder)[1]

    def _found(self, holder: str) -> tuple[Entry, PublicKey]:
        found = self._current.get(holder)
        if found is None:
            raise DirectoryRefused("no_active_key")
        return found


def _document(version: int, entries: tuple[Entry, ...]) -> bytes:
    return canonical.encode(
        {
            "entries": [
                {
                    "generation": entry.generation,
                    "holder": entry.holder,
                    "public": entry.public.hex(),
                    "state": entry.state.value,
                    "suite": entry.suite,
                }
                for entry in entries
            ],
            "version": version,
        }
    )


def _loaded(entry: Entry) -> PublicKey:
    try:
        return PublicKey(entry.public)
    except ValueError:
        raise DirectoryRefused("public") from None


def _check(version: int, entries: tuple[Entry, ...]) -> None:
    if not 1 <= version <= MAX_VERSION:
        raise DirectoryRefused("version")
    for entry in entries:
        if not (holder_fits(entry.holder) and generation_fits(entry.generation)):
            raise DirectoryRefused("name")
        if entry.suite != SUITE:
            raise DirectoryRefused("suite")
        if len(entry.public) != PUBLIC_LENGTH:
            raise DirectoryRefused("public")
    names = [(entry.holder, entry.generation) for entry in entries]
    if names != sorted(set(names)):
        raise DirectoryRefused("order")
    active = [entry.holder for entry in entries if entry.state is State.ACTIVE]
    if len(set(active)) != len(active):
        raise DirectoryRefused("two_active")
    # A key listed for two keyholders would let one of them read what is meant for the other.
    if len({entry.public for entry in entries}) != len(entries):
        raise DirectoryRefused("key_twice")


def sign(directory: Directory, key: SigningKey) -> Signed:
    """The directory as bytes with this key's signature; the same directory always gives the same."""
    return Signed(directory.document, key.sign(_message(directory.document)))


def _message(document: bytes) -> bytes:
    return canonical.length_prefixed(_DOMAIN, document)


def read(document: bytes, signature: bytes, pinned: bytes, *, at_least: int = 1) -> Directory:
    """The directory in these bytes, when the pinned key (32 bytes) signed them.

    Raises DirectoryRefused: other signature, not canonical, contradicting itself, a version under `at_least`.
    """
    if not signing.verify(pinned, _message(document), signature):
        raise DirectoryRefused("signature")
    try:
        value = canonical.parse(document)
    except canonical.NotJson:
        raise DirectoryRefused("form") from None
    if not isinstance(value, dict) or value.keys() != {"entries", "version"}:
        raise DirectoryRefused("form")
    version, listed = value["version"], value["entries"]
    if type(version) is not int or not isinstance(listed, list):
        raise DirectoryRefused("form")
    directory = Directory(version, tuple(_entry(one) for one in listed))
    if directory.document != document:
        raise DirectoryRefused("form")
    if version < at_least:
        raise DirectoryRefused("version")
    return directory


def _entry(value: canonical.JsonValue) -> Entry:
    if not isinstance(value, dict) or value.keys() != {"generation", "holder", "public", "state", "suite"}:
        raise DirectoryRefused("form")
    holder, generation, suite, public, state = (
        value[name] for name in ("holder", "generation", "suite", "public", "state")
    )
    if not (isinstance(holder, str) and isinstance(generation, str) and type(suite) is int):
        raise DirectoryRefused("form")
    if not (isinstance(public, str) and isinstance(state, str)):
        raise DirectoryRefused("form")
    try:
        return Entry(holder, generation, suite, bytes.fromhex(public), State(state))
    except ValueError:
        raise DirectoryRefused("form") from None
