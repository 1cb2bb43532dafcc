"""How far a command is, on the error output only: a bar on a screen of its own, else a line at each tenth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import Progress

LONG_FILE = 200_000
"""From this many bytes on it shows how far it is."""
STEPS = 10

Advance = Callable[[int], None]
"""Hears how many bytes were done since the last time."""


@contextmanager
def shown(about: str, size: int, out: TextIO) -> Iterator[Advance | None]:
    """Show progress over `size` bytes while inside; None for a short file. `out` is where the answers go."""
    console = Console(stderr=True)
    if size < LONG_FILE:
        yield None
    elif console.is_terminal and not out.isatty():
        with Progress(console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task(about, total=size)
            yield lambda count: bar.advance(task, count)
    else:
        # Beside answers on the same screen a bar would wipe them out; in a file it would be noise.
        yield Tenths(size, lambda percent: print(f"{about}: {percent} %", file=console.file, flush=True))


class Tenths:
    """Says each tenth of `size` bytes once it is done."""

    def __init__(self, size: int, say: Callable[[int], None]) -> None:
        self._size = size
        self._say = say
        self._done = 0
        self._said = 0

    def __call__(self, count: int) -> None:
        """So many bytes more."""
        self._done += count
        reached = min(self._done * STEPS // self._size, STEPS)
        if reached > self._said:
            self._said = reached
            self._say(100 * reached // STEPS)
