"""Brings a database up: logins, migrations, participants, key directory. Safe to run at any time, by several at once.

`prepare` connects as an administrator for the logins (they belong to the cluster), then as `meldpunt_migrator`,
whose sessions act as the owner of the tables. An advisory lock makes several runs follow each other.
"""

import asyncio
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid5

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import now
from app.database import Login, engine_for, literal, login_url
from app.errors import StartRefused
from app.identity import upgrade as identity_upgrade
from app.identity.actor import OrganisationId, Role, Subject
from app.identity.grants import FIRST, Grant
from app.identity.models import GrantRow
from app.organisations import participants, taking_part, terms
from app.organisations.models import SupplyTerm
from app.settings import Settings
from app.vault import directory, keyfolder, keys, store

LOCK = 4_242_001
ROOT = Path(__file__).resolve().parent.parent
ROLES = """
do $roles$
declare name text;
begin
    foreach name in array array['meldpunt_owner', 'meldpunt_door'] loop
        begin execute format('create role %I nologin', name);
        exception when duplicate_object or unique_violation then null; end;
    end loop;
    foreach name in array array[{logins}] loop
        begin execute format('create role %I login', name);
        exception when duplicate_object or unique_violation then null; end;
    end loop;
    begin execute 'alter role meldpunt_backup bypassrls';
    exception when insufficient_privilege then raise notice 'meldpunt_backup cannot bypass row security here'; end;
end $roles$;
"""
# The owner may hand a function to the door (and become it, by `set role`), but must not inherit the door's
# policies: through them it would see every report although row security is forced on it.
OWNERSHIP = """
grant meldpunt_owner to meldpunt_migrator;
alter role meldpunt_owner noinherit;
grant meldpunt_door to meldpunt_owner;
alter role meldpunt_migrator reset all;
alter role meldpunt_migrator set role = 'meldpunt_owner';
revoke all on schema public from public;
grant usage, create on schema public to meldpunt_owner;
grant usage, create on schema public to meldpunt_door;
grant usage on schema public to meldpunt_app, meldpunt_intake, meldpunt_worker, meldpunt_auditor, meldpunt_backup;
create schema if not exists wraps authorization meldpunt_owner;
"""
# PostgreSQL lets anybody make large objects: a place for text outside every table, grant and policy.
LARGE_OBJECTS = """
do $large$
begin
    revoke execute on function pg_catalog.lo_create(oid), pg_catalog.lo_creat(integer),
        pg_catalog.lo_from_bytea(oid, bytea) from public;
exception when insufficient_privilege then raise notice 'large objects stay open to every login here';
end $large$;
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has these roles from the first start: the demonstration's cast."""

    organisation: OrganisationId
    subject: Subject
    roles: frozenset[Role]
    mandate: tuple[str, ...] = ()
    wpg: bool = False


def password(folder: Path, login: str) -> str:
    """The password of this login, made and kept (0600) where there is none yet."""
    file = folder / login
    if file.is_file():
        return file.read_text(encoding="ascii").strip()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = secrets.token_urlsafe(24)
    half = folder / f".{login}.{os.getpid()}"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:
        target.write(made)
        target.flush()
        os.fsync(target.fileno())
    try:
        os.link(half, file)
    except FileExistsError:
        pass
    finally:
        half.unlink()
    return file.read_text(encoding="ascii").strip()


async def _locked(connection: AsyncConnection) -> None:
    await connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})


async def make_logins(admin_url: str, folder: Path) -> None:
    """Create the database users and their rights on the database. Needs a superuser or CREATEROLE."""
    engine = engine_for(admin_url, 1, seconds=None)
    try:
        async with engine.connect() as connection:
            await _locked(connection)
            names = ", ".join(literal(login.value) for login in Login)
            raw = await connection.get_raw_connection()
            database = (await connection.execute(select(func.current_database()))).scalar_one()
            quoted = '"' + str(database).replace('"', '""') + '"'
            statements = [
                ROLES.format(logins=names),
                *(
                    f"alter role {login.value} password {literal(password(folder, login.value))};"
                    f"grant connect on database {quoted} to {login.value};"
                    # A login may change its own defaults: what somebody left behind there ends here.
                    f"alter role {login.value} in database {quoted} reset all;"
                    + ("" if login is Login.MIGRATOR else f"alter role {login.value} reset all;")
                    for login in Login
                ),
                f"revoke all on database {quoted} from public;",
                OWNERSHIP,
                LARGE_OBJECTS,
            ]
            driver = raw.driver_connection
            if driver is None:
                raise StartRefused("De databaseverbinding ging verloren. Start opnieuw.")
            for statement in statements:
                await driver.execute(statement)
    finally:
        await engine.dispose()


async def close_door(admin_url: str) -> None:
    """Take back the door's right to make things: it was needed only to be handed its functions by a migration."""
    engine = engine_for(admin_url, 1, seconds=None)
    try:
        async with engine.connect() as connection:
            await _locked(connection)
            await connection.execute(text("revoke create on schema public from meldpunt_door"))
    finally:
        await engine.dispose()


def script() -> ScriptDirectory:
    """The migrations that came with this code."""
    return ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, on this connection."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def current(connection: Connection) -> str | None:
    """The migration this database is at."""
    return MigrationContext.configure(
        connection, opts={"version_table_schema": "public"}
    ).get_current_revision()


