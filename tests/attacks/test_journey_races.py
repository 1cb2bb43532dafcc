"""Everybody at once: one request gets one decision, one approval carries one act, whatever the moment.

Seen in nearai/ironclaw#1578 (what was checked changed before it was used), stackrox/stackrox#10344 (two approved for one)
and dknauss/Sudo#558 (a count read before it was written). Two desks serve one database, as in production.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from app.demo.cast import subject
from app.identity.actor import Role
from app.settings import Settings
from tests.attacks.people import cast_with
from tests.casework.steps import case_of, claim
from tests.desk import TRIAGE_EMMEN, Client, Server, free_port
from tests.organisations.desk import give
from tests.organisations.settled import day
from tests.stored import Stored

pytestmark = pytest.mark.anyio
AT_ONCE = 20
SECOND_PERSONS = [f"tweede-{number}" for number in range(AT_ONCE)]
WHY = "danger_to_reporter"


@dataclass(frozen=True, slots=True)
class Desks:
    """The same desk through two processes."""

    both: Sequence[Client]

    def __getitem__(self, number: int) -> Client:
        return self.both[number % len(self.both)]

    def as_(self, name: str | None) -> Client:
        """Somebody, at the first of them."""
        return self.both[0].as_(name)

    async def at_once(
        self, ask: Callable[[Client, int], Awaitable[httpx2.Response]], times: int = AT_ONCE
    ) -> list[httpx2.Response]:
        """So many requests together, half of them to each process."""
        return list(await asyncio.gather(*(ask(self[number], number) for number in range(times))))


@pytest.fixture(scope="module")
def servers(module_settings: Settings) -> Iterator[tuple[Server, Server]]:
    other = module_settings.model_copy(update={"port": free_port()})
    with Server(module_settings) as first, Server(other) as second:
        yield first, second


@pytest.fixture(scope="module")
async def desks(servers: tuple[Server, Server]) -> AsyncIterator[Desks]:
    with cast_with("gemeente-emmen", Role.APPROVER, SECOND_PERSONS) as people:
        await give(servers[0].settings, *people)
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(server.client()) for server in servers]
            for client in clients:
                # Tokens first, so that they do not hold each other up.
                for name in (*SECOND_PERSONS, "fenna", "femke", "gerrit", "gea", "hilde"):
                    client.as_(name).token()
            yield Desks(clients)


def told(answers: Sequence[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def shielded(desks: Desks) -> Mapping[str, Any]:
    """Fenna's case of a shielded reporter, with a reveal asked for."""
    fenna = desks.as_("fenna")
    made = await desks.as_("ans").report(text="Ik zag iets vreemds.", confidentiality="shielded")
    case = await claim(fenna, TRIAGE_EMMEN, await case_of(fenna, TRIAGE_EMMEN, made))
    asked = await fenna.post("/v1/approvals", {"kind": "reveal", "caseId": case["id"], "reasonCode": WHY})
    assert asked.status_code == 201, asked.text
    approval: Mapping[str, Any] = asked.json()
    return approval


async def state_of(desks: Desks, approval: Mapping[str, Any]) -> Mapping[str, Any]:
    [found] = [one for one in await desks.as_("ilse").items("/v1/approvals") if one["id"] == approval["id"]]
    return found


def body(decision: str) -> dict[str, str]:
    return {"decision": decision, "reasonCode": "in_order"}


async def test_twenty_deciders_make_one_decision(desks: Desks, stored: Stored) -> None:
    for _ in range(3):
        approval = await shielded(desks)
        path = f"/v1/approvals/{approval['id']}/decisions"

        async def decide(desk: Client, number: int, path: str = path) -> httpx2.Response:
            return await desk.as_(SECOND_PERSONS[number]).post(
                path, body(("approved", "refused")[number % 2])
            )

        before = await stored.counts()
        answers = await desks.at_once(decide)
        assert told(answers) == {201: 1, 409: AT_ONCE - 1}
        [winner] = [answer for answer in answers if answer.status_code == 201]
        after = await stored.counts()
        assert after["public.approval_decisions"] - before["public.approval_decisions"] == 1
        assert after["done"] - before["done"] == 1, "what did not happen is in the log as failed, not as done"
        now = await state_of(desks, approval)
        assert (now["state"], now["decidedBy"]) == (winner.json()["state"], winner.json()["decidedBy"])


async def test_an_asker_who_withdraws_meanwhile_is_decided_or_not_decided(desks: Desks) -> None:
    approval = await shielded(desks)
    path = f"/v1/approvals/{approval['id']}/decisions"

    async def either(desk: Client, number: int) -> httpx2.Response:
        if number % 2:
            return await desk.as_("fenna").post(path, body("withdrawn"))
        return await desk.as_(SECOND_PERSONS[number]).post(path, body("approved"))

    answers = await desks.at_once(either)
    assert told(answers) == {201: 1, 409: AT_ONCE - 1}
    [done] = [answer.json()["state"] for answer in answers if answer.status_code == 201]
    assert (await state_of(desks, approval))["state"] == done


