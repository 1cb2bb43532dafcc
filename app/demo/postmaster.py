"""Which server runs on a data folder, read from PostgreSQL's own lock file `postmaster.pid`.

After a killed start that file may name a process that is gone, or a stranger that got its number.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from app.demo.cluster import Progress, command_line
from app.errors import StartRefused

POLL_SECONDS = 0.005


def lock_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except OSError:
        raise StartRefused(
            f"De map {data} is van een ander account. Start met het account van die map."
        ) from None


def running_on(data: Path) -> int | None:
    """Process id of the server that runs on this data; None when the lock file is missing or stale."""
    first = "".join(lock_lines(data)[:1])
    return int(first) if first.isdecimal() and is_server(int(first), data) else None


def is_server(pid: int, data: Path) -> bool:
    """Whether this process is a server on this data: a stale number may belong to anybody by now."""
    words = command_line(pid)
    if os.path.basename(words[0] if words else "") != "postgres":
        return False
    if str(data) in words:
        return True
    try:  # Started by hand with a relative path: a server works inside its data folder.
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False


def _ready(data: Path, pid: int) -> bool:
    lines = lock_lines(data)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def await_ready(data: Path, pid: int, alive: Callable[[], bool], progress: Progress) -> bool:
    """Waits until the server takes connections; False when it ended first. Says so when it takes long."""
    began, told = time.monotonic(), 0
    while alive():
        if _ready(data, pid):
            return True
        time.sleep(POLL_SECONDS)
        waited = int(time.monotonic() - began)
        if waited >= told + 3:
            told = waited
            progress(f"PostgreSQL herstelt de gegevens na een onderbreking, al {waited} s ...")
    return False


def disown(data: Path, socket_lock: Path) -> None:
    """Lock files that name a zombie, or a stranger with the old server's number, would stop PostgreSQL.

    Naming ourselves, its parent, makes PostgreSQL take the data's lock file as stale, and yet check by the
    shared memory named there that no worker of the old server lives on. The socket's may go: the folder is
    this server's alone.
    """
    if running_on(data) is not None:
        return
    socket_lock.unlink(missing_ok=True)
    lines = lock_lines(data)
    if lines:
        text = "\n".join([str(os.getpid()), *lines[1:], ""])
        (data / "postmaster.pid").write_text(text, encoding="utf-8")
