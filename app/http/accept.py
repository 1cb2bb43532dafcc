"""Which form of answer a caller takes (RFC 9110 12.5.1); one that takes none of ours is told so with 406."""

import re
from functools import lru_cache
from typing import Final

JSON: Final = ("application/json", "application/problem+json")
_LONGEST: Final = 1000
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
# Blanks are taken whole: where two parts could share them, a reader would try every way to.
_RANGE: Final = re.compile(rf"\s*+({_NAME}/{_NAME})\s*+((?:;[^,]*+)?)\s*+")
_NEVER: Final = re.compile(r";\s*[qQ]=0(?:\.0{0,3})?\s*(?:;|$)")


def accepts(header: bytes, offered: tuple[str, ...]) -> bool:
    """Whether the Accept header takes one of `offered` (lower-case media types)."""
    if len(header) > _LONGEST:
        return True
    return _accepts(header, offered)


@lru_cache(maxsize=512)
def _accepts(header: bytes, offered: tuple[str, ...]) -> bool:
    text = header.decode("latin-1")
    if not text.strip():
        return True
    # The most specific range decides: `*/*, application/json;q=0` does not take JSON.
    wanted: dict[str, bool] = {}
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is not None:
            wanted[found[1].lower()] = _NEVER.search(found[2]) is None
    return any(_takes(wanted, media) for media in offered)


def _takes(wanted: dict[str, bool], media: str) -> bool:
    for media_range in (media, media.partition("/")[0] + "/*", "*/*"):
        if media_range in wanted:
            return wanted[media_range]
    return False
