"""Opens the messages of a receipt with the pair the code itself yields; no keyholder's key is involved."""

from collections.abc import Mapping
from uuid import UUID

from app.crypto import canonical, envelope
from app.crypto.hpke import PrivateKey
from app.vault import vouched
from app.vault.vouched import Label


def open_message(private: PrivateKey, row: Mapping[str, object], vouching: bytes) -> canonical.JsonValue:
    """The content of one message row of the door function `mailbox`.

    Raises Damaged, with an alarm, where it is not what the desk sealed for the signal of this receipt.
    """
    try:
        return _opened(private, row, vouching)
    except (envelope.CannotOpen, canonical.NotJson):
        vouched.forged("cannot_open")


def _opened(private: PrivateKey, row: Mapping[str, object], vouching: bytes) -> canonical.JsonValue:
    message, signal = UUID(str(row["message_id"])), UUID(str(row["signal_id"]))
    label = Label("message", message, signal, str(row["organisation_id"]), int(str(row["version"])))
    part = envelope.SealedPart(
        "message", int(str(row["suite"])), _bytes(row["commitment"]), _bytes(row["ciphertext"])
    )
    vouched.check(vouching, label, part, None if row["mac"] is None else _bytes(row["mac"]))
    context = envelope.RecordContext(label.kind, label.record_id, label.version)
    keys = envelope.unwrap(context, private, _bytes(row["wrap"]), {"message": part.commitment})
    return canonical.parse(envelope.open_part(context, part, keys["message"]))


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise envelope.CannotOpen("row")
    return value
