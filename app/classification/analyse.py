"""One line of `meldpunt analyse`: a report in, the proposal out, nothing stored (DESIGN 10). Pure.

Identifiers and queues are decided elsewhere in the tree, so the command hands in how to find them.
"""

from collections.abc import Callable, Mapping, Sequence

from app.classification.categoriser import classify
from app.classification.values import CATEGORIES, Classification

Finding = Mapping[str, str]
Identifiers = Callable[[str], Sequence[Finding]]
"""Text to `{kind, value}` rows, normalised."""

Queues = Callable[[Classification, Mapping[str, object]], Sequence[str]]
"""Proposal and record to queue ids; asked only when the report is sorted."""

NOT_SORTED = ("triage",)


class NotARecord(ValueError):
    """A line is not a report; the message names the member, never its value."""


def analyse(record: Mapping[str, object], identifiers: Identifiers, queues: Queues) -> dict[str, object]:
    """`id category secondary topics confidence queues clues identifiers urgent` for one record of `id`,
    `text` and optionally `title`, `source`, `categoryHint`. Raises `NotARecord`.
    """
    text = _text(record, "text")
    if text is None:
        raise NotARecord("text: is missing")
    title = _text(record, "title")
    proposal = classify(text, title, _hint(record))
    found = [dict(row) for row in identifiers(text if title is None else f"{title}\n{text}")]
    return {
        "id": record.get("id"),
        "category": proposal.category,
        "secondary": list(proposal.secondary),
        "topics": list(proposal.topics),
        "confidence": proposal.confidence,
        "queues": list(NOT_SORTED if proposal.category is None else queues(proposal, record)),
        "clues": [clue.told() for clue in proposal.clues],
        "identifiers": found,
        "urgent": list(proposal.urgent),
    }


def _text(record: Mapping[str, object], member: str) -> str | None:
    value = record.get(member)
    if value is not None and not isinstance(value, str):
        raise NotARecord(f"{member}: is not text")
    return value


def _hint(record: Mapping[str, object]) -> str | None:
    """The reporter's choice when it is a category; anything else is no choice."""
    value = _text(record, "categoryHint")
    return value if value in CATEGORIES else None
