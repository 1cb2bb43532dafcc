"""What is asked of the blind index: exact searches in the own queue, and matches from a case, through the two doors.

Another organisation's signal is never named: a match tells owner, kind of identifier, quarter and how much it counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import identifiers
from app.identifiers import IdentifierKind
from app.vault.indexkeys import IndexKeys

KINDS: tuple[str, ...] = get_args(IdentifierKind)
PLACE_KIND = "address"
SHARED_BY_MANY = 5
"""From so many signals on an address says little: a care home, a flat, a holiday park (practice.md 6)."""

Strength = Literal["strong", "weak", "slight"]
ORDER: tuple[Strength, ...] = ("strong", "weak", "slight")
_ALONE = re.compile(r"([0-9]{4} ?[A-Za-z]{2})[ ,|]{1,3}([0-9]{1,5})[ |-]{0,3}([0-9A-Za-z-]{0,10})")
_SEARCH = text("select case_id from search_index(:kind, :tokens)").bindparams(
    bindparam("kind", type_=Text), bindparam("tokens", type_=ARRAY(LargeBinary))
)
_ASK = text("select organisation, kind, quarter, shared, case_id from ask_matches(:asked, :own_report)")


@dataclass(frozen=True, slots=True)
class Match:
    """Another signal that shares an identifier. `case_id`: the asker's own case of it, where there is one."""

    organisation: str
    kind: str
    quarter: str
    strength: Strength
    case_id: UUID | None


def strength(kind: str, shared: int) -> Strength:
    """How much it counts that `shared` signals, this one included, name the same identifier of this kind."""
    if kind != PLACE_KIND:
        return "strong"
    return "weak" if shared < SHARED_BY_MANY else "slight"


def normalised(kind: str, value: str) -> str | None:
    """The one form of what somebody typed into a search, None where it is no such identifier."""
    if kind == PLACE_KIND:
        return _address(value)
    as_one = {
        "plate": identifiers.plate,
        "phone": identifiers.phone,
        "iban": identifiers.iban,
        "kvk": identifiers.kvk,
        "email": identifiers.email,
    }
    return as_one[kind](value)


def _address(value: str) -> str | None:
    """An address as it is stored (`9411NA|12|a`), or as people write it."""
    alone = _ALONE.fullmatch(value.strip(" "))
    if alone is not None:
        return identifiers.address(alone[1], alone[2], alone[3] or None)
    found = {one.value for one in identifiers.mentions(value) if one.kind == PLACE_KIND}
    return found.pop() if len(found) == 1 else None


async def cases_with(connection: AsyncConnection, keys: IndexKeys, kind: str, value: str) -> list[UUID]:
    """The cases of the scope's organisation whose signal names exactly this normalised value; 200 at most."""
    tokens = list(keys.tokens(kind, value).values())
    rows = await connection.execute(_SEARCH, {"kind": kind, "tokens": tokens})
    return sorted(rows.scalars())


async def matches(connection: AsyncConnection, case_id: UUID, *, own_report: bool) -> Sequence[Match]:
    """Direct hits on the signal of this case of the scope's organisation, what counts most first; 100 at most.

    The owners matched get a notice in the same statement. `own_report`: the asker reported it herself; she gets none.
    """
    rows = await connection.execute(_ASK, {"asked": case_id, "own_report": own_report})
    found = [
        Match(row.organisation, row.kind, row.quarter, strength(row.kind, row.shared), row.case_id)
        for row in rows
    ]
    # The newest quarter first, then by what is shown: the order tells no more than the items.
    found.sort(key=lambda one: (one.organisation, one.kind, one.case_id is None, str(one.case_id)))
    found.sort(key=lambda one: one.quarter, reverse=True)
    return sorted(found, key=lambda one: ORDER.index(one.strength))
