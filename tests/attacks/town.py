"""A desk with something of everybody in it, where it is known of every secret who may see it in an answer.

Two municipalities report, RIEC and RUDD work on copies, second persons are asked, registers are kept. Whatever is asked
afterwards, by whomever: an answer that holds a secret of somebody else is a leak, in whatever member it stands.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.demo.cast import CAST, Group, Member, subject
from app.identity.actor import OrganisationId, Role
from app.installation import Person
from tests.casework.steps import LAB, Case
from tests.desk import ASSEN, DRUGS, EMMEN, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.organisations.desk import give
from tests.organisations.settled import day

VAGUE = "Ik zag iets wat ik niet kan plaatsen."
NEWCOMERS = (
    ("nora", "gemeente-emmen", Role.STEERING, ()),
    ("harm", "gemeente-assen", Role.PRIVACY_OFFICER, ()),
    ("dora", "provincie-drenthe", Role.AUDITOR, ("gemeente-emmen",)),
    ("platform", "provincie-drenthe", Role.PLATFORM, ()),
)
"""Roles that the cast lacks, and an auditor of Emmen alone."""
EVERYBODY = (*CAST, *(name for name, *_ in NEWCOMERS))
KEEPERS = {"gerrit", "gea"}
EMMEN_DESK, ASSEN_DESK = {"fenna", "femke"}, {"eelco", "evert"}
EMMEN_LOG, ASSEN_LOG = {"hilde", "joost", "dirk", "dora"}, {"harm", "dirk"}
RIEC_DESK, RUDD_DESK = {"bouke", "bart"}, {"chris"}
NOBODY: set[str] = set()
BREAK_GLASS = {"kind": "break_glass", "role": "coordinator", "hours": 1, "reasonCode": "absence"}


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that only these people may find in an answer; nobody may where there are none."""

    what: str
    value: str
    knows: frozenset[str]


@dataclass(slots=True)
class Town:
    """The desk, the cases by name, and everything there is to be kept."""

    desk: Client
    cases: dict[str, Case] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)

    def keep(self, what: str, value: str, *knowing: Collection[str]) -> None:
        """Whatever is answered, only these may find this in it."""
        assert len(value) >= 8, "too short to be found by chance nowhere else"
        self.secrets.append(Secret(what, value, frozenset[str]().union(*knowing)))

    def leaks(self, name: str | None, said: str, *own: str) -> list[str]:
        """The secrets that stand in an answer to `name` and are not hers to see; `own` is what she sent herself."""
        return [
            one.what
            for one in self.secrets
            if name not in one.knows and one.value in said and not any(one.value in sent for sent in own)
        ]

    def probed(self) -> None:
        """From now on anybody asks for any case: each log tells its readers which ids its own people typed."""
        readers = frozenset(EMMEN_LOG | ASSEN_LOG)
        self.secrets = [
            replace(one, knows=one.knows | readers) if one.what.endswith("case id") else one
            for one in self.secrets
        ]

    def lend(self, **roles: str) -> None:
        """From now on these may hold the role of another as well, and then know what she knows."""
        for borrower, lender in roles.items():
            self.secrets = [
                replace(one, knows=one.knows | {borrower}) if lender in one.knows else one
                for one in self.secrets
            ]

    def hidden_ids(self, name: str) -> Iterator[tuple[str, str]]:
        """Ids of things that are not hers to know of."""
        for secret in self.secrets:
            if name not in secret.knows and secret.what.endswith(" id"):
                yield secret.what, secret.value


def everything_in(answer: Any) -> str:
    """Headers and body of an answer as one text."""
    return json.dumps([dict(answer.headers), answer.text], ensure_ascii=False) + str(answer.text)


def report(mark: str, base: str, place: Mapping[str, object], **more: object) -> dict[str, Any]:
    """A report that has this mark in every member that takes words."""
    return {
        "text": f"{base} {mark}-verhaal",
        "title": f"{mark}-titel",
        "location": {**place, "street": f"{mark}-straat", "description": f"{mark}-plek"},
        "persons": [{"role": "suspect", "name": f"{mark}-persoon", "description": f"{mark}-baard"}],
        "vehicles": [{"plate": "ZX-987-K", "description": f"{mark}-busje"}],
        "companies": [{"name": f"{mark}-zaak"}],
        "externalReference": f"{mark}-nummer",
        "reporter": {"name": f"{mark}-melder", "email": f"{mark}@melder.example"},
    } | more


