"""Fills the demonstration: sends invented reports through the front door, as the cast would.

Every report goes over HTTP with a token of who reports it and an Idempotency-Key of its own, so a report whose
answer was lost is sent again without being stored twice. Texts: `app.demo.reports`.
"""

import asyncio
import contextlib
import os
import secrets
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial

import httpx2
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.casework.schemas import QueueList
from app.demo import issuer, reports
from app.errors import StartRefused
from app.settings import Settings

AT_ONCE = 4
TRIES = 4
WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 10.0
PASSING = frozenset({408, 429, 502, 503, 504})
WORKERS = ("fenna", "eelco", "bouke", "chris")
"""Whose queues are counted afterwards: Emmen, Assen, RIEC and RUDD."""

_PORT = TypeAdapter(int)


def run(settings: Settings, signals: int) -> None:
    """Send `signals` reports and tell where they can be seen.

    Raises StartRefused in Dutch outside the demonstration, when the desk does not run, and when it refuses
    a report or is lost on the way.
    """
    base = address(settings)
    console = Console(stderr=True, highlight=False)
    asyncio.run(_run(settings, base, signals, console))


def address(settings: Settings) -> str:
    """Where the desk listens: MELDPUNT_PORT, else PORT as `make run` takes it, else the default port."""
    port = settings.port
    given = os.environ.get("PORT", "")
    if "port" not in settings.model_fields_set and given:
        with contextlib.suppress(ValidationError):
            port = _PORT.validate_python(given)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


async def _run(settings: Settings, base: str, signals: int, console: Console) -> None:
    async with httpx2.AsyncClient(base_url=base, trust_env=False, timeout=30) as client:
        tokens = Tokens(settings)
        await check_running(client, base)
        await tokens.of(WORKERS[0])
        say = partial(console.print, soft_wrap=True)
        sender = Sender(client, tokens, secrets.token_hex(8))
        with _bar(console) as bar:
            task = bar.add_task("Meldingen sturen", total=signals)
            async for _ in sender.send_all(signals):
                bar.advance(task)
        say(f"{sender.sent.total()} meldingen verstuurd: {_counted(sender.sent)}.")
        async for line in queue_lines(client, tokens):
            say(line)
        say("Bekijk de rijen als fenna, eelco, bouke of chris, bijvoorbeeld met:")
        ask = f'curl -H "Authorization: Bearer $(.venv/bin/meldpunt token fenna)" {base}/v1/queues'
        say(f"  {ask}")


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _counted(sent: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sent.most_common())


async def check_running(client: httpx2.AsyncClient, base: str) -> None:
    """Raises StartRefused when nobody answers at `base`, or what answers is not ready."""
    try:
        answer = await client.get("/readyz")
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise StartRefused(
            f"Het meldpunt draait niet op {base}. Start het met 'make run' en probeer het opnieuw."
            " Draait het op een andere poort, geef die dan met PORT, bijvoorbeeld:"
            " PORT=8100 .venv/bin/meldpunt demo fill"
        ) from None
    if answer.status_code != httpx2.codes.OK:
        raise StartRefused(
            f"Wat op {base} draait, is nog niet klaar of is geen meldpunt. Probeer het zo weer."
        )


class Tokens:
    """A bearer token per member of the cast, fetched once and again when it is refused."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def of(self, name: str, refused: str | None = None) -> str:
        """The token of `name`, another one than `refused`. Raises StartRefused when there is none to be had."""
        async with self._lock:
            if self._held.get(name, refused) == refused:
                self._held[name] = await asyncio.to_thread(issuer.fetch_token, self._settings, name)
            return self._held[name]


@dataclass
class Sender:
    """Sends the reports of one run; `sent` counts them per sender."""

    client: httpx2.AsyncClient
    tokens: Tokens
    seed: str
    wait_seconds: float = WAIT_SECONDS
    sent: Counter[str] = field(default_factory=Counter)

    async def send_all(self, signals: int) -> AsyncIterator[int]:
        """Send reports 0 to `signals`, at most AT_ONCE at a time; yields the number of each that arrived.

        Raises StartRefused at the first that does not; those on their way are awaited first.
        """
        numbers = iter(range(signals))
        arrived: asyncio.Queue[int | None] = asyncio.Queue()

        async def work() -> None:
            try:
                for number in numbers:
                    await self.send(reports.make(number, self.seed))
                    arrived.put_nowait(number)
            finally:
                _exhaust(numbers)
                arrived.put_nowait(None)

        working = [asyncio.create_task(work()) for _ in range(min(AT_ONCE, signals))]
        left = len(working)
        while left:
            number = await arrived.get()
            if number is None:
                left -= 1
            else:
                yield number
        for outcome in await asyncio.gather(*working, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def send(self, made: reports.Made) -> None:
        """Send one report until it is stored. Raises StartRefused when it is refused or nobody answers."""
        key, refused = uuid.uuid4().hex, None
        last = "geen antwoord"
        for attempt in range(TRIES):
            token = await self.tokens.of(made.sender, refused)
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            wait = self.wait_seconds * 2**attempt
            try:
                answer = await self.client.post("/v1/signals", json=made.body, headers=headers)
            except httpx2.HTTPError:
                await asyncio.sleep(wait)
                continue
            if answer.status_code == httpx2.codes.CREATED:
                self.sent[made.sender] += 1
                return
            last = f"antwoord {answer.status_code}"
            if answer.status_code == httpx2.codes.UNAUTHORIZED:
                refused = token
            elif answer.status_code in PASSING:
                await asyncio.sleep(_asked_wait(answer, wait))
            else:
                break
        raise StartRefused(
            f"Het meldpunt nam een melding van {made.sender} niet aan ({last})."
            f" {self.sent.total()} meldingen staan er wel in. Kijk in de uitvoer van 'make run' wat er mis ging."
        )


def _exhaust(numbers: Iterator[int]) -> None:
    """After a failure the others stop as well; after the last number nothing is left to take."""
    for _ in numbers:
        pass


def _asked_wait(answer: httpx2.Response, otherwise: float) -> float:
    """Seconds to wait as the desk asked in Retry-After, within reason."""
    asked = answer.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isascii() and asked.isdecimal() else otherwise
    return min(seconds, LONGEST_WAIT_SECONDS)


async def queue_lines(client: httpx2.AsyncClient, tokens: Tokens) -> AsyncIterator[str]:
    """A line for each queue the workers see, with how many cases wait there; nothing where it cannot be told."""
    for name in WORKERS:
        headers = {"Authorization": f"Bearer {await tokens.of(name)}"}
        try:
            answer = await client.get("/v1/queues", headers=headers)
            listed = QueueList.model_validate_json(answer.content)
        except (httpx2.HTTPError, ValidationError):
            continue
        for queue in listed.items:
            total = sum(queue.counts.values())
            yield f"  {queue.name}: {total} zaken, {queue.counts.get('new', 0)} nieuw (te zien voor {name})"
