"""What `make run` runs: PostgreSQL, demo issuer, worker and server, as one thing that starts and stops.

Everything is checked before anything starts: one desk per home, ports free. The parts are children of this
process; when one ends by itself all end, when this process is killed they end too. PostgreSQL outlives a kill
on purpose (its data is safe); the next start adopts it.
"""

import fcntl
import http.client
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from app.demo import postgres
from app.demo.cluster import make_home, private_folder
from app.demo.postgres import STOPPING
from app.errors import StartRefused
from app.settings import Settings

Work = Callable[[], None]

GRACE_SECONDS = 10.0
LOCK_SECONDS = 3.0
POLL_SECONDS = 0.01
NAMES = {"issuer": "demo-uitgever", "worker": "worker", "serve": "server"}


class _Ended(Exception):
    """A part ended while nobody had asked for it."""


def run(
    settings: Settings,
    *,
    serve: Work,
    worker: Work,
    issuer: Work | None,
    prepare: Callable[[str], None],
    banner: Work,
) -> int:
    """Runs the desk until Ctrl-C or SIGTERM; the exit code: 0 stopped, 1 a part ended, 2 did not start.

    `prepare` gets the database's address (the superuser's of the embedded one) and makes the rest ready.
    `serve`, `worker` and `issuer` run each in a process of their own until they get SIGTERM; without `issuer`
    tokens come from elsewhere. `banner` tells where the desk is, once it answers.
    """
    parts, lock, server = _Parts(), -1, None
    before = {number: signal.signal(number, _interrupt) for number in STOPPING}
    try:
        lock = _only_one(settings.home)
        check_ports(settings)
        if settings.database_url is None:
            server = postgres.start(settings)
            prepare(server.url_admin)
        else:
            prepare(settings.database_url.get_secret_value())
        _start(parts, settings, serve, worker, issuer)
        banner()
        parts.watch()
    except StartRefused as refusal:
        _say(f"Niet gestart. {refusal}")
        return 2
    except _Ended as ended:
        _say(f"{ended} Alles stopt; de reden staat hierboven. Start opnieuw met 'make run'.")
        return 1
    except KeyboardInterrupt:
        _say("Het meldpunt stopt ...")
        return 0
    finally:
        _deaf()
        parts.stop()
        if server is not None:
            postgres.stop(server)
        if lock >= 0:
            if settings.database_url is None:
                postgres.halt(settings)
            os.close(lock)
        for number, handler in before.items():
            signal.signal(number, handler)


def check_ports(settings: Settings) -> None:
    """Raises StartRefused naming the desk's or the metrics' port when it is taken or not ours to use."""
    metrics = settings.metrics_port or settings.port + 1
    for name, host, port in (
        ("PORT", settings.host, settings.port),
        ("MELDPUNT_METRICS_PORT", "127.0.0.1", metrics),
    ):
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            with socket.socket(family) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((host, port))
        except (OSError, OverflowError):
            raise StartRefused(
                f"Poort {port} op {host} is bezet of niet toegestaan. Stop wat daar draait, of kies een"
                f" andere poort met {name}, bijvoorbeeld: {name}=8100 make run"
            ) from None


def _start(parts: "_Parts", settings: Settings, serve: Work, worker: Work, issuer: Work | None) -> None:
    """Starts the parts; returns when tokens can be had and the server answers."""
    if issuer is not None:
        told = settings.home / "run" / "issuer.json"
        told.unlink(missing_ok=True)
        parts.start("issuer", issuer)
        parts.until(told.exists)
    parts.start("worker", worker)
    parts.start("serve", serve)
    parts.until(lambda: _answers(settings))


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _only_one(home: Path) -> int:
    """Takes the lock of this home. It is held until the last process of this desk is gone, however it ends.

    Waits a moment: parts of a desk that was killed just now are still ending. Raises StartRefused after that.
    """
    make_home(home)
    private_folder(home / "run")
    lock = os.open(home / "run" / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(POLL_SECONDS)
                continue
            os.close(lock)
            raise StartRefused(
                f"Er draait al een meldpunt met de map {home}. Stop dat eerst met Ctrl-C, of geef met"
                " MELDPUNT_HOME een andere map."
            ) from None
        return lock


class _Parts:
    """The processes of this desk."""

    def __init__(self) -> None:
        self._running: dict[int, str] = {}
        # The children watch the reading end: it closes when this process ends, also by SIGKILL.
        self._lifeline = os.pipe()

    def start(self, name: str, work: Work) -> None:
        """Forks a child that does this work, in its own session: the terminal's Ctrl-C reaches only us."""
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            pid = os.fork()
            if pid == 0:
                _child(self._lifeline, NAMES[name], work)
            self._running[pid] = name
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def until(self, ready: Callable[[], bool]) -> None:
        """Waits for something that a part brings about. Raises _Ended when a part ends before."""
        while not ready():
            for pid in list(self._running):
                self._ended(*os.waitpid(pid, os.WNOHANG))
            time.sleep(POLL_SECONDS)

    def watch(self) -> NoReturn:
        """Returns never: raises _Ended when a part ends, KeyboardInterrupt when we are asked to stop."""
        while True:
            pid, status = os.wait()
            if pid not in self._running:
                _say("PostgreSQL is gestopt. Tot die weer draait kan het meldpunt niets opslaan of tonen.")
            self._ended(pid, status)

    def _ended(self, pid: int, status: int) -> None:
        name = self._running.pop(pid, None)
        if name is not None:
            raise _Ended(
                f"Het onderdeel {NAMES[name]} stopte onverwacht (code {os.waitstatus_to_exitcode(status)})."
            )

    def stop(self) -> None:
        """Ends all parts: asks, waits ten seconds, then forces."""
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        while self._running and time.monotonic() < until:
            for pid in list(self._running):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    del self._running[pid]
            time.sleep(POLL_SECONDS)
        for pid, name in self._running.items():
            _say(f"Het onderdeel {NAMES[name]} stopt niet vanzelf en wordt afgebroken.")
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._running.clear()
        for end in self._lifeline:
            os.close(end)


def _child(lifeline: Sequence[int], name: str, work: Work) -> NoReturn:
    """The child's whole life. Nothing of the parent's clean-up may run here, hence os._exit."""
    code = 1
    try:
        os.setsid()
        os.close(lifeline[1])
        for number in STOPPING:
            # uvicorn raises the signal again when it is done; the handler's exit keeps its own endings.
            signal.signal(number, lambda *_: sys.exit(0))
        threading.Thread(target=_die_with_parent, args=(lifeline[0],), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except StartRefused as refusal:
        _say(str(refusal))
        code = 2
    except BaseException as error:  # The message may repeat what somebody reported: class and place only.
        places = "".join(
            f"\n  {frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
        )
        _say(f"Het onderdeel {name} liep vast: {type(error).__name__}{places}")
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def _die_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """The first request to stop; later ones are ignored, so that stopping is done whole (it has a limit)."""
    _deaf()
    raise KeyboardInterrupt


def _deaf() -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _say(text: str) -> None:
    with suppress(OSError):  # The terminal may be gone; stopping must go on.
        print(text, file=sys.stderr, flush=True)
