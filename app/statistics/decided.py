"""Reads what people decided beside the machine's proposal: `meldpunt classifier evaluate --from-desk`.

Proposal and decision are rows of their own (`classifications`), neither ever changed. They are read as `meldpunt_app`,
in the scope of one organisation at a time, in a transaction that cannot write, and of each case only the category
proposed and decided, the ids of the rules, the version of what sorted it, and the month. No key is opened.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.audit import entries
from app.database import Database, Login, Scope, transaction
from app.errors import StartRefused, Unavailable
from app.organisations import console, taking_part
from app.settings import Settings
from app.signals.models import Classification
from app.statistics.agreement import Decided, tables

PROPOSED = "proposed"
"""What a copy for RIEC supplied by a person shows is that person's choice: no proposal, and not counted."""
UNKNOWN = "onbekend"


async def report(settings: Settings) -> Sequence[str]:
    """The lines of the report over all organisations, after it stands in the log. Raises StartRefused."""
    async with console.on_this_machine(settings) as machine:
        participants = await taking_part.everyone(machine.connection, machine.ring.intake)
        machine.acts.append(entries.Act("decisions_counted", "classifier"))
    try:
        return list(tables(await _everywhere(settings, [one.id for one in participants])))
    except Unavailable:
        raise StartRefused("De database is niet te bereiken. Kijk of die draait.") from None


async def _everywhere(settings: Settings, organisations: Sequence[str]) -> list[Decided]:
    """What was decided at each of these organisations."""
    if settings.database_url is None:
        raise StartRefused("MELDPUNT_DATABASE_URL ontbreekt.")
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, pool_size=1)
    found: list[Decided] = []
    try:
        for one in organisations:
            async with transaction(database.engine(Login.APP), Scope(organisation=one)) as looking:
                await looking.connection.execute(text("set transaction read only"))
                found += await decided(looking.connection)
    finally:
        await database.close()
    return found


async def decided(connection: AsyncConnection) -> list[Decided]:
    """The decisions of the scope's organisation, each case once, with what was proposed for it."""
    machine, person = aliased(Classification), aliased(Classification)
    proposals = (
        select(machine.case_id, machine.category, machine.lexicon_rules, machine.categoriser)
        .ext(distinct_on(machine.case_id))
        .where(machine.made_by == "machine", machine.reason_code == PROPOSED)
        .order_by(machine.case_id, machine.made_at, machine.id)
        .subquery()
    )
    last = (
        select(person.case_id, person.category, person.made_at)
        .ext(distinct_on(person.case_id))
        .where(person.made_by == "person")
        .order_by(person.case_id, person.made_at.desc(), person.id.desc())
        .subquery()
    )
    month = func.to_char(func.timezone("Europe/Amsterdam", last.c.made_at), "YYYY-MM")
    rows = await connection.execute(
        select(
            month.label("month"),
            proposals.c.category.label("proposed"),
            last.c.category.label("decided"),
            proposals.c.lexicon_rules.label("rules"),
            func.coalesce(proposals.c.categoriser, UNKNOWN).label("categoriser"),
        ).join_from(last, proposals, proposals.c.case_id == last.c.case_id)
    )
    return [Decided(row.month, row.proposed, row.decided, tuple(row.rules), row.categoriser) for row in rows]
