"""Does what the table of `expected.py` speaks of, over a real connection of each login, and says where it differs.

A difference is a sentence: login, verb, table, in whose scope, what was expected and what came.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from secrets import token_bytes, token_hex
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import AnyRow, Login, Scope, execute_raw
from app.organisations.participants import RIEC, RUDD
from app.settings import Settings
from tests.database import look
from tests.database.tries import REFUSED, of
from tests.isolation.expected import DOOR, EXPECTED, OWNER
from tests.isolation.planted import ASSEN, EMMEN
from tests.isolation.rows import ALL, Row, Rows, World

MEPPEL, PROVINCE = "gemeente-meppel", "provincie-drenthe"
SCOPES: Mapping[str, Scope] = {
    "no scope": Scope(),
    "Emmen": of(EMMEN),
    "Assen": of(ASSEN),
    "RIEC": of(RIEC),
    "RUDD": of(RUDD),
    "a stranger": of(MEPPEL),
    "Emmen with RIEC's key": Scope(EMMEN, (RIEC,)),
    "RUDD without a key": Scope(RUDD),
    "an auditor of Emmen": of(PROVINCE, EMMEN),
    "an auditor of all": of(PROVINCE, "*"),
    "a keeper of the register": Scope(PROVINCE, (PROVINCE,), register=True),
}
ORGANISATIONS = (EMMEN, ASSEN, RIEC, RUDD)
DECIDING: Mapping[str, tuple[object, ...]] = {
    "organisation_id": ORGANISATIONS,
    "organisation": ORGANISATIONS,
    "cover_id": (None, *ORGANISATIONS),
    "holder": ORGANISATIONS,
    "recipient": ORGANISATIONS,
    "keyholder": ORGANISATIONS,
    "state": ("new", "supplied", "claimed", "closed"),
    "mode": ("direct", "confirmed"),
    "made_by": ("machine", "person"),
    "sender": ("desk", "reporter"),
    "kind": ("signal", "message", "reason"),
    "actor": (None, "d-somebody"),
    "action": ("grant_ended", "person_denied", "setting_activated", "rule_set_activated", "case_viewed"),
    "mac": (None,),
}
"""Columns that decide whose row it is, and what else could stand there in a row that is written."""
LET_IN = {"1", "23502", "23503", "23505", "23514"}
"""The row is written, or row security let it pass and a constraint stopped it: those are asked later."""
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """All rows there are, and the columns of each table."""

    world: World
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Hand:
    """One login's connection."""

    login: str
    connection: AsyncConnection

    @asynccontextmanager
    async def within(self, scope: Scope) -> AsyncIterator[AsyncConnection]:
        """A transaction in this scope that is given up in the end."""
        await execute_raw(self.connection, scope.begin())
        try:
            yield self.connection
        finally:
            await execute_raw(self.connection, "ROLLBACK")

    async def tries(self, scope: Scope, sql: str, *values: object) -> str:
        """The number of rows a statement reached, or the SQLSTATE of its refusal."""
        async with self.within(scope) as connection:
            return await outcome(connection, sql, *values)


async def outcome(connection: AsyncConnection, sql: str, *values: object) -> str:
    """The number of rows a statement reached, or the SQLSTATE of its refusal."""
    try:
        return str((await connection.exec_driver_sql(sql, values)).rowcount)
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", ""))


@asynccontextmanager
async def hand_of(settings: Settings, login: str) -> AsyncIterator[Hand]:
    """A connection of this login; of the owner and the door, who have none, through the migrator."""
    reached = Login.MIGRATOR if login in {OWNER, DOOR} else Login(login)
    async with look.as_login(settings, reached) as connection:
        if login == DOOR:
            await execute_raw(connection, f"set role {DOOR}")
        yield Hand(login, connection)


