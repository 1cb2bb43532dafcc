"""Who may do what: the one table of roles, permissions and conditions, shown in docs/api.md and held against the routes.

Pure: every function takes values and returns allowed, or refused with the reason. Four questions, one table each:
may this role use this permission at all (`RULES`), may it on this very object (the rule's `on`), which parts of an
object may it see (`FIELDS`), which members of a body may it write (`CHANGES`). Row security and keys hold the same
lines again below this one.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from app.identity.actor import Actor, Kind, Role

WORKERS: dict[str, frozenset[Role]] = {
    "triage": frozenset({Role.COORDINATOR, Role.DEPUTY}),
    "riec": frozenset({Role.ANALYST}),
    "rudd": frozenset({Role.OFFICER}),
}
"""Whose work the cases of each kind of queue are."""
TRIAGE = WORKERS["triage"]
CASE_WORKERS = frozenset({role for roles in WORKERS.values() for role in roles})
TELLS_MORE = WORKERS["triage"] | WORKERS["riec"]
"""Whose cases show more of a report than its place."""
MANAGER = frozenset({Role.FUNCTIONAL_MANAGER})
OVERSIGHT = frozenset({Role.PRIVACY_OFFICER, Role.DPO})
ANYONE: frozenset[Role] = frozenset()
REPORTERS = frozenset({Role.EMPLOYEE, Role.INTRANET_FORM}) | CASE_WORKERS
SIGNED_IN = frozenset(Role) - {Role.PLATFORM}
DECIDERS = frozenset({Role.APPROVER, Role.PRIVACY_OFFICER, Role.FUNCTIONAL_MANAGER})


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act may go on, in this role."""

    role: Role | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The act may not go on; `reason` is a code of a closed list. `hidden`: the object does not exist for the caller."""

    reason: str
    hidden: bool = False


Verdict = Allowed | Denied


@dataclass(frozen=True, slots=True)
class Thing:
    """What an act is about, as far as the table asks. `people`: accounts that asked for it or stand behind it."""

    organisation: str | None = None
    holder: str | None = None
    queue_kind: str | None = None
    assignee: str | None = None
    returned: bool = False
    supplied_unclaimed: bool = False
    police: bool = False
    covering: str | None = None
    people: frozenset[str] = field(default=frozenset(), repr=False)


def _own_queue(actor: Actor, thing: Thing) -> Denied | None:
    """The case lies in a queue of the caller's organisation, of a kind that is the work of his role."""
    works = WORKERS.get(thing.queue_kind or "", ANYONE) & actor.roles
    if thing.holder != actor.organisation or not works or thing.returned:
        return Denied("no_such_case", hidden=True)
    return None


def _own_organisation(actor: Actor, thing: Thing) -> Denied | None:
    """It belongs to the caller's organisation, or he keeps the register of all of them."""
    if thing.organisation == actor.organisation or Role.FUNCTIONAL_MANAGER in actor.roles:
        return None
    return Denied("other_organisation", hidden=True)


def _own_or_covered(actor: Actor, thing: Thing) -> Denied | None:
    """It belongs to the caller's organisation or to one that his covers, or he keeps the register."""
    if thing.covering is not None and thing.covering == actor.organisation:
        return None
    return _own_organisation(actor, thing)


def _assigned(actor: Actor, thing: Thing) -> Denied | None:
    """The case is in the caller's own hands."""
    return None if actor.sub is not None and thing.assignee == actor.sub else Denied("not_assigned")


def _assigned_or_supplied(actor: Actor, thing: Thing) -> Denied | None:
    """The case is in the caller's own hands, or the owner's and supplied at once, so that nobody claimed it."""
    return None if thing.supplied_unclaimed else _assigned(actor, thing)


def _police(actor: Actor, thing: Thing) -> Denied | None:
    """What may be police data is only for who is authorised for it (workflow.md A2, T1)."""
    return Denied("wpg_not_authorised") if thing.police and not actor.wpg else None


