"""Whether an organisation can go live: the people, agreements and documents that workflow.md 9 H asks for.

Until all of it is there it cannot begin to supply without a person's yes (`activation`); begun, that goes on until its
end date. Each requirement answers with a code; who the people are is not in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.identity import denials, grants, put_back
from app.identity.actor import Role
from app.identity.grants import Grant
from app.identity.models import DenialRow, GrantRow
from app.organisations import settings, taking_part, terms
from app.organisations.contents import FEEDBACK, MAIN, STANDARD, Adopted, DisclosureDocument, Texts
from app.organisations.participants import Participant
from app.organisations.settings import Key, Version
from app.organisations.terms import RECIPIENTS_OF, Stated
from app.vault import directory, store
from app.vault.directory import DirectoryRefused
from app.vault.keys import KeyRing

TWO = 2
CALENDAR_LASTS = timedelta(days=400)
"""A calendar older than this says nothing of the days to come."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing an organisation needs. `detail`: a code that says what was found or what is missing."""

    code: str
    met: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the requirements look at. `people`: main accounts by role, of the organisation itself. `keys`: whether
    something can be sealed to it.
    """

    participant: Participant
    people: Mapping[Role, frozenset[str]] = field(repr=False)
    covering: str | None
    covering_approvers: frozenset[str] = field(repr=False)
    settings: Mapping[Key, Version]
    terms: Sequence[Stated]
    today: date
    keys: bool

    def having(self, *roles: Role) -> frozenset[str]:
        """Who of its own people has one of these roles."""
        return frozenset().union(*(self.people.get(role, frozenset()) for role in roles))

    def direct(self) -> tuple[str, ...]:
        """Recipients that get something without a person's yes."""
        return tuple(sorted({term.queue for term in self.terms if term.mode == "direct"}))


def _coordinator(standing: Standing) -> Requirement:
    there = bool(standing.having(Role.COORDINATOR))
    return Requirement("coordinator", there, "there" if there else "missing")


def _workers(standing: Standing) -> Requirement:
    there = len(standing.having(Role.ANALYST, Role.OFFICER)) >= TWO
    return Requirement("workers", there, "there" if there else "too_few")


def _deputy(standing: Standing) -> Requirement:
    """Somebody other than the only coordinator stands in for her; a cover agreement is as good."""
    if standing.having(Role.DEPUTY) and len(standing.having(Role.COORDINATOR, Role.DEPUTY)) >= TWO:
        return Requirement("deputy", True, "there")
    if standing.covering is not None:
        return Requirement("deputy", True, "covered")
    return Requirement("deputy", False, "same_person" if standing.having(Role.DEPUTY) else "missing")


def _approvers(standing: Standing) -> Requirement:
    """Two different people can be second person; those of the covering organisation count."""
    own = standing.having(Role.APPROVER)
    if len(own) >= TWO:
        return Requirement("approvers", True, "there")
    covered = len(own | standing.covering_approvers) >= TWO
    return Requirement("approvers", covered, "covered" if covered else "too_few")


def _privacy_officer(standing: Standing) -> Requirement:
    there = bool(standing.having(Role.PRIVACY_OFFICER))
    return Requirement("privacy_officer", there, "there" if there else "missing")


def _cover(standing: Standing) -> Requirement:
    """Needed where the own people are too few."""
    if standing.covering is not None:
        return Requirement("cover", True, "agreed")
    enough = _deputy(standing).met and _approvers(standing).met
    return Requirement("cover", enough, "not_needed" if enough else "missing")


def _disclosure(standing: Standing) -> Requirement:
    """For each recipient the organisation has stated on which ground it supplies, and how."""
    stated = {term.queue for term in standing.terms if term.category is None}
    missing = set(RECIPIENTS_OF.get(standing.participant.kind, ())) - stated
    return Requirement("disclosure", not missing, "no_ground_stated" if missing else "stated")


def _disclosure_document(standing: Standing) -> Requirement:
    """What goes without a person's yes rests on a document and the data protection officer's advice."""
    wanted = standing.direct()
    if not wanted:
        return Requirement("disclosure_document", True, "not_needed")
    met = all(document(standing, queue) is not None for queue in wanted)
    return Requirement("disclosure_document", met, "there" if met else "missing")


def document(standing: Standing, queue: str) -> DisclosureDocument | None:
    """The document that supplying `direct` to this recipient rests on, while it holds."""
    version = standing.settings.get(("disclosure_document", queue))
    found = None if version is None else version.read(DisclosureDocument)
    return found if found is not None and found.valid_until >= standing.today else None


def _adopted(kind: str) -> Callable[[Standing], Requirement]:
    def look(standing: Standing) -> Requirement:
        version = standing.settings.get((kind, MAIN))
        found = None if version is None else version.read(Adopted)
        if found is None:
            return Requirement(kind, False, "missing")
        holds = found.valid_until >= standing.today
        return Requirement(kind, holds, "adopted" if holds else "ended")

    return look


