"""The ground every test stands on: one embedded PostgreSQL, one migrated template, a clone per test, the cast.

Sockets beyond loopback are refused. Data lies in /dev/shm when a gigabyte is free there.
"""

import asyncio
import itertools
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from app import installation
from app.database import Login, engine_for, login_url
from app.demo import issuer, login, postgres
from app.demo.cast import people
from app.demo.cluster import make_home
from app.http.application import Desk as Application
from app.main import create_app
from app.settings import Settings
from tests.database import fifteen
from tests.desk import Client, Server, client_for, free_port

LOOPBACK = ("127.0.0.1", "::1", "localhost")
hypothesis_settings.register_profile("desk", deadline=None)
hypothesis_settings.load_profile("desk")
numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", choices=("18", "15"), default="18", help="the version to run on")


def pytest_configure(config: pytest.Config) -> None:
    """Asked for a version that is not here: stop, rather than test another one."""
    if config.getoption("--postgresql") == "15" and not fifteen.present():
        raise pytest.UsageError(fifteen.ABSENT)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _no_socket_beyond_loopback() -> Iterator[None]:
    """A test that reaches for another machine fails at once."""
    connect = socket.socket.connect

    def only_loopback(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise PermissionError("tests stay on this machine")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = only_loopback  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Where the database, the keys and the logins of this run live."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    place = Path(tempfile.mkdtemp(prefix="meldpunt-tests-", dir=memory if roomy else None))
    place.chmod(0o711)
    make_home(place)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(home: Path, pytestconfig: pytest.Config) -> Iterator[Settings]:
    """A running server with a migrated template, and the demo issuer; settings without a database yet."""
    (home / "environment").write_text("demo")
    settings = Settings.model_construct(**Settings(home=home, environment="demo").model_dump())
    if pytestconfig.getoption("--postgresql") == "15":
        server = fifteen.start(settings)
    else:
        server = postgres.start(settings, progress=lambda _: None, durable=False)
    installation.run(server.url_admin, settings, ("gemeente-emmen",), people())
    with issuer.DemoIssuer(settings):
        yield settings
    postgres.stop(server)


def admin_url(settings: Settings, database: str) -> str:
    """The superuser's address of one database of the test server."""
    file = settings.logins_folder / "postgres"
    return postgres.login_url(settings, "postgres", file.read_text().strip(), database)


async def _clone(settings: Settings, name: str) -> None:
    engine = engine_for(admin_url(settings, "postgres"), 1, seconds=None)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f'create database "{name}" template meldpunt strategy file_copy')
            await connection.exec_driver_sql(f'revoke all on database "{name}" from public')
            for one in Login:
                await connection.exec_driver_sql(f'grant connect on database "{name}" to {one.value}')
    finally:
        await engine.dispose()


async def _drop(settings: Settings, name: str) -> None:
    engine = engine_for(admin_url(settings, "postgres"), 1, seconds=None)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')
    finally:
        await engine.dispose()


def cloned(settings: Settings) -> Iterator[Settings]:
    """Settings on a fresh copy of the template, dropped afterwards."""
    name = f"desk_{next(numbers)}"
    asyncio.run(_clone(settings, name))
    yield settings.model_copy(
        update={"database_url": SecretStr(admin_url(settings, name)), "port": free_port()}
    )
    asyncio.run(_drop(settings, name))


@pytest.fixture
def settings(cluster: Settings) -> Iterator[Settings]:
    """Settings of a desk with an empty database of its own."""
    yield from cloned(cluster)


@pytest.fixture(scope="module")
def module_settings(cluster: Settings) -> Iterator[Settings]:
    """As `settings`, shared by the tests of one file."""
    yield from cloned(cluster)


def url_of(settings: Settings, login_name: Login) -> str:
    """The address of a test database for one login."""
    assert settings.database_url is not None
    password = installation.password(settings.logins_folder, login_name)
    return login_url(settings.database_url.get_secret_value(), login_name, password)


@pytest.fixture
def application(settings: Settings) -> Application:
    """The whole desk in this process, on an empty database."""
    return create_app(settings, cast=login.cards(), logins=[login.router])


@pytest.fixture
async def client(application: Application, settings: Settings) -> AsyncIterator[Client]:
    """A caller of the desk in this process; `client.as_("ans")` speaks for one of the cast."""
    async with client_for(application, settings) as caller:
        yield caller


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    """A started desk (`meldpunt serve`) in processes of its own, on an empty database."""
    with Server(settings) as running:
        yield running


@pytest.fixture(scope="module")
def module_server(module_settings: Settings) -> Iterator[Server]:
    """As `server`, shared by the tests of one file."""
    with Server(module_settings) as running:
        yield running


@pytest.fixture(scope="module")
def desk_url(module_server: Server) -> str:
    """Where a started desk serves its pages."""
    return module_server.url