async def test_one_approval_reveals_once_however_often_it_is_used_at_once(
    desks: Desks, stored: Stored
) -> None:
    approval = await shielded(desks)
    yes = await desks.as_("ilse").post(f"/v1/approvals/{approval['id']}/decisions", body("approved"))
    assert yes.status_code == 201, yes.text
    path = f"/v1/cases/{approval['caseId']}/reporter-openings"
    asked = {"purpose": "reply", "approvalId": approval["id"]}

    async def reveal(desk: Client, _: int) -> httpx2.Response:
        return await desk.as_("fenna").post(path, asked)

    before = await stored.counts()
    answers = await desks.at_once(reveal)
    assert told(answers) == {201: 1, 403: AT_ONCE - 1}
    assert {one.json()["reason"] for one in answers if one.status_code == 403} == {"approval_used"}
    after = await stored.counts()
    assert after["public.approval_uses"] - before["public.approval_uses"] == 1
    assert after["done"] - before["done"] == 1
    entries = await desks.as_("dirk").items(
        f"/v1/access-log?caseId={approval['caseId']}&action=reporter_opened&outcome=allowed"
    )
    assert len(entries) == 1


async def test_the_glass_is_broken_once(desks: Desks, stored: Stored) -> None:
    ask = {"kind": "break_glass", "role": "coordinator", "hours": 1, "reasonCode": "absence"}
    asked = (await desks.as_("femke").post("/v1/approvals", ask)).json()

    async def decide(desk: Client, number: int) -> httpx2.Response:
        path = f"/v1/approvals/{asked['id']}/decisions"
        return await desk.as_(SECOND_PERSONS[number]).post(path, body("approved"))

    before = await stored.counts()
    assert told(await desks.at_once(decide)) == {201: 1, 409: AT_ONCE - 1}
    after = await stored.counts()
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown.pop("done") == 2, "the decision and the role that followed from it"
    assert grown == {
        "public.approval_decisions": 1,
        "public.approval_uses": 1,
        "public.grants": 1,
        "public.notices": 1,
    }


async def test_somebody_is_kept_out_once_and_let_in_again_by_one_yes(desks: Desks, stored: Stored) -> None:
    """Kept out twice at once, she would stay out after she was let in again."""
    gone = {"organisationId": "gemeente-emmen", "subject": "d-nieuwkomer", "reasonCode": "mistake"}

    async def deny(desk: Client, number: int) -> httpx2.Response:
        return await desk.as_(("gerrit", "gea", "hilde")[number % 3]).post("/v1/denials", gone)

    answers = await desks.at_once(deny)
    assert told(answers) == {201: 1, 409: AT_ONCE - 1}
    [denial] = [answer.json() for answer in answers if answer.status_code == 201]
    lifting = await desks.as_("gerrit").post(
        f"/v1/denials/{denial['id']}/liftings", {"reasonCode": "mistake"}
    )
    path = f"/v1/approvals/{lifting.json()['id']}/decisions"

    async def lift(desk: Client, number: int) -> httpx2.Response:
        return await desk.as_("gea").post(path, body("approved"))

    assert told(await desks.at_once(lift)) == {201: 1, 409: AT_ONCE - 1}
    rows = await stored.ask(f"select lifted_at is null from denials where subject = '{gone['subject']}'")
    assert rows == [(False,)]


async def test_a_role_ends_once(desks: Desks) -> None:
    [grant] = [
        one
        for one in await desks.as_("gerrit").items("/v1/grants?role=approver")
        if one["subject"] == subject(SECOND_PERSONS[0]) and one["endedAt"] is None
    ]

    async def withdraw(desk: Client, number: int) -> httpx2.Response:
        name = ("gerrit", "gea", "hilde")[number % 3]
        return await desk.as_(name).post(f"/v1/grants/{grant['id']}/withdrawals", {"reasonCode": "left"})

    assert told(await desks.at_once(withdraw)) == {201: 1, 409: AT_ONCE - 1}


async def test_two_proposals_of_one_setting_activated_at_once_are_two_versions(desks: Desks) -> None:
    gerrit = desks.as_("gerrit")
    proposed = []
    for number in range(6):
        content = {"document": f"Z-{number}", "validUntil": day(300)}
        setting = {"organisationId": "gemeente-emmen", "kind": "retention", "content": content}
        asked = await gerrit.post("/v1/settings-versions", setting | {"reasonCode": "in_order"})
        proposed.append(asked.json()["id"])

    async def activate(desk: Client, number: int) -> httpx2.Response:
        path = f"/v1/approvals/{proposed[number % 6]}/decisions"
        return await desk.as_("gea").post(path, body("approved"))

    answers = await desks.at_once(activate)
    assert set(told(answers)) == {201, 409}
    versions = await gerrit.items("/v1/settings-versions?organisation=gemeente-emmen&kind=retention")
    numbers = [one["number"] for one in versions if one["state"] != "proposed"]
    assert sorted(numbers) == list(range(1, told(answers)[201] + 1))
    assert [one["number"] for one in versions if one["state"] == "active"] == [max(numbers)]
