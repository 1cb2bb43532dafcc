"""Writes log entries in the act's own transaction: leaf, columns beside it, and the value behind its commitment."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.leaf import Entry
from app.audit.models import AccessRow, AccessValue
from app.clock import new_id
from app.crypto import blind
from app.database import RowOf, insert_rows
from app.identity.actor import Actor, Kind, Role

QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the salt and value of its actor commitment. The value may name a worker: not in the repr."""

    entry: Entry
    salt: bytes = field(repr=False)
    actor: str = field(repr=False)
    question_salt: bytes | None = field(default=None, repr=False)


def shown_as(actor: Actor) -> str:
    """How the log names this actor: a worker by subject id, whoever reports by what she is (FORMATS 5)."""
    if actor.kind is Kind.PERSON and actor.sub is not None:
        return actor.sub
    if actor.kind in {Kind.REPORTER, Kind.MACHINE}:
        return f"employee of {actor.organisation}"
    return {
        Kind.RECEIPT_HOLDER: "holder of a receipt",
        Kind.PLATFORM: "citizen platform",
        Kind.PROCESS: "the desk",
    }.get(actor.kind, "stranger")


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to what; ids and codes only."""

    action: str
    object_kind: str
    object_id: str | None = None
    case_id: UUID | None = None
    signal_id: UUID | None = None
    purpose: str | None = None
    outcome: str = "allowed"
    reason_code: str | None = None
    record: str | None = None
    question: str | None = None
    """What was asked, in canonical JSON: typed words, so only a commitment to them is kept, in `record`."""


def line(actor: Actor, role: Role | None, act: Act, at: datetime, trace_id: str | None) -> Line:
    """The entry of one act, with a fresh salt for its commitment."""
    salt = secrets.token_bytes(32)
    name = shown_as(actor)
    asked = None if act.question is None else secrets.token_bytes(32)
    record = act.record
    if asked is not None and act.question is not None:
        record = blind.commitment(asked, QUESTION, act.question).hex()
    entry = Entry(
        id=new_id(),
        at=at,
        actor=blind.commitment(salt, "actor", name),
        role=None if role is None or actor.kind is Kind.REPORTER else role.value,
        organisation=actor.organisation,
        action=act.action,
        object_kind=act.object_kind,
        object_id=act.object_id,
        case_id=act.case_id,
        signal_id=act.signal_id,
        purpose=act.purpose,
        outcome=act.outcome,
        reason_code=act.reason_code,
        trace_id=trace_id,
        record=record,
    )
    return Line(entry, salt, name, asked)


def rows(lines: Sequence[Line]) -> list[RowOf]:
    """What is to be stored of these lines: first the entries, then the values behind their commitments."""
    stored: list[RowOf] = [(AccessRow, _entry_row(line.entry)) for line in lines]
    for line in lines:
        stored.append(_value_row(line, "actor", line.salt, line.actor))
        if line.question_salt is not None:
            # Without the words: whoever suspects a question can check it, nobody can read it here.
            stored.append(_value_row(line, QUESTION, line.question_salt, ""))
    return stored


def _value_row(line: Line, field_name: str, salt: bytes, value: str) -> RowOf:
    return (
        AccessValue,
        {
            "entry_id": line.entry.id,
            "field": field_name,
            "organisation": line.entry.organisation,
            "salt": salt,
            "value": value,
        },
    )


def _entry_row(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "leaf": entry.leaf(),
        "at": entry.at,
        "role": entry.role,
        "organisation": entry.organisation,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "case_id": entry.case_id,
        "signal_id": entry.signal_id,
        "purpose": entry.purpose,
        "outcome": entry.outcome,
        "reason_code": entry.reason_code,
        "trace_id": entry.trace_id,
        "record": entry.record,
    }


async def write(connection: AsyncConnection, lines: Sequence[Line]) -> None:
    """Store the lines in this transaction, in one round trip."""
    await insert_rows(connection, rows(lines))
