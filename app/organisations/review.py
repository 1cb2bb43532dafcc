"""The yearly look at who may what: roles, who gave them, when somebody was last seen, what does not go together.

Pure but for `gather` and `last_seen`. As of any moment: a grant keeps its dates and how it ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import telemetry
from app.audit.models import AccessRow, AccessValue
from app.database import Scope, transaction
from app.identity import denials, grants, put_back
from app.identity.actor import Role
from app.identity.grants import Grant
from app.identity.models import DenialRow, GrantRow

DORMANT = timedelta(days=90)
ENDS_SOON = timedelta(days=30)
LOOKS_BACK = timedelta(days=366)
"""How far back the log is asked when somebody was last seen; longer ago counts as never."""

CASE_WORK: Final = frozenset({Role.COORDINATOR, Role.DEPUTY, Role.ANALYST, Role.OFFICER})
OPERATING: Final = CASE_WORK | {
    Role.APPROVER,
    Role.PRIVACY_OFFICER,
    Role.FUNCTIONAL_MANAGER,
    Role.PROGRAMME_COORDINATOR,
}
"""Roles whose acts somebody else must be able to judge."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One pair of roles that one person should not have, and why (a code)."""

    role: Role
    other: Role
    reason: str


# fmt: off
TOGETHER: Final[tuple[tuple[frozenset[Role], frozenset[Role], str], ...]] = (
    (frozenset({Role.FUNCTIONAL_MANAGER}), CASE_WORK,                             "keeps_roles_and_works_cases"),
    (frozenset({Role.FUNCTIONAL_MANAGER}), frozenset({Role.APPROVER}),            "proposes_and_confirms_roles"),
    (frozenset({Role.APPROVER}),           frozenset({Role.COORDINATOR}),         "approves_own_work"),
    (frozenset({Role.PRIVACY_OFFICER}),    frozenset({Role.COORDINATOR, Role.DEPUTY}), "oversees_own_work"),
    (frozenset({Role.PRIVACY_OFFICER}),    frozenset({Role.FUNCTIONAL_MANAGER}),  "oversees_own_work"),
    (frozenset({Role.AUDITOR}),            OPERATING,                             "audits_own_work"),
    (frozenset({Role.DPO}),                OPERATING,                             "advises_on_own_work"),
    (frozenset({Role.ANALYST}),            frozenset({Role.OFFICER}),             "sees_both_recipients"),
)
# fmt: on
"""Which roles do not go together. A deputy may be approver: she never decides about what she asked herself."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One account: the roles it has, when it was last seen, and what to look at."""

    subject: str = field(repr=False)
    principal: str = field(repr=False)
    roles: tuple[Grant, ...]
    last_seen: date | None
    conflicts: tuple[Conflict, ...]
    dormant: bool
    ends_soon: bool
    denied: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a review is made of. `forged`: ids of rows in force by their dates that the desk did not write."""

    found: tuple[Grant, ...]
    forged: tuple[UUID, ...]
    denied: frozenset[str] = field(repr=False)


def conflicts(roles: frozenset[Role]) -> tuple[Conflict, ...]:
    """Every pair of these roles that does not go together."""
    return tuple(
        Conflict(role, other, reason)
        for ones, others, reason in TOGETHER
        for role in sorted(roles & ones)
        for other in sorted(roles & others)
    )


def review(
    gathered: Gathered, seen: Mapping[str, datetime], moment: datetime, subjects: Sequence[str] | None = None
) -> tuple[Reviewed, ...]:
    """Everybody with a role at `moment`, by account; of `subjects` alone where these are given.

    Two accounts of one person are one person where roles do not go together.
    """
    by_subject: dict[str, list[Grant]] = {}
    by_person: dict[str, set[Role]] = {}
    for grant in gathered.found:
        by_subject.setdefault(grant.subject, []).append(grant)
        by_person.setdefault(grant.principal, set()).add(grant.role)
    wanted = sorted(by_subject) if subjects is None else subjects
    return tuple(
        _reviewed(
            by_subject[subject], by_person, seen.get(subject), moment, denied=subject in gathered.denied
        )
        for subject in wanted
    )


def _reviewed(
    held: Sequence[Grant],
    by_person: Mapping[str, set[Role]],
    seen: datetime | None,
    moment: datetime,
    *,
    denied: bool,
) -> Reviewed:
    principals = sorted({grant.principal for grant in held})
    roles = frozenset().union(*(by_person[one] for one in principals))
    # Whoever was given a role yesterday had no time to be seen.
    since = seen or min(grant.valid_from for grant in held)
    return Reviewed(
        subject=held[0].subject,
        principal=principals[0],
        roles=tuple(sorted(held, key=lambda grant: (grant.role.value, grant.valid_from))),
        last_seen=None if seen is None else seen.date(),
        conflicts=conflicts(roles),
        dormant=moment - since > DORMANT,
        ends_soon=any(grant.valid_until - moment <= ENDS_SOON for grant in held),
        denied=denied,
    )


async def gather(
    connection: AsyncConnection, authority: bytes, organisation: str, moment: datetime
) -> Gathered:
    """The organisation's grants in force at `moment`, each proven ours; an alarm for every other."""
    rows = (
        await connection.execute(
            select(GrantRow.__table__).where(
                GrantRow.organisation_id == organisation,
                GrantRow.valid_from <= moment,
                GrantRow.valid_until > moment,
                or_(GrantRow.ended_at.is_(None), GrantRow.ended_at > moment),
            )
        )
    ).all()
    listed = await connection.execute(
        select(DenialRow.__table__).where(DenialRow.organisation_id == organisation)
    )
    out = denials.kept_out([row._asdict() for row in listed], authority, moment)
    against = await put_back.found(connection)
    read = [(row.id, grants.of_row(row._asdict(), authority)) for row in rows]
    checked = [(id_, None if grant and against.speaks_against(grant) else grant) for id_, grant in read]
    forged = tuple(sorted(id_ for id_, grant in checked if grant is None))
    for _ in forged:
        telemetry.alarm("grant_forged")
    denied = frozenset(
        grant.subject for _, grant in checked if grant and (organisation, grant.subject) in out
    )
    return Gathered(tuple(grant for _, grant in checked if grant is not None), forged, denied)


async def last_seen(
    log: AsyncEngine, organisation: str, subjects: Sequence[str], moment: datetime
) -> dict[str, datetime]:
    """When each of these accounts last did something, by the log. `log` is the auditor's login, and reads this alone.

    A report names nobody, so reporting does not count as being seen.
    """
    statement = (
        select(AccessValue.value, func.max(AccessRow.at).label("at"))
        .join(AccessRow, AccessRow.id == AccessValue.entry_id)
        .where(
            AccessValue.field == "actor",
            AccessValue.value.in_(subjects),
            AccessValue.organisation == organisation,
            AccessRow.at <= moment,
            AccessRow.at > moment - LOOKS_BACK,
        )
        .group_by(AccessValue.value)
    )
    async with transaction(log, Scope(mandate=(organisation,))) as held:
        return {row.value: row.at for row in await held.connection.execute(statement)}
