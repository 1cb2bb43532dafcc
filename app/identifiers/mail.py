"""E-mail addresses in lower case, and the stretches of a text that are web addresses.

Pure. A web address stays text: a number, plate or postcode inside one is part of a name that somebody else made
up, not something the reporter saw. Nothing is ever fetched.
"""

import re
from collections.abc import Iterator

from app.identifiers.values import LONGEST, Found, typed

_LOCAL_PART = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+@-])[A-Za-z0-9_%+-][A-Za-z0-9._%+'’-]{0,63}(?:@|\s?[\[(](?:at|@)[\])]\s?)"
    r"(?:(?!xn--)[^\W_](?:[^\W_]|-){0,62}\.|xn--[a-z0-9-]{1,58}\.){1,5}"
    r"(?:xn--[a-z0-9-]{1,58}|[^\W\d_]{2,63})(?![\w@])",
    re.IGNORECASE,
)
_GLUED = re.compile(r"\.[a-z]{2,6}(?=[A-Z][a-z]{1,60}$)")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|heic|pdf|docx?|xlsx?|svg|bmp|tiff?)$", re.IGNORECASE)
_AT = re.compile(r"\s?[\[(](?:at|@)[\])]\s?", re.IGNORECASE)
_URL = re.compile(
    r"(?:\b(?:https?|hxxps?|ftp)(?:://|\[:\]//)|(?<![\w@.-])www\.)[^\s<>\"«»]{1,2000}"
    r"|(?<![\w@./-])[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}/[^\s<>\"«»]{0,2000}",
    re.IGNORECASE,
)


def email(text: str) -> str | None:
    """An e-mail address in lower case, local part included, with the domain in its ASCII (punycode) form."""
    local, at, domain = typed(text).lower().rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(local) > 64 or len(domain) > LONGEST:
        return None
    try:
        plain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    whole = f"{local}@{plain}"
    return whole if _DOMAIN.fullmatch(plain) and len(whole) <= LONGEST else None


def find(text: str) -> Iterator[Found]:
    """The e-mail addresses in `text`, «(at)» for the sign included."""
    for match in _EMAIL.finditer(text):
        glued = _GLUED.search(match[0])
        shown = match[0][: glued.end()] if glued else match[0]
        value = None if _FILE.search(shown) else email(_AT.sub("@", shown).replace("’", "'"))
        if value is not None:
            yield Found("email", value, match.start(), match.start() + len(shown))


def web_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where web addresses stand in `text`: start and end."""
    for match in _URL.finditer(text):
        yield match.span()
