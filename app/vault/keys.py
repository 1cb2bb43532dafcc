"""The keys of the desk: made, renewed, listed, and held by a process as its ring (FORMATS 1, Keys).

A keyholder has one pair per quarter (generation): sealed to while active, opened with until disabled.
"""

from collections.abc import Container, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.clock import now
from app.crypto import derive
from app.crypto.atrest import Header, Kek
from app.crypto.hpke import PrivateKey, key_id_of
from app.errors import StartRefused
from app.settings import Settings
from app.vault import directory as directories
from app.vault import indexkeys, keyfiles, keyfolder
from app.vault.directory import Entry, Signed, State
from app.vault.indexkeys import IndexKeys
from app.vault.keyfolder import pinned

__all__ = ["KeyAbsent", "KeyRing", "Listed", "create", "generation_of", "listing", "new_generation", "pinned"]

OPENS = frozenset({State.PRE_ACTIVE, State.ACTIVE, State.OPEN_ONLY})
"""States in which a process may hold the private half."""


class KeyAbsent(Exception):
    """The process does not hold that key; the message names the holder, never the key."""


class Listed(NamedTuple):
    """A line of `meldpunt keys list`."""

    holder: str
    generation: str
    state: str
    key_id: str


def generation_of(day: date) -> str:
    """The quarter a pair made on this day belongs to, such as `2026q4`."""
    return f"{day.year:04}q{(day.month + 2) // 3}"


def create(settings: Settings, holders: Sequence[str], *, on: date | None = None) -> Signed:
    """Make what is missing: provider, signing key, intake key, authority key, index key, a pair for each holder without.

    Running it again changes nothing and gives the same directory, the one that must be stored. `on` is the
    day that names the generation (default: today). Raises StartRefused, with keys that were there untouched,
    and ValueError for something that cannot be a holder's id.
    """
    if not all(directories.holder_fits(holder) for holder in holders):
        raise ValueError("not a keyholder")
    folder = settings.keys_folder
    generation = generation_of(on or now().date())
    with keyfiles.locked(folder):
        kek = keyfiles.unlock_or_make(settings)
        signer, stored = keyfolder.foundation(settings, kek)
        entries = () if stored is None else stored.entries
        served = {entry.holder for entry in entries if entry.state is State.ACTIVE}
        served |= {entry.holder for entry in entries if entry.generation == generation}
        made = keyfolder.pairs(
            folder, kek, [holder for holder in holders if holder not in served], generation
        )
        return keyfolder.published(folder, signer, stored, [*entries, *made])


def new_generation(settings: Settings, holder: str, *, on: date | None = None) -> Signed:
    """A pair of the present quarter for a holder whose active pair is older; that one then only opens.

    Gives the directory to be stored. Raises StartRefused for an unknown holder, or one with such a pair.
    """
    folder = settings.keys_folder
    generation = generation_of(on or now().date())
    with keyfiles.locked(folder):
        kek = keyfiles.unlock(settings)
        signer, stored = keyfolder.foundation(settings, kek)
        known = [entry for entry in (stored.entries if stored else ()) if entry.holder == holder]
        if stored is None or not known:
            raise StartRefused(
                "Deze sleutelhouder staat niet in de sleutellijst. Bekijk de lijst met: meldpunt keys list"
            )
        if max(entry.generation for entry in known) >= generation:
            raise StartRefused(f"Deze sleutelhouder heeft voor {generation} of later al een sleutelpaar.")
        made = keyfolder.pairs(folder, kek, [holder], generation)
        kept = [
            _open_only(entry) if entry.holder == holder and entry.state is State.ACTIVE else entry
            for entry in stored.entries
        ]
        return keyfolder.published(folder, signer, stored, [*kept, *made])


def _open_only(entry: Entry) -> Entry:
    return Entry(entry.holder, entry.generation, entry.suite, entry.public, State.OPEN_ONLY)


