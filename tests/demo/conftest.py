"""A home for an embedded server: short enough for a socket, open enough for the server's account."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo import postgres
from app.settings import Settings


@pytest.fixture
def home() -> Iterator[Path]:
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="meldpunt-", dir=memory if os.access(memory, os.W_OK) else "/tmp"))
    place.chmod(0o711)
    yield place
    postgres.halt(Settings(home=place))
    shutil.rmtree(place)
