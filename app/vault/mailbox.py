"""Opens the messages of a receipt with the pair the code itself yields; no keyholder's key is involved."""

from collections.abc import Mapping
from uuid import UUID

from app.crypto import canonical, envelope
from app.crypto.hpke import PrivateKey


def open_message(private: PrivateKey, row: Mapping[str, object]) -> canonical.JsonValue:
    """The content of one message row of the door function `mailbox`. Raises CannotOpen where it is not ours."""
    context = envelope.RecordContext("message", UUID(str(row["message_id"])), int(str(row["version"])))
    commitment = _bytes(row["commitment"])
    keys = envelope.unwrap(context, private, _bytes(row["wrap"]), {"message": commitment})
    part = envelope.SealedPart("message", int(str(row["suite"])), commitment, _bytes(row["ciphertext"]))
    return canonical.parse(envelope.open_part(context, part, keys["message"]))


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise envelope.CannotOpen("row")
    return value
