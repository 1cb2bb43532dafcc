"""Every route by every role, for the own and another organisation, in the own and another queue, over HTTP.

What is expected comes from the permission table alone (app/identity/policy.py, app/approvals/kinds.py); what is real
comes from the desk. A route nobody listed in cells.py fails.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.approvals.kinds import KINDS
from app.demo import login
from app.demo.cast import CAST, Group, Member, subject
from app.identity import policy
from app.identity.actor import Actor, Kind, OrganisationId, Role, Subject
from app.identity.policy import Denied, Thing
from app.installation import Person
from app.main import create_app
from app.settings import Settings
from tests.database import look
from tests.desk import ASSEN, DRUGS, EMMEN, RIEC, RUDD, TRIAGE_ASSEN, TRIAGE_EMMEN, Client, client_for
from tests.docs.test_docs import doors
from tests.isolation.cells import LOOSE, Cell, Objects, Thingy, cells
from tests.organisations.desk import give

pytestmark = pytest.mark.anyio
VAGUE = "Ik zag iets wat ik niet kan plaatsen."
LAB = "In de loods staan jerrycans met chemicaliën en een ketel; er is afval geloosd in de sloot. Het is een drugslab."
MORE = (
    ("nora", "gemeente-emmen", Role.STEERING),
    ("platform", "provincie-drenthe", Role.PLATFORM),
    ("harm", "gemeente-assen", Role.PRIVACY_OFFICER),
    ("wiebe", "waterschap-noorderzijlvest", Role.COORDINATOR),
)
"""Roles and organisations that the cast lacks."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """The desk with something of everybody in it, and its cells."""

    client: Client
    cells: tuple[Cell, ...]


async def cases(client: Client) -> dict[str, Thingy]:
    """A case in each kind of queue, in somebody's hands: what one may open, another may not know of."""
    found = {}
    await client.as_("ans").report(text=VAGUE, location=EMMEN)
    await client.as_("eva").report(text=VAGUE, location=ASSEN)
    await client.as_("ans").report(location=EMMEN)
    await client.as_("ans").report(text=LAB, location=EMMEN)
    for name, worker, queue, kind, holder, owner in (
        ("triage of Emmen", "fenna", TRIAGE_EMMEN, "triage", "gemeente-emmen", "gemeente-emmen"),
        ("triage of Assen", "eelco", TRIAGE_ASSEN, "triage", "gemeente-assen", "gemeente-assen"),
        ("RIEC's", "bouke", RIEC, "riec", "riec-noord-nederland", "gemeente-emmen"),
        ("RUDD's", "chris", RUDD, "rudd", "rudd", "gemeente-emmen"),
    ):
        case = await client.as_(worker).pull(queue)
        thing = Thing(owner, holder, kind, client.as_(worker).sub)
        found[name] = Thingy(case["id"], thing, case["state"])
    return found


async def asked(client: Client, organisation: str, who: str) -> Thingy:
    """A request of a coordinator of this organisation to break the glass."""
    body = {"kind": "break_glass", "role": "coordinator", "hours": 1, "reasonCode": "absence"}
    answer = await client.as_(who).post("/v1/approvals", body)
    assert answer.status_code == 201, answer.text
    people = frozenset({client.as_(who).sub})
    return Thingy(answer.json()["id"], Thing(organisation=organisation, people=people), "break_glass")


async def register(client: Client) -> dict[str, dict[str, Thingy]]:
    """Of each kind of row in the register one of Emmen and one of Assen."""
    gerrit = client.as_("gerrit")
    found: dict[str, dict[str, Thingy]] = {"grantId": {}, "denialId": {}, "noticeId": {}, "approvalId": {}}
    for name, keeper, asker in (("gemeente-emmen", "hilde", "femke"), ("gemeente-assen", "harm", "evert")):
        about = Thing(organisation=name)
        spare = Person(OrganisationId(name), Subject(f"spare-{name}"), frozenset({Role.STEERING}))
        await give(client.settings, spare)
        [grant] = await gerrit.items(f"/v1/grants?subject=spare-{name}")
        found["grantId"][name] = Thingy(grant["id"], about)
        body = {"organisationId": name, "subject": f"gone-{name}", "reasonCode": "left"}
        found["denialId"][name] = Thingy((await gerrit.post("/v1/denials", body)).json()["id"], about)
        found["approvalId"][name] = await asked(client, name, asker)
        [notice] = (await client.as_(keeper).get("/v1/notices")).json()["items"]
        found["noticeId"][name] = Thingy(notice["id"], about, "privacy_officer")
    return found


