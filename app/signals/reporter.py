"""Who reported: opened for the owner's own worker on the case, one reveal at a time, and for nobody else.

The pair `reporter-<organisation>` lies in no ring: its private half is taken from the key folder for this one opening and
let go. A named reporter takes a purpose, a shielded one a second person's approval too, and of an anonymous one there
is nothing to open. What the row in the database says of that is held against what the report itself said, sealed beside
the name: a word changed by SQL reveals nobody.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.approvals import requests
from app.audit.act import AnyAct
from app.crypto import canonical
from app.errors import Conflict, NotFound
from app.signals.models import Signal
from app.signals.read import What, note
from app.vault import vouched
from app.vault.read import open_record
from app.vault.ring import vault_of

PART = "reporter"
NAMED, ANONYMOUS = "named", "anonymous"
NOBODY = "Deze melder is anoniem: er is niets bewaard over wie het was."


@dataclass(frozen=True, slots=True)
class Revealed:
    """Who reported, as far as she told, and how she asked to be treated. Personal data: not in the repr."""

    confidentiality: str
    content: dict[str, canonical.JsonValue]

    def __repr__(self) -> str:
        return f"Revealed({self.confidentiality})"


async def open_reporter(act: AnyAct, what: What, approval_id: UUID | None) -> Revealed:
    """Who reported this signal of the actor's own organisation. The caller has asked whose case it is.

    It is in the log, with the purpose, before it leaves. Raises NotFound for a signal of another organisation, Conflict
    for an anonymous reporter, Forbidden without the approval that is needed, Damaged with an alarm for a forged record.
    """
    confidentiality = await _confidentiality(act, what.signal_id)
    if confidentiality == ANONYMOUS:
        raise Conflict(NOBODY, reason="anonymous")
    if confidentiality != NAMED:
        await _approved(act, what, approval_id)
    note(act, what, "reporter_opened", confidentiality)
    content = await _opened(act, what.signal_id)
    said = content.pop("confidentiality", None)
    if said is None and confidentiality == NAMED:
        # Sealed before the part itself said so: nothing vouches for the row, so it counts as shielded.
        await _approved(act, what, approval_id)
    elif said not in (None, confidentiality):
        vouched.forged("confidentiality_forged")
    return Revealed(confidentiality, content)


async def _confidentiality(act: AnyAct, signal_id: UUID) -> str:
    """What the row says. Raises NotFound unless the signal is the actor's own organisation's."""
    found = await act.connection.execute(
        select(Signal.confidentiality).where(
            Signal.id == signal_id, Signal.organisation_id == act.organisation
        )
    )
    said = found.scalar_one_or_none()
    if said is None:
        raise NotFound(reason="no_such_case")
    return said


async def _approved(act: AnyAct, what: What, approval_id: UUID | None) -> None:
    """Use the approval, for this case and this once. Raises Forbidden where there is none that counts."""
    await requests.consume(act, approval_id, kind="reveal", object_id=str(what.case_id))


async def _opened(act: AnyAct, signal_id: UUID) -> dict[str, canonical.JsonValue]:
    holder = f"{PART}-{act.organisation}"
    ring = await vault_of(act.request).for_one_reveal(holder)
    content = (await open_record(act.connection, ring, holder, signal_id)).get(PART)
    if not isinstance(content, dict):
        vouched.forged("cannot_open")
    return content
