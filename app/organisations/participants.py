"""The participants as data: who takes part, which queues there are, who holds keys.

Twelve municipalities, the province and four water boards report; RIEC Noord-Nederland and RUDD receive. Names and
CBS codes come from a data file; a change of participants is a change of data, not of code.
"""

import json
from dataclasses import dataclass
from importlib import resources
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.organisations.models import Organisation, Queue

RIEC = "riec-noord-nederland"
RUDD = "rudd"
INDEXER = "indexer"
NAMESPACE = UUID("6e2b1f0a-6d3c-4d7e-9a54-2f1b7a0c9d11")


@dataclass(frozen=True, slots=True)
class Participant:
    """One organisation. `municipality_code` has four digits and belongs to municipalities alone."""

    id: str
    kind: str
    name: str
    municipality_code: str | None

    @property
    def reports(self) -> bool:
        """Whether its employees' reports are owned by itself, so that it has a triage queue."""
        return self.kind not in {"riec", "rudd"}

    @property
    def queue(self) -> str:
        """The queue its people read."""
        return f"triage-{self.id}" if self.reports else self.id


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
        *(f"reporter-{one.id}" for one in participants if one.reports),
        INDEXER,
    )


async def store(connection: AsyncConnection, participants: tuple[Participant, ...]) -> None:
    """Bring the tables up to the data file; existing rows keep their id and get the file's names."""
    organisations = insert(Organisation).values(
        [
            {"id": one.id, "kind": one.kind, "name": one.name, "municipality_code": one.municipality_code}
            for one in participants
        ]
    )
    await connection.execute(
        organisations.on_conflict_do_update(
            index_elements=["id"],
            set_={name: organisations.excluded[name] for name in ("kind", "name", "municipality_code")},
        )
    )
    queues = insert(Queue).values(
        [
            {
                "id": one.queue,
                "organisation_id": one.id,
                "kind": "triage" if one.reports else one.kind,
                "name": f"Triage {one.name}" if one.reports else one.name,
            }
            for one in participants
        ]
    )
    await connection.execute(
        queues.on_conflict_do_update(index_elements=["id"], set_={"name": queues.excluded["name"]})
    )
