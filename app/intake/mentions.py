"""Identifiers that a text mentions, normalised: only what can be recognised safely (practice.md section 6).

Pure. An e-mail address and an IBAN (its check digits must fit) are recognised by form; a phone number when its
numbering plan knows it; a Dutch plate with dashes, or without after the word for it; a postcode only with a
house number; a KvK number only after those letters. What might be something else is left out: a wrong
identifier ties a stranger to a report. Citizen service numbers are never looked for.
"""

import re
from collections.abc import Iterator

import phonenumbers

from app import identifiers
from app.identifiers import Identifier

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+@-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}"
)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2} ?[0-9]{2}(?:[ .-]?[A-Z0-9]{4}){2,7}(?:[ .-]?[A-Z0-9]{1,3}(?![A-Z0-9]))?",
    re.IGNORECASE,
)
_DASH = "[-\u2010\u2011\u2013]"
_GROUPS = "|".join(
    code.replace("-", _DASH).replace("X", "[B-DF-HJ-NP-TV-Z]").replace("9", "[0-9]")
    for code in identifiers.SIDECODES
)
_PLATE = re.compile(rf"(?<![A-Za-z0-9\u2013-])(?:{_GROUPS})(?![A-Za-z0-9]|{_DASH}[A-Za-z0-9])", re.IGNORECASE)
_PLATE_NAMED = re.compile(
    r"\b(?:kenteken|nummerplaat|kennzeichen|number plate|plate)(?: is)?[ :«\"]{1,3}([A-Z0-9]{6})(?![A-Z0-9-])",
    re.IGNORECASE,
)
_MARCH = re.compile(rf"[0-9]{{1,2}}{_DASH}mrt{_DASH}[0-9]", re.IGNORECASE)
# Small letters only when written together: «2024 in 3 dagen» is no address.
_AREA = r"(?<![A-Za-z0-9])([1-9][0-9]{3}(?: ?[A-Z]{2}|[a-z]{2}))"
_NUMBER = (
    r"([1-9][0-9]{0,4})(?![0-9])(?:-?([0-9]{1,3}|[A-Za-z]|bis)(?![\w']|[.,][0-9])| ([A-Za-z]|bis)(?![\w']))?"
)
# «9411 NA, 1200 euro»: a number of something is no house number.
_COUNTED = (
    "(?:euro|eur|kg|kilo|gram|liter|ton|uur|meter|km|m2|man|mensen|personen|stuks|keer|dagen|jaar|auto)"
)
_AREA_NUMBER = re.compile(
    rf"{_AREA}(?:, ?| )(?:nr\.? ?|nummer )?{_NUMBER}(?![.,:]?[0-9A-Za-z])(?! ?{_COUNTED})"
)
_NUMBER_AREA = re.compile(rf"(?<![\w.,-]){_NUMBER}, ?{_AREA}(?![A-Za-z0-9])")
_KVK = re.compile(r"\bk\.?v\.?k\.?(?:-?(?:nummer|nr\.?))?(?: is)?[ :]{1,3}([0-9]{8})(?![0-9])", re.IGNORECASE)
_MANY_FIGURES = re.compile(r"[0-9](?:[^0-9A-Za-z\n]{0,4}[0-9]){6}")


def mentions(text: str) -> list[Identifier]:
    """Every identifier that `text` mentions, each once: e-mail, IBAN, plate, address, KvK, phone."""
    found = dict.fromkeys((one.kind, one.value) for one in _all(text))
    return [Identifier(kind, value) for kind, value in found]


def _all(text: str) -> Iterator[Identifier]:
    for match in _EMAIL.finditer(text):
        email = identifiers.email(match[0])
        if email is not None:
            yield Identifier("email", email)
    rest = text
    for match in _IBAN.finditer(text):
        iban = _longest_iban(match[0])
        if iban is not None:
            # What was an account number is no phone number as well.
            rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
            yield Identifier("iban", iban)
    yield from _plates(rest)
    yield from _addresses(rest)
    for match in _KVK.finditer(rest):
        kvk = identifiers.kvk(match[1])
        if kvk is not None:
            rest = rest[: match.start(1)] + " " * 8 + rest[match.end(1) :]
            yield Identifier("kvk", kvk)
    yield from _phones(rest)


def _longest_iban(text: str) -> str | None:
    """The account number at the start of `text`; words behind it may look like one more group."""
    groups = re.split(r"[ .-]", text)
    for count in range(len(groups), 0, -1):
        iban = identifiers.iban("".join(groups[:count]))
        if iban is not None:
            return iban
    return None


def _plates(text: str) -> Iterator[Identifier]:
    written = [match[0] for match in _PLATE.finditer(text) if not _MARCH.fullmatch(match[0])]
    written += [match[1] for match in _PLATE_NAMED.finditer(text)]
    for one in written:
        plate = identifiers.plate(one, "NL")
        if plate is not None:
            yield Identifier("plate", plate)


def _addresses(text: str) -> Iterator[Identifier]:
    written = [(match[1], match[2], match[3] or match[4]) for match in _AREA_NUMBER.finditer(text)]
    written += [(match[4], match[1], match[2] or match[3]) for match in _NUMBER_AREA.finditer(text)]
    for area, number, addition in written:
        address = identifiers.address(area, number, addition)
        if address is not None:
            yield Identifier("address", address)


def _phones(text: str) -> Iterator[Identifier]:
    if _MANY_FIGURES.search(text) is None:
        return
    for match in phonenumbers.PhoneNumberMatcher(text, "NL"):
        shown = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        phone = identifiers.phone(shown)
        if phone is not None:
            yield Identifier("phone", phone)
