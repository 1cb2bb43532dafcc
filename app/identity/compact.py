"""The compact form of a token (RFC 7515 section 7.1), read strictly before any library sees it.

Nothing here is trusted yet: no signature has been checked. What comes out names the key and the
algorithm, and the claims as sent, good only for finding the issuer whose keys must decide.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from app.crypto import canonical
from app.identity.reasons import Reason, refuse

MAX_TOKEN = 8192
"""Longest token in characters; a larger one is refused before it is split."""
ALGORITHMS = ("RS256", "ES256")
FORBIDDEN_MEMBERS = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "cty"})
"""Header members that would change how a token is read or bring its own key (RFC 7515 4.1, RFC 7797).

`cty` marks a token within a token; the desk reads one layer.
"""
MAX_KEY_ID = 255

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Compact:
    """A token of the right form. `issuer` is what it claims, unproven."""

    algorithm: str
    key_id: str = field(repr=False)
    type: str = field(repr=False)
    issuer: str = field(repr=False)


def base64url(text: str) -> bytes | None:
    """The bytes of `text`, or None unless it is the one base64url spelling of them without padding."""
    if not text.isascii() or _BASE64URL.fullmatch(text) is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    spelled = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
    return raw if spelled == text else None


def media_type(text: str) -> str:
    """`typ` as RFC 7515 4.1.9 compares it: without case and without a leading `application/`."""
    return text.lower().removeprefix("application/")


def json_object(raw: bytes) -> dict[str, canonical.JsonValue] | None:
    """The JSON object in `raw`, read without duplicate names; None when it is anything else."""
    try:
        value = canonical.parse(raw)
    except canonical.NotJson:
        return None
    return value if isinstance(value, dict) else None


def read(token: str, *, typeless: bool = False) -> Compact:
    """`token` taken apart. Raises Unauthenticated with the reason of the first rule it breaks.

    `typeless`: `typ` may be absent and is then empty, as in ID tokens.
    """
    header, claims, _signature = split(token)
    algorithm, key_id, type_ = _header(header, typeless=typeless)
    return Compact(algorithm, key_id, type_, _issuer(claims))


def split(token: str) -> tuple[bytes, bytes, bytes]:
    """Header, payload and signature of `token` as bytes. Raises Unauthenticated when it has another form."""
    if not 0 < len(token) <= MAX_TOKEN:
        raise refuse(Reason.SIZE)
    segments = token.split(".")
    if len(segments) != 3:
        raise refuse(Reason.SEGMENTS)
    header, payload, signature = (base64url(segment) for segment in segments)
    if header is None or payload is None or signature is None:
        raise refuse(Reason.ENCODING)
    return header, payload, signature


def _header(raw: bytes, *, typeless: bool) -> tuple[str, str, str]:
    header = json_object(raw)
    if header is None:
        raise refuse(Reason.HEADER_JSON)
    if header.keys() & FORBIDDEN_MEMBERS:
        raise refuse(Reason.HEADER_MEMBER)
    algorithm, key_id = header.get("alg"), header.get("kid")
    type_ = header.get("typ", "" if typeless else None)
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise refuse(Reason.ALGORITHM)
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID:
        raise refuse(Reason.KEY_ID)
    if not isinstance(type_, str):
        raise refuse(Reason.TYPE)
    return algorithm, key_id, media_type(type_)


def _issuer(raw: bytes) -> str:
    claims = json_object(raw)
    if claims is None:
        raise refuse(Reason.CLAIMS_JSON)
    if "iss" not in claims:
        raise refuse(Reason.CLAIM_MISSING)
    issuer = claims["iss"]
    if not isinstance(issuer, str):
        raise refuse(Reason.CLAIM_FORM)
    return issuer
