"""A PostgreSQL 15 server as Debian ships it: the oldest version the desk runs on. Tests only."""

import contextlib
import os
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo import cluster

BINARIES = Path("/usr/lib/postgresql/15/bin")


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The superuser's address of a fresh server. Skips the test where this machine has no PostgreSQL 15."""
    if not (BINARIES / "initdb").is_file():
        pytest.skip(f"no PostgreSQL 15 in {BINARIES}; on Debian 12: apt install postgresql-15")
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="meldpunt-15-", dir=memory if memory.is_dir() else None) as place:
        home, data = Path(place), Path(place) / "data"
        account = cluster.account_for(data)
        account.own(home)
        password = secrets.token_urlsafe(16)
        cluster.replace_file(home / "password", password, account)
        made = cluster.run(
            account,
            [
                *(str(BINARIES / "initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256"),
                *(f"--pwfile={home / 'password'}", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
        )
        assert made.returncode == 0, made.stderr.decode(errors="replace")
        text = cluster.configuration(home, 5432, durable=False)
        cluster.replace_file(data / "postgresql.conf", text, account)
        with (home / "log").open("ab") as log:
            server = cluster.spawn(account, [str(BINARIES / "postgres"), "-D", str(data)], log)
        try:
            _await(home, server.poll)
            yield f"postgresql://postgres:{password}@/postgres?host={home}&port=5432"
        finally:
            os.kill(server.pid, signal.SIGINT)
            server.wait()


def _await(home: Path, ended: object) -> None:
    until = time.monotonic() + 30
    while "ready to accept connections" not in (home / "log").read_text(errors="replace"):
        assert time.monotonic() < until, (home / "log").read_text(errors="replace")
        time.sleep(0.02)
