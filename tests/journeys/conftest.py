"""A started desk that knows the citizen platform's secret."""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.settings import Settings
from tests.desk import Server


@dataclass(frozen=True, slots=True)
class Platform:
    """The desk and the secret with which the platform signs."""

    server: Server
    secret: str


@pytest.fixture(scope="module")
def platform(module_settings: Settings) -> Iterator[Platform]:
    """`meldpunt serve` with one webhook secret of its own."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with Server(module_settings, environment={"MELDPUNT_WEBHOOK_SECRETS": secret}) as running:
        yield Platform(running, secret)
