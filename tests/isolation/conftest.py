"""One database with rows of two organisations in every table, shared by the tests of a file."""

from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from tests.isolation.planted import planted


@pytest.fixture(scope="module")
async def filled(module_settings: Settings) -> AsyncIterator[Settings]:
    """Settings of that database."""
    async with planted(module_settings) as settings:
        yield settings
