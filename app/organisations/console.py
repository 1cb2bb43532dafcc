"""What an operator does on the machine itself: look at who takes part and who may, and make the first two managers.

Everything else people do through the interface, under their own names. What is done here stands in the log as done by
the desk.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.audit import entries
from app.clock import new_id, now
from app.database import Database, Login, Scope, transaction
from app.errors import StartRefused, Unavailable
from app.identity import grants
from app.identity.actor import DESK, OrganisationId, Role, Subject
from app.identity.grants import FIRST, Grant
from app.identity.models import GrantRow
from app.organisations import api as shapes
from app.organisations import readiness, review, sheet, taking_part
from app.organisations.participants import Participant
from app.organisations.people import out
from app.settings import Settings
from app.vault.keys import KeyRing

LOCK: Final = 4_242_002
FIRST_LASTS: Final = timedelta(days=366)
_SUBJECT: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Machine:
    """The desk as its operator has it: all of the register, and the keys that vouch for it."""

    connection: AsyncConnection
    database: Database
    ring: KeyRing = field(repr=False)
    at: datetime
    acts: list[entries.Act]


@asynccontextmanager
async def on_this_machine(settings: Settings) -> AsyncIterator[Machine]:
    """One transaction as the desk itself; what was done is in the log or not done. Raises StartRefused."""
    if settings.database_url is None:
        raise StartRefused("MELDPUNT_DATABASE_URL ontbreekt.")
    ring = KeyRing.load(settings, holders=())
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, pool_size=1)
    try:
        async with transaction(database.engine(Login.APP), Scope(register=True)) as held:
            machine = Machine(held.connection, database, ring, now(), [])
            yield machine
            lines = [entries.line(DESK, None, act, machine.at, None) for act in machine.acts]
            await entries.write(held.connection, lines)
    except Unavailable:
        raise StartRefused(
            "De database of het logboek is niet te bereiken. Er is niets gedaan. Kijk of de server draait."
        ) from None
    finally:
        await database.close()


async def known(machine: Machine, organisation: str) -> Participant:
    """The organisation with this id. Raises StartRefused."""
    everyone = await taking_part.everyone(machine.connection, machine.ring.intake)
    found = next((one for one in everyone if one.id == organisation), None)
    if found is None:
        raise StartRefused(
            "Deze organisatie doet niet mee. Kies er een uit meldpunt organisations list, zoals gemeente-emmen."
        )
    return found


async def listing(settings: Settings) -> list[str]:
    """Every organisation on a line: id, kind, queue, whether it takes part, name. Raises StartRefused.

    Of one whose row is not the desk's own only the id, and `forged` or `missing`: what stands in it is not to be told.
    """
    async with on_this_machine(settings) as machine:
        found = await taking_part.everyone(machine.connection, machine.ring.intake)
        unproven = await taking_part.told(machine.connection, machine.ring)
        machine.acts.append(entries.Act("organisations_listed", "organisation"))
    return [
        f"{one.id:40} {one.kind:13} {one.queue:48} {'active' if one.active else 'ended':7} {one.name}"
        for one in found
    ] + [f"{ascii(id_)[1:-1]:40} {'-':13} {'-':48} {standing}" for id_, standing in sorted(unproven.items())]


async def shown(settings: Settings, organisation: str) -> str:
    """The organisation and how many people have which role, as JSON. Raises StartRefused."""
    async with on_this_machine(settings) as machine:
        participant = await known(machine, organisation)
        found = await readiness.held(machine.connection, machine.ring.authority, [organisation], machine.at)
        machine.acts.append(entries.Act("organisation_viewed", "organisation", organisation))
    people = shapes.counted(found, named=True)
    detail = shapes.OrganisationDetail(**shapes.item(participant).model_dump(), people=people)
    return detail.model_dump_json(by_alias=True, indent=2)


async def ready(settings: Settings, organisation: str) -> tuple[bool, str]:
    """Whether the organisation can go live, and what it needs, as JSON. Raises StartRefused."""
    async with on_this_machine(settings) as machine:
        participant = await known(machine, organisation)
        ring = machine.ring
        stands = await readiness.standing(machine.connection, ring, participant, machine.at)
        machine.acts.append(entries.Act("readiness_viewed", "organisation", organisation))
    found = shapes.shown(organisation, readiness.requirements(stands))
    return found.ready, found.model_dump_json(by_alias=True, indent=2)


async def roles(settings: Settings, organisation: str) -> list[str]:
    """The grants of this organisation in force, of people who are let in, a JSON object a line. Raises StartRefused."""
    async with on_this_machine(settings) as machine:
        await known(machine, organisation)
        found = await readiness.held(machine.connection, machine.ring.authority, [organisation], machine.at)
        machine.acts.append(entries.Act("grants_listed", "organisation", organisation))
    ordered = sorted(found, key=lambda grant: (grant.role.value, grant.subject))
    return [out(grant).model_dump_json(by_alias=True) for grant in ordered]


def end_of(day: date) -> datetime:
    """The last moment of this day in Drenthe."""
    tomorrow = datetime.combine(day + timedelta(days=1), time(), ZoneInfo("Europe/Amsterdam"))
    return tomorrow.astimezone(UTC) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Review:
    """An access review of one organisation. `sheet`: as CSV, `document`: as JSON."""

    sheet: str = field(repr=False)
    document: str = field(repr=False)
    forged: int


async def reviewed(settings: Settings, organisation: str, day: date | None = None) -> Review:
    """Everybody with a role here, at the end of `day` or now. Raises StartRefused."""
    async with on_this_machine(settings) as machine:
        await known(machine, organisation)
        moment = machine.at if day is None else end_of(day)
        gathered = await review.gather(machine.connection, machine.ring.authority, organisation, moment)
        subjects = sorted({str(grant.subject) for grant in gathered.found})
        log = machine.database.engine(Login.AUDITOR)
        seen = await review.last_seen(log, organisation, subjects, moment)
        machine.acts.append(entries.Act("access_reviewed", "organisation", organisation))
    found = review.review(gathered, seen, moment)
    page = shapes.ReviewPage(
        organisation=organisation,
        as_of=moment,
        items=[shapes.reviewed(one) for one in found],
        forged=list(gathered.forged),
        next=None,
    )
    written = page.model_dump_json(by_alias=True, indent=2)
    return Review(sheet.written(organisation, found), written, len(gathered.forged))


async def first(settings: Settings, organisation: str, subjects: tuple[str, str]) -> None:
    """Make these two people functional manager, while nobody is.

    Raises StartRefused where somebody is, for one person named twice, and for what is no subject id.
    """
    if len(set(subjects)) < len(subjects):
        raise StartRefused("Noem twee verschillende mensen: de een stelt voor, de ander keurt goed.")
    if not all(_SUBJECT.fullmatch(subject) for subject in subjects):
        raise StartRefused("Noem de vaste kenmerken (sub) uit de inlog: 1 tot 255 tekens zonder spaties.")
    async with on_this_machine(settings) as machine:
        await machine.connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        await known(machine, organisation)
        if await _managed(machine):
            raise StartRefused(
                "Er is al een functioneel beheerder. Nieuwe mensen krijgen hun rol via het meldpunt zelf:"
                " de een stelt voor, een ander keurt goed."
            )
        for subject in subjects:
            grant = _first(organisation, subject, machine.at)
            row = grant.row(machine.ring.authority)
            await machine.connection.execute(insert(GrantRow).values(**row))
            machine.acts.append(entries.Act("grant_given", "grant", str(grant.id), purpose=FIRST))


async def _managed(machine: Machine) -> bool:
    """Whether anybody is functional manager now. A row slipped in by SQL is none, and is told."""
    rows = await machine.connection.execute(
        select(GrantRow.__table__).where(GrantRow.role == Role.FUNCTIONAL_MANAGER.value)
    )
    found = [grants.of_row(row._asdict(), machine.ring.authority) for row in rows]
    for _ in filter(lambda grant: grant is None, found):
        telemetry.alarm("grant_forged")
    # Not the moment this began: another operator may have been through the lock since.
    moment = now()
    return any(grant is not None and grant.holds_at(moment) for grant in found)


def _first(organisation: str, subject: str, moment: datetime) -> Grant:
    return Grant(
        id=new_id(),
        organisation_id=OrganisationId(organisation),
        subject=Subject(subject),
        role=Role.FUNCTIONAL_MANAGER,
        mandate=(),
        wpg=False,
        principal=Subject(subject),
        kind=FIRST,
        valid_from=moment,
        valid_until=moment + FIRST_LASTS,
        proposed_by="installation",
        confirmed_by="installation",
        approval_id=None,
    )
