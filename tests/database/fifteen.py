"""A PostgreSQL 15 server as Debian ships it: the oldest version the desk runs on. Tests only.

`pytest --postgresql 15` runs any test on it; where its binaries are missing the run stops with a sentence.
"""

import contextlib
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo import cluster, postgres
from app.demo.postmaster import await_ready
from app.settings import Settings

BINARIES = Path("/usr/lib/postgresql/15/bin")
CLOSED = ("postgres", "template1")
"""Databases that come along: no login of the desk gets into them, as in the embedded server."""
ABSENT = f"no PostgreSQL 15 in {BINARIES}; on Debian 12: apt install postgresql-15"


def present() -> bool:
    """Whether this machine has the binaries."""
    return (BINARIES / "initdb").is_file()


def start(settings: Settings) -> postgres.Server:
    """A fresh server in this home, laid out as the embedded one: `postgres.stop` stops it, same addresses.

    Raises AssertionError with the server's own words where it does not start.
    """
    home, data, socket = settings.home, settings.home / "postgres", settings.home / "socket"
    account = cluster.account_for(data)
    for folder in (data, socket):
        cluster.private_folder(folder, account)
    cluster.private_folder(settings.logins_folder)
    password = secrets.token_urlsafe(16)
    cluster.replace_file(settings.logins_folder / "postgres", password)
    cluster.replace_file(socket / "password", password, account)
    _initialise(account, data, socket / "password")
    text = cluster.configuration(socket, postgres.PORT, durable=False)
    cluster.replace_file(data / "postgresql.conf", text, account)
    with (home / "postgres.log").open("ab") as log:
        process = cluster.spawn(account, [str(BINARIES / "postgres"), "-D", str(data)], log)
    ready = await_ready(data, process.pid, lambda: process.poll() is None, lambda _: None)
    assert ready, (home / "postgres.log").read_text(errors="replace")
    return postgres.Server(postgres.admin_url(settings), False, process.pid, home, process)


def _initialise(account: cluster.Account, data: Path, password: Path) -> None:
    """An empty cluster with the desk's database in it."""
    words = ["-D", str(data), "-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256"]
    words = [str(BINARIES / "initdb"), *words, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    _ran(cluster.run(account, words))
    password.unlink()
    closed = [f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC" for name in CLOSED]
    said = "\n".join([f"CREATE DATABASE {postgres.DATABASE}", *closed, ""])
    single = [str(BINARIES / "postgres"), "--single", "-D", str(data), "postgres"]
    _ran(cluster.run(account, single, said.encode()))


def _ran(done: subprocess.CompletedProcess[bytes]) -> None:
    said = done.stderr.decode(errors="replace")
    assert (done.returncode, "ERROR" in said) == (0, False), said


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The superuser's address of a fresh server. Skips the test where this machine has no PostgreSQL 15."""
    if not present():
        pytest.skip(ABSENT)
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="meldpunt-15-", dir=memory if memory.is_dir() else None) as place:
        home = Path(place)
        home.chmod(0o711)
        server = start(Settings.model_construct(**Settings(home=home, environment="demo").model_dump()))
        try:
            yield server.url_admin
        finally:
            postgres.stop(server)
