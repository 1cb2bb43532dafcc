"""One database with two reports that were worked on, shared by the tests of a file."""

from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from tests.database.story import Worked, worked_on


@pytest.fixture(scope="module")
async def worked(module_settings: Settings) -> AsyncIterator[Worked]:
    """Emmen's report went to RIEC and RUDD at once, Assen's waits for its coordinator."""
    async with worked_on(module_settings) as done:
        yield done
