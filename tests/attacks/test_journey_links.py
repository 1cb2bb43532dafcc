"""Links to what one may not read: ids of others in each member and each path lead nowhere, and tell nothing.

Seen in highflame-ai/zeroid#96 (a row found by its id alone), langgenius/dify#34456 (a binding of another tenant
switched), getmaxun/maxun#1079 (another's rows changed) and zammad/zammad#5494 (the former owner went on reading).
"""

import uuid
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any

import pytest

from app.approvals.kinds import ASKED_HERE, KINDS
from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.attacks.description import Members, bodies, members
from tests.attacks.town import Town, everything_in, settled
from tests.casework.steps import case_of, claim
from tests.desk import RIEC, RUDD, TRIAGE_EMMEN, client_for
from tests.isolation.cells import BODIES
from tests.stored import Stored

pytestmark = pytest.mark.anyio
WORKERS = {"fenna": "emmen", "bouke": "riec", "chris": "rudd"}
QUEUES = {"fenna": TRIAGE_EMMEN, "bouke": RIEC, "chris": RUDD}
ASKERS = ("ans", "fenna", "femke", "ilse", "bouke", "chris", "hilde", "joost", "dora", "petra", "nora")
OURS = frozenset({"organisationId", "subject", "principal", "mandate", "queueId"})
"""Members that name an organisation, a person or a queue in words."""


@pytest.fixture(scope="module")
async def town(module_settings: Settings) -> AsyncIterator[Town]:
    application = create_app(module_settings, cast=login.cards(), logins=[login.router])
    async with client_for(application, module_settings) as client, settled(client) as made:
        yield made


def path_for(town: Town, name: str, path: str) -> str:
    """The path with what is this caller's own in place."""
    return (
        path.replace("{caseId}", town.cases[WORKERS.get(name, "emmen")]["id"])
        .replace("{queueId}", QUEUES.get(name, TRIAGE_EMMEN).rsplit("/", 1)[1])
        .replace("{approvalId}", town.ids["emmen: approval id"])
        .replace("{grantId}", town.ids["emmen grant"])
        .replace("{denialId}", town.ids["emmen denial"])
        .replace("{noticeId}", str(uuid.uuid4()))
    )


def put(body: Any, place: Members, value: object) -> Any:
    """The body with this value in this place, and what has to stand around it."""
    changed = deepcopy(body)
    here = changed
    for step, following in zip(place, (*place[1:], None), strict=True):
        if following is None:
            here[step] = value
        elif isinstance(following, int):
            here = here.setdefault(step, [{}])
        else:
            here = here[step] if isinstance(step, int) else here.setdefault(step, {})
    return changed


def named(schema: dict[str, Any], place: Members) -> bool:
    """Whether this member names a thing, a person or an organisation."""
    last = next(str(step) for step in reversed(place) if isinstance(step, str))
    return schema.get("format") == "uuid" or last in OURS


async def tries(town: Town) -> Iterator[tuple[str, str, Any, Members]]:
    document = (await town.desk.get("/v1/openapi.json")).json()
    found = []
    for method, path, schema in bodies(document):
        for place, inner in members(document, schema):
            if named(inner, place):
                found.append((method, f"/v1{path}", inner, place))
    assert {place[-1] for _, _, _, place in found} >= {"caseId", "approvalId", "organisationId", "queueId"}
    return iter(found)


def good(path: str) -> Any:
    """A body that fits otherwise."""
    body, _ = BODIES["POST", path]({})
    extra = {
        "/v1/cases/{caseId}/reporter-openings": {"purpose": "reply"},
        "/v1/cases/{caseId}/transitions": {
            "transition": "supply",
            "reasonCode": "needs_recipient",
            "recipients": [{"queueId": "rudd", "ground": "environmental_task"}],
        },
    }
    return extra.get(path, body)


async def test_an_id_of_anothers_in_any_member_does_what_an_id_of_nothing_does(
    town: Town, stored: Stored
) -> None:
    """Status and words are the same as for what never was, nothing changes, and no secret comes back."""
    tried = 0
    for _, path, _, place in await tries(town):
        if place[-1] in OURS or path == "/v1/receipt-lookups":
            continue
        for name in ("fenna", "bouke", "chris", "hilde", "ilse"):
            if name == "fenna" and path.endswith("/reporter-openings"):
                continue  # Her reporter gave a name and takes no approval: the one below does.
            address, caller = path_for(town, name, path), town.desk.as_(name)
            headers = {"If-Match": "*"}
            never = await caller.post(address, put(good(path), place, str(uuid.uuid4())), headers)
            before = await stored.counts()
            for what, value in town.hidden_ids(name):
                body = put(good(path), place, value)
                answer = await caller.post(address, body, headers)
                assert (answer.status_code, answer.json()) == (never.status_code, never.json()), (what, path)
                assert answer.status_code in {400, 403, 404, 409}, (what, path, answer.text)
                assert town.leaks(name, everything_in(answer)) == []
                tried += 1
            assert await stored.counts() == before, path
    assert tried > 100


async def test_an_organisation_person_or_queue_of_anothers_in_any_member_changes_nothing(
    town: Town, stored: Stored
) -> None:
    values = ("gemeente-assen", "triage-gemeente-assen", town.desk.as_("eelco").sub, ["gemeente-assen"])
    for _, path, _, place in await tries(town):
        if place[-1] not in OURS:
            continue
        for name in ASKERS:
            if (name, path, place[-1]) == ("hilde", "/v1/denials", "subject"):
                continue  # In her own organisation she may keep anybody out: the test below.
            before = await stored.counts()
            for value in values:
                caller, address = town.desk.as_(name), path_for(town, name, path)
                answer = await caller.post(address, put(good(path), place, value), {"If-Match": "*"})
                assert answer.status_code in {400, 401, 403, 404, 409}, (name, path, place, answer.text)
                assert town.leaks(name, everything_in(answer), str(value)) == []
            assert await stored.counts() == before, (name, path, place)