async def migrate(url: str) -> None:
    """Migrate to the newest schema under the advisory lock. `url` is the migrator's."""
    engine = engine_for(url, 2, seconds=None)
    try:
        async with engine.connect() as lock:
            await _locked(lock)
            async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
                if await connection.run_sync(current) != script().get_current_head():
                    await connection.rollback()
                    await connection.run_sync(upgrade)
                    await connection.commit()
    finally:
        await engine.dispose()


async def fill(url: str, settings: Settings, direct: Sequence[str], people: Sequence[Person]) -> None:
    """Participants, queues, the newest key directory with room for its generations; terms of `direct` suppliers."""
    known = participants.load()
    keys.create(settings, participants.keyholders(known))
    engine = engine_for(url, 1, seconds=None)
    try:
        async with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
            ring = keys.KeyRing.for_intake(settings)
            await participants.store(connection, known, ring.intake)
            everyone = tuple(await taking_part.everyone(connection, ring.intake))
            signed = keys.create(settings, participants.keyholders(everyone))
            pinned = keys.pinned(settings)
            newest = directory.read(signed.document, signed.signature, pinned)
            await store.keep_directory(connection, newest.version, signed, now())
            for generation in sorted({entry.generation for entry in newest.entries} | {"receipt"}):
                await store.open_generation(connection, generation)
            await agree(connection, direct, ring.intake)
            if not keyfolder.records_vouched(settings.keys_folder):
                await store.vouch(connection, ring.vouching)
            if not keyfolder.denials_vouched(settings.keys_folder):
                authority = keys.KeyRing.load(settings, holders=()).authority
                await identity_upgrade.vouch(connection, authority, ring.intake)
            if people:
                await grant(connection, people, keys.KeyRing.load(settings, holders=()).authority)
            await connection.commit()
        keyfolder.note_vouched(settings.keys_folder)
    finally:
        await engine.dispose()


async def agree(connection: AsyncConnection, direct: Sequence[str], key: bytes) -> None:
    """State for these organisations that supplies to RIEC and RUDD go at once, for a year; stated terms stay."""
    ends = date(now().year + 1, 12, 31)
    for organisation in direct:
        for queue in (participants.RIEC, participants.RUDD):
            stated = await connection.execute(
                select(SupplyTerm.id).where(
                    SupplyTerm.organisation_id == organisation, SupplyTerm.queue_id == queue
                )
            )
            if stated.first() is None:
                term_id = uuid5(participants.NAMESPACE, f"{organisation} {queue}")
                ground = "riec_partner" if queue == participants.RIEC else "environmental_task"
                mac = terms.mac(key, term_id, organisation, queue, None, "direct", ground, ends)
                await connection.execute(
                    insert(SupplyTerm).values(
                        id=term_id,
                        organisation_id=organisation,
                        queue_id=queue,
                        category=None,
                        mode="direct",
                        ground=ground,
                        valid_until=ends,
                        mac=mac,
                    )
                )


async def grant(connection: AsyncConnection, people: Sequence[Person], authority: bytes) -> None:
    """Give these people their roles for a year, where they never had them before."""
    moment = now()
    for person in people:
        for role in sorted(person.roles):
            id_ = uuid5(participants.NAMESPACE, f"{person.organisation} {person.subject} {role}")
            if (await connection.execute(select(GrantRow.id).where(GrantRow.id == id_))).first() is not None:
                continue
            given = Grant(
                id=id_,
                organisation_id=person.organisation,
                subject=person.subject,
                role=role,
                mandate=person.mandate if role is Role.AUDITOR else (),
                wpg=person.wpg,
                principal=person.subject,
                kind=FIRST,
                valid_from=moment,
                valid_until=moment + timedelta(days=366),
                proposed_by="installation",
                confirmed_by="installation",
                approval_id=None,
            )
            await connection.execute(insert(GrantRow).values(**given.row(authority)))


async def reach(url: str) -> None:
    """Raises StartRefused in a sentence where the server is not there, or lets this user not in."""
    engine = engine_for(url, 1)
    try:
        async with engine.connect():
            pass
    except (OSError, SQLAlchemyError, ValueError) as error:
        code = getattr(getattr(error, "orig", None), "sqlstate", None) or type(error).__name__
        raise StartRefused(
            f"De database op MELDPUNT_DATABASE_URL is niet te bereiken of laat deze gebruiker niet toe ({code})."
            " Kijk of de server draait, en of adres, gebruiker en wachtwoord kloppen."
        ) from None
    finally:
        await engine.dispose()


async def prepare(
    admin_url: str, settings: Settings, direct: Sequence[str] = (), people: Sequence[Person] = ()
) -> None:
    """Everything a first start needs, and on a later start only what is missing."""
    folder = settings.logins_folder
    await reach(admin_url)
    await make_logins(admin_url, folder)
    url = login_url(admin_url, Login.MIGRATOR, password(folder, Login.MIGRATOR))
    await migrate(url)
    await close_door(admin_url)
    await fill(url, settings, direct, people)


def run(
    admin_url: str, settings: Settings, direct: Sequence[str] = (), people: Sequence[Person] = ()
) -> None:
    """`prepare`, for a caller without a loop."""
    asyncio.run(prepare(admin_url, settings, direct, people))
