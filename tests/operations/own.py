"""A desk with a database server of its own, so that an outage or a look into its files disturbs no other test.

Also what the tests of operations share: SQL as an operator sends it, commands, waiting for something to come true.
"""

import base64
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import httpx2
from pydantic import SecretStr

from app import installation
from app.database import engine_for, execute_raw
from app.demo import postgres
from app.demo.cast import people
from app.demo.cluster import binaries, make_home, replace_file
from app.demo.issuer import DemoIssuer
from app.settings import Settings
from tests.desk import NO_TLS, ROOT, Server, free_port

LIMIT_SECONDS = 180.0


@contextlib.contextmanager
def fresh_home() -> Iterator[Path]:
    """An empty home of the demonstration, in memory where there is room; whatever still runs on it is ended."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    place = Path(tempfile.mkdtemp(prefix="meldpunt-own-", dir=memory if roomy else "/tmp"))
    place.chmod(0o711)
    make_home(place)
    replace_file(place / "environment", "demo")
    try:
        yield place
    finally:
        stop_database(place)
        postgres.halt(Settings(home=place))
        shutil.rmtree(place, ignore_errors=True)


STARTED: dict[Path, postgres.Server] = {}


def start_database(home: Path) -> str:
    """Bring the embedded server of this home up; the superuser's address."""
    STARTED[home] = postgres.start(Settings(home=home), progress=lambda _: None, durable=False)
    return STARTED[home].url_admin


def stop_database(home: Path) -> None:
    """Stop it, and wait until it is gone."""
    if home in STARTED:
        postgres.stop(STARTED.pop(home))


def settings_of(home: Path, url: str) -> Settings:
    """Settings of a desk in `home` on the database at `url`."""
    return Settings(home=home, environment="demo", database_url=SecretStr(url), port=free_port())


@contextlib.contextmanager
def empty_database() -> Iterator[Settings]:
    """A running server with nothing in it, and the demo issuer: a desk before its first `migrate`."""
    with fresh_home() as home:
        settings = settings_of(home, start_database(home))
        with DemoIssuer(settings):
            yield settings


@contextlib.contextmanager
def own_desk() -> Iterator[Settings]:
    """As `empty_database`, migrated and filled like the demonstration."""
    with empty_database() as settings:
        installation.run(url_of(settings), settings, ("gemeente-emmen",), people())
        yield settings


def url_of(settings: Settings) -> str:
    """The superuser's address of this desk's database."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def ask(url: str, *statements: str) -> subprocess.CompletedProcess[str]:
    """What psql says to these statements."""
    words = [str(binaries() / "psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1", url]
    for statement in statements:
        words += ["-c", statement]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def rows(settings: Settings, *statements: str) -> list[str]:
    """The lines the superuser gets, columns parted by a bar."""
    answer = ask(url_of(settings), *statements)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


def count(settings: Settings, table: str, where: str = "true") -> int:
    """How many rows there are."""
    return int(rows(settings, f"select count(*) from {table} where {where}")[0])


@contextlib.contextmanager
def altered(settings: Settings, change: str, back: str) -> Iterator[None]:
    """The database changed by its administrator, and changed back."""
    rows(settings, change)
    try:
        yield
    finally:
        rows(settings, back)


@contextlib.asynccontextmanager
async def held(settings: Settings, statement: str) -> AsyncIterator[None]:
    """A transaction that stays open after this statement, and is rolled back at the end."""
    engine = engine_for(url_of(settings), 1, seconds=None)
    async with engine.connect() as connection:
        await execute_raw(connection, f"begin; {statement}")
        try:
            yield
        finally:
            await execute_raw(connection, "rollback")
    await engine.dispose()


def until(true: Callable[[], bool], seconds: float = LIMIT_SECONDS) -> None:
    """Wait until something has come true. Fails the test when it does not."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come true in time"
        time.sleep(0.01)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """What a command of this desk is told."""
    return Server(settings, environment=more).environment()


def command(told: Mapping[str, str], *words: str) -> "subprocess.Popen[str]":
    """`meldpunt WORDS`, started."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", *words],
        env=dict(told),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(told: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """`meldpunt WORDS`, to its end."""
    with command(told, *words) as process:
        out, said = process.communicate(timeout=LIMIT_SECONDS)
    return subprocess.CompletedProcess(words, process.returncode, out, said)


class Listening(Server):
    """A server that counts as started when it answers at all, ready or not."""

    def ready(self) -> bool:
        """Whether it says that it lives."""
        return status_of(self, "/healthz") == 200


def status_of(server: Server, path: str) -> int:
    """The status of a GET, 0 where nobody answers."""
    try:
        return httpx2.get(f"{server.url}{path}", timeout=60, trust_env=False, verify=NO_TLS).status_code
    except httpx2.HTTPError:
        return 0


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def alive(told: Mapping[str, str]) -> list[int]:
    """Processes that were started with this home and still run."""
    mark = f"MELDPUNT_HOME={told['MELDPUNT_HOME']}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            ended = (folder / "stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
            if not ended and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def signal_all(pids: list[int], number: int) -> None:
    """Send a signal to each that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def new_secret() -> str:
    """A webhook secret as the platform and the desk share it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
