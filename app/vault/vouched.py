"""Only what the desk itself sealed is opened: every sealed part carries a MAC under a key outside the database.

Whoever can write to the database can seal: recipients' keys are public, and HPKE tells nobody who sealed. The MAC does.
It binds the ciphertext to its record, version, part, signal and owner, so nothing can be put in another's place either.
What it cannot tell is that a newer version was there and was taken away: the digests in the log tell that.
"""

import hashlib
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from app import telemetry
from app.crypto import blind, envelope
from app.errors import Damaged


@dataclass(frozen=True, slots=True)
class Label:
    """Which record: its kind and id, the signal it belongs to and that signal's owner."""

    kind: str
    record_id: UUID
    signal_id: UUID
    organisation_id: str
    version: int = 1


def mac(key: bytes, label: Label, part: envelope.SealedPart) -> bytes:
    """Vouches that this part of this record version came from here. `key` is the ring's `vouching`."""
    return blind.mac(
        key,
        b"sealed part",
        label.kind.encode(),
        label.record_id.bytes,
        label.version.to_bytes(4, "big", signed=True),
        part.part.encode(),
        part.suite.to_bytes(4, "big", signed=True),
        part.commitment,
        hashlib.sha256(part.ciphertext).digest(),
        label.signal_id.bytes,
        label.organisation_id.encode(),
    )


def check(key: bytes, label: Label, part: envelope.SealedPart, given: bytes | None) -> None:
    """Raises Damaged with an alarm, before anything is opened, where the MAC is missing or another's."""
    if given is None or not blind.equal(given, mac(key, label, part)):
        forged("record_forged")


def forged(reason: str) -> NoReturn:
    """Call for a person and refuse: what lies here is not what the desk stored."""
    telemetry.alarm("record_forged")
    raise Damaged(reason=reason)
