"""Phone numbers as E.164, read as Dutch when they have no country code.

Pure. Public numbers (112, 0900-8844, 0800-7000, 14 with an area code) are everybody's: a match on them says
nothing about a suspect. In running text a number counts when its numbering plan knows it and no word such as
«ordernummer» says that it is something else.
"""

import re
from collections.abc import Iterator

import phonenumbers

from app.identifiers.values import Found, typed

_PHONE = re.compile(r"\+?[0-9 ()./\-]{3,40}")
_PUBLIC = re.compile(r"\+31(?:112|9008844|8007000|14[0-9]{2,4})")
_MANY_FIGURES = re.compile(r"[0-9](?:[^0-9A-Za-z\n]{0,4}[0-9]){6}")
_SOMETHING_ELSE = re.compile(
    r"\b(?:order|bestel|factuur|polis|dossier|zaak|klant|meld|meldings|artikel|serie|chassis|pakket|lot|batch"
    r"|bon|kenmerk|referentie|contract|meter|aansluit|track ?(?:&|en|and) ?trace|track|invoice|bestelling|bsn"
    r"|rsin|ean|isbn|imei|vestigings|kassabon|type|versie|version|formulier|model|boot|schip"
    r"|(?:pas|lid|kaart)(?=[- ]?(?:nummer|nr))|relatie|debiteur(?:en)?|lidmaatschaps|bedrag|patient|cliënt)"
    r"[- ]?(?:nummer|nr\.?|code|no\.?|number)?(?: is| was)?\s{0,2}[:#=]?\s{0,2}[A-Z]{0,3}[-/]?$",
    re.IGNORECASE,
)
_BEFORE = 40


def phone(text: str) -> str | None:
    """A phone number as E.164; None for extensions, public numbers and what the numbering plan does not know."""
    plain = typed(text)
    if not _PHONE.fullmatch(plain):
        return None
    try:
        number = phonenumbers.parse(plain, "NL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None if _PUBLIC.fullmatch(shown) else shown


def something_else(text: str, start: int) -> bool:
    """Whether the word in front of `start` says that what follows is an order, a case or the like."""
    return _SOMETHING_ELSE.search(text, max(0, start - _BEFORE), start) is not None


def find(text: str) -> Iterator[Found]:
    """The phone numbers in `text`."""
    if _MANY_FIGURES.search(text) is None:
        return
    for match in phonenumbers.PhoneNumberMatcher(text, "NL"):
        value = phone(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
        if value is not None and not something_else(text, match.start):
            yield Found("phone", value, match.start, match.end)
