"""Opens the messages of a receipt with the pair the code itself yields; no keyholder's key is involved."""

from collections.abc import Mapping
from uuid import UUID

from app.crypto import canonical, envelope
from app.crypto.hpke import PrivateKey
from app.errors import Damaged


def open_message(private: PrivateKey, row: Mapping[str, object]) -> canonical.JsonValue:
    """The content of one message row of the door function `mailbox`. Raises Damaged where it is not what was sealed."""
    try:
        return _opened(private, row)
    except (envelope.CannotOpen, canonical.NotJson):
        raise Damaged(reason="cannot_open") from None


def _opened(private: PrivateKey, row: Mapping[str, object]) -> canonical.JsonValue:
    context = envelope.RecordContext("message", UUID(str(row["message_id"])), int(str(row["version"])))
    commitment = _bytes(row["commitment"])
    keys = envelope.unwrap(context, private, _bytes(row["wrap"]), {"message": commitment})
    part = envelope.SealedPart("message", int(str(row["suite"])), commitment, _bytes(row["ciphertext"]))
    return canonical.parse(envelope.open_part(context, part, keys["message"]))


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise envelope.CannotOpen("row")
    return value
