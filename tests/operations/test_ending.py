"""A server that is asked to stop lets nobody down, and clients that hang up leave it whole."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator

import httpx2
import pytest

from app.settings import Settings
from tests.desk import DRUGS, REPORT, RIEC, Client, Server, new_key
from tests.operations import own

pytestmark = pytest.mark.anyio

EXIT_SECONDS = 45.0
"""How long a server may take to stop: three times what cases, O6 asks, for a machine that does other work too."""
CUT_SECONDS = 0.005
CUT = 500
"""How many clients hang up, and after how long (cases, O8)."""
CUT_REQUESTS = 500
POSTS = 20
WAITING = (
    "select count(*) from pg_stat_activity where usename = 'meldpunt_intake' and wait_event_type = 'Lock'"
)
SESSIONS = (
    "select usename, count(*), count(*) filter (where state like 'idle in transaction%')"
    " from pg_stat_activity where usename like 'meldpunt%' and datname = current_database() group by 1"
)


def request(server: Server, method: str, path: str, token: str, body: object = None) -> bytes:
    """A request as bytes."""
    raw = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.settings.port}",
        f"Authorization: Bearer {token}",
        f"Content-Length: {len(raw)}",
        *(["Content-Type: application/json"] if raw else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + raw


async def connected(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.settings.port)


async def idle(server: Server) -> asyncio.StreamWriter:
    """A connection that was used once and is kept."""
    reader, writer = await connected(server)
    writer.write(request(server, "GET", "/healthz", "none"))
    await writer.drain()
    assert b"200" in await reader.readline()
    return writer


async def half_sent(server: Server, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A report of which the second half never comes."""
    reader, writer = await connected(server)
    whole = request(server, "POST", "/v1/signals", token, REPORT)
    writer.write(whole[:-100])
    await writer.drain()
    return reader, writer


async def posted(ans: Client) -> httpx2.Response | None:
    """The answer to a report, None where the connection was cut."""
    try:
        return await ans.post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
    except httpx2.TransportError:
        return None


async def listening(server: Server) -> bool:
    """Whether the server takes new connections."""
    try:
        _, writer = await connected(server)
    except OSError:
        return False
    writer.close()
    return True


async def stopping(server: Server) -> None:
    """Ask the server to stop, and wait until it takes nobody in any more."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    while await listening(server):
        assert server.process.poll() is None


async def test_stopping_answers_every_report_under_way_and_loses_no_receipt(settings: Settings) -> None:
    with Server(settings) as server:
        async with server.client() as desk:
            ans = desk.as_("ans")
            token = ans.token()
            kept = [await idle(server) for _ in range(5)]
            reader, writer = await half_sent(server, token)
            async with own.held(settings, "lock table signals in access exclusive mode"):
                posts = [asyncio.create_task(posted(ans)) for _ in range(POSTS)]
                await asyncio.to_thread(own.until, lambda: int(own.rows(settings, WAITING)[0]) == 8)
                await stopping(server)
            answers = await asyncio.gather(*posts)
            assert server.process is not None
            await asyncio.to_thread(server.process.wait, EXIT_SECONDS)
            half = await reader.read()
            for one in (writer, *kept):
                one.close()
        assert b" 201 " not in half
        made = [answer.json() for answer in answers if answer is not None and answer.status_code == 201]
        assert len(made) >= 8
        assert {answer.status_code for answer in answers if answer is not None} <= {201, 503}
        assert own.rows(settings, "select id from signals order by id::text") == sorted(
            one["id"] for one in made
        )
        assert own.count(settings, "access_entries", "action = 'process_started'") == 1
        assert own.count(settings, "access_entries", "action = 'process_stopped'") == 1
        server.start()
        async with server.client() as desk:
            for one in made:
                found = await desk.post("/v1/receipt-lookups", {"receiptCode": one["receiptCode"]})
                assert found.json()["reference"] == one["reference"]


async def cut(server: Server, raw: bytes) -> None:
    """Send a request and hang up, whether it was answered or not."""
    reader, writer = await connected(server)
    writer.write(raw)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reader.read(1), CUT_SECONDS)
    writer.transport.abort()


def requests(server: Server, desk: Client, case: str) -> Iterator[bytes]:
    """Reports, claims, openings and lists, in turn."""
    ans, bouke, bart = (desk.as_(name).token() for name in ("ans", "bouke", "bart"))
    while True:
        yield request(server, "POST", "/v1/signals", ans, REPORT | {"text": f"{DRUGS} {new_key()}"})
        yield request(server, "POST", f"{RIEC}/claims", bart, {})
        yield request(server, "POST", f"/v1/cases/{case}/openings", bouke, {"purpose": "assessment"})
        yield request(server, "GET", f"{RIEC}/cases", bouke)


def sessions_are_whole(settings: Settings) -> bool:
    """Whether no login has more sessions than its pool, and none waits inside a transaction."""
    found = [line.split("|") for line in own.rows(settings, SESSIONS)]
    assert all(int(number) <= settings.pool_size for _, number, _ in found), found
    return all(open_ == "0" for _, _, open_ in found)


async def test_clients_that_hang_up_leave_no_transaction_open_and_no_case_lost(
    server: Server, settings: Settings
) -> None:
    async with server.client() as desk:
        ans, bouke, bart = (desk.as_(name) for name in ("ans", "bouke", "bart"))
        await ans.report()
        case = await bouke.pull(RIEC)
        source = requests(server, desk, case["id"])
        for _ in range(CUT_REQUESTS // 5):
            await asyncio.gather(*(cut(server, next(source)) for _ in range(5)))
        await asyncio.to_thread(own.until, lambda: sessions_are_whole(settings))
        await ans.report()
        assert (await bart.pull(RIEC))["assignee"] == bart.sub
        cases = await bart.items(f"{RIEC}/cases")
        mine = await bart.items(f"{RIEC}/cases?assignee={bart.sub}")
        for one in cases:
            claimed = one["state"] == "claimed" and one["assignee"] in {bart.sub, bouke.sub}
            assert claimed or (one["state"] == "new" and one["assignee"] is None)
        assert [one["id"] for one in cases if one["assignee"] == bart.sub] == [one["id"] for one in mine]
        assert sessions_are_whole(settings)
