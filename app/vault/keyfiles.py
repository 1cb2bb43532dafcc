"""Key files: written whole or not at all, by one writer at a time, and opened by the provider's passphrase.

Everything here may be killed at any moment. A file appears by rename after its bytes are on disk; the next
run finds what the last one finished and makes the rest.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.crypto import atrest
from app.crypto.atrest import CannotOpen, Header, Kek, Provider
from app.errors import StartRefused
from app.settings import Settings

PASSPHRASE = "passphrase"  # noqa: S105
PROVIDER = "provider.json"
INTAKE = "intake.key"
"""The one key file that no provider opens: the intake process has no passphrase."""
SHORTEST_PASSPHRASE = 12


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder (made with mode 0700) alone. The lock goes with the process, also when it is killed.

    Raises StartRefused where the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartRefused(_unwritable(folder, error)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise StartRefused(_unwritable(folder, error)) from None
    finally:
        os.close(lock)


def _unwritable(folder: Path, error: OSError) -> str:
    return (
        f"In de sleutelmap {folder} kan niet worden geschreven ({type(error).__name__}). "
        "Geef dit account schrijfrecht op de map, of zet MELDPUNT_HOME op een andere map."
    )


def keep(files: Mapping[Path, bytes]) -> None:
    """Write these files (mode 0600), all in one folder, so that each is there whole or not at all."""
    for file, content in files.items():
        half = file.with_name(f".{file.name}.half")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        half.rename(file)
    for folder in {file.parent for file in files}:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def content(file: Path) -> bytes | None:
    """The bytes of a file, None where there is none. Raises StartRefused where it cannot be read."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StartRefused(
            f"Het sleutelbestand {file} kan niet worden gelezen ({type(error).__name__}). "
            "Geef dit account leesrecht op de sleutelmap."
        ) from None


def needed(file: Path) -> bytes:
    """The bytes of a file that must be there. Raises StartRefused naming it."""
    found = content(file)
    if found is None:
        raise StartRefused(
            f"Het sleutelbestand {file} ontbreekt. Zet de hele sleutelmap terug uit de reservekopie, "
            "of zet MELDPUNT_HOME op de goede map."
        )
    return found


def hex_key(text: bytes, source: str) -> bytes:
    """The 32 bytes written in hex. `source` names setting or file. Raises StartRefused without it."""
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise StartRefused(f"{source}: hier horen 64 hexadecimale tekens te staan.")
    return key


def unlock(settings: Settings) -> Kek:
    """The provider's key, by the passphrase. Raises StartRefused for a missing file or another passphrase."""
    return _unlocked(needed(settings.keys_folder / PROVIDER), _passphrase(settings))


def unlock_or_make(settings: Settings) -> Kek:
    """The provider's key; a folder without any key gets a provider, in demo mode a passphrase too.

    Raises StartRefused as `unlock` does, and for keys without provider: a new one would open none of them.
    """
    folder = settings.keys_folder
    stored = content(folder / PROVIDER)
    if stored is not None:
        return _unlocked(stored, _passphrase(settings))
    if any(file.name != INTAKE for file in folder.rglob("*.key")):
        needed(folder / PROVIDER)
    if settings.demo and settings.key_passphrase is None and content(folder / PASSPHRASE) is None:
        keep({folder / PASSPHRASE: secrets.token_urlsafe(32).encode()})
    passphrase = _passphrase(settings)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise StartRefused(
            f"MELDPUNT_KEY_PASSPHRASE is te kort. Neem er minstens {SHORTEST_PASSPHRASE} tekens voor."
        )
    provider = Provider.new(passphrase)
    keep({folder / PROVIDER: provider.encode()})
    return provider.unlock(passphrase)


def _passphrase(settings: Settings) -> bytes:
    if settings.key_passphrase is not None:
        return settings.key_passphrase.get_secret_value().encode()
    if settings.demo:
        return needed(settings.keys_folder / PASSPHRASE).strip()
    raise StartRefused(
        "MELDPUNT_KEY_PASSPHRASE ontbreekt: de wachtwoordzin waarmee de sleutels opengaan. "
        "Geef hem zelf, of de naam van een bestand in MELDPUNT_KEY_PASSPHRASE_FILE."
    )


def _unlocked(stored: bytes, passphrase: bytes) -> Kek:
    try:
        return Provider.read(stored).unlock(passphrase)
    except CannotOpen as error:
        if error.code == "tag":
            raise StartRefused(
                "De wachtwoordzin past niet bij de sleutelmap. "
                "Kijk MELDPUNT_KEY_PASSPHRASE en MELDPUNT_HOME na; er is niets veranderd."
            ) from None
        raise StartRefused(
            f"Het sleutelbestand {PROVIDER} is beschadigd. Zet de hele sleutelmap terug uit de reservekopie."
        ) from None


def root(kek: Kek, file: Path, expected: Header) -> bytes:
    """The 32-byte root in a key file that says exactly this of itself. Raises StartRefused naming it."""
    header, found = opened(kek, file)
    same(file, header, expected)
    return found


def same(file: Path, header: Header, expected: Header) -> None:
    """Raises StartRefused naming the file when it says another holder, quarter or key of itself."""
    if header != expected:
        raise StartRefused(_damaged(file))


def opened(kek: Kek, file: Path) -> tuple[Header, bytes]:
    """Header and root of a key file. Raises StartRefused where it is missing, damaged or another folder's."""
    try:
        return atrest.open_root(kek, needed(file))
    except CannotOpen:
        raise StartRefused(_damaged(file)) from None


def _damaged(file: Path) -> str:
    return (
        f"Het sleutelbestand {file} is beschadigd of hoort bij andere sleutels. "
        "Zet de hele sleutelmap terug uit de reservekopie."
    )
