"""A small desk with one route of each kind, asked over HTTP without a network."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from app.http.application import Desk
from tests.http.sample import sample


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def desk() -> Desk:
    return sample()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=desk, raise_app_exceptions=True)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.test") as asking:
        yield asking
