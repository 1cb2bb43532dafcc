"""The database: an engine per login, one way into a transaction, the only commit.

Every process logs in as its own users (docs/operations.md). A transaction opens with the actor's scope in the
same message as BEGIN; row security reads that scope. A commit that fails or is cut off is `Unavailable`
(503), never a success: the caller was promised nothing yet.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import MetaData, Row, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolEmpty
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import AsyncAdaptedQueuePool

from app import telemetry
from app.errors import Refusal, StartRefused, Unavailable

PASSING = ("08", "40", "53", "57", "25")
COMMAND_SECONDS = 4.0
CONNECT_SECONDS = 4.0
# asyncpg says InternalClientError when the server ends a connection between two of its messages.
BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)
LONGEST_STATEMENT = 100_000


class Login(StrEnum):
    """Database users; what each may do stands in migrations/schema.txt."""

    APP = "meldpunt_app"
    INTAKE = "meldpunt_intake"
    WORKER = "meldpunt_worker"
    AUDITOR = "meldpunt_auditor"
    MIGRATOR = "meldpunt_migrator"
    BACKUP = "meldpunt_backup"


class Base(DeclarativeBase):
    """Root of the table classes; they give types and migrations, statements are Core."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


CLEAR = "clear"
SEALED = "sealed"


def clear(what: str) -> dict[str, str]:
    """Column info: this text is readable in a dump, and `what` it is (closed code, id, public name)."""
    return {CLEAR: what}


def sealed(what: str) -> dict[str, str]:
    """Column info: these bytes tell nothing without a key; `what` they are."""
    return {SEALED: what}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose eyes row security looks through. Nothing set: no row with an organisation is seen.

    `register`: the grants, approvals and settings of all organisations are seen, as those who keep them need.
    """

    organisation: str = ""
    keyholders: tuple[str, ...] = ()
    mandate: tuple[str, ...] = ()
    register: bool = False

    def begin(self) -> str:
        """BEGIN and the scope in one message, each value as a quoted literal.

        Raises ValueError for a value that could be read as two, or as more than a value.
        """
        if any("," in value for value in (*self.keyholders, *self.mandate)):
            raise ValueError("not a scope value")
        values = {
            "meldpunt.organisation": self.organisation,
            "meldpunt.keyholders": ",".join(self.keyholders),
            "meldpunt.mandate": ",".join(self.mandate),
            "meldpunt.register": "all" if self.register else "",
        }
        calls = ", ".join(
            f"set_config('{name}', {literal(value)}, true)" for name, value in values.items() if value
        )
        return f"BEGIN; SELECT {calls}" if calls else "BEGIN"


def literal(text: str) -> str:
    """`text` as a standard SQL string literal. Raises ValueError on NUL and on a backslash."""
    if "\0" in text or "\\" in text:
        raise ValueError("not a scope value")
    return "'" + text.replace("'", "''") + "'"


def login_url(base: str, login: str, password: str) -> str:
    """`base` with another user: same server, database and options.

    Raises StartRefused when `base` is no PostgreSQL URL; the message never shows it.
    """
    try:
        parts = urlsplit(base)
        scheme = parts.scheme.removesuffix("+asyncpg")
        if scheme not in {"postgres", "postgresql"}:
            raise ValueError
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        raise StartRefused(
            "MELDPUNT_DATABASE_URL: dit is geen adres van een PostgreSQL-server (postgresql://...)."
        ) from None
    where = f"{quote(login, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit(("postgresql", where, parts.path, parts.query, ""))


def plain_url(base: str) -> str:
    """`base` as libpq and asyncpg read it: without a driver name."""
    return base.replace("postgresql+asyncpg://", "postgresql://", 1)


def password_of(folder: Path, login: str) -> str:
    """The password of a login from its file. Raises StartRefused naming the file."""
    try:
        return (folder / login).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise StartRefused(
            f"Het wachtwoord van databasegebruiker {login} ontbreekt in {folder}. Draai eerst meldpunt migrate."
        ) from None


class Database:
    """The engines of one process, one per login it was given a password for, made on first use."""

    def __init__(self, base: str, folder: Path, pool_size: int) -> None:
        self._base = base
        self._folder = folder
        self._pool_size = pool_size
        self._engines: dict[Login, AsyncEngine] = {}

    def engine(self, login: Login) -> AsyncEngine:
        """The pool of this login. Raises Unavailable while the process has no password for it."""
        if login not in self._engines:
            try:
                url = login_url(self._base, login, password_of(self._folder, login))
            except StartRefused:
                raise Unavailable(reason="login_absent") from None
            self._engines[login] = engine_for(url, self._pool_size)
        return self._engines[login]

    async def close(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            await engine.dispose()


def engine_for(url: str, pool_size: int, *, seconds: float | None = COMMAND_SECONDS) -> AsyncEngine:
    """An engine whose connections are opened by asyncpg itself: it knows sslmode, sockets and any password."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(
            plain_url(url),
            timeout=CONNECT_SECONDS,
            command_timeout=seconds,
            max_cacheable_statement_size=LONGEST_STATEMENT,
        )

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_reset_on_return=None,
        hide_parameters=True,
    )


