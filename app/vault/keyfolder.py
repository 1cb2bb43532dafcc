"""The folder of keys: what lies in it, in which order it is made, and when something missing is a loss.

The newest signed directory is written last. A folder without it is half made, and the next run makes the
rest; with it, a missing file is a loss that stops the start and is never papered over with a fresh key.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path

from app.crypto import atrest, canonical
from app.crypto.atrest import Header, Kek
from app.crypto.hpke import PrivateKey
from app.crypto.signing import SigningKey
from app.errors import StartRefused
from app.settings import Settings
from app.vault import directory as directories
from app.vault import indexkeys, keyfiles
from app.vault.directory import Directory, Entry, Signed, State

DIRECTORY = "directory.signed"
DIRECTORY_KEY = "directory.key"
DIRECTORY_PUBLIC = "directory.pub"
AUTHORITY = "authority.key"
AUTHORITY_HEADER = Header(atrest.SECRET, "authority", "", b"")
PAIRS = "pairs"
VOUCHED = "records.vouched"
"""Says that what a desk without MACs had sealed was vouched for; here, where nobody gets who writes to the database."""
DENIALS_VOUCHED = "denials.vouched"
"""Says the same of the deny list."""


def pinned(settings: Settings) -> bytes:
    """The public key that signs the key directory, 32 bytes. Raises StartRefused naming the file."""
    file = settings.pinned_directory_key
    return keyfiles.hex_key(keyfiles.needed(file), str(file))


def signed_directory(folder: Path, public: bytes) -> Directory | None:
    """The newest directory on disk, None if half made. Raises StartRefused unless `public` signed it."""
    stored = keyfiles.content(folder / DIRECTORY)
    if stored is None:
        return None
    try:
        document, signature = canonical.split(stored, 2)
        return directories.read(document, signature, public)
    except (ValueError, directories.DirectoryRefused):
        raise StartRefused(
            f"De sleutellijst {folder / DIRECTORY} is niet ondertekend met de sleutel die vertrouwd wordt. "
            "Zet de hele sleutelmap terug uit de reservekopie en kijk MELDPUNT_DIRECTORY_KEY na."
        ) from None


def foundation(settings: Settings, kek: Kek) -> tuple[SigningKey, Directory | None]:
    """Signing key, intake key, authority key and index keys are there afterwards; the directory as it stands."""
    folder = settings.keys_folder
    finished = (folder / DIRECTORY).exists()
    if not finished and not (folder / DIRECTORY_KEY).exists():
        if (folder / DIRECTORY_PUBLIC).exists():
            keyfiles.needed(folder / DIRECTORY_KEY)
        fresh = SigningKey.generate()
        sealed = atrest.seal_root(kek, _signing_header(fresh), fresh.seed)
        keyfiles.keep({folder / DIRECTORY_KEY: sealed})
    signer = _signer(kek, folder / DIRECTORY_KEY)
    missing: dict[Path, bytes] = {}
    if not (folder / DIRECTORY_PUBLIC).exists():
        missing[folder / DIRECTORY_PUBLIC] = signer.public.hex().encode()
    if settings.intake_key is None and not (folder / keyfiles.INTAKE).exists():
        missing[folder / keyfiles.INTAKE] = secrets.token_bytes(32).hex().encode()
    if not (folder / AUTHORITY).exists():
        missing[folder / AUTHORITY] = atrest.seal_root(kek, AUTHORITY_HEADER, secrets.token_bytes(32))
    if finished:
        for file in missing:
            keyfiles.needed(file)
    elif missing:
        keyfiles.keep(missing)
    indexkeys.make(folder, kek)
    if pinned(settings) != signer.public:
        raise StartRefused(
            f"{settings.pinned_directory_key} hoort niet bij {DIRECTORY_KEY}: "
            "met deze sleutel wordt de sleutellijst niet vertrouwd. Kijk MELDPUNT_DIRECTORY_KEY na."
        )
    return signer, signed_directory(folder, signer.public)


def _signer(kek: Kek, file: Path) -> SigningKey:
    header, seed = keyfiles.opened(kek, file)
    signer = SigningKey.from_seed(seed)
    keyfiles.same(file, header, _signing_header(signer))
    return signer


def _signing_header(signer: SigningKey) -> Header:
    return Header(atrest.SIGNING, "directory", "", signer.public)


def pair_file(folder: Path, holder: str, generation: str) -> Path:
    """Where the pair of this holder and quarter lies. Raises ValueError for what could leave the folder."""
    if not (directories.holder_fits(holder) and directories.generation_fits(generation)):
        raise ValueError("not a pair")
    return folder / PAIRS / f"{holder}.{generation}.key"


def pairs(folder: Path, kek: Kek, holders: Sequence[str], generation: str) -> list[Entry]:
    """An active entry per holder; a pair that a killed run left is used, any other is made."""
    (folder / PAIRS).mkdir(mode=0o700, exist_ok=True)
    entries: list[Entry] = []
    files: dict[Path, bytes] = {}
    for holder in dict.fromkeys(holders):
        file = pair_file(folder, holder, generation)
        if file.exists():
            header, _ = keyfiles.opened(kek, file)
            keyfiles.same(file, header, Header(atrest.PAIR, holder, generation, header.public))
        else:
            root = secrets.token_bytes(32)
            header = Header(atrest.PAIR, holder, generation, PrivateKey.from_root(root).public.raw)
            files[file] = atrest.seal_root(kek, header, root)
        entries.append(Entry(holder, generation, header.suite, header.public, State.ACTIVE))
    if files:
        keyfiles.keep(files)
    return entries


def published(folder: Path, signer: SigningKey, stored: Directory | None, entries: Sequence[Entry]) -> Signed:
    """The directory of these entries, on disk and signed; the stored one as it is when nothing changed."""
    ordered = tuple(sorted(entries, key=lambda entry: (entry.holder, entry.generation)))
    if stored is not None and stored.entries == ordered:
        return directories.sign(stored, signer)
    version = 1 if stored is None else stored.version + 1
    signed = directories.sign(Directory(version, ordered), signer)
    keyfiles.keep({folder / DIRECTORY: canonical.length_prefixed(signed.document, signed.signature)})
    return signed


def records_vouched(folder: Path) -> bool:
    """Whether the sealed parts of before there were MACs got theirs: from then on none gets one later."""
    return (folder / VOUCHED).exists()


def denials_vouched(folder: Path) -> bool:
    """Whether the deny list of before there were MACs got its own: from then on no row gets one later."""
    return (folder / DENIALS_VOUCHED).exists()


def note_vouched(folder: Path) -> None:
    """Remember both, after the MACs were committed."""
    words = b"Verwijder dit bestand alleen volgens docs/operations.md.\n"
    keyfiles.keep({folder / VOUCHED: words, folder / DENIALS_VOUCHED: words})