def _owners_case(actor: Actor, thing: Thing) -> Denied | None:
    """The case with which the caller's organisation owns the report, not a copy that was supplied."""
    owner = thing.organisation == thing.holder == actor.organisation
    return None if owner and thing.queue_kind == "triage" else Denied("no_such_case", hidden=True)


def _second_person(actor: Actor, thing: Thing) -> Denied | None:
    """Neither the one who asked, nor another account of the same person."""
    return Denied("same_person") if accounts(actor) & thing.people or not accounts(actor) else None


CONDITIONS: dict[str, Callable[[Actor, Thing], Denied | None]] = {
    "own queue": _own_queue,
    "own organisation": _own_organisation,
    "own or covered": _own_or_covered,
    "assigned": _assigned,
    "assigned or supplied": _assigned_or_supplied,
    "owner's case": _owners_case,
    "police data": _police,
    "second person": _second_person,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: these roles may, on things for which all of `on` hold. `strong`: only after a strong sign-in."""

    permission: str
    roles: frozenset[Role]
    on: tuple[str, ...] = ()
    strong: bool = False


# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("access:review",    MANAGER | OVERSIGHT, ("own organisation",)),
    Rule("approval:ask",     CASE_WORKERS | DECIDERS, ("own organisation",)),
    Rule("approval:decide",  CASE_WORKERS | DECIDERS, ("own or covered", "second person")),
    Rule("approval:list",    CASE_WORKERS | DECIDERS | {Role.DPO}),
    Rule("case:classify",    CASE_WORKERS, ("own queue", "assigned", "police data")),
    Rule("case:compare",     TRIAGE, ("own queue", "assigned or supplied", "police data")),
    Rule("case:erase",       TRIAGE | {Role.PRIVACY_OFFICER}, ("owner's case",), strong=True),
    Rule("case:list",        CASE_WORKERS, ("own queue",)),
    Rule("case:match",       CASE_WORKERS, ("own queue", "assigned or supplied", "police data")),
    Rule("case:message",     CASE_WORKERS, ("own queue", "assigned or supplied", "police data")),
    Rule("case:move",        CASE_WORKERS, ("own queue", "police data")),
    Rule("case:open",        CASE_WORKERS, ("own queue", "assigned or supplied", "police data"), strong=True),
    Rule("case:pull",        CASE_WORKERS, ("own queue", "police data")),
    Rule("case:read",        CASE_WORKERS, ("own queue",)),
    Rule("denial:list",      MANAGER | OVERSIGHT, ("own organisation",)),
    Rule("denial:make",      MANAGER | {Role.PRIVACY_OFFICER}, ("own organisation",)),
    Rule("erasure:list",     TRIAGE | OVERSIGHT),
    Rule("grant:end",        MANAGER | {Role.PRIVACY_OFFICER}, ("own organisation",)),
    Rule("grant:list",       MANAGER | OVERSIGHT, ("own organisation",)),
    Rule("grant:propose",    MANAGER, ("own organisation",)),
    Rule("log:read",         frozenset({Role.AUDITOR}) | OVERSIGHT),
    Rule("notice:list",      SIGNED_IN - {Role.EMPLOYEE, Role.INTRANET_FORM}),
    Rule("organisation:check", MANAGER | OVERSIGHT | TRIAGE, ("own organisation",)),
    Rule("organisation:list", MANAGER | OVERSIGHT | CASE_WORKERS | {Role.AUDITOR, Role.APPROVER}),
    Rule("queue:list",       CASE_WORKERS),
    Rule("receipt:answer",   ANYONE),
    Rule("receipt:follow",   ANYONE),
    Rule("reporter:open",    TRIAGE, ("own queue", "assigned", "police data"), strong=True),
    Rule("rule_set:list",    MANAGER),
    Rule("rule_set:propose", MANAGER),
    Rule("search:ask",       CASE_WORKERS),
    Rule("setting:list",     MANAGER | OVERSIGHT, ("own organisation",)),
    Rule("setting:propose",  MANAGER, ("own organisation",)),
    Rule("signal:submit",    REPORTERS),
    Rule("webhook:deliver",  frozenset({Role.PLATFORM})),
)
# fmt: on
RULE = {rule.permission: rule for rule in RULES}
PERMISSIONS: dict[str, frozenset[Role]] = {rule.permission: rule.roles for rule in RULES}

FIELDS: dict[str, frozenset[str]] = {
    "signalId": frozenset({"triage", "riec"}),
    "content": frozenset({"triage", "riec"}),
    "minimised": frozenset({"triage", "rudd"}),
    "reporter": frozenset({"triage"}),
}
"""Which kinds of queue show a member or a part of a case; what is not listed all show.

Category, rule, topics and confidence are columns of the queue's own case, so another queue's are not there to show.
"""

CHANGES: dict[tuple[str, str], frozenset[Role]] = {
    ("signal:submit", "channel=mma"): TRIAGE,
    ("signal:submit", "channel=platform"): TRIAGE,
    ("signal:submit", "onBehalf"): TRIAGE,
    ("grant:propose", "mandate"): MANAGER,
    ("grant:propose", "wpg"): MANAGER,
}
"""Members of a body that only these of the permission's roles may write; every other member all of them may."""


def accounts(actor: Actor) -> frozenset[str]:
    """All accounts of this person that are known here."""
    return frozenset(str(one) for one in (actor.sub, actor.principal) if one is not None)


def verdict(actor: Actor, permission: str) -> Verdict:
    """Whether `actor` may use `permission` at all. An unknown permission is a fault of ours: KeyError."""
    rule = RULE[permission]
    if rule.roles is ANYONE:
        return Allowed(None)
    held = sorted(actor.roles & rule.roles)
    if not held:
        return Denied("role_missing" if actor.kind is not Kind.STRANGER else "not_signed_in")
    if rule.strong and not actor.strong:
        return Denied("sign_in_too_weak")
    return Allowed(held[0])


def on(actor: Actor, permission: str, thing: Thing) -> Verdict:
    """Whether `actor` may use `permission` on this very thing: the role first, then each condition in turn."""
    ruling = verdict(actor, permission)
    if isinstance(ruling, Denied):
        return ruling
    for condition in RULE[permission].on:
        refused = CONDITIONS[condition](actor, thing)
        if refused is not None:
            return refused
    return ruling


def shows(queue_kind: str, member: str) -> bool:
    """Whether a case of this kind of queue shows this member."""
    return queue_kind in FIELDS.get(member, frozenset(WORKERS))


def may_write(actor: Actor, permission: str, members: Collection[str]) -> Verdict:
    """Whether `actor` may write these members of the permission's body."""
    ruling = verdict(actor, permission)
    for member in sorted(members):
        roles = CHANGES.get((permission, member))
        if roles is not None and not actor.roles & roles:
            return Denied("member_not_yours")
    return ruling


def mandate(actor: Actor) -> tuple[str, ...]:
    """The organisations whose log this actor may read; `*` is all of them.

    The auditor's are those of his grant; the privacy officer and the data protection officer read their own.
    """
    own = (actor.organisation,) if actor.roles & OVERSIGHT and actor.organisation is not None else ()
    given = actor.mandate if Role.AUDITOR in actor.roles else ()
    return ("*",) if "*" in given else tuple(sorted({*given, *own}))


def keeps_register(actor: Actor, permission: str) -> bool:
    """Whether the act sees the register of all organisations: only who keeps it, only in acts on it."""
    return Role.FUNCTIONAL_MANAGER in actor.roles and permission.partition(":")[0] in REGISTER


REGISTER = frozenset({"access", "approval", "denial", "grant", "organisation", "rule_set", "setting"})
