"""What the guards cost the queue page: token, register, policy and row security, against the page without them."""

import asyncio
import statistics
import time

from app.demo import issuer
from app.settings import Settings
from tests.bench.load import Load, measured
from tests.desk import REPORT, RIEC, Server, free_port

CASES_SECONDS = 2.0
ROUNDS = 5
PAGE = f"{RIEC}/cases?limit=50"


def report(settings: Settings, load: Load) -> None:
    """Fill the queue, ask for its page of 50 with and without guards in turn, print the medians and the ratio."""
    with Server(settings.model_copy(update={"port": free_port()})) as filling:
        asyncio.run(measured(filling.url, Load(8, CASES_SECONDS, load.token), REPORT))
    figures: dict[str, list[float]] = {"app": [], "tests.bench.unguarded": []}
    analyst = issuer.fetch_token(settings, "bouke")
    for _ in range(ROUNDS):
        for module, rates in figures.items():
            server = Server(settings.model_copy(update={"port": free_port()}))
            server.module = module
            with server:
                rates.append(asyncio.run(pages(server.url, Load(load.clients, load.seconds / 2, analyst))))
    guarded, bare = (statistics.median(rates) for rates in figures.values())
    print(f"queue page         {guarded:8.0f} pages/s   without guards {bare:.0f}")
    print(f"(c) guards cost    {bare / guarded:.2f} times the bare time")


async def pages(url: str, load: Load) -> float:
    """Pages of the queue a second."""
    port = int(url.rpartition(":")[2])
    await client(port, load.token, time.monotonic() + 0.5)
    began = time.monotonic()
    counts = await asyncio.gather(
        *(client(port, load.token, began + load.seconds) for _ in range(load.clients))
    )
    return sum(counts) / (time.monotonic() - began)


async def client(port: int, token: str, until: float) -> int:
    """One keep-alive connection asking for the page again and again until the time is up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ask = f"GET {PAGE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    done = 0
    while time.monotonic() < until:
        writer.write(ask)
        await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        lines = answer.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
        body = await reader.readexactly(length)
        assert body.count(b'"reference"') == 50, body[:200]
        done += 1
    writer.close()
    return done
