"""Seals records: parts under fresh data keys, one wrap per recipient (FORMATS 1).

The result is rows to insert and the digest a log entry quotes; the data keys are gone when `seal` returns.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from app.crypto import canonical, envelope
from app.crypto.hpke import PublicKey
from app.database import RowOf
from app.vault import vouched
from app.vault.directory import Directory
from app.vault.models import SealedPart, Wrap
from app.vault.vouched import Label

__all__ = [
    "Label",
    "PartRow",
    "Recipient",
    "SealedRecord",
    "WrapRow",
    "receipt_recipient",
    "recipient",
    "seal",
]

RECEIPT = "receipt"


class PartRow(TypedDict):
    """A row of sealed_parts."""

    record_id: UUID
    version: int
    part: str
    kind: str
    organisation_id: str
    signal_id: UUID
    suite: int
    commitment: bytes
    ciphertext: bytes
    mac: bytes


class WrapRow(TypedDict):
    """A row of wraps."""

    record_id: UUID
    version: int
    key_id: bytes
    generation: str
    keyholder: str
    parts: list[str]
    signal_id: UUID
    wrap: bytes


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whose key pair the data keys of `parts` are sealed to."""

    keyholder: str
    generation: str
    public: PublicKey
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """Rows of one record version."""

    parts: tuple[PartRow, ...]
    wraps: tuple[WrapRow, ...]

    @property
    def digest(self) -> str:
        """SHA-256 in hex over suite, commitment and ciphertext of every part, as the log quotes it."""
        state = hashlib.sha256()
        for part in sorted(self.parts, key=lambda row: row["part"]):
            state.update(
                canonical.length_prefixed(
                    part["part"].encode(), bytes([part["suite"]]), part["commitment"], part["ciphertext"]
                )
            )
        return state.hexdigest()

    def rows(self) -> list[RowOf]:
        """What is to be stored: the parts, then the wraps."""
        return [
            *((SealedPart, dict(part)) for part in self.parts),
            *((Wrap, dict(wrap)) for wrap in self.wraps),
        ]


def recipient(directory: Directory, keyholder: str, *parts: str) -> Recipient:
    """The active pair of a keyholder as a recipient of these parts. Raises DirectoryRefused where there is none."""
    entry = directory.current(keyholder)
    return Recipient(keyholder, entry.generation, directory.active(keyholder), parts)


def receipt_recipient(public: bytes, *parts: str) -> Recipient:
    """The pair behind a receipt code as a recipient: it has no keyholder in the directory."""
    return Recipient(RECEIPT, RECEIPT, PublicKey(public), parts)


def seal(
    label: Label,
    contents: Mapping[str, canonical.JsonValue],
    recipients: Sequence[Recipient],
    vouching: bytes,
) -> SealedRecord:
    """Seal each part under its own data key and wrap the keys for each recipient, only those it may have.

    `vouching` is the ring's key for the MAC without which no part is opened.
    """
    context = envelope.RecordContext(label.kind, label.record_id, label.version)
    made = {
        name: envelope.seal_part(context, name, canonical.encode(value)) for name, value in contents.items()
    }
    parts = tuple(
        PartRow(
            record_id=label.record_id,
            version=label.version,
            part=name,
            kind=label.kind,
            organisation_id=label.organisation_id,
            signal_id=label.signal_id,
            suite=part.suite,
            commitment=part.commitment,
            ciphertext=part.ciphertext,
            mac=vouched.mac(vouching, label, part),
        )
        for name, (part, _) in made.items()
    )
    wraps = tuple(
        WrapRow(
            record_id=label.record_id,
            version=label.version,
            key_id=one.public.key_id,
            generation=one.generation,
            keyholder=one.keyholder,
            parts=list(one.parts),
            signal_id=label.signal_id,
            wrap=envelope.wrap(
                context,
                one.public,
                {name: made[name][1] for name in one.parts},
                {name: made[name][0].commitment for name in one.parts},
            ),
        )
        for one in recipients
    )
    return SealedRecord(parts, wraps)
