"""Rows that the access log speaks against: a grant that it says was ended, a denial, setting or rule set that is gone.

A MAC cannot tell an old row that was put back from the newest one (FORMATS 5). The log can: whoever takes away or puts
back has to alter it too.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.identity.grants import Grant

ASK = text("select kind, id from put_back()")


@dataclass(frozen=True, slots=True)
class PutBack:
    """Ids as the log has them. `grants`: open although they were ended; the rest: made, and not there any more."""

    grants: frozenset[str]
    denials: frozenset[str]
    settings: frozenset[str]
    rule_sets: frozenset[str]

    def speaks_against(self, grant: Grant) -> bool:
        """Whether this grant was ended, whatever its row says now."""
        return str(grant.id) in self.grants


async def found(connection: AsyncConnection) -> PutBack:
    """Everything the log speaks against now."""
    rows = (await connection.execute(ASK)).all()

    def ids(kind: str) -> frozenset[str]:
        return frozenset(row.id for row in rows if row.kind == kind)

    return PutBack(ids("grant"), ids("denial"), ids("setting"), ids("rule_set"))