@pytest.fixture(scope="module")
async def seeded(module_settings: Settings) -> AsyncIterator[Seeded]:
    """The desk, seeded; everybody's token passes the same door."""
    with pytest.MonkeyPatch.context() as patch:
        for name, organisation, role in MORE:
            own = OrganisationId(organisation)
            group = Group.MACHINE if role is Role.PLATFORM else Group.OVERSEE
            member = Member(name, subject(name), own, frozenset({role}), name, None, group, "")
            patch.setitem(CAST, name, member)
            if role is not Role.PLATFORM:
                await give(module_settings, Person(own, member.sub, frozenset({role})))
        application = create_app(module_settings, cast=login.cards(), logins=[login.router])
        async with client_for(application, module_settings) as client:
            queues = {
                one.path.rsplit("/", 1)[1]: one
                for one in (
                    Queue(RIEC, "riec-noord-nederland", "riec"),
                    Queue(RUDD, "rudd", "rudd"),
                    Queue(TRIAGE_EMMEN, "gemeente-emmen", "triage"),
                    Queue(TRIAGE_ASSEN, "gemeente-assen", "triage"),
                )
            }
            objects: Objects = {
                "caseId": await cases(client),
                "queueId": {
                    name: Thingy(name, Thing(holder=one.holder, queue_kind=one.kind))
                    for name, one in queues.items()
                },
                "organisationId": {
                    name: Thingy(name, Thing(organisation=name))
                    for name in ("gemeente-emmen", "gemeente-assen", "rudd")
                },
                **await register(client),
            }
            yield Seeded(client, tuple(cells(doors(application, "/v1"), objects)))


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and whose work it is."""

    path: str
    holder: str
    kind: str


def actor_of(name: str) -> Actor:
    """Somebody of the cast as the policy sees her once token and grants agree."""
    member = CAST[name]
    machine = {Role.INTRANET_FORM: Kind.MACHINE, Role.PLATFORM: Kind.PLATFORM}
    kind = next((machine[role] for role in member.roles if role in machine), Kind.PERSON)
    mandate = ("*",) if member.mandate == "all" else ()
    return Actor(kind, member.organisation, member.roles, member.sub, mandate=mandate)


def expected(actor: Actor, cell: Cell) -> int:
    """What the table says: 200 for allowed (whatever the state of things then makes of it), else 403 or 404."""
    about = cell.about
    ruling = policy.verdict(actor, cell.permission)
    if isinstance(ruling, Denied):
        return 404 if about is not None and about.id else 403
    if about is None:
        return own_organisation_only(actor, cell)
    thing = about.thing
    if cell.path.startswith("/v1/notices/"):
        return 200 if actor.organisation == thing.organisation and Role(about.kind) in actor.roles else 404
    if cell.path == f"/v1/organisations/{about.id}":
        return 200
    ruling = policy.on(actor, cell.permission, thing)
    if isinstance(ruling, Denied):
        return 404 if ruling.hidden else 403
    if cell.permission == "approval:decide" and not actor.roles & KINDS[about.kind].decides:
        return 403
    return 200


def own_organisation_only(actor: Actor, cell: Cell) -> int:
    """An act without an object: what its own kind still asks of the role."""
    if cell.permission == "approval:ask":
        may = actor.roles & KINDS["break_glass"].asks
        return 200 if may else 403
    return 200


async def real(client: Client, name: str | None, cell: Cell) -> int:
    """What the desk answers: 200 for every answer that is no refusal of this caller."""
    caller = client.as_(name)
    answer: Any
    if cell.method == "GET":
        answer = await caller.get(cell.path)
    else:
        answer = await caller.post(cell.path, cell.body, dict(cell.headers or {}))
    status: int = answer.status_code
    assert status < 500, (cell, answer.text)
    refused = status == 404 and answer.json().get("code") == "not_found" and not named_case(cell)
    if status in {401, 403} or refused:
        return status
    assert status in {200, 201, 204, 400, 404, 409, 412, 428}, (cell, answer.text)
    return 200


def named_case(cell: Cell) -> bool:
    """A claim of a case that does not exist: its 404 is about the case, and comes after the queue's."""
    return cell.path.endswith("/claims")


