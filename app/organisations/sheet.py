"""The access review as a sheet: one line per role, safe to open in a program that runs formulas."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from app.clock import timestamp
from app.organisations.review import Reviewed

COLUMNS: Final = (
    "organisation",
    "subject",
    "principal",
    "role",
    "kind",
    "from",
    "until",
    "proposedBy",
    "confirmedBy",
    "lastSeen",
    "dormant",
    "endsSoon",
    "denied",
    "conflicts",
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a sheet program takes for the beginning of a formula, or of a cell of its own."""


def cell(text: str) -> str:
    """`text` as a cell that stays text: an apostrophe stands before what could run."""
    return f"'{text}" if text.startswith(FORMULA) else text


def written(organisation: str, people: Sequence[Reviewed]) -> str:
    """The sheet as CSV (RFC 4180, every cell quoted)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for person in people:
        about = (
            "" if person.last_seen is None else person.last_seen.isoformat(),
            *("yes" if flag else "no" for flag in (person.dormant, person.ends_soon, person.denied)),
            " ".join(f"{one.role.value}/{one.other.value}:{one.reason}" for one in person.conflicts),
        )
        for grant in person.roles:
            cells = (
                organisation,
                person.subject,
                person.principal,
                grant.role.value,
                grant.kind,
                timestamp(grant.valid_from),
                timestamp(grant.valid_until),
                grant.proposed_by,
                grant.confirmed_by,
                *about,
            )
            writer.writerow([cell(one) for one in cells])
    return out.getvalue()
