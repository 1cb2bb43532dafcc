"""What of a report is sealed in which part (FORMATS 1), and which closed facts stay in clear for the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app import identifiers
from app.classification.values import Classification
from app.crypto import canonical
from app.matching import wording
from app.routing.facts import Environment
from app.signals.report import Location, Report

APART = {"reporter", "confidentiality", "feedback"}
MINIMAL_PLACE = {
    "postcode",
    "house_number",
    "house_number_addition",
    "municipality_code",
    "parcel",
    "latitude",
    "longitude",
    "accuracy_metres",
}


@dataclass(frozen=True, slots=True)
class Who:
    """Who reports, as known from the token; sealed in the reporter part alone."""

    organisation: str | None
    sub: str | None = field(default=None, repr=False)


def content(
    report: Report, found: Classification, more: Mapping[str, canonical.JsonValue]
) -> dict[str, canonical.JsonValue]:
    """The whole report but who made it, `more` of its sender, and the clues: words, places, weights."""
    clues: list[canonical.JsonValue] = [{**clue.told()} for clue in found.clues]
    told = report.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=APART)
    return {**told, **more, "clues": clues}


def reporter(report: Report, who: Who) -> canonical.JsonValue:
    """Name and ways to reach the reporter, and her subject id; nothing else holds them.

    How she asked to be treated lies sealed beside them: the row in clear alone reveals nobody.
    """
    given = report.reporter.model_dump(mode="json", exclude_none=True) if report.reporter else {}
    return {
        **given,
        **({"sub": who.sub} if who.sub is not None else {}),
        **({"organisation": who.organisation} if who.organisation is not None else {}),
        "feedback": report.feedback.model_dump(mode="json", by_alias=True),
        "confidentiality": report.confidentiality,
    }


def minimised(
    report: Report, environment: Environment, received_at: datetime
) -> dict[str, canonical.JsonValue]:
    """What RUDD may have: place, times, activity, substance and safety codes; no free text, no persons."""
    place = report.location.model_dump(mode="json", by_alias=True, exclude_none=True, include=MINIMAL_PLACE)
    times = report.model_dump(
        mode="json", by_alias=True, exclude_none=True, include={"observed_from", "observed_to", "ongoing"}
    )
    return {
        "place": place,
        "times": {**times, "receivedAt": received_at.strftime("%Y-%m-%dT%H:00:00Z")},
        "activities": [*environment.activities],
        "substances": [*sorted(environment.substances)],
        "safety": [*sorted(set(report.safety))],
        "withheld": ["text", "persons", "vehicles", "companies", "reporter"],
    }


def normalised(report: Report) -> list[identifiers.Identifier]:
    """Every identifier in the report's fields, in the one form that can be matched, each once."""
    found: list[tuple[identifiers.IdentifierKind, str | None]] = [
        *(("plate", identifiers.plate(one.plate, one.country)) for one in report.vehicles if one.plate),
        *(("phone", identifiers.phone(one)) for one in report.phone_numbers),
        *(("iban", identifiers.iban(one)) for one in report.ibans),
        *(("email", identifiers.email(one)) for one in report.emails),
        *(("kvk", identifiers.kvk(one.kvk_number)) for one in report.companies if one.kvk_number),
        ("address", address(report.location)),
    ]
    unique = dict.fromkeys((kind, value) for kind, value in found if value is not None)
    return [identifiers.Identifier(kind, value) for kind, value in unique]


def known(report: Report) -> list[identifiers.Identifier]:
    """Every identifier of the report, each once: those of the fields, then what its words mention."""
    words = [
        report.title,
        report.text,
        report.location.description,
        *(one.description for one in report.persons),
        *(one.description for one in report.vehicles),
    ]
    said = [one for text in words if text for one in identifiers.mentions(text)]
    return list(dict.fromkeys([*normalised(report), *said]))


def for_index(report: Report, known_: Sequence[identifiers.Identifier]) -> list[canonical.JsonValue]:
    """What the indexer gets, empty where a report gives nothing: kinds and values, and whether it is the place, the
    one identifier that RUDD may know; and the marks of how it is told, in one.
    """
    place = identifiers.Identifier("address", address(report.location) or "")
    named: list[canonical.JsonValue] = [
        {"kind": one.kind, "value": one.value, "place": one == place} for one in known_
    ]
    told = "".join(wording.marks(report.text))
    return [*named, {"kind": wording.KIND, "value": told, "place": False}] if told else named


def address(place: Location) -> str | None:
    """The address in the form that can be matched, None where postcode or number is missing."""
    if place.postcode is None or place.house_number is None:
        return None
    return identifiers.address(place.postcode, place.house_number, place.house_number_addition)
