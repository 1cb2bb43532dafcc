"""What a browser holds of a sign-in, sealed so that nobody else can make or read it (FORMATS 5, Authority).

The content of a page session lies in its row under a key that the cookie and the authority key make together:
without the cookie the row tells nothing; without the authority key, which lies outside the database, nobody can
write a row that opens. A sign-in under way lies in a cookie of its own, under the authority key alone.
"""

import base64
import binascii
import secrets

from app.crypto import aead, blind

_LABEL = b"meldpunt session"
_ATTEMPT = b"meldpunt sign-in"
_ID_LENGTH = 16


def seal(authority: bytes, cookie: str, content: bytes, bound: bytes = b"") -> bytes:
    """The sealed content of the session with this cookie. `bound` stands beside it in the row and cannot be changed.

    A session is sealed anew at most once a minute of its life, under a random nonce each time.
    """
    return aead.seal(_key(authority, cookie), content, _LABEL + bound)


def opened(authority: bytes, cookie: str, sealed: bytes, bound: bytes = b"") -> bytes | None:
    """The content, None where the row was not sealed for this cookie by a process with the authority key."""
    try:
        return aead.open_sealed(_key(authority, cookie), sealed, _LABEL + bound)
    except aead.CannotOpen:
        return None


def seal_attempt(authority: bytes, content: bytes) -> str:
    """A sign-in under way, as the text of a cookie. Each has a key of its own, so that a key seals one message."""
    chosen = secrets.token_bytes(_ID_LENGTH)
    key = blind.mac(authority, b"sign-in attempt", chosen)
    return base64.urlsafe_b64encode(chosen + aead.seal(key, content, _ATTEMPT)).decode("ascii").rstrip("=")


def opened_attempt(authority: bytes, cookie: str) -> bytes | None:
    """The content of such a cookie, None for any other text."""
    try:
        raw = base64.b64decode(cookie + "=" * (-len(cookie) % 4), altchars=b"-_", validate=True)
        key = blind.mac(authority, b"sign-in attempt", raw[:_ID_LENGTH])
        return aead.open_sealed(key, raw[_ID_LENGTH:], _ATTEMPT)
    except (aead.CannotOpen, binascii.Error, ValueError):
        return None


def _key(authority: bytes, cookie: str) -> bytes:
    return blind.mac(authority, b"session content", cookie.encode())
