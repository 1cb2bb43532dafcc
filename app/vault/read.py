"""Opens sealed records with a keyholder's private key, and shares a record with one more recipient.

Only `app.signals.read` may use this; it records the opening first. A keyholder without a wrap gets NotFound: another
keyholder's key is never tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto import canonical, envelope
from app.errors import Damaged, NotFound, Unavailable
from app.vault.keys import KeyAbsent, KeyRing
from app.vault.models import SealedPart, Wrap
from app.vault.records import Recipient, WrapRow


@dataclass(frozen=True, slots=True)
class Held:
    """A record version as its rows: what one keyholder has of it."""

    context: envelope.RecordContext
    signal_id: UUID
    parts: tuple[envelope.SealedPart, ...]
    keyholder: str
    generation: str
    key_id: bytes
    wrap: bytes

    @property
    def commitments(self) -> dict[str, bytes]:
        """The commitment of each part."""
        return {part.part: part.commitment for part in self.parts}


async def _held(connection: AsyncConnection, keyholder: str, records: Sequence[UUID]) -> dict[UUID, Held]:
    rows = await connection.execute(
        select(SealedPart, Wrap.keyholder, Wrap.generation, Wrap.key_id, Wrap.wrap)
        .join(
            Wrap,
            (Wrap.record_id == SealedPart.record_id)
            & (Wrap.version == SealedPart.version)
            & (Wrap.keyholder == keyholder)
            & (SealedPart.part == Wrap.parts.any_()),
        )
        .where(SealedPart.record_id.in_(records))
    )
    found: dict[UUID, Held] = {}
    for row in rows:
        part = envelope.SealedPart(row.part, row.suite, row.commitment, row.ciphertext)
        known = found.get(row.record_id)
        if known is None:
            context = envelope.RecordContext(row.kind, row.record_id, row.version)
            wrap = (row.keyholder, row.generation, row.key_id, row.wrap)
            found[row.record_id] = Held(context, row.signal_id, (part,), *wrap)
        else:
            found[row.record_id] = replace(known, parts=(*known.parts, part))
    return found


def _keys(ring: KeyRing, held: Held) -> dict[str, envelope.DataKey]:
    # The key is looked up by its holder, never by the id in the row alone: a wrap made for another keyholder
    # that was relabelled by SQL must not open with that other one's key, which this process holds too.
    try:
        private = ring.private(held.keyholder, held.generation)
    except KeyAbsent:
        raise Unavailable(reason="key_absent") from None
    if private.public.key_id != held.key_id:
        raise Damaged(reason="cannot_open")
    try:
        return envelope.unwrap(held.context, private, held.wrap, held.commitments)
    except envelope.CannotOpen:
        raise Damaged(reason="cannot_open") from None


async def open_records(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, records: Sequence[UUID]
) -> dict[UUID, dict[str, canonical.JsonValue]]:
    """The parts this keyholder may read, per record; records it has no wrap of are left out.

    Raises Unavailable where the private key is not in this process, Damaged for a record that was altered.
    """
    found = await _held(connection, keyholder, records)
    return {record_id: _opened(held, _keys(ring, held)) for record_id, held in found.items()}


def _opened(held: Held, data_keys: Mapping[str, envelope.DataKey]) -> dict[str, canonical.JsonValue]:
    try:
        return {
            part.part: canonical.parse(envelope.open_part(held.context, part, data_keys[part.part]))
            for part in held.parts
        }
    except (envelope.CannotOpen, canonical.NotJson):
        raise Damaged(reason="cannot_open") from None


async def open_record(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, record_id: UUID
) -> dict[str, canonical.JsonValue]:
    """One record's parts. Raises NotFound where this keyholder has no wrap of it."""
    opened = await open_records(connection, ring, keyholder, [record_id])
    if record_id not in opened:
        raise NotFound(reason="no_wrap")
    return opened[record_id]


async def share(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, record_id: UUID, to: Recipient
) -> WrapRow:
    """A wrap of this record's data keys for one more recipient, made with the keyholder's own key (an opening).

    Raises NotFound where the keyholder lacks the record or one of the parts.
    """
    held = (await _held(connection, keyholder, [record_id])).get(record_id)
    if held is None or not set(to.parts) <= set(held.commitments):
        raise NotFound(reason="no_wrap")
    data_keys = _keys(ring, held)
    return WrapRow(
        record_id=record_id,
        version=held.context.version,
        key_id=to.public.key_id,
        generation=to.generation,
        keyholder=to.keyholder,
        parts=list(to.parts),
        signal_id=held.signal_id,
        wrap=envelope.wrap(
            held.context,
            to.public,
            {name: data_keys[name] for name in to.parts},
            {name: held.commitments[name] for name in to.parts},
        ),
    )
