"""The desk in this process for the tests of one file, with two webhook secrets, and a look into what it stored."""

import base64
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.desk import Client, client_for
from tests.stored import Stored, looking_into

SECRETS = tuple("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture(scope="module")
async def desk(module_settings: Settings) -> AsyncIterator[Client]:
    settings = module_settings.model_copy(update={"webhook_secrets": SecretStr(" ".join(SECRETS))})
    app = create_app(settings, cast=login.cards(), logins=[login.router])
    async with client_for(app, settings) as caller:
        yield caller


@pytest.fixture(scope="module")
async def stored(module_settings: Settings) -> AsyncIterator[Stored]:
    async with looking_into(module_settings) as look:
        yield look
