"""Slow clients: what 200 connections that never finish, or never read, cost those who call in the meantime.

A third sends half a head and drips on, a third half a report and drips on, a third asks for the whole description again
and again and reads nothing. Whoever is cut off connects anew at once. They run in a process of their own. The others
list a queue and report in turn, each over one connection, as people do: one request, a short look, the next. Their p99
is measured without and with the slow ones, in turns, on one server, long enough for each of them to be cut off and to
come back; the figure is the ratio.
"""

import asyncio
import json
import math
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from app.demo.issuer import fetch_token
from app.settings import Settings
from tests.bench.load import Load
from tests.desk import REPORT, RIEC, ROOT, Server, free_port

SLOW = 200
LONGER = 3
OTHERS = 6
LOOK_SECONDS = 0.05
DRIP_SECONDS = 0.5
TURNS = 2

Way = Callable[[socket.socket], Awaitable[None]]


def report(settings: Settings, load: Load) -> None:
    """Measure and print p99 without and with slow clients, and the ratio of the medians."""
    fresh = settings.model_copy(update={"port": free_port()})
    few = {"MELDPUNT_SUBMISSIONS_PER_PERSON": "1000000", "MELDPUNT_POOL_SIZE": "16"}
    alone, beside = list[float](), list[float]()
    with Server(fresh, environment=few) as server:
        callers = Callers(server.url, load.token, fetch_token(settings, "bouke"))
        # Made once, at the first question.
        httpx2.get(f"{server.url}/v1/openapi.json", trust_env=False)
        asyncio.run(callers.spread(1.0))
        # There and back: the queue grows as they report, and neither side may always come last.
        for kind in (alone, beside, beside, alone) * TURNS:
            with slow_ones(server.url) if kind is beside else nullcontext():
                kind.append(p99(asyncio.run(callers.spread(load.seconds * LONGER))))
    for name, figures in (("alone", alone), (f"beside {SLOW} slow ones", beside)):
        told = ", ".join(f"{1000 * one:.1f}" for one in figures)
        print(f"{name:24} p99 {1000 * statistics.median(figures):6.1f} ms   (turns: {told})")
    print(f"p99 beside slow clients / alone   {statistics.median(beside) / statistics.median(alone):.2f}")


def p99(seconds: list[float]) -> float:
    """The time within which 99 of 100 were answered."""
    return sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1]


@dataclass(frozen=True, slots=True)
class Callers:
    """Those who work and report while others are slow."""

    url: str
    reporter: str = field(repr=False)
    worker: str = field(repr=False)

    async def spread(self, seconds: float) -> list[float]:
        """How long each request took, of all clients in so many seconds."""
        until = time.monotonic() + seconds
        each = await asyncio.gather(*(self._one(until) for _ in range(OTHERS)))
        return [one for taken in each for one in taken]

    async def _one(self, until: float) -> list[float]:
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        body, taken = json.dumps(REPORT).encode(), list[float]()
        while time.monotonic() < until:
            for raw in (
                request("GET", f"{RIEC}/cases?limit=20", self.worker),
                request("POST", "/v1/signals", self.reporter, body),
            ):
                began = time.perf_counter()
                writer.write(raw)
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")), head[:200]
                length = next(
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                )
                await reader.readexactly(length)
                taken.append(time.perf_counter() - began)
                await asyncio.sleep(LOOK_SECONDS)
        writer.close()
        return taken


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """The bytes of one request of somebody known."""
    lines = [f"{method} {path} HTTP/1.1", "Host: desk", f"Authorization: Bearer {token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines.append(f"Idempotency-Key: {secrets.token_urlsafe(24)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def slow_ones(url: str) -> Iterator[None]:
    """All slow clients, connected and busy inside the block."""
    words = [sys.executable, "-m", "tests.bench.slow", url]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


async def be_slow(url: str) -> None:
    """Hold `SLOW` connections until killed; says so once all of them stand."""
    parts = urlsplit(url)
    standing = asyncio.Semaphore(0)
    ways = (half_a_head, half_a_body, never_reading)
    async with asyncio.TaskGroup() as group:
        for number in range(SLOW):
            way = ways[number % len(ways)]
            group.create_task(again_and_again(str(parts.hostname), int(parts.port or 80), way, standing))
        for _ in range(SLOW):
            await standing.acquire()
        print("standing", flush=True)


async def again_and_again(host: str, port: int, way: Way, standing: asyncio.Semaphore) -> None:
    """One slow client, back as soon as it is cut off."""
    while True:
        with suppress(OSError):
            wire = socket.socket()
            wire.setblocking(False)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with wire:
                await asyncio.get_running_loop().sock_connect(wire, (host, port))
                standing.release()
                await way(wire)
        await asyncio.sleep(DRIP_SECONDS)


async def drip(wire: socket.socket, first: bytes) -> None:
    """Send this, and then a byte at a time until cut off."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(wire, first)
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRIP_SECONDS):
                # Whatever comes is the refusal, and then the end.
                if not await loop.sock_recv(wire, 4096):
                    return
        await loop.sock_sendall(wire, b"a")


async def half_a_head(wire: socket.socket) -> None:
    """A request whose headers never end."""
    await drip(wire, b"GET /v1/queues HTTP/1.1\r\nHost: desk\r\nX-Slow: ")


async def half_a_body(wire: socket.socket) -> None:
    """A body that never ends, on a route that needs no token."""
    head = b"POST /v1/receipt-lookups HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
    await drip(wire, head + b'Content-Length: 10000\r\n\r\n{"receiptCode":"')


async def never_reading(wire: socket.socket) -> None:
    """Large answers that nobody reads."""
    ask = b"GET /v1/openapi.json HTTP/1.1\r\nHost: desk\r\n\r\n"
    loop = asyncio.get_running_loop()
    while True:
        await loop.sock_sendall(wire, ask)
        await asyncio.sleep(DRIP_SECONDS)


if __name__ == "__main__":
    asyncio.run(be_slow(sys.argv[1]))
