"""A report with a marker word in every field that a person fills in, and every way such a word could be spelled.

All markers share one stem, so that one search finds any of them; what follows the stem names the field.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook

from app.clock import now
from tests.desk import DRUGS

STEM = "Zqxwvkjb"
WASTE = " Naast de loods liggen vaten met chemisch afval in de sloot."


def marker(place: str) -> str:
    """The marker word of a field; letters only, so that it fits everywhere."""
    return STEM + place


def report() -> dict[str, Any]:
    """A report about drugs and waste in Emmen, shielded, every field of it marked."""
    return {
        "text": f"{DRUGS}{WASTE} {marker('text')}",
        "title": marker("title"),
        "location": {
            "municipalityCode": "0114",
            "postcode": "7811XA",
            "houseNumber": "8714",
            "houseNumberAddition": "zqxwv",
            "street": marker("street"),
            "city": marker("city"),
            "description": marker("place"),
            "parcel": "EMM00 K 8714",
            "latitude": 52.778811,
            "longitude": 6.897733,
        },
        "persons": [{"role": "suspect", "name": marker("person"), "description": marker("looks")}],
        "vehicles": [{"plate": "38-GSJ-4", "country": "NL", "description": marker("vehicle")}],
        "companies": [{"name": marker("company"), "kvkNumber": "98765432"}],
        "phoneNumbers": ["+31612345678"],
        "ibans": ["NL91ABNA0417164300"],
        "emails": [f"info@{marker('mail')}.example"],
        "externalReference": marker("external"),
        "confidentiality": "shielded",
        "reporter": {
            "name": marker("reporter"),
            "email": f"{marker('reportermail')}@voorbeeld.example",
            "phone": "0612349999",
        },
    }


FIXED = (
    "7811XA",
    "EMM00",
    "38GSJ4",
    "38-GSJ-4",
    "98765432",
    "612345678",
    "417164300",
    "612349999",
    "612349998",
    "52.778811",
    "6.897733",
    DRUGS[:40],
)
"""What the report and the citizen's event hold besides markers, in a form that normalising keeps."""


@dataclass(frozen=True)
class Delivery:
    """A delivery of the citizen platform: its id, its bytes and its headers."""

    id: str
    raw: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


def delivery(secret: str, ident: str, **data: Any) -> Delivery:
    """A signed event with a citizen's report; `data` changes members of it."""
    stamp = now().strftime("%Y-%m-%dT%H:%M:%SZ")
    told: dict[str, Any] = {"externalId": ident, "text": DRUGS, "receivedAt": stamp}
    told |= {"municipalityCode": "0114", "anonymous": True}
    event = {
        "specversion": "1.0",
        "id": ident,
        "source": "urn:nld:oin:00000001234567890000:systeem:burgerplatform",
        "type": "nl.burgerplatform.melding-ontvangen.v1",
        "time": stamp,
        "datacontenttype": "application/json",
        "data": told | data,
    }
    raw = json.dumps(event).encode()
    return Delivery(ident, raw, signed(secret, ident, raw))


def signed(secret: str, ident: str, raw: bytes) -> dict[str, str]:
    """The headers that the platform sends with these bytes now."""
    moment = now()
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(ident, moment, raw.decode()),
        "Content-Type": "application/cloudevents+json",
    }


def spellings(word: str) -> list[bytes]:
    """A word as it is, in hex, in UTF-16 and in the three alignments of base64."""
    raw = word.encode()
    wide = [word.encode("utf-16-le"), word.encode("utf-16-be")]
    return [raw, raw.hex().encode(), *wide, *(aligned(raw, shift) for shift in range(3))]


def aligned(raw: bytes, shift: int) -> bytes:
    """The base64 digits that depend on `raw` alone when `shift` bytes stand before it."""
    digits = base64.b64encode(b"\0" * shift + raw + b"\0" * 3)
    return digits[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]


def found_in(data: bytes, words: list[str]) -> list[str]:
    """Which of these words stand in `data`, in whatever spelling or case."""
    lower = data.lower()
    return [
        word
        for word in words
        if word.lower().encode() in lower or any(spelled in data for spelled in spellings(word))
    ]
