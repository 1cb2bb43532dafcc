"""Keys of the blind index: one root per version in the keys folder, a key per kind made of it (FORMATS 3).

Desk and worker hold them, intake never: a plate, a phone number or an address is soon found by trying all of them, but
not without the key. During a rotation two versions are live: what comes in is indexed under both.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.crypto import atrest, blind, derive
from app.crypto.atrest import Header, Kek
from app.crypto.canonical import length_prefixed
from app.errors import StartRefused
from app.settings import Settings
from app.vault import keyfiles

VERSIONS = "index.versions"
MOST_LIVE = 2
_VERSIONS = re.compile(r"[1-9][0-9]{0,3}( [1-9][0-9]{0,3})?")
_FILE = re.compile(r"index\.([1-9][0-9]{0,3})\.key")


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The roots of the live versions. Shows which versions there are, never a key."""

    roots: Mapping[int, bytes] = field(repr=False)

    @property
    def versions(self) -> tuple[int, ...]:
        """The live versions, oldest first."""
        return tuple(sorted(self.roots))

    def tokens(self, kind: str, value: str) -> dict[int, bytes]:
        """What stands in the index for this normalised value, by version: HMAC-SHA-256, 32 bytes."""
        return {version: blind.token(self._key(kind, version), value) for version in self.versions}

    def _key(self, kind: str, version: int) -> bytes:
        label = length_prefixed(b"meldpunt blind index", kind.encode(), version.to_bytes(4, "big"))
        return derive.expand(self.roots[version], label)


def file_of(folder: Path, version: int) -> Path:
    """Where the root of this version lies."""
    return folder / f"index.{version}.key"


def _header(version: int) -> Header:
    return Header(atrest.SECRET, "blind-index", str(version), b"")


def live(folder: Path) -> tuple[int, ...]:
    """The versions that the folder says are live, oldest first. Raises StartRefused naming the file."""
    text = keyfiles.needed(folder / VERSIONS).decode("ascii", "replace").strip()
    found = tuple(int(word) for word in text.split()) if _VERSIONS.fullmatch(text) else ()
    if not found or list(found) != sorted(set(found)):
        raise StartRefused(
            f"Het sleutelbestand {folder / VERSIONS} is beschadigd. Zet de hele sleutelmap terug uit de reservekopie."
        )
    return found


def make(folder: Path, kek: Kek) -> None:
    """The first version, where the folder never had one; what a killed run left is finished.

    Raises StartRefused where a version that is live lost its key.
    """
    if (folder / VERSIONS).exists():
        for version in live(folder):
            keyfiles.needed(file_of(folder, version))
        return
    there = sorted(
        int(found[1]) for file in folder.glob("index.*.key") if (found := _FILE.fullmatch(file.name))
    )
    files = {} if there else {file_of(folder, 1): atrest.seal_root(kek, _header(1), secrets.token_bytes(32))}
    keyfiles.keep({**files, folder / VERSIONS: _written(there[-MOST_LIVE:] or [1])})


def _written(versions: list[int]) -> bytes:
    return " ".join(map(str, versions)).encode()


def load(folder: Path, kek: Kek) -> IndexKeys:
    """The keys of the live versions. Raises StartRefused for a missing, damaged or foreign file."""
    return IndexKeys(
        {version: keyfiles.root(kek, file_of(folder, version), _header(version)) for version in live(folder)}
    )


def add(settings: Settings) -> int:
    """Begin a rotation: one more version, under which everything is indexed from now on too; its number.

    Raises StartRefused while two are live.
    """
    folder = settings.keys_folder
    with keyfiles.locked(folder):
        kek = keyfiles.unlock(settings)
        versions = list(live(folder))
        if len(versions) == MOST_LIVE:
            raise StartRefused("Er gelden al twee versies van de indexsleutel. Beëindig eerst de oudste.")
        number = versions[-1] + 1
        fresh = atrest.seal_root(kek, _header(number), secrets.token_bytes(32))
        keyfiles.keep({file_of(folder, number): fresh, folder / VERSIONS: _written([*versions, number])})
        return number


def retire(settings: Settings) -> int:
    """End a rotation: the oldest version is live no more and its key is gone; its number.

    Raises StartRefused where one version is live.
    """
    folder = settings.keys_folder
    with keyfiles.locked(folder):
        keyfiles.unlock(settings)
        versions = list(live(folder))
        if len(versions) < MOST_LIVE:
            raise StartRefused("Er geldt maar een versie van de indexsleutel. Die is nodig.")
        oldest, *left = versions
        keyfiles.keep({folder / VERSIONS: _written(left)})
        file_of(folder, oldest).unlink(missing_ok=True)
        return oldest
