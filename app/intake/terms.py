"""What intake knows: who takes part, on what terms owners supply, which rule set is in force, the checked key directory.

The intake login reads no table; the door function `intake_settings` hands these over. They are kept for half a minute.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from app import telemetry
from app.crypto import blind
from app.errors import Unavailable
from app.organisations import taking_part, terms
from app.organisations.participants import Participant, load
from app.routing import versions
from app.routing.facts import PROVINCE
from app.routing.rule_sets import RuleSet
from app.routing.versions import InForce
from app.vault.directory import Signed
from app.vault.ring import Vault

KEPT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Term:
    """How supplies of one category (None: all) to one queue go, on which ground, until when."""

    organisation: str
    queue: str
    category: str | None
    mode: str
    ground: str
    valid_until: date


@dataclass(slots=True)
class Desk:
    """What a process knows to take reports in."""

    vault: Vault
    fallback: str
    participants: dict[str, Participant] = field(default_factory=lambda: {one.id: one for one in load()})
    terms: tuple[Term, ...] = ()
    ruling: InForce = field(default_factory=InForce)
    fetched: datetime | None = None

    @property
    def rule_set(self) -> RuleSet:
        """By which rules a report is sorted now; the closed one where none can be trusted."""
        return self.ruling.rule_set

    def municipality(self, code: str | None) -> str | None:
        """The participating municipality with this CBS code, None for none."""
        if code is None:
            return None
        found = (one.id for one in self.participants.values() if one.municipality_code == code)
        return next((one for one in found if self.sealable(one)), None)

    def sealable(self, organisation: str) -> bool:
        """Whether it takes part and has the key pairs that a report for it is sealed to."""
        one = self.participants.get(organisation)
        return one is not None and all(self.vault.directory.serves(holder) for holder in one.holders)

    def awaits_keys(self, organisation: str | None) -> bool:
        """Whether it takes part without key pairs yet: what its people report goes to the fallback till then."""
        return organisation in self.participants and not self.sealable(organisation or "")

    @property
    def catching(self) -> str:
        """Who owns what has no owner of its own: the fallback, while it takes part and has keys, else the province."""
        return self.fallback if self.sealable(self.fallback) else PROVINCE

    def term(self, owner: str, queue: str, category: str | None, today: date) -> Term | None:
        """The term this owner stated, the one for this very category before the one for all."""
        fitting = [
            term
            for term in self.terms
            if term.organisation == owner
            and term.queue == queue
            and term.category in {None, category}
            and term.valid_until >= today
        ]
        return max(fitting, key=lambda term: term.category is not None, default=None)

    async def fresh(self, connection: AsyncConnection, moment: datetime) -> None:
        """Fetch all of it anew where it is older than half a minute."""
        if self.fetched is not None and moment - self.fetched < KEPT:
            return
        row = (await connection.execute(text("select * from intake_settings()"))).first()
        if row is None:
            raise Unavailable(reason="key_directory")
        self.vault.accept(Signed(row.document, row.signature))
        self.terms = tuple(
            _term(stated) for stated in row.terms if _vouched_for(stated, self.vault.ring.intake)
        )
        listed = taking_part.genuine(taking_part.handed(row.participants), self.vault.ring.intake)
        self.participants = {one.id: one for one in listed if one.active}
        self.ruling = versions.ruling(row.rule_set, self.vault.ring.intake, self.ruling.number)
        self.fetched = moment


def _vouched_for(stated: dict[str, Any], key: bytes) -> bool:
    """Whether this row was written by the desk's own tools; one slipped in by SQL grants nothing, and is told."""
    term = _term(stated)
    wanted = terms.mac(
        key,
        UUID(stated["id"]),
        term.organisation,
        term.queue,
        term.category,
        term.mode,
        term.ground,
        term.valid_until,
    )
    genuine = blind.equal(bytes.fromhex(stated["mac"]), wanted)
    if not genuine:
        telemetry.alarm("supply_term_forged")
    return genuine


def _term(stated: dict[str, Any]) -> Term:
    return Term(
        stated["organisation"],
        stated["queue"],
        stated["category"],
        stated["mode"],
        stated["ground"],
        date.fromisoformat(stated["validUntil"]),
    )


def desk_of(request: Request) -> Desk:
    """What the application that serves this request knows to take reports in."""
    return cast("Desk", request.app.state.desk)
