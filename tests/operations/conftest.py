"""A database server of one's own, for a test or for a file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.operations import own


@pytest.fixture
def fresh_home() -> Iterator[Path]:
    """An empty home that nothing was started in."""
    with own.fresh_home() as home:
        yield home


@pytest.fixture
def empty_database() -> Iterator[Settings]:
    """A desk whose database server runs and holds nothing yet."""
    with own.empty_database() as settings:
        yield settings


@pytest.fixture(scope="module")
def own_desk() -> Iterator[Settings]:
    """A migrated desk on a server of its own, shared by the tests of one file."""
    with own.own_desk() as settings:
        yield settings
