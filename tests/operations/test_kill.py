"""A receipt is a promise: the server is killed again and again while people report and the platform delivers.

A client that gets no answer asks again with the same key, as it must; in the end every key has one signal and every
receipt that was given out is found.
"""

import asyncio
import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from app.settings import Settings
from tests.desk import DRUGS, REPORT, Client, Server, new_key
from tests.operations.nursery import Forked
from tests.operations.own import count, new_secret, rows
from tests.operations.planted import delivery

pytestmark = pytest.mark.anyio

KILLS = 20
REPORTERS = 20
PLATFORMS = 4
MOST_REQUESTS = 160
PATIENCE_SECONDS = 900

DELIVERIES = "/v1/webhooks/citizen-reports"

Headers = dict[str, str]
Members = dict[str, Any]
Answers = dict[str, list[Members]]


@dataclass
class Siege:
    """A server that dies after some number of requests or answers, and comes back."""

    server: Server
    dice: random.Random
    up: asyncio.Event = field(default_factory=asyncio.Event)
    moment: asyncio.Event = field(default_factory=asyncio.Event)
    left: int = 0
    over: bool = False
    given: Answers = field(default_factory=dict)
    delivered: Answers = field(default_factory=dict)
    repeated: int = 0

    def tick(self) -> None:
        """One request left or one answer came; at the chosen one the server is to die."""
        self.left -= 1
        if self.left == 0:
            self.moment.set()

    async def insist(self, expected: int, caller: Client, path: str, raw: bytes, told: Headers) -> Members:
        """Send these bytes until there is the answer; the members of it."""
        while True:
            await self.up.wait()
            self.tick()
            try:
                answer = await caller.send(path, raw, told)
            except httpx2.TransportError:
                self.repeated += 1
                continue
            self.tick()
            if answer.status_code == expected:
                members: Members = answer.json()
                return members
            assert answer.status_code == 503, answer.text

    async def report(self, ans: Client) -> None:
        """A reporter: report after report, now and then the same one twice at once."""
        while not self.over:
            key = new_key()
            raw = json.dumps(REPORT | {"text": f"{DRUGS} {key}"}).encode()
            asked = [
                self.insist(201, ans, "/v1/signals", raw, {"Idempotency-Key": key})
                for _ in range(self.dice.choice((1, 1, 1, 2)))
            ]
            self.given[key] = await asyncio.gather(*asked)

    async def deliver(self, platform: Client, secret: str) -> None:
        """The citizen platform: each delivery until it is taken, and now and then again."""
        while not self.over:
            sent = delivery(secret, f"msg_{secrets.token_hex(8)}")
            self.delivered[sent.id] = [
                await self.insist(202, platform, DELIVERIES, sent.raw, sent.headers)
                for _ in range(self.dice.choice((1, 1, 2)))
            ]

    async def kills(self) -> None:
        """Kill and start, KILLS times."""
        for _ in range(KILLS):
            self.left = self.dice.randint(1, MOST_REQUESTS)
            self.moment.clear()
            self.up.set()
            await self.moment.wait()
            self.up.clear()
            self.server.kill()
            await asyncio.to_thread(self.server.start)
        self.over = True
        self.up.set()


async def besieged(siege: Siege, secret: str) -> None:
    """All clients at once while the server is killed, until each has its last answer."""
    async with siege.server.client() as desk, asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        desk.as_("ans").token()
        for _ in range(REPORTERS):
            group.create_task(siege.report(desk.as_("ans")))
        for _ in range(PLATFORMS):
            group.create_task(siege.deliver(desk, secret))
        group.create_task(siege.kills())


async def test_no_receipt_is_lost_and_no_key_makes_two_signals_when_the_server_is_killed(
    settings: Settings,
) -> None:
    began = time.monotonic()
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    secret = new_secret()
    with Forked(settings, {"MELDPUNT_WEBHOOK_SECRETS": secret}) as server:
        siege = Siege(server, random.Random(seed))
        await besieged(siege, secret)
        print(f"{len(siege.given)} reports, {len(siege.delivered)} deliveries, {siege.repeated} asked again")
        assert siege.repeated > KILLS
        the_same_key_has_the_same_answer(siege)
        every_signal_is_whole_and_asked_for(settings, siege)
        await every_receipt_is_found(server, siege)
    print(f"{time.monotonic() - began:.0f} s")


def the_same_key_has_the_same_answer(siege: Siege) -> None:
    for answers in (*siege.given.values(), *siege.delivered.values()):
        assert all(one == answers[0] for one in answers)


def every_signal_is_whole_and_asked_for(settings: Settings, siege: Siege) -> None:
    receipts = sorted(one[0]["id"] for one in siege.given.values())
    assert rows(settings, "select id from signals where origin = 'employee' order by id::text") == receipts
    references = sorted(one[0]["reference"] for one in siege.delivered.values())
    assert (
        rows(settings, "select reference from signals where origin = 'citizen_platform' order by 1")
        == references
    )
    for table in ("cases", "sealed_parts", "wraps.wraps", "routing_decisions", "access_entries"):
        assert (
            count(settings, "signals s", f"not exists (select from {table} t where t.signal_id = s.id)") == 0
        )


async def every_receipt_is_found(server: Server, siege: Siege) -> None:
    turns = asyncio.Semaphore(8)

    async def found(desk: Client, made: dict[str, Any]) -> bool:
        async with turns:
            answer = await desk.post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]})
        return answer.status_code == 200 and bool(answer.json()["reference"] == made["reference"])

    async with server.client() as desk:
        looked = await asyncio.gather(*(found(desk, answers[0]) for answers in siege.given.values()))
    assert looked.count(False) == 0
