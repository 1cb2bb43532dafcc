"""Identifiers as the desk compares them: the same plate, number or address is always the same string.

Pure. Each normaliser takes what a person typed into the field for that kind and returns the one form of
DESIGN section 10, or None where it is no such identifier: a report is never refused over it, it is only
not matched. Nothing is filled in or guessed (no leading zeros added, other scripts' digits and look-alike
letters are no ASCII), and normalising twice changes nothing. Rules: practice.md section 6.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

import phonenumbers
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError
from stdnum.nl import postcode as stdnum_postcode

IdentifierKind = Literal["plate", "phone", "iban", "kvk", "address", "email"]

LONGEST = 254
LONGEST_ADDITION = 20

# The 14 Dutch series ("sidecodes"), X a letter and 9 a figure; the dashes only show where groups end.
SIDECODES = (
    "XX-99-99",
    "99-99-XX",
    "99-XX-99",
    "XX-99-XX",
    "XX-XX-99",
    "99-XX-XX",
    "99-XXX-9",
    "9-XXX-99",
    "XX-999-X",
    "X-999-XX",
    "XXX-99-X",
    "X-99-XXX",
    "9-XX-999",
    "999-XX-9",
)
_DUTCH_PLATE = re.compile(
    "|".join(code.replace("-", "").replace("X", "[A-Z]").replace("9", "[0-9]") for code in SIDECODES)
)
_DUTCH = frozenset({"NL", "NLD", "NEDERLAND"})
_FOREIGN_PLATE = re.compile(r"(?=[A-ZÄÖÜ]*[0-9])[A-ZÄÖÜ0-9]{3,10}")
_PLATE_TYPED = re.compile(r"[A-Za-zÄÖÜäöü0-9]*")

_SPACES = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
)
_SEPARATORS = re.compile(r"[ .\-]+")
_POSTCODE = re.compile(r"(?:NL)?([1-9][0-9]{3}[A-Z]{2})")
_HOUSE_NUMBER = re.compile(r"([1-9][0-9]{0,4})(?:[ \-/]*([A-Za-z][A-Za-z0-9 ./\-]*))?")
_ADDITION = re.compile(r"[A-Za-z0-9 ./\-]*")
_IBAN = re.compile(r"[A-Z]{2}(?!00|01|99)[0-9]{2}[A-Z0-9]{11,30}")
_KVK = re.compile(r"(?!00000000)[0-9]{8}")
_PHONE = re.compile(r"\+?[0-9 ()./\-]{3,40}")
# Emergency, police, Meld Misdaad Anoniem and the municipalities' 14 + area code: everybody's numbers,
# so a match on them says nothing about a suspect.
_PUBLIC_PHONES = re.compile(r"\+31(?:112|9008844|8007000|14[0-9]{2,4})")
_LOCAL_PART = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One normalised identifier. The value is sensitive and stays out of the repr."""

    kind: IdentifierKind
    value: str = field(repr=False)


def _typed(text: str) -> str:
    """`text` with the spaces and dashes that word processors put in turned into plain ones."""
    return text.translate(_SPACES).strip(" \t\r\n")


def _compact(text: str) -> str | None:
    """ASCII capitals without spaces, dots and dashes; None where a character is not ASCII.

    The ASCII check comes before `upper`, which would turn a dotless i or a long s into a plain letter.
    """
    bare = _SEPARATORS.sub("", _typed(text))
    return bare.upper() if bare.isascii() and len(bare) <= LONGEST else None


def plate(text: str, country: str | None = None) -> str | None:
    """A number plate in capitals without dashes.

    A Dutch one (`country` NL) must fit one of the 14 series; any other is kept as text of 3 to 10
    letters and figures with at least one figure. Without a country both will do. Vowels are let
    through: here somebody says it is a plate; finding plates in running text needs more (month names).
    """
    bare = _SEPARATORS.sub("", _typed(text).replace("·", ""))
    if not _PLATE_TYPED.fullmatch(bare):
        return None
    capitals = bare.upper()
    if country is not None and country.strip().upper() in _DUTCH:
        return capitals if _DUTCH_PLATE.fullmatch(capitals) else None
    return capitals if _FOREIGN_PLATE.fullmatch(capitals) else None


def phone(text: str) -> str | None:
    """A phone number as E.164, read as Dutch when it has no country code; extensions are refused.

    None for numbers that do not exist in the numbering plan and for public ones (112, 0900-8844,
    0800-7000, 14 with an area code).
    """
    typed = _typed(text)
    if not _PHONE.fullmatch(typed):
        return None
    try:
        number = phonenumbers.parse(typed, "NL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None if _PUBLIC_PHONES.fullmatch(shown) else shown


def iban(text: str) -> str | None:
    """An IBAN in capitals without spaces: its country's length and form, and ISO 13616 mod 97.

    Banks' own check digits are not looked at: the library refuses real Belgian accounts over them.
    """
    bare = _compact(text)
    if bare is None or not _IBAN.fullmatch(bare):
        return None
    try:
        stdnum_iban.validate(bare, check_country=False)
    except ValidationError:
        return None
    return bare


def kvk(text: str) -> str | None:
    """A Chamber of Commerce number: exactly 8 figures (it has no check digit), never filled up."""
    bare = _compact(text)
    return bare if bare is not None and _KVK.fullmatch(bare) else None


def email(text: str) -> str | None:
    """An e-mail address in lower case, local part included, with the domain in its ASCII (punycode) form."""
    local, at, domain = _typed(text).lower().rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(local) > 64 or len(domain) > LONGEST:
        return None
    try:
        plain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    whole = f"{local}@{plain}"
    return whole if _DOMAIN.fullmatch(plain) and len(whole) <= LONGEST else None


def postcode(text: str) -> str | None:
    """A Dutch postcode as `9411NA`, typed with or without space, small or capital, NL in front or not."""
    bare = _compact(text)
    match = _POSTCODE.fullmatch(bare) if bare is not None else None
    if match is None or not stdnum_postcode.is_valid(match[1]):
        return None
    return match[1]


def address(code: str, number: str, addition: str | None = None) -> str | None:
    """A Dutch address as `9411NA|12|a`: postcode, house number, addition in lower case without separators.

    `number` is the text typed, 1 to 99999; letters behind it (`12a`, `12 bis`) count as the start of the
    addition. None where the postcode or number is none, or the addition is longer than 20 characters.
    """
    area = postcode(code)
    house = _HOUSE_NUMBER.fullmatch(_typed(number))
    extra = _typed(addition or "")
    if area is None or house is None or not _ADDITION.fullmatch(extra):
        return None
    suffix = f"{house[2] or ''}{extra}"
    if len(suffix) > LONGEST_ADDITION:
        return None
    return f"{area}|{house[1]}|{re.sub(r'[ ./-]', '', suffix).lower()}"
