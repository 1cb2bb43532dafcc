"""What each role may do: the one permission table, shown in docs/api.md and held against the real routes.

Pure. A verdict is a small frozen value; a refusal says why. Which objects exist for an actor (own
organisation, own queue) is settled by row security and by keys; this table settles the act.
"""

from dataclasses import dataclass

from app.identity.actor import Actor, Kind, Role

CASE_WORKERS = frozenset({Role.COORDINATOR, Role.DEPUTY, Role.ANALYST, Role.OFFICER})
ANYONE: frozenset[Role] = frozenset()

PERMISSIONS: dict[str, frozenset[Role]] = {
    "case:classify": CASE_WORKERS,
    "case:list": CASE_WORKERS,
    "case:message": CASE_WORKERS,
    "case:move": CASE_WORKERS,
    "case:open": CASE_WORKERS,
    "case:pull": CASE_WORKERS,
    "case:read": CASE_WORKERS,
    "log:read": frozenset({Role.AUDITOR, Role.DPO, Role.PRIVACY_OFFICER}),
    "queue:list": CASE_WORKERS,
    "receipt:answer": ANYONE,
    "receipt:follow": ANYONE,
    "signal:submit": frozenset(
        {
            Role.EMPLOYEE,
            Role.INTRANET_FORM,
            Role.COORDINATOR,
            Role.DEPUTY,
            Role.ANALYST,
            Role.OFFICER,
        }
    ),
    "webhook:deliver": frozenset({Role.PLATFORM}),
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act may go on, in this role."""

    role: Role | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The act may not go on; `reason` is a code of a closed list."""

    reason: str


Verdict = Allowed | Denied


def verdict(actor: Actor, permission: str) -> Verdict:
    """Whether `actor` may use `permission`. An unknown permission is a fault of ours: KeyError."""
    roles = PERMISSIONS[permission]
    if roles is ANYONE:
        return Allowed(None)
    held = sorted(actor.roles & roles)
    if held:
        return Allowed(held[0])
    return Denied("role_missing" if actor.kind is not Kind.STRANGER else "not_signed_in")


def mandate(actor: Actor) -> tuple[str, ...]:
    """The organisations whose log this actor may read; `*` is all of them.

    The auditor works for all participants; the privacy officer and the data protection officer for their own.
    """
    if Role.AUDITOR in actor.roles:
        return ("*",)
    if actor.roles & {Role.DPO, Role.PRIVACY_OFFICER} and actor.organisation is not None:
        return (actor.organisation,)
    return ()
