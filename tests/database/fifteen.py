"""A PostgreSQL 15 server as Debian ships it: the oldest version the desk runs on. Tests only."""

import contextlib
import secrets
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo import cluster
from app.demo.postmaster import await_ready

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
        words = ["-D", str(data), "-U", "postgres", f"--pwfile={home / 'password'}", "--auth=scram-sha-256"]
        words = [str(BINARIES / "initdb"), *words, "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = cluster.run(account, words)
        assert made.returncode == 0, made.stderr.decode(errors="replace")
        text = cluster.configuration(home, 5432, durable=False)
        cluster.replace_file(data / "postgresql.conf", text, account)
        with (home / "log").open("ab") as log:
            server = cluster.spawn(account, [str(BINARIES / "postgres"), "-D", str(data)], log)
        try:
            ready = await_ready(data, server.pid, lambda: server.poll() is None, lambda _: None)
            assert ready, (home / "log").read_text(errors="replace")
            yield f"postgresql://postgres:{password}@/postgres?host={home}&port=5432"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
