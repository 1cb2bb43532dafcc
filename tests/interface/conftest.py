"""A started desk that strangers try, and a look into what lies in it."""

from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from tests.stored import Stored, looking_into


@pytest.fixture(scope="module")
async def stored(module_settings: Settings) -> AsyncIterator[Stored]:
    async with looking_into(module_settings) as look:
        yield look
