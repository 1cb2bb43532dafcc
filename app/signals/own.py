"""Whether somebody asks about what she reported herself: matches are not for her (app.signals.marks)."""

from app.audit.act import AnyAct
from app.identity import policy
from app.signals.marks import MARK, mark
from app.signals.read import Parts, What
from app.vault import read
from app.vault.ring import vault_of


async def by_caller(act: AnyAct, what: What) -> bool:
    """Whether the caller reported this signal, under any account of hers. The caller of this records the act.

    False for a report of before there were marks, and for an anonymous one: there is nothing to know it by.
    """
    ring = vault_of(act.request).ring
    parts: Parts = await read.open_record(act.connection, ring, act.organisation, what.signal_id)
    found = {str(part[MARK]) for part in parts.values() if isinstance(part, dict) and MARK in part}
    return any(mark(ring.intake, what.signal_id, sub) in found for sub in policy.accounts(act.actor))
