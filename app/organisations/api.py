"""The routes of organisations: who takes part, whether one can go live, and the yearly look at who may what."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import func, select

from app.audit import entries
from app.audit.act import Act, AnyAct, Require, frame_of
from app.database import Login
from app.errors import NotFound
from app.http.body import Output
from app.http.paging import Page, cursor_key
from app.http.queries import query
from app.identity import policy
from app.identity.grants import Grant
from app.identity.policy import Allowed, Thing
from app.organisations import readiness, review, taking_part
from app.organisations.contents import OrganisationId
from app.organisations.participants import Participant
from app.organisations.review import Reviewed
from app.vault.ring import vault_of

router = APIRouter(tags=["organisations"])


class OrganisationItem(Output):
    """A participant or a recipient. `active`: false once its participation ended."""

    id: str
    kind: str
    name: str
    municipality_code: str | None
    reports: bool
    active: bool
    queues: list[str]


class OrganisationPage(Output):
    """A page of organisations, by id."""

    items: list[OrganisationItem]
    next: str | None


class PeopleOut(Output):
    """How many people have a role now; who, only for those who look after them."""

    role: str
    count: int
    subjects: list[str] | None


class OrganisationDetail(OrganisationItem):
    """An organisation with its people by role; `people` is null where they are not yours to count."""

    people: list[PeopleOut] | None


class RequirementOut(Output):
    """One thing that going live asks for."""

    code: str
    met: bool
    detail: str


class ReadinessOut(Output):
    """Whether the organisation can go live. Until then nothing of it is supplied without a person's yes."""

    organisation: str
    ready: bool
    requirements: list[RequirementOut]


class ReviewFilter(Page):
    """Whose people (your own organisation's where nothing is said), and at which moment (now)."""

    organisation: OrganisationId | None = None
    as_of: datetime | None = None


class ReviewedRole(Output):
    """A role in force, and who gave it."""

    grant_id: UUID
    role: str
    kind: str
    valid_from: datetime
    valid_until: datetime
    proposed_by: str
    confirmed_by: str


class ConflictOut(Output):
    """Two roles that do not go together."""

    role: str
    other: str
    reason: str


class ReviewedOut(Output):
    """An account under review. `lastSeen`: a day; null where the log of a year knows nothing."""

    subject: str
    principal: str
    roles: list[ReviewedRole]
    last_seen: date | None
    conflicts: list[ConflictOut]
    dormant: bool
    ends_soon: bool
    denied: bool


class ReviewPage(Output):
    """A page of accounts, by subject. `forged`: rows that claim to give a role and were not written by the desk."""

    organisation: str
    as_of: datetime
    items: list[ReviewedOut]
    forged: list[UUID]
    next: str | None


async def known(act: AnyAct, organisation: str) -> Participant:
    """The organisation with this id. Raises NotFound."""
    found = await taking_part.found(act, organisation)
    if found is None:
        raise NotFound(reason="no_such_organisation")
    return found


def item(one: Participant) -> OrganisationItem:
    """An organisation as the API shows it."""
    return OrganisationItem(
        id=one.id,
        kind=one.kind,
        name=one.name,
        municipality_code=one.municipality_code,
        reports=one.reports,
        active=one.active,
        queues=[one.queue],
    )


@router.get("/organisations")
async def list_organisations(
    act: Annotated[Act[None], Depends(Require("organisation:list"), scope="function")],
    wanted: Annotated[Page, Depends(query(Page))],
) -> OrganisationPage:
    """Who takes part, and who receives."""
    key, bound = cursor_key(act.request), (str(act.actor.sub), "organisations")
    place = wanted.place(key, *bound)
    after = "" if place is None else str(place[0])
    found = [one for one in await taking_part.seen_by(act) if one.id > after]
    first = found[: wanted.limit]
    more = wanted.next(key, (first[-1].id,), *bound) if len(found) > wanted.limit else None
    act.record(entries.Act("organisations_listed", "organisation"))
    return OrganisationPage(items=[item(one) for one in first], next=more)


