"""The content of a page session, sealed under a key that the cookie and the authority key make together.

Without the cookie the row tells nothing; without the authority key, which lies outside the database, nobody
can write a row that opens (FORMATS 5, Authority).
"""

from app.crypto import aead, blind

_LABEL = b"meldpunt session"


def seal(authority: bytes, cookie: str, content: bytes) -> bytes:
    """The sealed content of the session with this cookie."""
    return aead.seal(_key(authority, cookie), content, _LABEL)


def opened(authority: bytes, cookie: str, sealed: bytes) -> bytes | None:
    """The content, None where the row was not sealed for this cookie by a process with the authority key."""
    try:
        return aead.open_sealed(_key(authority, cookie), sealed, _LABEL)
    except aead.CannotOpen:
        return None


def _key(authority: bytes, cookie: str) -> bytes:
    return blind.mac(authority, b"session content", cookie.encode())
