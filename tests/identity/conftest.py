"""A key server on loopback with one RSA and one elliptic key, a clock that stands still, a verifier."""

from collections.abc import Iterator

import pytest

from app.identity.tokens import TokenVerifier

from .forge import Clock, KeyServer, ec_key, issuer, jwk_of, rsa_key


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with KeyServer() as running:
        running.holds(jwk_of(rsa_key(), "rsa"), jwk_of(ec_key(), "ec"))
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(server: KeyServer, clock: Clock) -> TokenVerifier:
    return TokenVerifier([issuer(server.url)], clock)
