"""A look into what lies in the desk that is attacked."""

from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from tests.stored import Stored, looking_into


@pytest.fixture(scope="module")
async def stored(module_settings: Settings) -> AsyncIterator[Stored]:
    """Counts of the rows of this file's desk."""
    async with looking_into(module_settings) as found:
        yield found
