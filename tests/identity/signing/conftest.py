"""A real provider for all tests of this folder, and the desk of an organisation that signs in there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.demo import login
from app.http.application import Desk as Application
from app.main import create_app
from app.settings import Settings
from tests.desk import Client
from tests.identity.page import OWN
from tests.identity.signing.browser import CALLBACK, FENNA, PEOPLE, Browser
from tests.identity.signing.openid import GoBetween, RealProvider, entry, issuers_file, packages


@pytest.fixture(scope="session")
def provider() -> Iterator[RealProvider]:
    with RealProvider(packages(), PEOPLE, [OWN + CALLBACK]) as running:
        yield running


@pytest.fixture
def between(provider: RealProvider) -> Iterator[GoBetween]:
    provider.tell(who=FENNA, canBeStrong=True, declines=False)
    with GoBetween(provider.url) as running:
        yield running


@pytest.fixture
def desk_settings(settings: Settings, provider: RealProvider, between: GoBetween, tmp_path: Path) -> Settings:
    file = issuers_file(tmp_path, entry(provider.url, between.url))
    return settings.model_copy(update={"issuers_file": file})


@pytest.fixture
def application(desk_settings: Settings) -> Application:
    return create_app(desk_settings, cast=login.cards(), logins=[login.router])


@pytest.fixture
async def browser(client: Client, provider: RealProvider) -> AsyncIterator[Browser]:
    it = Browser(client, provider)
    async with it.abroad:
        yield it