async def survey(settings: Settings) -> Ground:
    """Everything there is, seen by the superuser."""
    async with look.as_superuser(settings) as connection:
        names = [row.name for row in await look.rows(connection, look.TABLES)]
        world, columns = {}, {}
        for name in names:
            found = await look.rows(connection, f"select * from {name}")
            world[name] = [dict(row._mapping) for row in found]
            shape = await connection.exec_driver_sql(f"select * from {name} limit 0")
            columns[name] = tuple(shape.keys())
        return Ground(world, columns)


def listed(table: str) -> str:
    """The name under which a table stands in the table of expectations."""
    return re.sub(r"^wraps\.wraps_\w+$", "wraps.wraps_*", table)


def cell(login: str, verb: str, table: str) -> Rows | None:
    """What is expected; None where nothing is."""
    return EXPECTED.get(listed(table), {}).get(login, {}).get(verb)


def projected(rows: Iterable[Row], columns: Sequence[str]) -> Counter[str]:
    """Rows with these columns alone, comparable."""
    return Counter(repr([row[name] for name in columns]) for row in rows)


def counted(found: Sequence[AnyRow], columns: Sequence[str]) -> Counter[str]:
    """Rows of a result, as `projected`."""
    return projected([dict(row._mapping) for row in found], columns)


def quoted(names: Iterable[str]) -> str:
    """Column names for a statement."""
    return ", ".join(f'"{name}"' for name in names)


async def select_differs(hand: Hand, ground: Ground, table: str) -> AsyncIterator[str]:
    """Which rows are seen, in each scope."""
    wanted = cell(hand.login, "select", table)
    for name, scope in SCOPES.items():
        place = f"{hand.login} select {table}, {name}:"
        if wanted is None:
            got = await hand.tries(scope, f"select 1 from {table}")
            if got != REFUSED and (hand.login, got) != (OWNER, "0"):
                yield f"{place} expected nothing, got {got}"
            continue
        columns = tuple(one for one in ground.columns[table] if not wanted.columns or one in wanted.columns)
        rows = [row for row in ground.world[table] if wanted.holds(row, scope, ground.world)]
        async with hand.within(scope) as connection:
            seen = await look.rows(connection, f"select {quoted(columns)} from {table}")
        if counted(seen, columns) != projected(rows, columns):
            yield f"{place} expected {len(rows)} ({wanted.words}), got {len(seen)}"


def touching(hand: Hand, ground: Ground, table: str) -> str:
    """Columns this login may both change and read, set to what they are; any other where it may not change."""
    columns = ground.columns[table]
    for verb in ("select", "update"):
        limits = cell(hand.login, verb, table)
        if limits is not None and limits.columns is not None:
            columns = tuple(one for one in columns if one in limits.columns)
    return ", ".join(f'"{one}" = "{one}"' for one in columns)


async def change_differs(
    hand: Hand, past: AsyncConnection, ground: Ground, verb: str, table: str
) -> AsyncIterator[str]:
    """Which rows an update or a delete without a condition reaches: `past`, the superuser, sees them marked."""
    wanted = cell(hand.login, verb, table)
    columns = ground.columns[table]
    sql = (
        f"delete from {table}" if verb == "delete" else f"update {table} set {touching(hand, ground, table)}"
    )
    for name, scope in SCOPES.items():
        place = f"{hand.login} {verb} {table}, {name}:"
        rows = (
            []
            if wanted is None
            else [one for one in ground.world[table] if wanted.holds(one, scope, ground.world)]
        )
        async with hand.within(scope) as connection:
            mark = await look.one(connection, "select pg_current_xact_id()::xid::text")
            got = await outcome(connection, sql)
            reached = await look.rows(past, f"select * from {table} where xmax::text = $1", mark)
        if wanted is None:
            if got != REFUSED and (hand.login, got) != (OWNER, "0"):
                yield f"{place} expected nothing, got {got}"
        elif got == "23503" and wanted is ALL:
            continue  # row security let it pass, what refers to the row did not
        elif got != str(len(rows)) or counted(reached, columns) != projected(rows, columns):
            yield f"{place} expected {len(rows)} ({wanted.words}), got {got}"


