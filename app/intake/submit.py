"""Takes a signal in: has it sorted, seals it, and stores all of it in one statement.

Intake writes and never reads: everything it needs to decide is in the report and in the terms it was handed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app.audit import entries
from app.audit.act import AnyAct
from app.crypto import canonical, reference
from app.database import AlreadyThere, RowOf, insert_rows
from app.disclosure.models import Disclosure
from app.identity.actor import DESK
from app.intake import parts
from app.intake.rows import rows
from app.intake.sorting import Arrival, Sorted, sort
from app.intake.terms import Desk
from app.routing.facts import RUDD
from app.signals import marks
from app.vault import records
from app.vault.records import Label, Recipient, SealedRecord

REFERENCES = frozenset({"uq_signals_reference", "uq_cases_holder"})


def seal(arrived: Arrival, sorted_: Sorted, desk: Desk) -> SealedRecord:
    """The parts of the signal, each for those who may have it and nobody else."""
    report, owner = arrived.report, sorted_.owner
    kept = None if report.confidentiality == "anonymous" else arrived.who.sub
    mark = {marks.MARK: marks.mark(desk.vault.ring.intake, arrived.id, kept)}
    contents: dict[str, canonical.JsonValue] = {
        "content": {**parts.content(report, sorted_.found, arrived.more), **mark},
        "minimised": {**parts.minimised(report, sorted_.environment, arrived.received_at), **mark},
    }
    directory = desk.vault.directory
    to: list[Recipient] = [records.recipient(directory, owner, "content", "minimised")]
    if report.confidentiality != "anonymous":
        contents["reporter"] = parts.reporter(report, arrived.who)
        to.append(records.recipient(directory, f"reporter-{owner}", "reporter"))
    if told := parts.for_index(report, sorted_.identifiers):
        contents["identifiers"] = told
        to.append(records.recipient(directory, "indexer", "identifiers"))
    for target in sorted_.decision.targets:
        if target.mode == "supply":
            part = "minimised" if target.queue == RUDD else "content"
            to.append(records.recipient(directory, target.queue, part))
    label = Label("signal", arrived.id, arrived.id, owner)
    return records.seal(label, contents, to, desk.vault.ring.vouching)


def note_supply(act: AnyAct, signal_id: UUID, row: Mapping[str, object]) -> None:
    """Tell the log to whom the rule set supplied: the Disclosure and the recipient's case."""
    supplied = entries.Act(
        "signal_supplied",
        "disclosure",
        str(row["id"]),
        case_id=UUID(str(row["case_id"])),
        signal_id=signal_id,
        purpose="supply",
    )
    act.record(supplied, by=DESK)


async def take_in(act: AnyAct, desk: Desk, arrived: Arrival, more: Sequence[RowOf], action: str) -> Arrival:
    """Sort, seal and store one arrival with its log entry and `more` rows, in one round trip; as it was stored.

    A reference that was given out before is drawn anew. Raises AlreadyThere for a request that was done before.
    """
    await desk.fresh(act.connection, act.at)
    sorted_ = sort(arrived, desk)
    sealed = seal(arrived, sorted_, desk)
    act.at = arrived.received_at
    while True:
        act.record(entries.Act(action, "signal", str(arrived.id), signal_id=arrived.id, record=sealed.digest))
        made = rows(arrived, sorted_, sealed, desk)
        for table, row in made:
            if table is Disclosure:
                note_supply(act, arrived.id, row)
        stored = [*made, *more, *entries.rows(act.take_lines())]
        try:
            await insert_rows(act.connection, stored)
        except AlreadyThere as taken:
            if taken.constraint not in REFERENCES:
                raise
            await act.restart()
            arrived = replace(arrived, reference=reference.new(arrived.received_at.year))
        else:
            return arrived
