"""Sorts reports from a file without storing anything: `meldpunt analyse` (DESIGN section 10).

One JSON line out per line in, on plain ASCII, so that every reader sees the same lines. A line that is no
report gets `{"id", "error"}` and does not stop the others. Only a line feed ends a line: U+2028 and U+0085 may
stand in a text. Empty lines are no records.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from app.classification.analyse import NotARecord, analyse
from app.classification.environment import environmental
from app.classification.values import Classification
from app.crypto import canonical
from app.errors import StartRefused
from app.http.body import LIMIT
from app.identifiers import mentions
from app.intake.progress import Advance, shown
from app.routing import rules
from app.routing.facts import Environment, Facts
from app.routing.rule_sets import RELEASE

BOM = b"\xef\xbb\xbf"


def analyse_file(file: Path, out: TextIO) -> int:
    """Analyse `file` to `out`; a long one tells on the error output how far it is.

    The exit code: 0, or 1 when a line was no report. Raises StartRefused when the file cannot be read.
    """
    try:
        source, size = file.open("rb"), file.stat().st_size
    except (OSError, ValueError):
        raise StartRefused("Dit bestand kan niet worden gelezen. Controleer de naam en uw rechten.") from None
    with source, shown("Meldingen sorteren", size, out) as advance:
        return analyse_lines(source, out, advance)


def analyse_lines(source: BinaryIO, out: TextIO, progress: Advance | None = None) -> int:
    """Analyse every line of `source`; `progress` hears how many bytes were read. 1 when one was bad, else 0."""
    bad = False
    for raw, size in _lines(source):
        answer = _answer(raw)
        bad = bad or "error" in answer
        out.write(json.dumps(answer, separators=(",", ":")) + "\n")
        if progress is not None:
            progress(size)
    return 1 if bad else 0


def _lines(source: BinaryIO) -> Iterator[tuple[bytes | None, int]]:
    """Each line that is not empty, with the bytes read since the last; None for one over the limit."""
    first, size = True, 0
    while raw := source.readline(LIMIT + 1):
        size += len(raw)
        if first:
            raw, first = raw.removeprefix(BOM), False
        if len(raw) > LIMIT:
            size += _skip(source, raw)
            yield None, size
            size = 0
        elif raw.strip():
            yield raw, size
            size = 0


def _skip(source: BinaryIO, raw: bytes) -> int:
    """Read on to the end of a line that is too long; how many bytes that took."""
    size = 0
    while raw and not raw.endswith(b"\n"):
        raw = source.readline(LIMIT)
        size += len(raw)
    return size


def _answer(raw: bytes | None) -> Mapping[str, object]:
    record = _record(raw)
    if isinstance(record, str):
        return _refused(None, record)
    known = record.get("id")
    if isinstance(known, bool) or not isinstance(known, str | int):
        return _refused(None, "id")
    try:
        return analyse(record, _identifiers, _queues)
    except NotARecord as error:
        # Its message is «member: what», without any value.
        return _refused(known, str(error).partition(":")[0])
    except Exception:
        # A text that breaks the sorting may not stop the others, and may not be repeated in a trace.
        return _refused(known, "failed")


def _record(raw: bytes | None) -> dict[str, canonical.JsonValue] | str:
    """The object on a line, or the code of what is wrong with it."""
    if raw is None:
        return "too_long"
    try:
        record = canonical.parse(raw)
    except canonical.NotJson as error:
        return error.code
    return record if isinstance(record, dict) else "not_an_object"


def _refused(known: str | int | None, code: str) -> Mapping[str, object]:
    return {"id": known, "error": code}


def _identifiers(text: str) -> Sequence[Mapping[str, str]]:
    return [{"kind": one.kind, "value": one.value} for one in mentions(text)]


def _queues(found: Classification, _: Mapping[str, object]) -> Sequence[str]:
    """Where the content alone points to, by the rule set of this release."""
    view = environmental(found)
    confidence = round(found.confidence * 100)
    facts = Facts(
        reporter_organisation=None,
        category=found.category,
        secondary=found.secondary,
        topics=found.topics,
        facts=frozenset(found.facts),
        confidence=confidence,
        confidence_low=RELEASE.unsure(found.category, found.confidence),
        environment=Environment.of(view.activities, view.substances, round(view.confidence * 100)),
    )
    return rules.queues(facts)