async def execute_raw(connection: AsyncConnection, sql: str, *, seconds: float = COMMAND_SECONDS) -> str:
    """Send text without parameters (several statements allowed); returns the last command tag."""
    driver = await _driver(connection)
    return str(await driver.execute(sql, timeout=seconds))


async def _driver(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's own connection, for what goes to the server as it stands."""
    raw = await connection.get_raw_connection()
    return cast("asyncpg.Connection", raw.driver_connection)


async def _opened(engine: AsyncEngine, begin: str) -> AsyncConnection:
    """A connection with the transaction begun. Dead ones from the pool are replaced.

    After a restart of the server the pool holds nothing else.
    """
    left = cast("AsyncAdaptedQueuePool", engine.pool).size()
    while True:
        connection = await engine.connect()
        try:
            await execute_raw(connection, begin)
        except TimeoutError:
            await _discard(connection)
            raise
        except BROKEN:
            await _discard(connection)
            if left == 0:
                raise
            left -= 1
        except BaseException:
            await _discard(connection)
            raise
        else:
            return connection


async def _discard(connection: AsyncConnection) -> None:
    """Throw the connection away: its state is not known."""
    await connection.invalidate()
    await connection.close()


class AlreadyThere(Exception):
    """A row with this unique value exists; `constraint` names which. The transaction must be restarted."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


def passing(error: BaseException) -> bool:
    """Whether the fault lies with the connection or the server's state, so that asking again may help."""
    if isinstance(error, OSError | PoolEmpty | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return True
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
        if isinstance(cause, asyncpg.InvalidCachedStatementError | asyncpg.InterfaceError | OSError):
            return True
        return error.connection_invalidated or sqlstate(error)[:2] in PASSING
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error)[:2] in PASSING or isinstance(error, asyncpg.InvalidCachedStatementError)
    return False


def refused_row(error: BaseException) -> bool:
    """Whether the database turned a row of ours down (SQLSTATE class 23): nothing of the act is kept."""
    return isinstance(error, DBAPIError) and sqlstate(error).startswith("23")


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code for what went wrong, empty where it said none."""
    return str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")


class Transaction:
    """One transaction on one connection; `restart` gives up what was done and begins again in the same scope."""

    def __init__(self, connection: AsyncConnection, begin: str) -> None:
        self.connection = connection
        self._begin = begin

    async def restart(self) -> None:
        """Roll back and begin anew. Raises Unavailable where the server is gone."""
        try:
            await execute_raw(self.connection, f"ROLLBACK; {self._begin}")
        except BROKEN as error:
            raise Unavailable(reason="database") from error

    async def commit(self) -> None:
        """The only commit of the desk. Raises Unavailable unless the server said COMMIT."""
        try:
            tag = await execute_raw(self.connection, "COMMIT")
        except BROKEN as error:
            raise Unavailable(reason="commit") from error
        if tag != "COMMIT":
            raise Unavailable(reason="commit")


AnyRow = Row[*tuple[Any, ...]]
"""A row of a result, columns by name."""

RowOf = tuple[type[Base], Mapping[str, object]]
"""A row to insert: its table class and its values by column name."""


def table_name(table: type[Base]) -> str:
    """The table's name with its schema."""
    return cast("Table", table.__table__).fullname


@lru_cache(maxsize=512)
def _insert_sql(shape: tuple[tuple[type[Base], tuple[str, ...], int], ...]) -> str:
    """One statement for these tables, columns and numbers of rows: all inserts but the last are CTEs."""
    inserts, number = [], 0
    for table, columns, rows in shape:
        names = ", ".join(f'"{name}"' for name in columns)
        values = []
        for _ in range(rows):
            values.append("(" + ", ".join(f"${number + at + 1}" for at in range(len(columns))) + ")")
            number += len(columns)
        inserts.append(f"insert into {table_name(table)} ({names}) values {', '.join(values)}")
    *first, last = inserts
    parts = ", ".join(f"i{at} as ({insert})" for at, insert in enumerate(first))
    return f"with {parts} {last}" if parts else last


def insert_sql(rows: Sequence[RowOf]) -> str:
    """The statement that inserts rows of this shape, parameters in the order of the rows' values."""
    shape: list[tuple[type[Base], tuple[str, ...], int]] = []
    for table, row in rows:
        columns = tuple(row)
        if shape and shape[-1][:2] == (table, columns):
            shape[-1] = (table, columns, shape[-1][2] + 1)
        else:
            shape.append((table, columns, 1))
    return _insert_sql(tuple(shape))


async def insert_rows(connection: AsyncConnection, rows: Sequence[RowOf]) -> None:
    """Insert rows of several tables in one round trip and one prepared statement per shape.

    Column names come from our own dictionaries, values go as parameters. Rows of one table stand together. Raises
    AlreadyThere where a unique value exists.
    """
    driver = await _driver(connection)
    try:
        await driver.execute(insert_sql(rows), *(value for _, row in rows for value in row.values()))
    except asyncpg.UniqueViolationError as error:
        raise AlreadyThere(str(error.constraint_name or "")) from error
    except asyncpg.PostgresError as error:
        if passing(error):
            raise
        # As any other statement's fault, so that nobody outside this module needs to know the driver.
        raise DBAPIError(None, None, error) from error


_LINES: WeakKeyDictionary[AsyncEngine, asyncio.Semaphore] = WeakKeyDictionary()


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """Wait in line for a connection, first come first served: the pool's own queue lets late callers pass."""
    line = _LINES.get(engine)
    if line is None:
        line = _LINES[engine] = asyncio.Semaphore(cast("AsyncAdaptedQueuePool", engine.pool).size())
    if line.locked():
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await line.acquire()
        except TimeoutError:
            raise Unavailable(reason="pool") from None
    else:
        await line.acquire()
    try:
        yield
    finally:
        line.release()


@asynccontextmanager
async def transaction(engine: AsyncEngine, scope: Scope) -> AsyncIterator[Transaction]:
    """Begin in `scope`, commit on leaving, roll back on any error.

    Faults of connection and server come out as Unavailable (503), and so do rows that the database turns down;
    refusals, AlreadyThere and faults of ours pass unchanged.
    """
    begin = scope.begin()
    async with _turn(engine):
        held = Transaction(await _connected(engine, begin), begin)
        try:
            yield held
            await held.commit()
        except BaseException as error:
            broken = passing(error) or isinstance(error, Unavailable)
            await asyncio.shield(_rolled_back(held.connection, broken=broken))
            if not isinstance(error, Refusal) and passing(error):
                raise Unavailable(reason="database") from error
            if refused_row(error):
                telemetry.log_error("row_refused", error, sqlstate=sqlstate(error))
                raise Unavailable(reason="row_refused") from error
            raise
        else:
            await held.connection.close()


async def _connected(engine: AsyncEngine, begin: str) -> AsyncConnection:
    """A connection with the transaction begun. Raises Unavailable where there is none to be had."""
    try:
        return await _opened(engine, begin)
    except Exception as error:
        if passing(error) or isinstance(error, Unavailable | asyncpg.PostgresError | DBAPIError):
            raise Unavailable(reason="database") from error
        raise


async def _rolled_back(connection: AsyncConnection, *, broken: bool) -> None:
    """Return the connection clean, or throw it away."""
    if broken:
        await _discard(connection)
        return
    try:
        await execute_raw(connection, "ROLLBACK")
    except Exception:  # whatever went wrong, this connection is not used again
        await _discard(connection)
    else:
        await connection.close()


async def reachable(engine: AsyncEngine) -> bool:
    """Whether the server answers a transaction now."""
    try:
        async with transaction(engine, Scope()):
            return True
    except Unavailable:
        return False