@asynccontextmanager
async def settled(desk: Client) -> AsyncIterator[Town]:
    """The town on this desk, with people for every role."""
    with pytest.MonkeyPatch.context() as patch:
        for name, organisation, role, mandate in NEWCOMERS:
            own = OrganisationId(organisation)
            group = Group.MACHINE if role is Role.PLATFORM else Group.OVERSEE
            member = Member(name, subject(name), own, frozenset({role}), name, None, group, "")
            patch.setitem(CAST, name, member)
            if role is not Role.PLATFORM:
                await give(desk.settings, Person(own, member.sub, frozenset({role}), mandate))
        town = Town(desk)
        await _reports(town)
        await _work(town)
        await _second_persons(town)
        await _registers(town)
        _people(town)
        yield town


async def _reports(town: Town) -> None:
    """Four reports with marks in them."""
    desk = town.desk
    for what, who, place, base, owner, log, more in (
        ("emmen", "ans", EMMEN, VAGUE, EMMEN_DESK, EMMEN_LOG, NOBODY),
        ("assen", "eva", ASSEN, VAGUE, ASSEN_DESK, ASSEN_LOG, NOBODY),
        ("riec", "ans", EMMEN, DRUGS, EMMEN_DESK, EMMEN_LOG, RIEC_DESK),
        ("rudd", "ans", EMMEN, LAB, EMMEN_DESK, EMMEN_LOG, RIEC_DESK),
    ):
        mark = f"geheim-{what}"
        how = "shielded" if what == "assen" else "named"
        made = await desk.as_(who).report(**report(mark, base, place, confidentiality=how))
        for part in ("verhaal", "titel", "straat", "plek", "persoon", "baard", "busje", "zaak", "nummer"):
            town.keep(f"{what}: {part}", f"{mark}-{part}", owner, more)
        town.keep(f"{what}: reporter's name", f"{mark}-melder", owner)
        town.keep(f"{what}: reporter's address", f"{mark}@melder", owner)
        town.keep(f"{what}: signal id", made["id"], owner, more, log)
        town.keep(f"{what}: reference", made["reference"], owner, more)
        town.keep(f"{what}: receipt code", made["receiptCode"])
        town.keep(f"{what}: bare receipt code", made["receiptCode"].replace("-", ""))
        town.ids[f"{what} receipt"] = made["receiptCode"]
        town.ids[f"{what} signal"] = made["id"]


async def _work(town: Town) -> None:
    """Each queue has its marked case in somebody's hands, opened, with a dialogue; behind it some without marks."""
    desk = town.desk
    for what, worker, queue, knowing, log in (
        ("emmen", "fenna", TRIAGE_EMMEN, EMMEN_DESK, EMMEN_LOG),
        ("assen", "eelco", TRIAGE_ASSEN, ASSEN_DESK, ASSEN_LOG),
        ("riec", "bouke", RIEC, RIEC_DESK, {"dirk"}),
        ("rudd", "chris", RUDD, RUDD_DESK, {"dirk"}),
    ):
        who = desk.as_(worker)
        case = await _marked(town, who, queue, what)
        town.cases[what] = case
        town.keep(f"{what}: case id", case["id"], knowing, log, {"ina"} if what == "assen" else NOBODY)
        await who.open(case)
        asked = await who.post(f"/v1/cases/{case['id']}/messages", {"text": f"Vraag geheim-vraag-{what}"})
        assert asked.status_code == 201, asked.text
        answered = await desk.as_(None).post(
            "/v1/receipt-messages",
            {"receiptCode": town.ids[f"{what} receipt"], "text": f"Antwoord geheim-antwoord-{what}"},
        )
        assert answered.status_code == 201, answered.text
        town.keep(f"{what}: question", f"geheim-vraag-{what}", knowing)
        town.keep(f"{what}: answer", f"geheim-antwoord-{what}", knowing)
        reason = f"geheim-reden-{what}"
        opening = {"purpose": "assessment", "reason": reason}
        assert (await who.post(f"/v1/cases/{case['id']}/openings", opening)).status_code == 201
        town.keep(f"{what}: typed reason", reason)
    for name, place, text in (("ans", EMMEN, VAGUE), ("eva", ASSEN, VAGUE), ("ans", EMMEN, LAB)) * 2:
        await desk.as_(name).report(text=text, location=place)
    town.keep("rudd: own reference", town.cases["rudd"]["reference"], RUDD_DESK)


