"""What this process may do with keys: its ring, and the key directory it last checked.

The directory in the database counts only with a signature of the pinned key; a newer one is taken when it is handed
over, an older or forged one never. Keys that are not there yet (a first start) make the desk unready, not broken.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from starlette.requests import Request

from app import telemetry
from app.crypto import blind
from app.errors import StartRefused, Unavailable
from app.vault import directory
from app.vault.directory import Directory, Signed
from app.vault.keys import KeyRing


class Vault:
    """The ring of this process, loaded on first use, and the directory in force.

    `reveal` loads the pairs of one more holder, for openings of who reported: those are in no ring that stays.
    """

    def __init__(self, load: Callable[[], KeyRing], reveal: Callable[[str], KeyRing] | None = None) -> None:
        self._load = load
        self._reveal = reveal
        self._ring: KeyRing | None = None
        self._current: Directory | None = None
        self._document = b""

    @property
    def ring(self) -> KeyRing:
        """The keys of this process. Raises Unavailable while they are not there."""
        if self._ring is None:
            try:
                self._ring = self._load()
            except StartRefused:
                raise Unavailable(reason="keys") from None
        return self._ring

    async def for_one_reveal(self, holder: str) -> KeyRing:
        """A ring with this holder's pairs, read from the key folder for one opening and kept by nobody.

        Files are read and the passphrase may have to be worked, so it happens on another thread. Raises Unavailable
        where this process has no key folder to read, or the keys are not there.
        """
        if self._reveal is None:
            raise Unavailable(reason="key_absent")
        try:
            return await asyncio.to_thread(self._reveal, holder)
        except StartRefused:
            raise Unavailable(reason="keys") from None

    def accept(self, signed: Signed) -> Directory:
        """Check a signed directory and take it if it is newer; the one in force afterwards.

        Raises Unavailable, with an alarm, where it is not ours, or older than the one on disk when the ring was loaded.
        One that is older than what was seen since changes nothing, and gives the alarm too.
        """
        if self._current is not None and signed.document == self._document:
            return self._current
        try:
            found = directory.read(
                signed.document,
                signed.signature,
                self.ring.pinned,
                at_least=self.ring.directory_version,
            )
        except directory.DirectoryRefused:
            telemetry.alarm("directory_forged")
            raise Unavailable(reason="key_directory") from None
        if self._current is not None and found.version < self._current.version:
            telemetry.alarm("directory_forged")
        elif self._current is None or found.version > self._current.version:
            if self._current is not None:
                # A newer list names new pairs: their private halves are in the folder, not yet in this ring.
                self._ring = None
            self._current, self._document = found, signed.document
        return self._current

    @property
    def directory(self) -> Directory:
        """The directory in force. Raises Unavailable before the first one was checked."""
        if self._current is None:
            raise Unavailable(reason="key_directory")
        return self._current

    def cursor_key(self) -> bytes:
        """The key that cursors of this desk are signed with."""
        return blind.mac(self.ring.authority, b"cursors")


def vault_of(request: Request) -> Vault:
    """The vault of the application that serves this request."""
    return cast("Vault", request.app.state.vault)
