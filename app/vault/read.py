"""Opens sealed records with a keyholder's private key, and shares a record with one more recipient.

Only `app.signals.read` and `app.signals.reporter` may use this; they record the opening first. A keyholder without a
wrap gets NotFound: another keyholder's key is never tried. A part that the desk did not seal is refused unopened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.crypto import canonical, envelope
from app.database import AnyRow
from app.errors import NotFound, Unavailable
from app.vault import vouched
from app.vault.keys import KeyAbsent, KeyRing
from app.vault.models import SealedPart, Wrap
from app.vault.records import Recipient, WrapRow
from app.vault.vouched import Label


@dataclass(frozen=True, slots=True)
class Held:
    """A record version as its rows: what one keyholder has of it."""

    context: envelope.RecordContext
    parts: tuple[envelope.SealedPart, ...]
    keyholder: str
    generation: str
    key_id: bytes
    wrap: bytes

    @property
    def commitments(self) -> dict[str, bytes]:
        """The commitment of each part."""
        return {part.part: part.commitment for part in self.parts}

    def same_wrap(self, other: "Held") -> bool:
        """Whether the other is of the same version, under the same wrap."""
        mine = (self.context, self.generation, self.key_id)
        return mine == (other.context, other.generation, other.key_id)


async def _held(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, records: Sequence[UUID], signal_id: UUID
) -> dict[UUID, Held]:
    """What this keyholder holds of these records of one signal, every part vouched for. Raises Damaged."""
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
        # The newest version, under the newest key: the first row of each record says which.
        .order_by(SealedPart.version.desc(), Wrap.generation.desc(), Wrap.key_id, SealedPart.part)
    )
    found: dict[UUID, Held] = {}
    for row in rows:
        part = _vouched(ring, row, signal_id)
        context = envelope.RecordContext(row.kind, row.record_id, row.version)
        held = Held(context, (part,), row.keyholder, row.generation, row.key_id, row.wrap)
        known = found.setdefault(row.record_id, held)
        if known is not held and known.same_wrap(held):
            found[row.record_id] = replace(known, parts=(*known.parts, part))
    return found


def _vouched(ring: KeyRing, row: AnyRow, signal_id: UUID) -> envelope.SealedPart:
    """The part in this row, when the desk sealed it for this very signal. Raises Damaged with an alarm."""
    part = envelope.SealedPart(row.part, row.suite, row.commitment, row.ciphertext)
    # The caller's signal, not the row's: what was moved here from another signal is vouched for there alone.
    label = Label(row.kind, row.record_id, signal_id, row.organisation_id, row.version)
    vouched.check(ring.vouching, label, part, row.mac)
    return part


def _keys(ring: KeyRing, held: Held) -> dict[str, envelope.DataKey]:
    # The key is looked up by its holder, never by the id in the row alone: a wrap made for another keyholder
    # that was relabelled by SQL must not open with that other one's key, which this process holds too.
    try:
        private = ring.private(held.keyholder, held.generation)
    except KeyAbsent:
        raise Unavailable(reason="key_absent") from None
    if private.public.key_id != held.key_id:
        vouched.forged("cannot_open")
    try:
        return envelope.unwrap(held.context, private, held.wrap, held.commitments)
    except envelope.CannotOpen:
        vouched.forged("cannot_open")


async def open_records(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, records: Sequence[UUID], signal_id: UUID
) -> dict[UUID, dict[str, canonical.JsonValue]]:
    """The parts this keyholder may read of records of this signal; records it has no wrap of are left out.

    Raises Unavailable where the private key is not in this process; Damaged, with an alarm, for a record that was
    altered or replaced, or belongs to another signal.
    """
    found = await _held(connection, ring, keyholder, records, signal_id)
    return {record_id: _opened(held, _keys(ring, held)) for record_id, held in found.items()}


def _opened(held: Held, data_keys: Mapping[str, envelope.DataKey]) -> dict[str, canonical.JsonValue]:
    try:
        return {
            part.part: canonical.parse(envelope.open_part(held.context, part, data_keys[part.part]))
            for part in held.parts
        }
    except (envelope.CannotOpen, canonical.NotJson):
        vouched.forged("cannot_open")


async def open_record(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, signal_id: UUID
) -> dict[str, canonical.JsonValue]:
    """The parts of a signal itself. Raises NotFound where this keyholder has no wrap of it."""
    opened = await open_records(connection, ring, keyholder, [signal_id], signal_id)
    if signal_id not in opened:
        raise NotFound(reason="no_wrap")
    return opened[signal_id]


async def share(
    connection: AsyncConnection, ring: KeyRing, keyholder: str, signal_id: UUID, to: Recipient
) -> WrapRow:
    """A wrap of a signal's data keys for one more recipient, made with the keyholder's own key (an opening).

    Raises NotFound where the keyholder lacks the signal or one of the parts.
    """
    held = (await _held(connection, ring, keyholder, [signal_id], signal_id)).get(signal_id)
    if held is None or not set(to.parts) <= set(held.commitments):
        raise NotFound(reason="no_wrap")
    data_keys = _keys(ring, held)
    return WrapRow(
        record_id=signal_id,
        version=held.context.version,
        key_id=to.public.key_id,
        generation=to.generation,
        keyholder=to.keyholder,
        parts=list(to.parts),
        signal_id=signal_id,
        wrap=envelope.wrap(
            held.context,
            to.public,
            {name: data_keys[name] for name in to.parts},
            {name: held.commitments[name] for name in to.parts},
        ),
    )
