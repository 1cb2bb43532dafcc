"""The invented people of the demonstration and the tests (DESIGN section 7): all know who may see what."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from app.identity.actor import OrganisationId, Role, Subject
from app.identity.grants import NEEDS_NO_GRANT
from app.installation import Person

EMMEN = OrganisationId("gemeente-emmen")
ASSEN = OrganisationId("gemeente-assen")
DRENTHE = OrganisationId("provincie-drenthe")
RIEC = OrganisationId("riec-noord-nederland")
RUDD = OrganisationId("rudd")

ROLE_NAMES: dict[Role, str] = {
    Role.EMPLOYEE: "Medewerker",
    Role.INTRANET_FORM: "Formulier op intranet",
    Role.COORDINATOR: "Coördinator",
    Role.DEPUTY: "Waarnemer",
    Role.APPROVER: "Tweede persoon",
    Role.ANALYST: "Analist",
    Role.OFFICER: "Toezichthouder",
    Role.PRIVACY_OFFICER: "Privacyfunctionaris",
    Role.DPO: "Functionaris gegevensbescherming",
    Role.AUDITOR: "Auditor",
    Role.FUNCTIONAL_MANAGER: "Functioneel beheerder",
    Role.PROGRAMME_COORDINATOR: "Programmacoördinator",
    Role.STEERING: "Bestuurder",
    Role.PLATFORM: "Burgerplatform",
}
"""Each role as a person reads it."""


class Group(StrEnum):
    """Under which heading of the login page somebody stands; a machine stands under none."""

    REPORT = "Melden"
    HANDLE = "Behandelen"
    OVERSEE = "Toezicht en beheer"
    MACHINE = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast. `mandate`: whose log an auditor reads. `sees`: one Dutch line for the login page."""

    name: str
    sub: Subject
    organisation: OrganisationId
    roles: frozenset[Role]
    display: str
    mandate: Literal["all"] | None
    group: Group
    sees: str

    @property
    def role_names(self) -> str:
        """The member's roles in Dutch, in the order of the role list."""
        first, *others = (ROLE_NAMES[role] for role in Role if role in self.roles)
        return " en ".join([first, *(name.lower() for name in others)])


def subject(name: str) -> Subject:
    """The opaque `sub` of a member: stable, and no name can be read from it."""
    return Subject("d-" + hashlib.sha256(b"meldpunt demo " + name.encode("utf-8")).hexdigest()[:16])


def _member(
    name: str,
    organisation: OrganisationId,
    roles: set[Role],
    group: Group,
    sees: str,
    *,
    display: str = "",
    mandate: Literal["all"] | None = None,
) -> Member:
    shown = display or name.capitalize()
    return Member(name, subject(name), organisation, frozenset(roles), shown, mandate, group, sees)


_SECOND = "Keurt goed wat een collega voorstelt. Opent zelf geen meldingen."
_ANALYST = "Behandelt zaken in de rij van het RIEC. Ziet geen zaken van de RUDD en niet wie iets meldde."
_MANAGER = "Beheert deelnemers, rechten en regels. Ziet geen meldingen en geen melders."

_MEMBERS = (
    _member(
        "ans",
        EMMEN,
        {Role.EMPLOYEE},
        Group.REPORT,
        "Meldt en volgt haar melding met een code. Ziet geen zaken.",
    ),
    _member(
        "eva",
        ASSEN,
        {Role.EMPLOYEE},
        Group.REPORT,
        "Meldt en volgt haar melding met een code. Ziet geen zaken.",
    ),
    _member(
        "fenna",
        EMMEN,
        {Role.COORDINATOR},
        Group.HANDLE,
        "Beoordeelt meldingen van Emmen. Ziet niets van Assen.",
    ),
    _member(
        "femke",
        EMMEN,
        {Role.DEPUTY, Role.APPROVER},
        Group.HANDLE,
        "Vervangt Fenna en keurt goed als tweede persoon. Ziet niets van Assen.",
    ),
    _member("ilse", EMMEN, {Role.APPROVER}, Group.HANDLE, _SECOND),
    _member(
        "eelco",
        ASSEN,
        {Role.COORDINATOR},
        Group.HANDLE,
        "Beoordeelt meldingen van Assen. Ziet niets van Emmen.",
    ),
    _member(
        "evert",
        ASSEN,
        {Role.DEPUTY, Role.APPROVER},
        Group.HANDLE,
        "Vervangt Eelco en keurt goed als tweede persoon. Ziet niets van Emmen.",
    ),
    _member("ina", ASSEN, {Role.APPROVER}, Group.HANDLE, _SECOND),
    _member("bouke", RIEC, {Role.ANALYST}, Group.HANDLE, _ANALYST),
    _member("bart", RIEC, {Role.ANALYST}, Group.HANDLE, _ANALYST),
    _member(
        "chris",
        RUDD,
        {Role.OFFICER},
        Group.HANDLE,
        "Behandelt zaken in de rij van de RUDD: milieu en omgeving. Ziet geen zaken van het RIEC.",
    ),
    _member(
        "hilde",
        EMMEN,
        {Role.PRIVACY_OFFICER},
        Group.OVERSEE,
        "Leest het logboek van Emmen. Ziet niet wat er in meldingen staat.",
    ),
    _member(
        "joost",
        EMMEN,
        {Role.DPO},
        Group.OVERSEE,
        "Leest registers en het logboek van Emmen. Keurt niets goed en ziet geen meldingen.",
    ),
    _member(
        "dirk",
        DRENTHE,
        {Role.AUDITOR},
        Group.OVERSEE,
        "Leest het logboek van alle organisaties: wie, wat en wanneer. Ziet nooit de inhoud.",
        mandate="all",
    ),
    _member("gerrit", DRENTHE, {Role.FUNCTIONAL_MANAGER}, Group.OVERSEE, _MANAGER),
    _member("gea", DRENTHE, {Role.FUNCTIONAL_MANAGER}, Group.OVERSEE, _MANAGER),
    _member(
        "petra",
        DRENTHE,
        {Role.PROGRAMME_COORDINATOR},
        Group.OVERSEE,
        "Ziet cijfers, ambities en activiteiten. Ziet geen zaken.",
    ),
    _member(
        "formulier-emmen",
        EMMEN,
        {Role.INTRANET_FORM},
        Group.MACHINE,
        "Stuurt meldingen door zonder te zeggen van wie. Kan niets lezen.",
        display="Intranetformulier Emmen",
    ),
)

CAST: dict[str, Member] = {member.name: member for member in _MEMBERS}
"""Everybody by name, in the order in which the login page shows them."""


def people() -> list[Person]:
    """The cast's roles above employee, as the installation grants them."""
    found = []
    for member in CAST.values():
        roles = member.roles - NEEDS_NO_GRANT
        if roles:
            mandate = ("*",) if member.mandate == "all" else ()
            police = Role.COORDINATOR in roles
            found.append(Person(member.organisation, member.sub, roles, mandate, police))
    return found
