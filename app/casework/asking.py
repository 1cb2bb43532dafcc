"""What a case's worker may ask a second person for: only about a case in her own hands."""

from app.approvals.requests import Ask, Content, Hook
from app.audit.act import AnyAct
from app.casework import cases
from app.casework.cases import thing
from app.database import AnyRow
from app.errors import Invalid
from app.identity import policy


async def check_reveal(act: AnyAct, asked: Ask) -> None:
    """The case is the asker's own, of her own organisation. Raises NotFound, Forbidden or Invalid."""
    if asked.case_id is None:
        raise Invalid
    case = await cases.load(act.connection, asked.case_id, act.actor)
    ruling = policy.on(act.actor, "reporter:open", thing(case))
    cases.refuse(ruling)


async def nothing(_act: AnyAct, _approval: AnyRow, _content: Content) -> None:
    """The asker acts herself, naming the approval."""


HOOKS = {"reveal": Hook(check_reveal, nothing)}
