"""What asks for a second person: who may ask, who may decide, how long the request stands. Pure.

Roles are those of DESIGN section 7. After its hours a request has lapsed, decided or not: nothing is approved for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.identity.actor import Role
from app.identity.policy import CASE_WORKERS, MANAGER, TRIAGE

APPROVER = frozenset({Role.APPROVER})
PRIVACY = frozenset({Role.PRIVACY_OFFICER})
OVERSEEN = frozenset({Role.DPO})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of approval. `hours`: how long it stands from the asking. `by_itself`: the desk acts on the approval
    at once; otherwise the asker acts, naming it. `announced`: the privacy officer is told at once. `strong`: nobody says
    yes after a weak sign-in.
    """

    name: str
    object_kind: str
    asks: frozenset[Role]
    decides: frozenset[Role]
    hours: int
    by_itself: bool = False
    announced: bool = False
    strong: bool = False


# fmt: off
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("reveal",      "case",         TRIAGE,           APPROVER,           24),
        Kind("disclosure",  "case",         TRIAGE,           APPROVER | PRIVACY, 7 * 24),
        Kind("erasure",     "case",         TRIAGE | PRIVACY, APPROVER | PRIVACY, 14 * 24, strong=True),
        Kind("rule_set",    "rule_set",     MANAGER,          MANAGER,            14 * 24, by_itself=True),
        Kind("setting",     "setting",      MANAGER,          MANAGER,            14 * 24, by_itself=True),
        Kind("grant",       "grant",        MANAGER,          MANAGER | APPROVER, 14 * 24, by_itself=True),
        Kind("lift_denial", "denial",       MANAGER,          MANAGER | APPROVER, 14 * 24, by_itself=True),
        Kind("break_glass", "grant",        APPROVER | CASE_WORKERS, APPROVER | CASE_WORKERS, 1,
             by_itself=True, announced=True),
    )
}
# fmt: on
ASKED_HERE = ("reveal", "erasure", "break_glass")
"""Kinds that are asked for at /v1/approvals; the others at the route of what they are for.

`disclosure` is asked for by the move `propose_supply`.
"""
REASONS = (
    "danger_to_reporter",
    "danger_to_others",
    "follow_up_question",
    "needed_for_task",
    "term_ended",
    "request_of_person",
    "absence",
    "joined",
    "left",
    "changed_task",
    "mistake",
    "in_order",
    "not_needed",
    "not_convinced",
    "other",
)
"""Why somebody asks, or decides: the closed list."""


def deciders(kind: Kind, content: Mapping[str, object]) -> frozenset[Role]:
    """Who may decide a request: the roles of its kind, or those few of them that its content names in `decides`."""
    named = content.get("decides")
    if not isinstance(named, list):
        return kind.decides
    return frozenset(role for role in kind.decides if role.value in named)


def shown_to(roles: frozenset[Role]) -> frozenset[str]:
    """The kinds of request that these roles may know of: they ask or decide such, or look after what is asked.

    Who keeps the register of all organisations decides about roles and settings; whose case it is about is not hers.
    """
    return frozenset(
        kind.name for kind in KINDS.values() if roles & (kind.asks | kind.decides | PRIVACY | OVERSEEN)
    )
