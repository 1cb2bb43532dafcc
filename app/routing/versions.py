"""Numbered versions of the desk's rule set, of which the newest counts; each written when a second person agreed.

A version counts only with its MAC under the intake key, which lies outside the database (FORMATS 5), so that intake
can check it at use. A row slipped in, altered or put back by SQL sorts no report: all of them go to a person, and
somebody is told. With no row at all the rule set of the release is in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app import telemetry
from app.crypto import blind, canonical
from app.routing.documents import RuleSetDocument, faults_in
from app.routing.models import RuleSetVersion
from app.routing.rule_sets import CLOSED, RELEASE, RuleSet

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `content`: canonical JSON, as the document proposed."""

    id: UUID
    number: int
    content: bytes = field(repr=False)
    proposed_by: str = field(repr=False)
    confirmed_by: str = field(repr=False)
    approval_id: UUID
    activated_at: datetime

    def mac(self, key: bytes) -> bytes:
        """The MAC over every field. `key` is the intake key."""
        said: dict[str, canonical.JsonValue] = {
            "id": str(self.id),
            "number": self.number,
            "proposedBy": self.proposed_by,
            "confirmedBy": self.confirmed_by,
            "approval": str(self.approval_id),
            "at": (self.activated_at - _EPOCH) // _MICROSECOND,
        }
        return blind.mac(key, b"rule set", self.content, canonical.encode(said))

    def row(self, key: bytes) -> dict[str, object]:
        """The columns of its row, its MAC included."""
        columns: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        return columns | {"mac": self.mac(key)}

    def genuine(self, mac: bytes, key: bytes) -> bool:
        """Whether this desk wrote it and two people stand behind it; an alarm where not."""
        sound = blind.equal(mac, self.mac(key)) and self.proposed_by != self.confirmed_by
        if not sound:
            telemetry.alarm("rule_set_forged")
        return sound

    def rule_set(self) -> RuleSet:
        """What it says; the closed rule set where this release cannot read it."""
        try:
            document = RuleSetDocument.model_validate_json(self.content)
        except ValidationError:
            return CLOSED
        return CLOSED if faults_in(document, ()) else document.rule_set()


@dataclass(frozen=True, slots=True)
class InForce:
    """What a process sorts by. `number`: the highest version it has seen, 0 for the release's."""

    rule_set: RuleSet = RELEASE
    number: int = 0


def ruling(newest: Mapping[str, Any] | None, key: bytes, seen: int) -> InForce:
    """What is in force by the newest row as intake is handed it. `seen`: the highest number this process knows.

    Closed, with an alarm, where the row is not ours, or where a version was taken away or an older one put back; and
    where this release cannot read it.
    """
    version = None if newest is None else _handed(newest)
    if version is not None and not version.genuine(bytes.fromhex(str((newest or {})["mac"])), key):
        return InForce(CLOSED, seen)
    number = 0 if version is None else version.number
    if number < seen:
        telemetry.alarm("rule_set_put_back")
        return InForce(CLOSED, seen)
    rule_set = RELEASE if version is None else version.rule_set()
    if rule_set.closed:
        telemetry.log("rule_set_unreadable", level="error")
    return InForce(rule_set, number)


def _handed(newest: Mapping[str, Any]) -> Version:
    return Version(
        UUID(newest["id"]),
        newest["number"],
        bytes.fromhex(newest["content"]),
        newest["proposedBy"],
        newest["confirmedBy"],
        UUID(newest["approval"]),
        _EPOCH + newest["at"] * _MICROSECOND,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """All versions the desk wrote, the oldest first. `newest`: the highest number of any row, ours or not."""

    genuine: tuple[Version, ...]
    newest: int

    @property
    def active(self) -> int | None:
        """The number of the version in force, 0 for the release's, None where the newest row is not ours."""
        number = self.genuine[-1].number if self.genuine else 0
        return number if number == self.newest else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are taken."""
        return tuple(version.rule_set().name for version in self.genuine)


async def known(connection: AsyncConnection, key: bytes) -> Known:
    """Every version. `key` is the intake key; an alarm for each row that is not ours."""
    rows = (await connection.execute(select(RuleSetVersion.__table__).order_by(RuleSetVersion.number))).all()
    found = []
    for row in rows:
        values = row._asdict()
        version = Version(**{one.name: values[one.name] for one in fields(Version)})
        if version.genuine(row.mac, key):
            found.append(version)
    return Known(tuple(found), rows[-1].number if rows else 0)
