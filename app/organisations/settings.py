"""Settings of an organisation: numbered versions, of which the newest counts; written when a second person agreed.

A version counts only with its MAC under the authority key, which lies outside the database (FORMATS 5): a row slipped
in or altered by SQL sets nothing, and somebody is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import count
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.audit.act import AnyAct, frame_of
from app.crypto import blind, canonical
from app.database import AnyRow
from app.http.body import Input
from app.organisations import contents, taking_part
from app.organisations.contents import MAIN, Cover
from app.organisations.models import SettingsVersion
from app.organisations.participants import Participant

Key = tuple[str, str]
"""Kind and name of a setting."""
Held = TypeVar("Held", bound=Input)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one setting. `content`: canonical JSON, as the body of its kind."""

    id: UUID
    organisation_id: str
    kind: str
    name: str
    number: int
    content: bytes = field(repr=False)
    proposed_by: str = field(repr=False)
    confirmed_by: str = field(repr=False)
    approval_id: UUID
    activated_at: datetime

    @property
    def key(self) -> Key:
        """Which setting this is a version of."""
        return self.kind, self.name

    def mac(self, authority: bytes) -> bytes:
        """The MAC over every field. `authority` is the key outside the database."""
        return blind.mac(
            authority,
            b"setting",
            self.content,
            canonical.encode(
                {
                    "id": str(self.id),
                    "organisation": self.organisation_id,
                    "kind": self.kind,
                    "name": self.name,
                    "number": self.number,
                    "proposedBy": self.proposed_by,
                    "confirmedBy": self.confirmed_by,
                    "approval": str(self.approval_id),
                    "at": int(self.activated_at.timestamp() * 1_000_000),
                }
            ),
        )

    def row(self, authority: bytes) -> dict[str, object]:
        """The columns of its row, its MAC included."""
        columns: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        return columns | {"mac": self.mac(authority)}

    def read(self, model: type[Held]) -> Held | None:
        """What it holds; None where it holds something else, as of a kind that meant something else once."""
        if contents.KINDS.get(self.kind) is not model:
            return None
        try:
            return model.model_validate_json(self.content)
        except ValidationError:
            return None


def of_row(row: AnyRow, authority: bytes) -> Version | None:
    """The version in this row, None with an alarm where its MAC is not ours or one person stands on both sides."""
    values = row._asdict()
    version = Version(**{one.name: values[one.name] for one in fields(Version)})
    genuine = blind.equal(row.mac, version.mac(authority))
    if not genuine or version.proposed_by == version.confirmed_by:
        telemetry.alarm("setting_forged")
        return None
    return version


async def versions(
    connection: AsyncConnection,
    authority: bytes,
    organisations: Sequence[str],
    kind: str | None = None,
    name: str | None = None,
) -> list[Version]:
    """All genuine versions of these organisations' settings, the oldest first."""
    statement = (
        select(SettingsVersion.__table__)
        .where(SettingsVersion.organisation_id.in_(organisations))
        .order_by(SettingsVersion.organisation_id, SettingsVersion.number)
    )
    if kind is not None:
        statement = statement.where(SettingsVersion.kind == kind)
    if name is not None:
        statement = statement.where(SettingsVersion.name == name)
    rows = (await connection.execute(statement)).all()
    return [version for row in rows if (version := of_row(row, authority)) is not None]


def in_force(found: Sequence[Version]) -> Mapping[Key, Version]:
    """The newest version of each setting of one organisation. `found`: oldest first."""
    return {version.key: version for version in found}


async def next_number(
    connection: AsyncConnection, authority: bytes, organisation: str, kind: str, name: str
) -> int:
    """The number after the newest genuine version; a row of somebody else's can take a number, not the place."""
    genuine = await versions(connection, authority, [organisation], kind, name)
    taken = set(
        (
            await connection.execute(
                select(SettingsVersion.number).where(
                    SettingsVersion.organisation_id == organisation,
                    SettingsVersion.kind == kind,
                    SettingsVersion.name == name,
                )
            )
        ).scalars()
    )
    newest = genuine[-1].number if genuine else 0
    return next(number for number in count(newest + 1) if number not in taken)


def covering(
    settings: Mapping[Key, Version], organisation: str, today: date, known: Sequence[Participant]
) -> str | None:
    """Who covers by these settings today: a participant that reports, and never the organisation itself."""
    version = settings.get(("cover", MAIN))
    stated = None if version is None else version.read(Cover)
    if stated is None or stated.organisation in {None, organisation}:
        return None
    if stated.valid_until is not None and stated.valid_until < today:
        return None
    reporting = {one.id for one in known if one.reports and one.active}
    return stated.organisation if stated.organisation in reporting else None


async def cover(act: AnyAct, organisation: str) -> str | None:
    """The organisation whose people are second person for this one by its cover agreement, None for nobody."""
    authority = frame_of(act.request).authority()
    found = await versions(act.connection, authority, [organisation], "cover", MAIN)
    if not found:
        return None
    return covering(in_force(found), organisation, act.at.date(), await taking_part.seen_by(act))