async def _marked(town: Town, who: Client, queue: str, what: str) -> Case:
    """The case of the marked report in this queue, pulled. RUDD's tells not of which report: it is the only one."""
    listed = await who.items(f"{queue}/cases")
    [wanted] = [one for one in listed if one["signalId"] in {town.ids[f"{what} signal"], None}]
    answer = await who.post(f"{queue}/claims", {"caseId": wanted["id"]})
    assert answer.status_code == 201, answer.text
    case: Case = answer.json()
    return case


async def _second_persons(town: Town) -> None:
    """In each municipality somebody asks to break the glass, and in Assen who reported is asked for."""
    assen = {"kind": "reveal", "caseId": town.cases["assen"]["id"], "reasonCode": "danger_to_reporter"}
    for what, who, body, knowing in (
        ("emmen: approval id", "femke", BREAK_GLASS, EMMEN_DESK | EMMEN_LOG | {"ilse"}),
        ("assen: approval id", "evert", BREAK_GLASS, ASSEN_DESK | ASSEN_LOG | {"ina"}),
        ("assen: reveal id", "eelco", assen, ASSEN_DESK | ASSEN_LOG | {"ina"}),
    ):
        answer = await town.desk.as_(who).post("/v1/approvals", body)
        assert answer.status_code == 201, answer.text
        town.ids[what] = answer.json()["id"]
        town.keep(what, town.ids[what], knowing)


async def _registers(town: Town) -> None:
    """A spare role, somebody denied, and a proposed setting of each municipality."""
    gerrit = town.desk.as_("gerrit")
    for what, knowing in (("emmen", {"hilde", "joost"}), ("assen", {"harm"})):
        name, log = f"gemeente-{what}", EMMEN_LOG if what == "emmen" else ASSEN_LOG
        spare = Person(OrganisationId(name), subject(f"spare-{what}"), frozenset({Role.STEERING}))
        await give(town.desk.settings, spare)
        [grant] = await gerrit.items(f"/v1/grants?subject={spare.subject}")
        town.keep(f"{what}: grant id", grant["id"], knowing, KEEPERS, log)
        body = {"organisationId": name, "subject": f"weggegaan-{what}", "reasonCode": "left"}
        denial = (await gerrit.post("/v1/denials", body)).json()
        # Who decides whether somebody comes in again sees whom it is about.
        second = {"ilse", "femke"} if what == "emmen" else {"ina", "evert"}
        town.keep(f"{what}: denial id", denial["id"], knowing, KEEPERS, {"dirk"}, second)
        town.keep(f"{what}: denied subject", f"weggegaan-{what}", knowing, KEEPERS, second)
        content = {"document": f"Z-geheim-{what}", "validUntil": day(300)}
        proposal = {"organisationId": name, "kind": "matrix", "content": content, "reasonCode": "in_order"}
        asked = await gerrit.post("/v1/settings-versions", proposal)
        assert asked.status_code == 201, asked.text
        town.keep(f"{what}: document", f"Z-geheim-{what}", knowing, KEEPERS)
        town.ids[f"{what} grant"], town.ids[f"{what} denial"] = grant["id"], denial["id"]
        town.ids[f"{what} setting approval"] = asked.json()["id"]


def _people(town: Town) -> None:
    """Who works where is for their own organisation, for who keeps the register, and for who reads the log."""
    for names, knowing in (
        (("fenna", "femke", "ilse", "hilde", "joost"), EMMEN_DESK | EMMEN_LOG | {"ilse"}),
        (("eelco", "evert", "ina", "harm"), ASSEN_DESK | ASSEN_LOG | {"ina"}),
        (("bouke", "bart"), RIEC_DESK | {"dirk"}),
        (("chris",), RUDD_DESK | {"dirk"}),
        (("ans",), EMMEN_DESK | EMMEN_LOG),
        (("eva",), ASSEN_DESK | ASSEN_LOG),
    ):
        for name in names:
            keepers = NOBODY if names in {("ans",), ("eva",)} else KEEPERS
            town.keep(f"subject of {name}", CAST[name].sub, knowing, keepers)