def fresh(row: Row) -> dict[str, object]:
    """The row with a key that nobody has yet."""
    made = dict(row)
    for name in ("id", "digest", "key", "lookup", "index", "reference", "municipality_code"):
        if isinstance(made.get(name), UUID):
            made[name] = uuid4()
        elif isinstance(made.get(name), bytes):
            made[name] = token_bytes(32)
        elif isinstance(made.get(name), str):
            made[name] = token_hex(16)
    return made


def written(ground: Ground, table: str) -> Iterator[dict[str, object]]:
    """Rows that somebody could try to write: copies of those there are, and of each with one thing changed."""
    seen: set[tuple[str, ...]] = set()
    for row in ground.world[table]:
        sort = tuple(str(row.get(name)) for name in (*DECIDING, "signal_id", "case_id"))
        if sort in seen or len(seen) == EXAMPLES:
            continue
        seen.add(sort)
        yield fresh(row)
        for name, values in DECIDING.items():
            if name in row and not (name == "kind" and table != "public.sealed_parts"):
                yield from (fresh(row) | {name: value} for value in values if value != row[name])
        if {"case_id", "signal_id"} <= set(row):
            yield from (fresh(row) | {"case_id": case["id"]} for case in ground.world["public.cases"])
        if {"record_id", "signal_id"} <= set(row):
            yield fresh(row) | {"record_id": uuid4()}


async def insert_differs(hand: Hand, ground: Ground, table: str) -> AsyncIterator[str]:
    """Which rows may be written, in each scope."""
    wanted = cell(hand.login, "insert", table)
    columns = [
        one for one in ground.columns[table] if not wanted or not wanted.columns or one in wanted.columns
    ]
    places = ", ".join(f"${at + 1}" for at in range(len(columns)))
    sql = f"insert into {table} ({quoted(columns)}) values ({places})"
    for name, scope in SCOPES.items():
        place = f"{hand.login} insert {table}, {name}:"
        async with hand.within(scope) as connection:
            await execute_raw(connection, "savepoint before")
            for row in islice(written(ground, table), 1 if wanted is None else None):
                got = await outcome(connection, sql, *(row[one] for one in columns))
                await execute_raw(connection, "rollback to savepoint before")
                may = wanted is not None and wanted.holds(row, scope, ground.world)
                if got not in (LET_IN if may else {REFUSED}):
                    shown = {one: row[one] for one in DECIDING if one in row}
                    yield f"{place} expected {'let in' if may else 'refused'}, got {got} for {shown}"


async def columns_differ(hand: Hand, ground: Ground, verb: str, table: str) -> AsyncIterator[str]:
    """Whether a verb reaches exactly the columns that are listed, each tried alone and on no row."""
    wanted = cell(hand.login, verb, table)
    for column in ground.columns[table]:
        sql = {
            "select": f'select "{column}" from {table} limit 0',
            "insert": f'insert into {table} ("{column}") select null where false',
            "update": f'update {table} set "{column}" = null where false',
        }[verb]
        may = wanted is not None and (wanted.columns is None or column in wanted.columns)
        got = await outcome(hand.connection, sql)
        if got != ("0" if may else REFUSED):
            yield f"{hand.login} {verb} {table}.{column}: expected {'granted' if may else 'refused'}, got {got}"


async def differences(hand: Hand, past: AsyncConnection, ground: Ground, table: str) -> AsyncIterator[str]:
    """Everything in which one table differs for one login."""
    async for one in select_differs(hand, ground, table):
        yield one
    async for one in insert_differs(hand, ground, table):
        yield one
    for verb in ("update", "delete"):
        async for one in change_differs(hand, past, ground, verb, table):
            yield one
    for verb in ("select", "insert", "update"):
        async for one in columns_differ(hand, ground, verb, table):
            yield one
