"""Reading the members of claims: each read refuses what has another form, and never guesses."""

from app.crypto.canonical import JsonValue
from app.identity.reasons import Reason, refuse
from app.identity.trust import ClaimPath, Mark

MAX_TIME = 253_402_300_799
"""The last second of the year 9999; later times are no times."""
MAX_TEXT = 255
MAX_LIST = 32
MAX_FOREIGN = 256
"""Longest list of another's words, of which most may mean nothing here."""

Claims = dict[str, JsonValue]


def has(claims: Claims, path: ClaimPath) -> bool:
    """Whether there is anything at `path`."""
    return bool(_found(claims, path))


def text(claims: Claims, path: ClaimPath) -> str:
    """The text at `path`: printable, 1 to MAX_TEXT characters."""
    return plain(_member(claims, path))


def time(claims: Claims, path: ClaimPath) -> int:
    """The whole second since 1970 at `path`."""
    value = _member(claims, path)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TIME:
        raise refuse(Reason.CLAIM_FORM)
    return value


def texts(
    claims: Claims, path: ClaimPath, *, single: bool, least: int = 1, most: int = MAX_LIST
) -> tuple[str, ...]:
    """The list of texts at `path`, `least` to `most` of them; with `single` one text alone will do."""
    value = _member(claims, path)
    if single and isinstance(value, str):
        return (plain(value),)
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise refuse(Reason.CLAIM_FORM)
    return tuple(map(plain, value))


def words(claims: Claims, path: ClaimPath) -> frozenset[str]:
    """The words at `path`: of a list, or of one text with spaces between (RFC 6749 3.3); none where nothing is."""
    found = _found(claims, path)
    if not found:
        return frozenset()
    value = found[0]
    if isinstance(value, str):
        return frozenset(value.split(" ")) - {""}
    if not isinstance(value, list) or len(value) > MAX_FOREIGN:
        raise refuse(Reason.CLAIM_FORM)
    return frozenset(map(plain, value))


def shows(claims: Claims, mark: Mark) -> bool:
    """Whether the claims carry `mark`."""
    if mark.values is None:
        return has(claims, mark.claim)
    return not mark.values.isdisjoint(words(claims, mark.claim))


def plain(value: JsonValue) -> str:
    """`value` where it is a printable text of 1 to MAX_TEXT characters."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise refuse(Reason.CLAIM_FORM)
    return value


def _member(claims: Claims, path: ClaimPath) -> JsonValue:
    found = _found(claims, path)
    if not found:
        raise refuse(Reason.CLAIM_MISSING)
    return found[0]


def _found(claims: Claims, path: ClaimPath) -> list[JsonValue]:
    """What stands at `path`: one value, null included, or nothing."""
    value: JsonValue = claims
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return []
        value = value[name]
    return [value]
