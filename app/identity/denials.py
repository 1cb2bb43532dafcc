"""The deny list: who may no longer come in, whatever a token says (DESIGN section 7).

Every row carries a MAC under the authority key, which lies outside the database (FORMATS 5). A row that is not ours
still keeps somebody out, and so does one whose lifting is not ours: fail closed, with an alarm. Rows are numbered in
each organisation without a gap, and a running process remembers whom it kept out: a row taken away is noticed.
Whether she is kept out does not hang on the clock of the process: a denial holds from when it is read.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from app import telemetry
from app.crypto import blind, canonical
from app.identity.grants import plain

FORGED = "denial_forged"
"""The alarm for a row that was slipped in, altered or taken away."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Somebody kept out of one organisation. `number` counts from 1 in each organisation; `person` is her MAC.

    `door_mac` is over what the submitting door is handed of it, and lies itself under the MAC over every field.
    """

    id: UUID
    organisation_id: str
    number: int
    subject: str = field(repr=False)
    person: bytes = field(repr=False)
    reason_code: str
    denied_by: str = field(repr=False)
    denied_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = field(default=None, repr=False)
    door_mac: bytes = field(default=b"", repr=False)

    def for_door(self, intake: bytes) -> Self:
        """The same, vouched for under the key that the submitting door has."""
        return replace(self, door_mac=door_mac(intake, self.id, self.person, self.lifted_at))

    def mac(self, authority: bytes) -> bytes:
        """The MAC over every field, the lifting included. `authority` is the key outside the database."""
        content = {one.name: plain(getattr(self, one.name)) for one in fields(self)}
        return blind.mac(authority, b"denial", canonical.encode(content))

    def row(self, authority: bytes) -> dict[str, object]:
        """The columns of its row, its MAC included."""
        columns: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        return columns | {"mac": self.mac(authority)}


@dataclass(frozen=True, slots=True)
class Line:
    """What a row says to who reads the list: whom it keeps out and since when, and until when if that is proven.

    `whom` is organisation and subject, or at the submitting door the MAC of both. `genuine`: the MAC is the desk's.
    """

    id: UUID
    whom: Hashable = field(repr=False)
    denied_at: datetime | None
    lifted_at: datetime | None
    genuine: bool

    def lifted_by(self, moment: datetime) -> bool:
        """Whether two people had let her in again at `moment`: a row that is not ours lets nobody in."""
        return self.genuine and self.lifted_at is not None and self.lifted_at <= moment

    def denies_at(self, moment: datetime) -> bool:
        """Whether she was kept out at `moment`: by a row that is not ours always."""
        begun = not self.genuine or self.denied_at is None or self.denied_at <= moment
        return begun and not self.lifted_by(moment)


def door_mac(intake: bytes, id_: UUID, person: bytes, lifted_at: datetime | None) -> bytes:
    """The MAC over what the submitting door is handed of a row, under the one secret key it has."""
    content = {"id": plain(id_), "person": plain(person), "lifted_at": plain(lifted_at)}
    return blind.mac(intake, b"denial door", canonical.encode(content))


def of_row(row: Mapping[str, object], authority: bytes) -> tuple[Denial, bool]:
    """The denial in this row, and whether its MAC is ours."""
    names = {one.name for one in fields(Denial)}
    denial = Denial(**{name: value for name, value in row.items() if name in names})  # type: ignore[arg-type]
    mac = row["mac"]
    return denial, isinstance(mac, bytes) and blind.equal(mac, denial.mac(authority))


def line(row: Mapping[str, object], authority: bytes) -> Line:
    """What this row of the table says."""
    denial, genuine = of_row(row, authority)
    whom = (denial.organisation_id, denial.subject)
    return Line(denial.id, whom, denial.denied_at, denial.lifted_at, genuine)


def door_line(id_: UUID, person: bytes, lifted_at: datetime | None, mac: bytes, intake: bytes) -> Line:
    """What a row handed to the submitting door says."""
    genuine = blind.equal(mac, door_mac(intake, id_, person, lifted_at))
    return Line(id_, person, None, lifted_at, genuine)


def kept_out(rows: Iterable[Mapping[str, object]], authority: bytes, moment: datetime) -> frozenset[Hashable]:
    """Organisation and subject of everybody whom these rows keep out at `moment`."""
    return frozenset(one.whom for one in (line(row, authority) for row in rows) if one.denies_at(moment))


class Roll:
    """Whom a running process keeps out. Nobody gets off it but by a lifting that is the desk's own.

    What is not ours is told once for each row, not at every reading.
    """

    def __init__(self) -> None:
        self._kept: dict[UUID, frozenset[Hashable]] = {}
        self._told: set[Hashable] = set()

    def read(self, lines: Iterable[Line], moment: datetime) -> frozenset[Hashable]:
        """Everybody kept out now, of the rows as just read and of what was read before."""
        found = {one.id: one for one in lines}
        for id_ in self._kept.keys() - found.keys():
            self.tell(("gone", str(id_)))
        for id_, one in found.items():
            if not one.genuine:
                self.tell(("forged", id_))
                self._kept[id_] = self._kept.get(id_, frozenset()) | {one.whom}
            elif one.lifted_by(moment):
                self._kept.pop(id_, None)
            else:
                self._kept[id_] = frozenset({one.whom})
        return frozenset().union(*self._kept.values())

    def tell(self, what: Hashable) -> None:
        """Raise the alarm, once for each `what`."""
        if what not in self._told:
            self._told.add(what)
            telemetry.alarm(FORGED)


def gaps(numbers: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
    """The first number of each run that is missing before a number of its organisation: rows that were taken away."""
    last: dict[str, int] = {}
    missing = set()
    for organisation, number in sorted(numbers):
        expected = last.get(organisation, 0) + 1
        if number > expected:
            missing.add((organisation, expected))
        last[organisation] = max(number, expected - 1)
    return frozenset(missing)
