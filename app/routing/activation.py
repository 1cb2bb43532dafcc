"""What an approved rule set brings about: its next version, by which intake sorts within half a minute.

Looked at when it is asked and again when it is activated.
"""

from typing import Final
from uuid import UUID

from pydantic import ValidationError

from app.approvals.requests import Ask, Hook
from app.approvals.requests import Content as Asked
from app.audit import entries
from app.audit.act import AnyAct
from app.crypto import canonical
from app.database import AlreadyThere, AnyRow, insert_rows
from app.errors import Conflict, Damaged, Invalid
from app.routing import versions
from app.routing.documents import RuleSetDocument, RuleSetIn, faults_in
from app.routing.facts import PROVINCE
from app.routing.models import RuleSetVersion
from app.routing.versions import Version
from app.vault.ring import vault_of

LAST_NUMBER: Final = 2**31 - 1


def ask_for(version_id: UUID, proposal: RuleSetIn) -> Ask:
    """The request for a second person that a proposal becomes. It is the province's: the rule set is of the desk."""
    content: Asked = proposal.model_dump(mode="json", by_alias=True, exclude={"reason_code"})
    return Ask("rule_set", PROVINCE, str(version_id), proposal.reason_code, content)


def read(asked: Asked) -> tuple[RuleSetDocument, bytes]:
    """The document and its canonical bytes. Raises Damaged where it is none of this desk's."""
    raw = canonical.encode(dict(asked))
    try:
        return RuleSetDocument.model_validate_json(raw), raw
    except ValidationError:
        raise Damaged(reason="rule_set_unreadable") from None


async def check(act: AnyAct, asked: Ask) -> None:
    """Whether this may be asked now. Raises Invalid with all that does not fit."""
    found = await versions.known(act.connection, vault_of(act.request).ring.intake)
    faults = faults_in(read(asked.content)[0], found.names)
    if faults:
        raise Invalid(faults=faults)


async def activate(act: AnyAct, approval: AnyRow, asked: Asked) -> None:
    """The rule set holds from here on. Raises Conflict where it fits no more, or where another came between.

    Its number follows that of every row, also of one slipped in: so two people mend what somebody put there.
    """
    key = vault_of(act.request).ring.intake
    document, raw = read(asked)
    found = await versions.known(act.connection, key)
    if faults_in(document, found.names):
        raise Conflict("Dit voorstel past niet meer. Doe een nieuw voorstel.", reason="outdated")
    if found.newest == LAST_NUMBER:
        raise Damaged(reason="rule_set_forged")
    version = Version(
        id=UUID(approval.object_id),
        number=found.newest + 1,
        content=raw,
        proposed_by=approval.requested_by,
        confirmed_by=str(act.actor.sub),
        approval_id=approval.id,
        activated_at=act.at,
    )
    try:
        await insert_rows(act.connection, [(RuleSetVersion, version.row(key))])
    except AlreadyThere:
        raise Conflict("Net werd een andere versie van kracht. Kijk opnieuw.", reason="another") from None
    act.record(entries.Act("rule_set_activated", "rule_set", str(version.id)))


HOOKS = {"rule_set": Hook(check, activate)}
