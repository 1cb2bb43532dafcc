"""Grants: who has which role in which organisation, until when, given by which two people (DESIGN section 7).

A row grants only with its MAC under the authority key, which lies outside the database (FORMATS 5): a row slipped
in, or one whose end was wiped out, gives nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from app.crypto import blind, canonical
from app.identity.actor import OrganisationId, Role, Subject

NEEDS_NO_GRANT = frozenset({Role.EMPLOYEE, Role.INTRANET_FORM, Role.PLATFORM})
"""Roles that the token alone gives: whoever reports, and machines bound to their issuer."""
REGULAR = "regular"
BREAK_GLASS = "break_glass"
FIRST = "first"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person in one organisation. `kind`: `regular`, `break_glass` (its role needs no token) or `first`.

    `principal` is the person's main account, the same as `subject` for most: two accounts of one person are one
    person wherever two people are asked for. `mandate`: whose log an auditor reads, `*` for all.
    """

    id: UUID
    organisation_id: OrganisationId
    subject: Subject = field(repr=False)
    role: Role
    mandate: tuple[str, ...]
    wpg: bool
    principal: Subject = field(repr=False)
    kind: str
    valid_from: datetime
    valid_until: datetime
    proposed_by: str = field(repr=False)
    confirmed_by: str = field(repr=False)
    approval_id: UUID | None
    ended_at: datetime | None = None
    ended_by: str | None = field(default=None, repr=False)
    ended_reason: str | None = None

    def mac(self, authority: bytes) -> bytes:
        """The MAC over every field. `authority` is the key outside the database."""
        content = {one.name: plain(getattr(self, one.name)) for one in fields(self)}
        return blind.mac(authority, b"grant", canonical.encode(content))

    def row(self, authority: bytes) -> dict[str, object]:
        """The columns of its row, its MAC included."""
        columns: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        return columns | {"mandate": list(self.mandate), "role": self.role.value, "mac": self.mac(authority)}

    def holds_at(self, moment: datetime) -> bool:
        """Whether it is in force at `moment`."""
        ended = self.ended_at is not None and self.ended_at <= moment
        return self.valid_from <= moment < self.valid_until and not ended


def plain(value: object) -> canonical.JsonValue:
    """The value of a column as it stands under a MAC: a moment in microseconds, bytes in hexadecimal digits.

    The moments without end that only SQL can write come without a time zone: they stay words, which no MAC is over.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp() * 1_000_000)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return str(value)


def of_row(row: Mapping[str, object], authority: bytes) -> Grant | None:
    """The grant in this row of the table, None where its MAC is not ours."""
    names = {one.name for one in fields(Grant)}
    values = {name: value for name, value in row.items() if name in names}
    try:
        grant = Grant(
            **values | {"mandate": tuple(row["mandate"]), "role": Role(str(row["role"]))}  # type: ignore[arg-type]
        )
    except ValueError:
        return None
    mac = row["mac"]
    return grant if isinstance(mac, bytes) and blind.equal(mac, grant.mac(authority)) else None


def person(key: bytes, organisation: str, subject: str) -> bytes:
    """How a denied person is recognised where nobody may read who she is. `key` is the intake key."""
    return blind.mac(key, b"person", organisation.encode(), subject.encode())
