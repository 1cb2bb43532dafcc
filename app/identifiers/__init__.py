"""Identifiers as the desk compares them: the same plate, number or address is always the same string.

Pure. Each normaliser takes what a person typed into the field for that kind and returns the one form of
DESIGN section 10, or None where it is no such identifier: a report is never refused over it, it is only
not matched. Nothing is filled in or guessed (no leading zeros added, other scripts' digits and look-alike
letters are no ASCII), and normalising twice changes nothing. Rules: practice.md section 6.
"""

from app.identifiers.accounts import iban, kvk
from app.identifiers.addresses import address, postcode
from app.identifiers.found import find, mentions
from app.identifiers.mail import email
from app.identifiers.phones import phone
from app.identifiers.plates import SIDECODES, plate
from app.identifiers.values import Found, Identifier, IdentifierKind

__all__ = [
    "SIDECODES",
    "Found",
    "Identifier",
    "IdentifierKind",
    "address",
    "email",
    "find",
    "iban",
    "kvk",
    "mentions",
    "phone",
    "plate",
    "postcode",
]
