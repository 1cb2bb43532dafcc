"""The mark by which the desk knows that somebody asks about what she reported herself, and nobody learns who reported.

Intake leaves it in the sealed parts: an HMAC of signal and reporter's account under a key of the desk, or 32 random bytes
where nobody signed in or nothing may be kept (`anonymous`). It lies in no row and no log, two reports of one person bear
different marks, and it is taken off before a part is shown.
"""

import secrets
from typing import Final
from uuid import UUID

from app.crypto import blind, canonical, derive

MARK: Final = "ownMark"


def mark(intake: bytes, signal_id: UUID, sub: str | None) -> str:
    """The mark of a report, in hex; it looks the same whether or not there is a reporter behind it."""
    if sub is None:
        return secrets.token_bytes(32).hex()
    key = derive.expand(intake, b"meldpunt own report")
    return blind.mac(key, b"own report", signal_id.bytes, sub.encode()).hex()


def shown(part: canonical.JsonValue) -> canonical.JsonValue:
    """The part without its mark."""
    return {name: value for name, value in part.items() if name != MARK} if isinstance(part, dict) else part
