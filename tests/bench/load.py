"""A bounded load: so many clients for so many seconds against one address on this machine."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """How many clients, for how long, with which token."""

    clients: int
    seconds: float
    token: str = field(repr=False)


async def measured(url: str, load: Load, body: dict[str, Any]) -> float:
    """Answers 201 a second. Raises AssertionError for any other answer."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), int(parts.port or 80)
    raw = json.dumps(body).encode()
    await client(host, port, load.token, raw, time.monotonic() + 1.0)
    began = time.monotonic()
    until = began + load.seconds
    counts = await asyncio.gather(*(client(host, port, load.token, raw, until) for _ in range(load.clients)))
    return sum(counts) / (time.monotonic() - began)


async def client(host: str, port: int, token: str, body: bytes, until: float) -> int:
    """One keep-alive connection sending reports one after another until the time is up."""
    reader, writer = await asyncio.open_connection(host, port)
    head = (
        f"POST /v1/signals HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    done = 0
    while time.monotonic() < until:
        key = f"Idempotency-Key: {secrets.token_urlsafe(24)}\r\n\r\n"
        writer.write((head + key).encode() + body)
        await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 201"), answer[:200]
        length = next(
            int(line.split(b":")[1])
            for line in answer.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        done += 1
    writer.close()
    return done