def _calendar(standing: Standing) -> Requirement:
    version = standing.settings.get(("calendar", MAIN))
    if version is None:
        return Requirement("calendar", False, "missing")
    fresh = version.activated_at.date() + CALENDAR_LASTS >= standing.today
    return Requirement("calendar", fresh, "there" if fresh else "outdated")


def _texts(standing: Standing) -> Requirement:
    """The closed texts were taken over whole, or there is one of its own for each of them."""

    def has(name: str) -> bool:
        version = standing.settings.get(("texts", name))
        return version is not None and version.read(Texts) is not None

    if has(STANDARD):
        return Requirement("texts", True, "standard")
    own = all(has(name) for name in FEEDBACK)
    return Requirement("texts", own, "own" if own else "missing")


def _keys(standing: Standing) -> Requirement:
    """Without its key pairs nothing can be sealed to it: what concerns it goes to the province."""
    return Requirement("keys", standing.keys, "there" if standing.keys else "missing")


Check = Callable[[Standing], Requirement]
BOTH: Final[tuple[Check, ...]] = (
    _approvers,
    _privacy_officer,
    _calendar,
    _adopted("privacy_protocol"),
    _keys,
)
REPORTING: Final[tuple[Check, ...]] = (
    _coordinator,
    _deputy,
    _cover,
    _disclosure,
    _disclosure_document,
    _adopted("retention"),
    _adopted("matrix"),
    _texts,
    *BOTH,
)
RECEIVING: Final[tuple[Check, ...]] = (_workers, _adopted("retention"), *BOTH)


def requirements(standing: Standing) -> tuple[Requirement, ...]:
    """Everything this organisation needs, met or not, in the order of their codes."""
    checks = REPORTING if standing.participant.reports else RECEIVING
    return tuple(sorted((check(standing) for check in checks), key=lambda one: one.code))


async def held(
    connection: AsyncConnection, authority: bytes, organisations: Sequence[str], moment: datetime
) -> list[Grant]:
    """Grants in force at `moment` of people who are not on the deny list; an alarm for rows that are not ours."""
    rows = (
        await connection.execute(
            select(GrantRow.__table__).where(
                GrantRow.organisation_id.in_(organisations),
                GrantRow.valid_from <= moment,
                GrantRow.valid_until > moment,
            )
        )
    ).all()
    listed = await connection.execute(
        select(DenialRow.__table__).where(DenialRow.organisation_id.in_(organisations))
    )
    denied = denials.kept_out([row._asdict() for row in listed], authority, moment)
    against = await put_back.found(connection)
    found = []
    for row in rows:
        grant = grants.of_row(row._asdict(), authority)
        if grant is None or against.speaks_against(grant):
            telemetry.alarm("grant_forged")
        elif grant.holds_at(moment) and (grant.organisation_id, grant.subject) not in denied:
            found.append(grant)
    return found


def by_role(found: Sequence[Grant], organisation: str) -> dict[Role, frozenset[str]]:
    """Main accounts of this organisation's people by role: two accounts of one person are one person."""
    people: dict[Role, set[str]] = {}
    for grant in found:
        # A role for some hours is no way to run an organisation.
        if grant.organisation_id == organisation and grant.kind != grants.BREAK_GLASS:
            people.setdefault(grant.role, set()).add(grant.principal)
    return {role: frozenset(subjects) for role, subjects in people.items()}


async def standing(
    connection: AsyncConnection, ring: KeyRing, participant: Participant, moment: datetime
) -> Standing:
    """How this organisation stands at `moment`, of rows that the desk itself wrote."""
    today, authority = moment.date(), ring.authority
    known = await taking_part.everyone(connection, ring.intake)
    own = settings.in_force(await settings.versions(connection, authority, [participant.id]))
    covering = settings.covering(own, participant.id, today, known)
    asked = [participant.id] if covering is None else [participant.id, covering]
    found = await held(connection, authority, asked, moment)
    stand_ins = {} if covering is None else by_role(found, covering)
    return Standing(
        participant,
        by_role(found, participant.id),
        covering,
        stand_ins.get(Role.APPROVER, frozenset()),
        own,
        await terms.in_force(connection, ring.intake, participant.id, today),
        today,
        await has_keys(connection, ring, participant),
    )


async def has_keys(connection: AsyncConnection, ring: KeyRing, participant: Participant) -> bool:
    """Whether the signed directory in the database has an active pair for each of its holders."""
    signed = await store.newest_directory(connection)
    if signed is None:
        return False
    try:
        listed = directory.read(signed.document, signed.signature, ring.pinned)
    except DirectoryRefused:
        telemetry.alarm("directory_forged")
        return False
    return all(listed.serves(holder) for holder in participant.holders)