def listing(settings: Settings) -> list[Listed]:
    """Every pair of the signed directory on disk, opening none. Raises StartRefused where there is none."""
    found = keyfolder.signed_directory(settings.keys_folder, pinned(settings))
    if found is None:
        keyfiles.needed(settings.keys_folder / keyfolder.DIRECTORY)
        return []
    return [
        Listed(entry.holder, entry.generation, entry.state.value, key_id_of(entry.public).hex())
        for entry in found.entries
    ]


class KeyRing:
    """The keys of one process. Shows which holders it has, never a key."""

    __slots__ = (
        "_active",
        "_authority",
        "_by_id",
        "_index",
        "_pairs",
        "directory_version",
        "intake",
        "pinned",
        "vouching",
    )

    def __init__(self, intake: bytes, public: bytes) -> None:
        self.intake = intake
        self.vouching = derive.expand(intake, b"meldpunt sealed parts")
        self.pinned = public
        self.directory_version = 1
        self._authority: bytes | None = None
        self._index: IndexKeys | None = None
        self._pairs: dict[tuple[str, str], PrivateKey] = {}
        self._active: dict[str, str] = {}
        self._by_id: dict[bytes, PrivateKey] = {}

    @classmethod
    def for_intake(cls, settings: Settings) -> "KeyRing":
        """What a process that may only submit holds: intake key and pinned key, no private key at all."""
        if settings.intake_key is not None:
            text, source = settings.intake_key.get_secret_value().encode(), "MELDPUNT_INTAKE_KEY"
        else:
            file = settings.keys_folder / keyfiles.INTAKE
            text, source = keyfiles.needed(file), str(file)
        return cls(keyfiles.hex_key(text, source), pinned(settings))

    @classmethod
    def load(cls, settings: Settings, *, holders: Container[str] | None = None) -> "KeyRing":
        """Every key of the folder that is not disabled, of all holders or of these only.

        Raises StartRefused for another passphrase and for a missing, damaged or foreign file.
        """
        ring = cls.for_intake(settings)
        folder = settings.keys_folder
        kek = keyfiles.unlock(settings)
        ring._authority = keyfiles.root(kek, folder / keyfolder.AUTHORITY, keyfolder.AUTHORITY_HEADER)
        ring._index = indexkeys.load(folder, kek)
        found = keyfolder.signed_directory(folder, ring.pinned)
        if found is None:
            keyfiles.needed(folder / keyfolder.DIRECTORY)
            return ring
        ring.directory_version = found.version
        for entry in found.entries:
            if entry.state in OPENS and (holders is None or entry.holder in holders):
                ring._hold(entry, kek, folder)
        return ring

    def _hold(self, entry: Entry, kek: Kek, folder: Path) -> None:
        file = keyfolder.pair_file(folder, entry.holder, entry.generation)
        expected = Header(entry.suite, entry.holder, entry.generation, entry.public)
        private = PrivateKey.from_root(keyfiles.root(kek, file, expected))
        self._pairs[entry.holder, entry.generation] = private
        self._by_id[key_id_of(entry.public)] = private
        if entry.state is State.ACTIVE:
            self._active[entry.holder] = entry.generation

    @property
    def authority(self) -> bytes:
        """The key that vouches for sessions, grants and approvals. Raises KeyAbsent in an intake process."""
        if self._authority is None:
            raise KeyAbsent("authority")
        return self._authority

    @property
    def index(self) -> IndexKeys:
        """The keys of the blind index. Raises KeyAbsent in an intake process."""
        if self._index is None:
            raise KeyAbsent("blind-index")
        return self._index

    @property
    def holders(self) -> frozenset[str]:
        """Keyholders with at least one private key here."""
        return frozenset(holder for holder, _ in self._pairs)

    def private(self, holder: str, generation: str | None = None) -> PrivateKey:
        """The holder's private key of that quarter, by default its active one. Raises KeyAbsent."""
        found = self._pairs.get((holder, generation or self._active.get(holder, "")))
        if found is None:
            raise KeyAbsent(holder)
        return found

    def by_key_id(self, key_id: bytes) -> PrivateKey | None:
        """The private key whose public half has this id (8 bytes), None where it is not held here."""
        return self._by_id.get(key_id)

    def __repr__(self) -> str:
        return f"KeyRing({len(self._pairs)} pairs)"
