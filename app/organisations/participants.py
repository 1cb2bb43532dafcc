"""The participants as data: who takes part, which queues there are, who holds keys.

Twelve municipalities, the province and four water boards report; RIEC Noord-Nederland and RUDD receive. Names and
CBS codes come from a data file at the first installation; from then on two functional managers change them
(`admission`). A row of the database counts only with its MAC under a key outside it (FORMATS 5).
"""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto import blind
from app.database import AnyRow
from app.organisations.models import Organisation, Queue

RIEC = "riec-noord-nederland"
RUDD = "rudd"
PROVINCE = "provincie-drenthe"
INDEXER = "indexer"
REPORTERS: Final = "reporter-"
"""Begins the id of the key pairs that open who reported."""
NAMESPACE = UUID("6e2b1f0a-6d3c-4d7e-9a54-2f1b7a0c9d11")


@dataclass(frozen=True, slots=True)
class Participant:
    """One organisation. `municipality_code` has four digits and belongs to municipalities alone.

    `active`: false once its participation ended; its people still read its cases, and report no more.
    """

    id: str
    kind: str
    name: str
    municipality_code: str | None
    active: bool = True

    @property
    def reports(self) -> bool:
        """Whether its employees' reports are owned by itself, so that it has a triage queue."""
        return self.kind not in {"riec", "rudd"}

    @property
    def queue(self) -> str:
        """The queue its people read."""
        return f"triage-{self.id}" if self.reports else self.id

    @property
    def queue_name(self) -> str:
        """What people call that queue."""
        return f"Triage {self.name}" if self.reports else self.name

    @property
    def holders(self) -> tuple[str, ...]:
        """Whose key pairs must be there before anything can be sealed to it."""
        return (self.id, f"{REPORTERS}{self.id}") if self.reports else (self.id,)

    def mac(self, key: bytes) -> bytes:
        """MAC over everything its row grants. `key` is the intake key: intake checks it at use."""
        standing = "active" if self.active else "ended"
        words = (self.id, self.kind, self.name, self.municipality_code or "", standing)
        return blind.mac(key, b"participant", *(word.encode() for word in words))


class Readers:
    """Whose pairs a server opens: organisations, also those added later; never reporters or the index."""

    __slots__ = ()

    def __contains__(self, holder: object) -> bool:
        return isinstance(holder, str) and holder != INDEXER and not holder.startswith(REPORTERS)


def load() -> tuple[Participant, ...]:
    """All organisations of the data file."""
    data = json.loads(resources.files("app.organisations").joinpath("participants.json").read_text("utf-8"))
    return tuple(
        Participant(row["id"], row["kind"], row["name"], row.get("municipalityCode"))
        for row in data["organisations"]
    )


def keyholders(participants: tuple[Participant, ...]) -> tuple[str, ...]:
    """Everyone who holds a key pair: each organisation, each reporting one's pair for reporters, the indexer."""
    return (
        *(one.id for one in participants),
        *(f"{REPORTERS}{one.id}" for one in participants if one.reports),
        INDEXER,
    )


def of_row(row: AnyRow) -> tuple[Participant, bytes]:
    """The participant in this row of `organisations`, and the MAC beside it, unchecked."""
    return Participant(row.id, row.kind, row.name, row.municipality_code, row.active), row.mac


def columns(one: Participant, key: bytes) -> dict[str, object]:
    """Its row, the MAC included. `key` is the intake key."""
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "municipality_code": one.municipality_code,
        "active": one.active,
        "mac": one.mac(key),
    }


def queue_columns(one: Participant) -> dict[str, object]:
    """The row of its queue."""
    return {
        "id": one.queue,
        "organisation_id": one.id,
        "kind": "triage" if one.reports else one.kind,
        "name": one.queue_name,
    }


async def store(connection: AsyncConnection, participants: tuple[Participant, ...], key: bytes) -> None:
    """Write those of the data file that are not there, or whose row is not the desk's own; the others stay as they are.

    What people changed holds over the data file. `key` is the intake key.
    """
    rows = await connection.execute(select(Organisation.__table__))
    genuine = {one.id for one, mac in map(of_row, rows) if blind.equal(mac, one.mac(key))}
    missing = [one for one in participants if one.id not in genuine]
    if not missing:
        return
    organisations = insert(Organisation).values([columns(one, key) for one in missing])
    names = ("kind", "name", "municipality_code", "active", "mac")
    await connection.execute(
        organisations.on_conflict_do_update(
            index_elements=["id"], set_={name: organisations.excluded[name] for name in names}
        )
    )
    queues = insert(Queue).values([queue_columns(one) for one in missing])
    await connection.execute(
        queues.on_conflict_do_update(index_elements=["id"], set_={"name": queues.excluded["name"]})
    )
