"""A long file of `meldpunt analyse` shows how far it is, on the error output alone; the answers stay clean."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.progress import Tenths
from tests.desk import ROOT

WORDS = "De lantaarnpaal voor het huis is stuk en er ligt glas op de stoep. " * 9
TENTHS = [f"Meldingen sorteren: {percent} %" for percent in range(10, 101, 10)]
COMMAND = (sys.executable, "-m", "app", "analyse")
BARE = {"PATH": os.environ["PATH"]}
"""No settings at all: `analyse` needs none."""


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """Four hundred reports, whose answers are more than a pipe holds."""
    file = tmp_path / "long.jsonl"
    records = [{"id": f"{'r' * 240}{number}", "text": WORDS} for number in range(400)]
    file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return file


def numbers(out: str) -> list[int]:
    """The reports that were answered, in order; fails on anything but answers."""
    return [int(json.loads(line)["id"].lstrip("r")) for line in out.splitlines()]


def test_a_long_file_tells_each_tenth_on_the_error_output_and_nothing_of_a_report(long_file: Path) -> None:
    answer = subprocess.run(
        [*COMMAND, str(long_file)], cwd=ROOT, env=BARE, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0
    assert numbers(answer.stdout) == list(range(400))
    assert answer.stderr.splitlines() == TENTHS


def test_it_is_told_while_the_work_goes_on(long_file: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, str(long_file)],
        cwd=ROOT,
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # Nobody reads the answers yet, and they do not fit in the pipe: the command cannot have ended.
        assert process.stderr.readline().strip() == TENTHS[0]
        assert process.poll() is None
        out, said = process.communicate()
    assert numbers(out) == list(range(400))
    assert said.splitlines() == TENTHS[1:]


def test_on_a_screen_it_is_a_bar_and_the_answers_in_a_file_stay_clean(
    long_file: Path, tmp_path: Path
) -> None:
    answers = tmp_path / "out.jsonl"
    mine, screen = pty.openpty()
    with (
        answers.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            [*COMMAND, str(long_file)], cwd=ROOT, env=BARE | {"TERM": "xterm"}, stdout=out, stderr=screen
        ) as process,
    ):
        os.close(screen)
        drawn = drain(mine)
        assert process.wait() == 0
    os.close(mine)
    assert numbers(answers.read_text(encoding="utf-8")) == list(range(400))
    assert "Meldingen sorteren" in drawn
    assert "%" in drawn
    assert "lantaarn" not in drawn
    assert TENTHS[0] not in drawn


def drain(terminal: int) -> str:
    """All that was drawn on this terminal until the other side closed it."""
    drawn = b""
    while True:
        try:
            more = os.read(terminal, 65_536)
        except OSError:
            more = b""
        if not more:
            return drawn.decode()
        drawn += more


def test_a_short_file_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "short.jsonl"
    file.write_text(json.dumps({"id": "r1", "text": WORDS}) + "\n", encoding="utf-8")
    answer = subprocess.run(
        [*COMMAND, str(file)], cwd=ROOT, env=BARE, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, numbers(answer.stdout), answer.stderr) == (0, [1], "")


@given(st.lists(st.integers(1, 90_000), min_size=1, max_size=50))
def test_however_the_bytes_come_each_tenth_is_said_once_and_the_last_is_all(parts: list[int]) -> None:
    said: list[int] = []
    advance = Tenths(sum(parts), said.append)
    for part in parts:
        advance(part)
    assert said == sorted(set(said))
    assert said[-1] == 100
    assert all(percent % 10 == 0 for percent in said)