async def test_no_route_is_left_out_of_the_matrix(seeded: Seeded) -> None:
    assert len(seeded.cells) > 60
    assert set(LOOSE) >= {"/v1/receipt-lookups", "/v1/receipt-messages", "/v1/webhooks/citizen-reports"}


@pytest.mark.parametrize("name", [*CAST, *(name for name, _, _ in MORE)])
async def test_every_route_answers_this_person_as_the_table_says(seeded: Seeded, name: str) -> None:
    wrong = []
    for cell in seeded.cells:
        if cell.path.endswith("/claims"):
            continue
        told, got = expected(actor_of(name), cell), await real(seeded.client, name, cell)
        if told != got:
            wrong.append((cell.method, cell.path, cell.name, told, got))
    assert wrong == []


@pytest.mark.parametrize("name", [*CAST, *(name for name, _, _ in MORE)])
async def test_a_queue_that_is_not_hers_gives_nobody_a_case(seeded: Seeded, name: str) -> None:
    for cell in (one for one in seeded.cells if one.path.endswith("/claims")):
        answer = await seeded.client.as_(name).post(cell.path, cell.body)
        denied = await seeded.client.as_("dirk").items(
            f"/v1/access-log?actor={CAST[name].sub}&outcome=denied"
        )
        assert answer.status_code in {403, 404}
        if expected(actor_of(name), cell) != 200 and Role.EMPLOYEE not in CAST[name].roles:
            assert denied or CAST[name].roles & {Role.INTRANET_FORM, Role.PLATFORM}, cell


async def test_a_stranger_gets_401_everywhere(seeded: Seeded) -> None:
    for cell in seeded.cells:
        assert await real(seeded.client, None, cell) == 401, cell


async def test_a_list_holds_only_what_is_the_callers(seeded: Seeded) -> None:
    for name, queue in (("fenna", TRIAGE_EMMEN), ("eelco", TRIAGE_ASSEN), ("bouke", RIEC), ("chris", RUDD)):
        caller = seeded.client.as_(name)
        own = {one["id"] for one in (await caller.get("/v1/queues")).json()["items"]}
        assert own == {queue.rsplit("/", 1)[1]}, name
    for name in ("hilde", "harm"):
        caller, organisation = seeded.client.as_(name), CAST_OF[name]
        for path in ("/v1/grants", "/v1/denials", "/v1/approvals", "/v1/settings-versions"):
            assert {one["organisation"] for one in await caller.items(path)} <= {organisation}, path


OPENED_UP = ("cases", "sealed_parts", "wraps.wraps", "signals", "disclosures", "routing_decisions")
CAST_OF = {"hilde": "gemeente-emmen", "harm": "gemeente-assen"}


async def test_with_row_security_off_and_a_case_moved_by_sql_the_keys_still_refuse(
    client: Client, settings: Settings
) -> None:
    bouke, chris = client.as_("bouke"), client.as_("chris")
    await client.as_("ans").report()
    case = await bouke.pull(RIEC)
    assert await bouke.open(case)
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("set session_replication_role = replica")
        for table in OPENED_UP:
            await admin.exec_driver_sql(f"alter table {table} disable row level security")
        await admin.exec_driver_sql(
            f"update cases set holder = 'rudd', queue_id = 'rudd', kind = 'rudd', assignee = '{chris.sub}'"
            f" where id = '{case['id']}'"
        )
    assert (await chris.get(f"/v1/cases/{case['id']}")).status_code == 200
    answer = await chris.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert answer.status_code == 404
    assert DRUGS not in answer.text
