"""The routes of settings: proposing one, and what is proposed, in force, or was once.

One person proposes, another activates.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.approvals import api as approvals_api
from app.approvals import requests
from app.approvals.api import ApprovalOut
from app.approvals.models import ApprovalRow, DecisionRow
from app.audit import entries
from app.audit.act import Act, AnyAct, Require, frame_of
from app.clock import new_id
from app.crypto import canonical
from app.crypto.canonical import JsonValue
from app.http.body import Output
from app.http.fields import OneOf
from app.http.paging import Page, cursor_key
from app.http.queries import query
from app.identity.actor import Role
from app.identity.policy import Thing
from app.organisations import activation, contents, settings, taking_part
from app.organisations.contents import OrganisationId, SettingIn
from app.organisations.settings import Version

router = APIRouter(tags=["settings"])

PROPOSED, ACTIVE, REPLACED = "proposed", "active", "replaced"


class SettingFilter(Page):
    """Which settings: of one organisation, of one kind, and how they stand."""

    organisation: OrganisationId | None = None
    kind: Annotated[str, OneOf(tuple(contents.KINDS))] | None = None
    state: Annotated[str, OneOf((PROPOSED, ACTIVE, REPLACED))] | None = None


class SettingOut(Output):
    """One version. A proposed one has no number yet, and nobody who confirmed it."""

    id: UUID
    organisation: str
    kind: str
    name: str
    number: int | None
    content: dict[str, str | list[str] | None]
    state: str
    proposed_by: str
    confirmed_by: str | None
    approval_id: UUID
    at: datetime


class SettingPage(Output):
    """A page of versions, the latest first."""

    items: list[SettingOut]
    next: str | None


@router.post("/settings-versions", status_code=201)
async def propose_setting(
    act: Annotated[Act[SettingIn], Depends(Require("setting:propose", SettingIn), scope="function")],
) -> ApprovalOut:
    """Propose a setting; it holds once another person has activated it by deciding about the request."""
    asked = activation.ask_for(new_id(), act.body)
    id_ = await requests.ask(act, asked)
    act.record(entries.Act("setting_proposed", "setting", asked.object_id, reason_code=asked.reason_code))
    return approvals_api.shown(await requests.load(act, id_), act.at)


@router.get("/settings-versions", responses={404: {"description": "No such organisation"}})
async def list_settings(
    act: Annotated[Act[None], Depends(Require("setting:list"), scope="function")],
    wanted: Annotated[SettingFilter, Depends(query(SettingFilter))],
) -> SettingPage:
    """What is proposed, in force or replaced, the latest first; rows not ours are left out."""
    key, bound = cursor_key(act.request), (str(act.actor.sub), "settings-versions")
    place = wanted.place(key, *bound)
    whose = await _asked_for(act, wanted.organisation)
    found = [
        one
        for one in [*await _proposed(act, whose), *await _written(act, whose)]
        if wanted.kind in {None, one.kind} and wanted.state in {None, one.state}
    ]
    found.sort(key=lambda one: (one.at, str(one.id)), reverse=True)
    if place is not None:
        there = (datetime.fromisoformat(str(place[0])), str(place[1]))
        found = [one for one in found if (one.at, str(one.id)) < there]
    first = found[: wanted.limit]
    more = None
    if len(found) > wanted.limit:
        more = wanted.next(key, (first[-1].at.isoformat(), str(first[-1].id)), *bound)
    act.record(entries.Act("settings_listed", "setting"))
    return SettingPage(items=first, next=more)


async def _asked_for(act: AnyAct, organisation: str | None) -> list[str]:
    """Whose settings: those asked for, else all that are this caller's to see. Raises NotFound for another's."""
    if organisation is not None:
        act.may(Thing(organisation=organisation))
        return [organisation]
    if Role.FUNCTIONAL_MANAGER in act.actor.roles:
        return [one.id for one in await taking_part.seen_by(act)]
    return [act.organisation]


async def _written(act: AnyAct, organisations: Sequence[str]) -> list[SettingOut]:
    authority = frame_of(act.request).authority()
    found = await settings.versions(act.connection, authority, organisations)
    newest = {(version.organisation_id, *version.key): version.id for version in found}
    return [
        _out(version, ACTIVE if newest[version.organisation_id, *version.key] == version.id else REPLACED)
        for version in found
    ]


def _out(version: Version, state: str) -> SettingOut:
    return SettingOut(
        id=version.id,
        organisation=version.organisation_id,
        kind=version.kind,
        name=version.name,
        number=version.number,
        content=_plain(version.content),
        state=state,
        proposed_by=version.proposed_by,
        confirmed_by=version.confirmed_by,
        approval_id=version.approval_id,
        at=version.activated_at,
    )


async def _proposed(act: AnyAct, organisations: Sequence[str]) -> list[SettingOut]:
    """Proposals that wait for a second person, so that she sees what she decides about."""
    rows = await act.connection.execute(
        requests.joined().where(
            ApprovalRow.kind == "setting",
            ApprovalRow.organisation_id.in_(organisations),
            ApprovalRow.id.not_in(select(DecisionRow.approval_id)),
            ApprovalRow.expires_at > act.at,
        )
    )
    found = []
    for row in rows:
        if not requests.ours(act, row):
            continue
        kind, name, _, raw = activation.read(cast("requests.Content", canonical.parse(row.content)))
        found.append(
            SettingOut(
                id=UUID(row.object_id),
                organisation=row.organisation_id,
                kind=kind,
                name=name,
                number=None,
                content=_plain(raw),
                state=PROPOSED,
                proposed_by=row.requested_by,
                confirmed_by=None,
                approval_id=row.id,
                at=row.requested_at,
            )
        )
    return found


def _plain(raw: bytes) -> dict[str, str | list[str] | None]:
    """What a setting holds, as texts: its kinds know nothing else."""
    held = cast("dict[str, JsonValue]", canonical.parse(raw))
    return {
        name: [str(one) for one in value]
        if isinstance(value, list)
        else None
        if value is None
        else str(value)
        for name, value in held.items()
    }