@router.get("/organisations/{organisationId}")
async def read_organisation(
    organisationId: str,
    act: Annotated[
        Act[None], Depends(Require("organisation:list", action="organisation_viewed"), scope="function")
    ],
) -> OrganisationDetail:
    """One organisation, its queues, and how many people have which role in it."""
    one = await known(act, organisationId)
    keeps = isinstance(policy.on(act.actor, "organisation:check", Thing(organisation=one.id)), Allowed)
    people = await _people(act, one.id, named=keeps) if keeps or one.id == act.organisation else None
    act.record(entries.Act("organisation_viewed", "organisation", one.id))
    return OrganisationDetail(**item(one).model_dump(), people=people)


async def _people(act: AnyAct, organisation: str, *, named: bool) -> list[PeopleOut]:
    authority = frame_of(act.request).authority()
    return counted(await readiness.held(act.connection, authority, [organisation], act.at), named=named)


def counted(found: Sequence[Grant], *, named: bool) -> list[PeopleOut]:
    """How many people have each role, and with `named` who."""
    by_role: dict[str, set[str]] = {}
    for grant in found:
        by_role.setdefault(grant.role.value, set()).add(grant.subject)
    return [
        PeopleOut(role=role, count=len(subjects), subjects=sorted(subjects) if named else None)
        for role, subjects in sorted(by_role.items())
    ]


@router.get("/organisations/{organisationId}/readiness")
async def read_readiness(
    organisationId: str,
    act: Annotated[Act[None], Depends(Require("organisation:check"), scope="function")],
) -> ReadinessOut:
    """Whether the organisation can go live, and what is missing."""
    one = await known(act, organisationId)
    act.may(Thing(organisation=one.id))
    # The people of a covering organisation are counted too; the answer holds codes and names nobody.
    await act.connection.execute(select(func.set_config("meldpunt.register", "all", True)))
    ring = vault_of(act.request).ring
    stands = await readiness.standing(act.connection, ring, one, act.at)
    act.record(entries.Act("readiness_viewed", "organisation", one.id))
    return shown(one.id, readiness.requirements(stands))


def shown(organisation: str, found: tuple[readiness.Requirement, ...]) -> ReadinessOut:
    """Readiness as the API shows it."""
    return ReadinessOut(
        organisation=organisation,
        ready=all(one.met for one in found),
        requirements=[RequirementOut(code=one.code, met=one.met, detail=one.detail) for one in found],
    )


@router.get("/access-reviews", responses={404: {"description": "No such organisation"}})
async def review_access(
    act: Annotated[Act[None], Depends(Require("access:review"), scope="function")],
    wanted: Annotated[ReviewFilter, Depends(query(ReviewFilter))],
) -> ReviewPage:
    """Who has which role, given by whom, last seen when, and what does not go together."""
    organisation = wanted.organisation or act.organisation
    act.may(Thing(organisation=organisation))
    await known(act, organisation)
    moment = wanted.as_of or act.at
    key, bound = cursor_key(act.request), (str(act.actor.sub), "access-reviews")
    place = wanted.place(key, *bound)
    gathered = await review.gather(act.connection, frame_of(act.request).authority(), organisation, moment)
    after = "" if place is None else str(place[0])
    subjects = sorted({str(grant.subject) for grant in gathered.found if grant.subject > after})
    first = subjects[: wanted.limit]
    seen = await review.last_seen(
        frame_of(act.request).database.engine(Login.AUDITOR), organisation, first, moment
    )
    more = wanted.next(key, (first[-1],), *bound) if len(subjects) > wanted.limit else None
    act.record(entries.Act("access_reviewed", "organisation", organisation))
    return ReviewPage(
        organisation=organisation,
        as_of=moment,
        items=[reviewed(one) for one in review.review(gathered, seen, moment, first)],
        forged=list(gathered.forged),
        next=more,
    )


def reviewed(person: Reviewed) -> ReviewedOut:
    """An account under review as the API shows it."""
    return ReviewedOut(
        subject=person.subject,
        principal=person.principal,
        roles=[
            ReviewedRole(
                grant_id=grant.id,
                role=grant.role.value,
                kind=grant.kind,
                valid_from=grant.valid_from,
                valid_until=grant.valid_until,
                proposed_by=grant.proposed_by,
                confirmed_by=grant.confirmed_by,
            )
            for grant in person.roles
        ],
        last_seen=person.last_seen,
        conflicts=[
            ConflictOut(role=one.role.value, other=one.other.value, reason=one.reason)
            for one in person.conflicts
        ],
        dormant=person.dormant,
        ends_soon=person.ends_soon,
        denied=person.denied,
    )
