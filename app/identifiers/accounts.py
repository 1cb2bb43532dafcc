"""Bank accounts (IBAN) and Chamber of Commerce numbers (KvK).

Pure. An IBAN proves itself: its country's length and form, and ISO 13616 mod 97; banks' own check digits are not
looked at, since the library refuses real Belgian accounts over them. A KvK number has no check digit: in running
text it counts only where the text says that it is one, and a date never does from a distance.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from string import ascii_uppercase

from stdnum import iban as stdnum_iban
from stdnum import numdb
from stdnum.exceptions import ValidationError

from app.identifiers.values import Found, compact

_IBAN = re.compile(r"[A-Z]{2}(?!00|01|99)[0-9]{2}[A-Z0-9]{11,30}")
# Glued to a word, the capitals and figures show where the account begins and ends: «opNL91ABNA0417164300gezet».
_IBAN_HEAD = re.compile(
    r"[A-Za-z]{2}(?=[ -]?[0-9][ ]?[0-9])(?:(?<![A-Za-z0-9][A-Za-z]{2})|(?<=[a-z][A-Z]{2}))"
)
_IBAN_END = re.compile(r"[A-Za-z0-9](?![A-Za-z0-9])|[0-9](?=[A-Za-z])")
_IBAN_SPAN = re.compile(r"[A-Za-z0-9](?:[ .\u00a0-]{0,2}[A-Za-z0-9]){14,33}")
_SIGN = re.compile(r"[A-Za-z0-9]")
_COUNTS = re.compile(r"([0-9]{1,2})!")
_KVK = re.compile(r"(?!00000000)[0-9]{8}")
_EIGHT = re.compile(
    r"(?:(?<![\w+])(?<![0-9][.,/-])|(?<=kvk)|(?<=KVK)|(?<=KvK))"
    r"(?:[0-9]{8}|[0-9]{2}(?:[ .][0-9]{2}){3}|[0-9]{4}[ .][0-9]{4}|[0-9]{2}(?:[ .][0-9]{3}){2})"
    r"(?![\w])(?![ .,/-][0-9])"
)
_NAMED = (
    r"(?:k\.?v\.?k\.?|kamer v(?:an|\.)? ?koophandel|handelsregister|chamber of commerce|coc|handelskammer)"
)
_LABEL = re.compile(
    rf"\b{_NAMED}\)?[- ]?(?:inschrijving|registratie|number|no\.?|nummers?|nr(?:'?s|\.)?|n°)?"
    r"(?: van [\w ]{1,30}| [A-Z][\w-]{1,25}(?=:))?"
    r"(?: is| was| luidt| zijn)?[\s:=#(\"«]{0,4}(?:[0-9]{8}(?:,|,? en|,? of|,? and|,? und) ){0,5}$",
    re.IGNORECASE,
)
_NEAR = re.compile(
    rf"\b{_NAMED}(?![a-z])[^0-9\n]{{0,40}}(?:nummer|nr\.?|number|onder|ingeschreven)[^0-9\n]{{0,20}}$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:datum|tel|telefoon\w*|op|polis\w*|order\w*|factuur\w*|zaak\w*|dossier\w*|date)\W{0,3}$",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"\s?[(,]?\s?{_NAMED}(?:[- ]?(?:nummer|nr))?\b", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2})"
)
_WINDOW = 90
_ACCOUNT_SHAPED = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}[ ]?[A-Z]{4}(?:[ .\u00a0]?[0-9]){10}(?![0-9])")


def iban(text: str) -> str | None:
    """An IBAN in capitals without spaces: its country's length and form, and mod 97."""
    plain = compact(text)
    if plain is None or not _IBAN.fullmatch(plain):
        return None
    if int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 != 1:
        return None
    try:
        stdnum_iban.validate(plain, check_country=False)
    except ValidationError:
        return None
    return plain


def kvk(text: str) -> str | None:
    """A Chamber of Commerce number: exactly 8 figures (it has no check digit), never filled up."""
    plain = compact(text)
    return plain if plain is not None and _KVK.fullmatch(plain) else None


def find_ibans(text: str) -> Iterator[Found]:
    """The account numbers in `text`, however they are spaced; words behind one are not taken for its end."""
    taken = 0
    for head in _IBAN_HEAD.finditer(text):
        length = _lengths().get(head[0].upper())
        span = _IBAN_SPAN.match(text, head.start()) if length and head.start() >= taken else None
        signs = [one.end() for one in _SIGN.finditer(text, *span.span())] if span else []
        if span is None or length is None or len(signs) < length:
            continue
        end = signs[length - 1]
        value = iban(text[span.start() : end].replace("\u00a0", " "))
        if value is not None and _IBAN_END.match(text, end - 1, span.end()):
            taken = end
            yield Found("iban", value, span.start(), end)


@cache
def _lengths() -> Mapping[str, int]:
    """How many letters and figures an account of each country has."""
    forms = {
        letters: numdb.get("iban").info(letters)[0][1]
        for letters in map("".join, product(ascii_uppercase, repeat=2))
    }
    return {
        letters: 4 + sum(map(int, _COUNTS.findall(form["bban"])))
        for letters, form in forms.items()
        if "bban" in form
    }


def account_shaped(text: str) -> list[tuple[int, int]]:
    """Where something stands that is written as an account and is none: its tail is no phone number."""
    return [match.span() for match in _ACCOUNT_SHAPED.finditer(text)]


def find_kvk(text: str) -> Iterator[Found]:
    """The numbers in `text` that it says are from the trade register."""
    for match in _EIGHT.finditer(text):
        value = kvk(match[0])
        if value is not None and _said_to_be_kvk(text, match.start(), match.end(), value):
            yield Found("kvk", value, match.start(), match.end())


def _said_to_be_kvk(text: str, start: int, end: int, value: str) -> bool:
    since = max(0, start - _WINDOW)
    if _LABEL.search(text, since, start):
        return True
    if _DATE.fullmatch(value) or _OTHER.search(text, since, start):
        return False
    return _NEAR.search(text, since, start) is not None or _BEHIND.match(text, end) is not None
