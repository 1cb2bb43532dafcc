"""Servers forked from a process that has read the code already, as the demonstration forks its parts.

A fork is ready in a fraction of the time of a new interpreter, so that a test can afford to kill many.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from app.settings import Settings
from tests.desk import ROOT, Server
from tests.operations.own import until

START_SECONDS = 180.0

NURSERY = """
import os, signal, sys
from app import cli

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while line := sys.stdin.readline():
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sys.argv[1:] = line.split()
        try:
            cli.main()
        finally:
            os._exit(1)
    print(child, flush=True)
"""


class Forked(Server):
    """`meldpunt serve` as a fork of a process that stays; `kill` and `start` as often as wanted."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        super().__init__(settings, environment=environment)
        self.child = 0
        with self.log.open("ab") as out:
            self.nursery = subprocess.Popen(
                [sys.executable, "-c", NURSERY],
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
                start_new_session=True,
            )

    def start(self, seconds: float = START_SECONDS) -> None:
        """Fork a server and wait until it is ready."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write("serve\n")
        self.nursery.stdin.flush()
        self.child = int(self.nursery.stdout.readline())
        limit = time.monotonic() + seconds
        while not self.ready():
            assert self.there(), self.log.read_text()[-2000:]
            assert time.monotonic() < limit
            time.sleep(0.01)

    def there(self) -> bool:
        """Whether the server's process exists."""
        try:
            os.kill(self.child, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        until(lambda: not self.there())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        assert self.nursery.stdin is not None
        self.nursery.stdin.close()
        self.nursery.wait()
        assert self.nursery.stdout is not None
        self.nursery.stdout.close()
