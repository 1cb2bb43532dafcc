"""What a database administrator can do with the public keys that lie there: seal records of his own, put them anywhere.

Also what the desk says of it: the alarms among the lines a process wrote.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto import canonical
from app.crypto.hpke import PublicKey
from app.database import insert_rows
from app.figures import REGISTRY
from app.settings import Settings
from app.vault import directory, keys, records, store
from app.vault.records import Label, Recipient, SealedRecord
from tests.database import look

FORGED = "forged"
MISSING = "missing"
KEPT = "kept"
"""Which MAC stands beside a planted part: one under another key, none, or the one that stood there."""
MACS = (FORGED, MISSING, KEPT)
LINE = {"at", "level", "event", "process", "reason", "traceId"}


def alarms(written: str) -> list[str]:
    """What the lines that a process wrote call for a person for; each says no more than that."""
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    calling = [line for line in lines if line["event"] == "alarm"]
    assert all(line.keys() <= LINE and line["level"] == "critical" for line in calling)
    return [line["reason"] for line in calling]


async def sealed_for(
    connection: AsyncConnection,
    settings: Settings,
    label: Label,
    contents: Mapping[str, canonical.JsonValue],
    key: bytes | None = None,
) -> SealedRecord:
    """A record of one's own for everybody who has a wrap of the one under this id, as good as the desk's but its MAC.

    `key` is the genuine one for what the desk itself would have sealed.
    """
    signed = await store.newest_directory(connection)
    assert signed is not None
    listed = directory.read(signed.document, signed.signature, keys.pinned(settings))
    held = await look.rows(
        connection,
        "select keyholder, parts from wraps.wraps where record_id = $1 and version = 1",
        label.record_id,
    )
    to = [
        records.recipient(listed, row.keyholder, *row.parts)
        for row in held
        if row.keyholder != records.RECEIPT
    ]
    if any(row.keyholder == records.RECEIPT for row in held):
        to.append(await _receipt(connection, label.signal_id))
    assert to
    return records.seal(label, contents, to, key or secrets.token_bytes(32))


async def _receipt(connection: AsyncConnection, signal_id: UUID) -> Recipient:
    raw = await look.one(connection, "select public_key from receipts where signal_id = $1", signal_id)
    key: PublicKey = PublicKey(bytes(raw))
    return Recipient(records.RECEIPT, records.RECEIPT, key, ("message",))


async def label_of(connection: AsyncConnection, record_id: UUID) -> Label:
    """The label of a record that is there."""
    [row] = await look.rows(
        connection,
        "select distinct kind, signal_id, organisation_id from sealed_parts where record_id = $1",
        record_id,
    )
    return Label(row.kind, record_id, row.signal_id, row.organisation_id)


async def replace_record(
    settings: Settings,
    record_id: UUID,
    said: canonical.JsonValue,
    mac: str,
    key: bytes | None = None,
) -> None:
    """Take the whole record away and put one's own under its id: every part says `said`, for the same readers."""
    async with look.as_superuser(settings) as connection:
        label = await label_of(connection, record_id)
        before = await look.rows(
            connection, "select part, mac from sealed_parts where record_id = $1", record_id
        )
        made = await sealed_for(
            connection, settings, label, dict.fromkeys([row.part for row in before], said), key
        )
        for table in ("wraps.wraps", "sealed_parts"):
            await connection.exec_driver_sql(f"delete from {table} where record_id = $1", (record_id,))
        await insert_rows(connection, made.rows())
        if mac == FORGED:
            return
        for row in before:
            await connection.exec_driver_sql(
                "update sealed_parts set mac = $3 where record_id = $1 and part = $2",
                (record_id, row.part, row.mac if mac == KEPT else None),
            )


async def add_version(settings: Settings, record_id: UUID, said: canonical.JsonValue, key: bytes) -> None:
    """Store a second version of this record, as the desk would."""
    async with look.as_superuser(settings) as connection:
        label = replace(await label_of(connection, record_id), version=2)
        parts = await look.rows(connection, "select part from sealed_parts where record_id = $1", record_id)
        made = await sealed_for(
            connection, settings, label, dict.fromkeys([row.part for row in parts], said), key
        )
        await insert_rows(connection, made.rows())


async def run(settings: Settings, statements: Sequence[str]) -> None:
    """Statements of the superuser, one after another."""
    async with look.as_superuser(settings) as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


def counted(name: str, labels: Mapping[str, str]) -> float:
    """What this process counted under this name so far."""
    return REGISTRY.get_sample_value(name, dict(labels)) or 0.0