async def test_what_a_second_person_can_be_asked_is_what_the_desk_can_do(town: Town, stored: Stored) -> None:
    """A kind of request that nothing follows from is no kind that can be asked for: it was a fault of ours once."""
    before = await stored.counts()
    case = {"caseId": town.cases["emmen"]["id"], "reasonCode": "other"}
    for kind in set(KINDS) - set(ASKED_HERE):
        for name in ("fenna", "hilde", "gerrit", "ilse"):
            refused = await town.desk.as_(name).post("/v1/approvals", {"kind": kind} | case)
            assert refused.status_code == 400, (kind, name)
    assert await stored.counts() == before
    asked = {
        kind: await town.desk.as_("fenna").post("/v1/approvals", {"kind": kind} | case) for kind in ASKED_HERE
    }
    answers = {kind: answer.status_code for kind, answer in asked.items()}
    assert answers == {"reveal": 201, "erasure": 400, "break_glass": 400}, "an open case is not destroyed"


async def test_somebody_kept_out_of_one_organisation_works_on_in_her_own(town: Town) -> None:
    eelco = town.desk.as_("eelco")
    body = {"organisationId": "gemeente-emmen", "subject": eelco.sub, "reasonCode": "other"}
    assert (await town.desk.as_("hilde").post("/v1/denials", body)).status_code == 201
    assert (await eelco.get(f"/v1/cases/{town.cases['assen']['id']}")).status_code == 200


async def test_an_id_of_anothers_in_a_path_is_an_id_of_nothing(town: Town, stored: Stored) -> None:
    document = (await town.desk.get("/v1/openapi.json")).json()
    tried = 0
    for path, item in document["paths"].items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{") and part.endswith("Id}")]
        if not names or names[0] in {"queueId", "organisationId"}:
            continue
        for method in item:
            for name in ("fenna", "bouke", "chris", "hilde", "femke"):
                caller = town.desk.as_(name)
                never = await asked(caller, method, f"/v1{path}", names[0], str(uuid.uuid4()))
                before = await stored.counts()
                for what, value in town.hidden_ids(name):
                    answer = await asked(caller, method, f"/v1{path}", names[0], value)
                    assert (answer.status_code, answer.json()) == (never.status_code, never.json()), what
                    assert answer.status_code in {403, 404}, (what, path)
                    tried += 1
                assert await stored.counts() == before, path
    assert tried > 300


async def asked(caller: Any, method: str, path: str, name: str, value: str) -> Any:
    address = path.replace(f"{{{name}}}", value)
    if method == "get":
        return await caller.get(address)
    return await caller.post(address, good(path), {"If-Match": "*"})


async def test_an_approval_of_anothers_opens_no_reporter_of_ones_own(town: Town) -> None:
    """Also one of the right kind, and also while it stands: it was given for another case, to another person."""
    eelco, fenna = town.desk.as_("eelco"), town.desk.as_("fenna")
    decided = await town.desk.as_("ina").post(
        f"/v1/approvals/{town.ids['assen: reveal id']}/decisions",
        {"decision": "approved", "reasonCode": "danger_to_reporter"},
    )
    assert decided.status_code == 201, decided.text
    made = await town.desk.as_("ans").report(text="Ik zag iets vreemds.", confidentiality="shielded")
    own = await claim(fenna, TRIAGE_EMMEN, await case_of(fenna, TRIAGE_EMMEN, made))
    for approval in ("assen: reveal id", "assen: approval id", "emmen: approval id"):
        body = {"purpose": "reply", "approvalId": town.ids[approval]}
        refused = await fenna.post(f"/v1/cases/{own['id']}/reporter-openings", body)
        assert refused.status_code == 403, approval
        assert town.leaks("fenna", everything_in(refused)) == []
    body = {"purpose": "reply", "approvalId": town.ids["assen: reveal id"]}
    opened = await eelco.post(f"/v1/cases/{town.cases['assen']['id']}/reporter-openings", body)
    assert opened.status_code == 201, opened.text
    assert opened.json()["reporter"]["name"] == "geheim-assen-melder"


async def test_what_is_sealed_opens_for_who_may_and_shows_to_her_no_more_than_hers(town: Town) -> None:
    """So that the silence of the others means something: everything planted is there."""
    found: set[str] = set()
    for name, what in (("eelco", "assen"), *WORKERS.items()):
        caller = town.desk.as_(name)
        opened = await caller.post(f"/v1/cases/{town.cases[what]['id']}/openings", {"purpose": "review"})
        assert opened.status_code == 201
        who = await caller.post(
            f"/v1/cases/{town.cases[what]['id']}/reporter-openings", {"purpose": "review"}
        )
        for answer in (opened, who):
            said = everything_in(answer)
            assert town.leaks(name, said) == []
            found |= {one.what for one in town.secrets if one.value in said}
    for what in ("emmen", "assen", "riec"):
        for part in ("verhaal", "titel", "straat", "plek", "persoon", "baard", "busje", "zaak", "nummer"):
            assert f"{what}: {part}" in found
    assert "emmen: reporter's name" in found
    assert not {what for what in found if what.startswith("rudd: ")} - {"rudd: case id"}
