"""Who acts: the roles people and machines have, and the actor a verified caller becomes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

Subject = NewType("Subject", str)
OrganisationId = NewType("OrganisationId", str)


class Role(StrEnum):
    """Roles of DESIGN section 7. A person may have several."""

    EMPLOYEE = "employee"
    INTRANET_FORM = "intranet_form"
    COORDINATOR = "coordinator"
    DEPUTY = "deputy"
    APPROVER = "approver"
    ANALYST = "analyst"
    OFFICER = "officer"
    PRIVACY_OFFICER = "privacy_officer"
    DPO = "dpo"
    AUDITOR = "auditor"
    FUNCTIONAL_MANAGER = "functional_manager"
    PROGRAMME_COORDINATOR = "programme_coordinator"
    STEERING = "steering"
    PLATFORM = "platform"


class Kind(StrEnum):
    """How the actor is shown in the log when no person may be named (FORMATS 5)."""

    PERSON = "person"
    MACHINE = "machine"
    REPORTER = "reporter"
    RECEIPT_HOLDER = "receipt_holder"
    PLATFORM = "platform"
    STRANGER = "stranger"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Actor:
    """A verified caller. `sub` and `principal` stay out of the repr: they are personal data.

    `roles`: as the token or session says until `register.admit` has left only those that hold here. `strong`: whether
    the sign-in was strong enough for opening, revealing and destroying (`acr`). `mandate`: the organisations whose
    log an auditor may read, `*` for all. `wpg`: authorised for police data. `principal`: the person's main account,
    where this is another one of the same person.
    """

    kind: Kind
    organisation: OrganisationId | None = None
    roles: frozenset[Role] = frozenset()
    sub: Subject | None = field(default=None, repr=False)
    strong: bool = True
    mandate: tuple[str, ...] = ()
    wpg: bool = False
    principal: Subject | None = field(default=None, repr=False)


STRANGER = Actor(Kind.STRANGER)
DESK = Actor(Kind.PROCESS)
RECEIPT_HOLDER = Actor(Kind.RECEIPT_HOLDER)
PLATFORM = Actor(Kind.PLATFORM, roles=frozenset({Role.PLATFORM}))
