"""Cursors: where a list goes on, signed and bound to whose list it is and how it was filtered and sorted.

A cursor is `base64url(version byte | 16 bytes of HMAC | JSON list)` without padding. The position in it is
what the list itself showed (a time and an id), so it is signed and not encrypted.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Final, NoReturn

from app.crypto import blind
from app.errors import Invalid
from app.http.words import fault

Position = tuple[str | int, ...]

_VERSION: Final = b"\x01"
_MAC: Final = 16
_LONGEST: Final = 1024


def encode(key: bytes, context: Sequence[str], position: Sequence[str | int]) -> str:
    """The cursor for `position` in the list that `context` names: actor, queue, each filter, sort."""
    inside = json.dumps(list(position), ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return _text(_VERSION + _sign(key, context, inside) + inside)


def decode(key: bytes, context: Sequence[str], text: str) -> Position:
    """The position in `text`. Raises Invalid naming `cursor` for one that is altered or of another list."""
    if len(text) > _LONGEST:
        _refuse()
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        _refuse()
    # Only one spelling counts: base64 leaves bits unused that could otherwise be altered unseen.
    if _text(raw) != text or raw[:1] != _VERSION:
        _refuse()
    signature, inside = raw[1 : 1 + _MAC], raw[1 + _MAC :]
    if not blind.equal(signature, _sign(key, context, inside)):
        _refuse()
    # Signed by us, so it is the list that `encode` wrote.
    return tuple(json.loads(inside))


def _sign(key: bytes, context: Sequence[str], inside: bytes) -> bytes:
    # Each field is signed with its length and the position comes last, so no two lists sign the same bytes.
    return blind.mac(key, b"cursor", *(part.encode("utf-8") for part in context), inside)[:_MAC]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _refuse() -> NoReturn:
    raise Invalid(faults=[fault("cursor", "desk.cursor")])
