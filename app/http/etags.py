"""Entity tags of versions (RFC 9110 8.8.3) and the condition under which a change is taken (13.1.1)."""

import re
from typing import Final

from starlette.requests import Request

from app.errors import Fault, Invalid, PreconditionRequired, Stale

# An element may be empty: a recipient of a list must bear that (RFC 9110 5.6.1.2). What stands between two tags is
# taken whole and never given back: blanks that could belong to either of two commas would double the work each time.
_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"'
_LIST: Final = re.compile(rf"[ \t,]*+{_TAG}(?:[ \t]*+,[ \t,]*+{_TAG})*+[ \t,]*+")
_EACH: Final = re.compile(_TAG)
_LONGEST: Final = 1000


def tag(version: int) -> str:
    """The strong tag of a version: `"3"`."""
    return f'"{version}"'


def if_match(request: Request) -> str | None:
    """The If-Match of a request, several headers taken as one list; None when there is none."""
    given = request.headers.getlist("if-match")
    return ", ".join(given) if given else None


def check(condition: str | None, version: int) -> None:
    """Pass when `condition` holds for `version`.

    Raises PreconditionRequired without a condition, Invalid for one that is no list of tags (`3`), and Stale
    when none of its tags is strongly the same: a tag that a proxy weakened or marked counts as another.
    """
    if condition is None:
        raise PreconditionRequired
    if condition.strip(" \t") == "*":
        return
    if len(condition) > _LONGEST or _LIST.fullmatch(condition) is None:
        detail = 'Geef de ETag zoals u die kreeg, met de aanhalingstekens: "3".'
        raise Invalid(faults=[Fault("If-Match", "not_a_tag", detail)])
    if tag(version) not in _EACH.findall(condition):
        raise Stale
