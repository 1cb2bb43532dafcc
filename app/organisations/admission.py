"""Adding a participant, renaming one, ending or resuming its participation: what two functional managers agree on.

Its row and its queue are written on activation; intake acts on them within half a minute. Key pairs are made by
`meldpunt migrate`; until then what concerns it goes to the province's triage.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import update

from app.audit.act import AnyAct
from app.database import AlreadyThere, insert_rows
from app.errors import Conflict, Fault, Invalid
from app.organisations import participants, taking_part
from app.organisations.contents import ParticipantChange
from app.organisations.models import Organisation, Queue
from app.organisations.participants import INDEXER, PROVINCE, REPORTERS, Participant
from app.vault.directory import holder_fits
from app.vault.ring import vault_of

ADDED, RENAMED, ENDED, RESUMED = "added", "renamed", "ended", "resumed"
KIND, NAME, CODE = "/content/organisationKind", "/content/displayName", "/content/municipalityCode"
TAKEN: Final = ("triage-", REPORTERS)
"""How the ids of queues and key pairs begin: no participant may be taken for one."""


def faults_in(organisation: str, name: str, content: ParticipantChange) -> list[Fault]:
    """What does not fit together, all at once."""
    faults = []
    if organisation not in {PROVINCE, name}:
        faults.append(Fault("/organisationId", "not_here", "Stel dit voor bij de provincie."))
    if not holder_fits(f"{REPORTERS}{name}") or name.startswith(TAKEN) or name == INDEXER:
        faults.append(Fault("/name", "id", "Kies een ander kenmerk, zoals gemeente-emmen."))
    added = content.change == ADDED
    if (content.organisation_kind is not None) != added:
        faults.append(Fault(KIND, "kind", "Noem bij een nieuwe deelnemer de soort, en anders niet."))
    if (content.display_name is not None) != (content.change in {ADDED, RENAMED}):
        faults.append(Fault(NAME, "name", "Noem de naam bij toevoegen of hernoemen, en anders niet."))
    if (content.municipality_code is not None) != (content.organisation_kind == "municipality"):
        faults.append(Fault(CODE, "code", "Noem de gemeentecode bij een nieuwe gemeente, en anders niet."))
    return faults


def changed(known: Sequence[Participant], name: str, content: ParticipantChange) -> Participant:
    """The participant as it is afterwards. Raises Invalid for an unknown one, Conflict where it is so already."""
    there = next((one for one in known if one.id == name), None)
    if content.change == ADDED:
        if there is not None:
            raise Conflict("Deze deelnemer bestaat al.", reason="exists")
        code = content.municipality_code
        if code is not None and any(one.municipality_code == code for one in known):
            raise Conflict("Deze gemeentecode is van een andere deelnemer.", reason="code_taken")
        return Participant(name, content.organisation_kind or "", content.display_name or "", code)
    if there is None or not there.reports:
        raise Invalid(faults=[Fault("/name", "unknown", "Deze organisatie is geen deelnemer die meldt.")])
    after = _after(there, content)
    if after == there:
        raise Conflict("Dat is al zo.", reason="unchanged")
    if after.id == PROVINCE and not after.active:
        raise Conflict("De provincie vangt meldingen op en kan niet stoppen.", reason="needed")
    return after


def _after(there: Participant, content: ParticipantChange) -> Participant:
    if content.change == RENAMED:
        return replace(there, name=content.display_name or there.name)
    return replace(there, active=content.change == RESUMED)


async def check(act: AnyAct, organisation: str, name: str, content: ParticipantChange) -> Participant:
    """The participant as it would be. Raises Invalid or Conflict where this cannot be asked now."""
    faults = faults_in(organisation, name, content)
    if faults:
        raise Invalid(faults=faults)
    return changed(await taking_part.seen_by(act), name, content)


async def apply(act: AnyAct, after: Participant, content: ParticipantChange) -> None:
    """Write the row, vouched for, and its queue's. Raises Conflict where another came between."""
    key = vault_of(act.request).ring.intake
    if content.change == ADDED:
        rows = [
            (Organisation, participants.columns(after, key)),
            (Queue, participants.queue_columns(after)),
        ]
        try:
            await insert_rows(act.connection, rows)
        except AlreadyThere:
            raise Conflict("Deze deelnemer of gemeentecode is er al.", reason="exists") from None
        return
    written = {"name": after.name, "active": after.active, "mac": after.mac(key)}
    await act.connection.execute(update(Organisation).where(Organisation.id == after.id).values(**written))
    await act.connection.execute(update(Queue).where(Queue.id == after.queue).values(name=after.queue_name))
