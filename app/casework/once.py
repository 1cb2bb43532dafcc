"""Idempotency-Key on the workers' creating requests: the same request again gives the same thing, made once."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app import idempotency
from app.audit.act import AnyAct
from app.database import AlreadyThere, insert_rows
from app.errors import Conflict
from app.http.fields import idempotency_key
from app.idempotency import Once
from app.vault.ring import vault_of


@dataclass(frozen=True, slots=True)
class FirstTime:
    """Whether this request was done before (`made`), and the way to remember it."""

    once: Once | None
    made: UUID | None

    async def remember(self, act: AnyAct, object_id: UUID) -> None:
        """Claim the key for what was made now; a request that came without one, or again, leaves nothing."""
        if self.once is None or self.made is not None:
            return
        try:
            await insert_rows(act.connection, [self.once.row(object_id, act.at)])
        except AlreadyThere:
            raise Conflict(
                "Ditzelfde verzoek loopt al. Stuur het zo opnieuw; dan krijgt u hetzelfde antwoord.",
                reason="same_request_running",
            ) from None


async def first_time(act: AnyAct, where: str) -> FirstTime:
    """What is known of this request's Idempotency-Key. Raises Invalid for a bad key, Conflict for another body."""
    key = idempotency_key(act.request.headers.get("idempotency-key"))
    if key is None:
        return FirstTime(None, None)
    secret = vault_of(act.request).ring.authority
    who = (act.organisation, str(act.actor.sub))
    once = idempotency.once(secret, f"{act.permission} {where}", who, key, act.raw)
    # The same request twice at once: the second waits here until the first committed, then finds what it made.
    await act.connection.execute(
        text("select pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(once.key[:8], signed=True)}
    )
    return FirstTime(once, await idempotency.made_before(act.connection, once))
