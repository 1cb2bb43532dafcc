"""placeholder until written."""

from pathlib import Path
from typing import TextIO
from app.settings import Settings


def run(settings: Settings, signals: int) -> None:
    raise SystemExit(1)


def analyse_file(file: Path, out: TextIO) -> None:
    raise SystemExit(1)
