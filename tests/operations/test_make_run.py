"""The start that a newcomer makes (`meldpunt demo run`, what `make run` ends in): whole, repeatable, gone at Ctrl-C.

Start times are printed (pytest -s), never asserted: they depend on the machine.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest

from app.demo import postgres
from app.settings import Settings
from tests.desk import NO_TLS, free_port
from tests.operations import own
from tests.operations.own import alive, signal_all, until

PARTS = 3


@dataclass
class Run:
    """One `meldpunt demo run`, under way."""

    process: "subprocess.Popen[str]"
    told: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.told["MELDPUNT_HOME"])

    def ready(self) -> bool:
        """Whether it serves. Fails the test when it ended instead."""
        assert self.process.poll() is None, self.process.communicate()
        with contextlib.suppress(httpx2.HTTPError):
            url = f"http://127.0.0.1:{self.told['MELDPUNT_PORT']}/readyz"
            return httpx2.get(url, trust_env=False, verify=NO_TLS, timeout=5).status_code == 200
        return False

    def interrupt(self) -> tuple[int, str, str]:
        """Ctrl-C as a terminal sends it: to the whole group. Exit code and what was said."""
        os.killpg(self.process.pid, signal.SIGINT)
        out, said = self.process.communicate(timeout=own.LIMIT_SECONDS)
        return self.process.returncode, out, said

    def all_ended(self) -> bool:
        """Whether no process of it runs; its database may."""
        return not alive(self.told)

    def nothing_left(self) -> bool:
        """Whether no process of it runs and the database is down."""
        return self.all_ended() and not postgres.is_running(Settings(home=self.home))


def told_for(home: Path, port: int | None = None) -> dict[str, str]:
    """The environment of a newcomer: a home and a port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MELDPUNT_")}
    return kept | {"MELDPUNT_HOME": str(home), "MELDPUNT_PORT": str(port or free_port())}


@contextlib.contextmanager
def running(home: Path) -> Iterator[Run]:
    """A start; whatever of it is left at the end of the block is ended."""
    told = told_for(home)
    with own.command(told, "demo", "run") as process:
        try:
            yield Run(process, told)
        finally:
            signal_all(alive(told), signal.SIGKILL)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that is not even a folder yet."""
    with own.fresh_home() as place:
        yield place / "var"
        postgres.halt(Settings(home=place / "var"))


def started(home: Path, name: str) -> None:
    """Start, tell how long it took, use it, stop it with Ctrl-C: nothing is left."""
    began = time.monotonic()
    with running(home) as run:
        until(run.ready)
        print(f"{name}: {time.monotonic() - began:.2f} s")
        assert len(alive(run.told)) == PARTS + 1
        token = own.run(run.told, "token", "ans")
        assert token.returncode == 0, token.stderr
        code, out, said = run.interrupt()
        assert code == 0, said
        assert f"http://127.0.0.1:{run.told['MELDPUNT_PORT']}/" in out
        assert "meldpunt token ans" in out
        assert "Traceback" not in said
        assert run.nothing_left()


def test_start_stop_and_start_again(home: Path) -> None:
    started(home, "first start")
    started(home, "second start")


def only_the_first(run: Run) -> list[int]:
    """The process that was started; its parts and PostgreSQL see that it is gone."""
    return [run.process.pid]


def everything(run: Run) -> list[int]:
    """All processes of it, PostgreSQL too."""
    lock = run.home / "postgres" / "postmaster.pid"
    postmaster = [int(lock.read_text().split()[0])] if lock.exists() else []
    return [*alive(run.told), *postmaster]


STAGES: tuple[tuple[str, Callable[[Run], bool], Callable[[Run], list[int]]], ...] = (
    ("installing", lambda run: any(run.home.glob("postgres.new-*")), only_the_first),
    ("database there", lambda run: (run.home / "postgres" / "postmaster.pid").exists(), only_the_first),
    ("keys half made", lambda run: (run.home / "keys" / "provider.json").exists(), only_the_first),
    ("tokens to be had", lambda run: (run.home / "run" / "issuer.json").exists(), everything),
    ("serving", Run.ready, only_the_first),
    ("serving again", Run.ready, everything),
)


def test_start_that_is_killed_at_any_stage_is_followed_by_one_that_works(home: Path) -> None:
    for name, reached, victims in STAGES:
        (home / "run" / "issuer.json").unlink(missing_ok=True)
        with running(home) as run:
            until(partial(reached, run))
            signal_all(victims(run), signal.SIGKILL)
            run.process.communicate(timeout=own.LIMIT_SECONDS)
            until(run.all_ended)
        print(f"killed: {name}; PostgreSQL left: {postgres.is_running(Settings(home=home))}")
    started(home, "start after kills")


@pytest.mark.parametrize("name", ["PORT", "MELDPUNT_METRICS_PORT"])
def test_taken_port_is_named_and_ends_with_2(home: Path, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = told_for(home, port if name == "PORT" else None)
        if name != "PORT":
            told |= {"MELDPUNT_METRICS_PORT": str(port)}
        done = own.run(told, "demo", "run")
    assert done.returncode == 2
    assert f"Poort {port} " in done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "postgres").exists()


def test_second_desk_on_the_same_home_is_refused_and_the_first_goes_on(home: Path) -> None:
    with running(home) as first:
        until(first.ready)
        second = own.run(told_for(home), "demo", "run")
        assert second.returncode == 2
        assert str(home) in second.stderr
        assert first.ready()
        assert first.interrupt()[0] == 0


def test_demonstration_refuses_production_and_an_open_address(home: Path) -> None:
    for more in ({"MELDPUNT_ENVIRONMENT": "production"}, {"MELDPUNT_HOST": "0.0.0.0"}):
        done = own.run(told_for(home) | more, "demo", "run")
        assert done.returncode == 2
        assert next(iter(more)) in done.stderr
        assert not home.exists()
