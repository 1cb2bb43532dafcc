"""Leaves citizen service numbers out of what was typed, before anything is sorted, sealed or indexed.

Pure. The desk has no ground to process them (practice.md section 6), so the number itself is nowhere kept; a marker
shows the reader that one stood there. Every member in which people type freely is looked at, the reporter's own
name apart.
"""

from app.identifiers import bsn
from app.signals.report import Report

NOTICE = "bsn_masked"


def without_bsn(report: Report) -> Report:
    """The report with a marker for each citizen service number; the same object when there is none."""
    place = report.location
    masked = report.model_copy(
        update={
            "text": bsn.mask(report.text),
            "title": _mask(report.title),
            "external_reference": _mask(report.external_reference),
            "location": place.model_copy(
                update={
                    "street": _mask(place.street),
                    "city": _mask(place.city),
                    "description": _mask(place.description),
                }
            ),
            "persons": [
                one.model_copy(update={"name": _mask(one.name), "description": _mask(one.description)})
                for one in report.persons
            ],
            "vehicles": [
                one.model_copy(update={"description": _mask(one.description)}) for one in report.vehicles
            ],
            "companies": [one.model_copy(update={"name": _mask(one.name)}) for one in report.companies],
        }
    )
    return report if masked == report else masked


def notices(report: Report) -> list[str] | None:
    """What to tell who sent this report about how it was taken in; None when there is nothing to tell."""
    return None if without_bsn(report) is report else [NOTICE]


def _mask(text: str | None) -> str | None:
    return None if text is None else bsn.mask(text)
