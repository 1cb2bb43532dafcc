"""Identifiers in running text, with where they stand; what might be something else is left out.

Pure. A wrong identifier ties a stranger to a report. So each kind has its own rules of context, what one kind has
claimed no other kind gets, and nothing inside a web address counts. Citizen service numbers are hidden first: they
are never an identifier.
"""

from collections.abc import Callable, Iterator

from app.identifiers import accounts, addresses, bsn, mail, phones, plates
from app.identifiers.values import Found, Identifier, hide


def _phones(text: str) -> Iterator[Found]:
    return phones.find(hide(text, accounts.account_shaped(text)))


_FINDERS: tuple[Callable[[str], Iterator[Found]], ...] = (
    mail.find,
    accounts.find_ibans,
    plates.find_dashed,
    addresses.find,
    plates.find_loose,
    accounts.find_kvk,
    _phones,
)
_ORDER = ("email", "iban", "plate", "address", "kvk", "phone")


def find(text: str) -> list[Found]:
    """Every identifier in `text` in the order it stands there; the same one as often as it is written."""
    rest = hide(text, [*mail.web_addresses(text), *bsn.find(text)])
    found: list[Found] = []
    for finder in _FINDERS:
        new = list(finder(rest))
        rest = hide(rest, [(one.start, one.end) for one in new])
        found += new
    return sorted(found, key=lambda one: one.start)


def mentions(text: str) -> list[Identifier]:
    """Every identifier that `text` mentions, each once: e-mail, IBAN, plate, address, KvK, phone."""
    kinds = sorted(find(text), key=lambda one: _ORDER.index(one.kind))
    return [Identifier(kind, value) for kind, value in dict.fromkeys((one.kind, one.value) for one in kinds)]
