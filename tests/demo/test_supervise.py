"""`make run` as one thing: it starts whole, stops whole, and says in plain words why it does not start."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.demo import postgres
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 120

DESK = """
import http.server, json, os, signal, sys
from pathlib import Path
from app.demo import supervise
from app.errors import StartRefused
from app.settings import load

settings, role = load(), sys.argv[1]

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words): pass

def serve():
    if role == "serve-fails":
        raise ValueError("kwartelkoning")
    http.server.HTTPServer((settings.host, settings.port), Answer).serve_forever()

def worker():
    print("worker", os.getpid(), flush=True)
    if role == "worker-hangs":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()

def issuer():
    (settings.home / "run" / "issuer.json").write_text("{}")
    signal.pause()

def prepare(url):
    if role == "prepare-refuses":
        raise StartRefused("MELDPUNT_HOME past niet.")

supervise.GRACE_SECONDS = 0.5
supervise.LOCK_SECONDS = 0.2
sys.exit(supervise.run(settings, serve=serve, worker=worker, issuer=issuer, prepare=prepare,
    banner=lambda: print("klaar", flush=True)))
"""


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass
class Desk:
    """A desk in a process of its own; `alive` reads as ended only when the last of its processes is gone."""

    process: subprocess.Popen[str]
    alive: int
    home: Path

    def line(self, starts: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(starts):
                return line
        raise AssertionError(f"ended without saying {starts!r}: {self.rest()}")

    def rest(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def all_gone(self) -> bool:
        return bool(select.select([self.alive], [], [], LIMIT_SECONDS)[0]) and os.read(self.alive, 1) == b""

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        os.killpg(self.process.pid, number)
        return self.process.wait(LIMIT_SECONDS)


@contextmanager
def desk(home: Path, role: str = "works", **more: str) -> Iterator[Desk]:
    reading, writing = os.pipe()
    port, metrics = str(free_port()), str(free_port())
    process = subprocess.Popen(
        [sys.executable, "-c", DESK, role],
        cwd=ROOT,
        env={"MELDPUNT_HOME": str(home), "MELDPUNT_PORT": port, "MELDPUNT_METRICS_PORT": metrics} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[writing],
        start_new_session=True,
    )
    os.close(writing)
    with process:
        try:
            yield Desk(process, reading, home)
        finally:
            process.kill()
            os.close(reading)


def runs(home: Path) -> bool:
    return postgres.is_running(Settings(home=home))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_its_like_stop_everything_that_was_started(home: Path, number: signal.Signals) -> None:
    with desk(home) as running:
        running.line("klaar")
        assert runs(home)
        assert running.interrupt(number) == 0
        assert running.all_gone()
        assert not runs(home)


def test_second_ctrl_c_does_not_leave_half_of_it_behind(home: Path) -> None:
    with desk(home, "worker-hangs") as running:
        running.line("klaar")
        os.killpg(running.process.pid, signal.SIGINT)
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.process.wait(LIMIT_SECONDS) == 0
        assert "worker stopt niet vanzelf" in running.rest()
        assert running.all_gone()
        assert not runs(home)


def test_parts_end_when_the_desk_is_killed_and_the_next_start_adopts_the_database(home: Path) -> None:
    with desk(home) as killed:
        killed.line("klaar")
        killed.process.kill()
        killed.process.wait()
        assert killed.all_gone()
        assert runs(home)
    with desk(home) as again:
        again.line("klaar")
        assert again.interrupt() == 0
        assert again.all_gone()
        assert not runs(home)


def test_part_that_ends_by_itself_stops_everything_with_its_name(home: Path) -> None:
    with desk(home) as running:
        worker = int(running.line("worker").split()[1])
        running.line("klaar")
        os.kill(worker, signal.SIGKILL)
        assert running.process.wait(LIMIT_SECONDS) == 1
        assert "Het onderdeel worker stopte onverwacht" in running.rest()
        assert running.all_gone()
        assert not runs(home)


def test_part_that_fails_shows_the_place_and_not_the_message(home: Path) -> None:
    with desk(home, "serve-fails") as running:
        assert running.process.wait(LIMIT_SECONDS) == 1
        said = running.rest()
        assert "Het onderdeel server liep vast: ValueError" in said
        assert "kwartelkoning" not in said
        assert running.all_gone()
        assert not runs(home)


def test_second_desk_on_the_same_home_is_refused_and_the_first_goes_on(home: Path) -> None:
    with desk(home) as first:
        first.line("klaar")
        with desk(home) as second:
            assert second.process.wait(LIMIT_SECONDS) == 2
            assert f"Er draait al een meldpunt met de map {home}" in second.rest()
        assert runs(home)
        assert first.interrupt() == 0


@pytest.mark.parametrize("name", ["MELDPUNT_PORT", "MELDPUNT_METRICS_PORT"])
def test_taken_port_is_named_before_anything_starts(home: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with desk(home, **{name: port}) as refused:
            assert refused.process.wait(LIMIT_SECONDS) == 2
            assert f"Poort {port} op 127.0.0.1 is bezet" in refused.rest()
    assert not (home / "postgres").exists()


def test_what_cannot_be_prepared_stops_the_start_and_the_database(home: Path) -> None:
    with desk(home, "prepare-refuses") as refused:
        assert refused.process.wait(LIMIT_SECONDS) == 2
        assert "Niet gestart. MELDPUNT_HOME past niet." in refused.rest()
        assert not runs(home)


def test_database_of_ones_own_is_used_as_it_is(home: Path) -> None:
    with desk(home, MELDPUNT_DATABASE_URL="postgresql://elders/meldpunt") as running:
        running.line("klaar")
        assert not (home / "postgres").exists()
        assert running.interrupt() == 0
