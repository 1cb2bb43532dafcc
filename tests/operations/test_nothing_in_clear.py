"""What people write is nowhere in clear: not in a dump, a file of the database, a log, an error, a figure.

Every field of a report is planted with a marker word, a whole story is played, and then everything that the desk
left behind is searched for these words in every spelling.
"""

import base64
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from app.demo.cast import CAST
from app.demo.cluster import binaries
from app.settings import Settings
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_EMMEN, Client, Server, new_key
from tests.operations import own
from tests.operations.planted import FIXED, STEM, delivery, found_in, marker, report

pytestmark = pytest.mark.anyio


@dataclass
class Story:
    """What was sent and what came back, besides what lies in the database and the logs."""

    secret: str
    needles: list[str] = field(default_factory=lambda: [STEM, *FIXED])
    errors: list[bytes] = field(default_factory=list)

    async def reported(self, client: Client, **members: Any) -> dict[str, Any]:
        """A marked report; its receipt code and its key become words to search for."""
        key = new_key()
        answer = await client.post("/v1/signals", report() | members, {"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        code = made["receiptCode"]
        self.needles += [key, code, code.replace("-", "")]
        return made

    def refused(self, answer: httpx2.Response, *statuses: int) -> None:
        """An answer that must say no, and say nothing of what was sent."""
        assert answer.status_code in statuses, answer.text
        self.errors.append(answer.content + repr(dict(answer.headers)).encode())


async def worked(story: Story, desk: Client) -> None:
    """A report goes to RIEC and RUDD and its owner; each reads, reasons, asks; the reporter answers."""
    made = await story.reported(desk.as_("ans"))
    receipt = {"receiptCode": made["receiptCode"]}
    for name, queue in (("bouke", RIEC), ("chris", RUDD), ("fenna", TRIAGE_EMMEN)):
        worker = desk.as_(name)
        [case] = (await worker.items(f"{queue}/cases"))[:1]
        if case["state"] == "new":
            case = await worker.pull(queue)
        path = f"/v1/cases/{case['id']}"
        reason = {"purpose": "assessment", "reason": f"Omdat {marker('openreden')}"}
        opened = await worker.post(f"{path}/openings", reason)
        if name == "bouke":
            assert marker("text") in opened.text
            assert marker("person") in opened.text
            assert marker("reporter") not in opened.text
            await talked(desk, worker, path, receipt)
        for transition in ("assess", "close", "settle"):
            await worker.move(
                case, transition, outcome="not_confirmed", reason=f"Want {marker('verplaatsreden')}"
            )


async def talked(desk: Client, worker: Client, path: str, receipt: dict[str, Any]) -> None:
    """A question, an answer, and both read."""
    asked = await worker.post(f"{path}/messages", {"text": f"Vraag {marker('vraag')}"})
    assert asked.status_code == 201, asked.text
    read = await desk.post("/v1/receipt-lookups", receipt)
    assert marker("vraag") in read.text
    answered = await desk.post("/v1/receipt-messages", receipt | {"text": f"Antwoord {marker('antwoord')}"})
    assert answered.status_code == 201, answered.text
    assert marker("antwoord") in (await worker.get(f"{path}/messages")).text


async def delivered(story: Story, desk: Client) -> None:
    """The citizen platform delivers a report with everything in it; and one with a signature that is wrong."""
    marked = {
        "text": f"Bij de buren {marker('burger')}",
        "title": marker("burgertitel"),
        "anonymous": False,
        "location": report()["location"],
        "contact": {
            "name": marker("contact"),
            "email": f"{marker('contactmail')}@voorbeeld.example",
            "phone": "0612349998",
            "mayBeShared": False,
        },
        "attachments": [
            {
                "url": f"https://bestand.example/{marker('bijlage')}",
                "sha256": "0" * 64,
                "mediaType": "image/png",
            }
        ],
    }
    sent = delivery(story.secret, f"msg_{secrets.token_hex(8)}", externalId=marker("extern"), **marked)
    door = "/v1/webhooks/citizen-reports"
    assert (await desk.send(door, sent.raw, sent.headers)).status_code == 202
    forged = delivery(own.new_secret(), marker("bericht"), **marked)
    story.refused(await desk.send(door, forged.raw, forged.headers), 401)
    odd = delivery(story.secret, "msg_odd", **{marker("lid"): marker("waarde")})
    story.refused(await desk.send(door, odd.raw, odd.headers), 400)


async def refused(story: Story, desk: Client) -> None:
    """Everything that is not taken, with marker words wherever a caller can put one."""
    ans, bouke, word = desk.as_("ans"), desk.as_("bouke"), marker("geweigerd")
    for body in (
        report() | {word: word},
        report() | {"text": 5},
        report() | {"urgency": word},
        report() | {"text": f"{word}\0"},
        report() | {"ibans": [word * 20], "location": {"postcode": word, "municipalityCode": word}},
        report() | {"confidentiality": "anonymous"},
    ):
        story.refused(await ans.post("/v1/signals", body), 400)
    raw = f'{{"text": "{word}", "text": "{word}"'.encode()
    story.refused(await ans.send("/v1/signals", raw), 400)
    story.refused(await ans.send("/v1/signals", raw, {"Content-Type": f"text/{word}"}), 415)
    story.refused(await ans.send("/v1/signals", raw * 40_000), 413)
    story.refused(await ans.post("/v1/signals", report(), {"Idempotency-Key": word}), 400)
    story.refused(await bouke.get(f"{RIEC}/cases?{word}={word}"), 400)
    story.refused(await bouke.get(f"{RIEC}/cases?sort={word}&cursor={word}"), 400)
    story.refused(await bouke.get(f"/v1/cases/{word}"), 400, 404)
    story.refused(await bouke.get(f"/v1/queues/{word}/cases"), 400, 404)
    story.refused(await desk.get(f"/{word}?{word}", {"Accept": "text/html", "User-Agent": word}), 404)
    story.refused(await desk.get("/v1/queues", {"Authorization": f"Bearer {word}.{word}.{word}"}), 401)
    story.refused(await desk.post("/v1/receipt-lookups", {"receiptCode": word}), 404)
    story.refused(
        await desk.send("/v1/signals", b"", {"traceparent": word}, method=word.upper()[:20]), 400, 405
    )


async def seen_on_a_page(desk: Client, story: Story) -> None:
    """Ans signs in on the page and reports there."""
    origin = {"Origin": str(desk.http.base_url).rstrip("/")}
    begun = await desk.post("/web/demo-logins", {"name": "ans"}, origin)
    assert begun.status_code == 201, begun.text
    cookie = begun.headers["set-cookie"].partition(";")[0]
    key = new_key()
    own_page = origin | {
        "Cookie": cookie,
        "X-Session-Token": begun.json()["sessionToken"],
        "Idempotency-Key": key,
    }
    answer = await desk.post("/web/signals", report(), own_page)
    assert answer.status_code == 201, answer.text
    assert (await desk.post("/web/logouts", {}, own_page)).status_code == 204
    story.needles += [key, answer.json()["receiptCode"], cookie.partition("=")[2]]
    again = await desk.post("/web/demo-logins", {"name": "ans"}, origin)
    story.needles.append(again.headers["set-cookie"].partition(";")[0].partition("=")[2])


@pytest.fixture(scope="module")
def secret() -> str:
    return own.new_secret()


@pytest.fixture(scope="module")
def marked_server(own_desk: Settings, secret: str) -> Iterator[Server]:
    with Server(own_desk, environment={"MELDPUNT_WEBHOOK_SECRETS": secret}) as running:
        yield running


@pytest.fixture(scope="module")
async def story(marked_server: Server, secret: str) -> Story:
    """Everything that can be done with a report, done."""
    told = Story(secret)
    async with marked_server.client() as desk:
        await worked(told, desk)
        await delivered(told, desk)
        await refused(told, desk)
        await seen_on_a_page(desk, told)
        await told.reported(desk.as_("eva"), location=report()["location"] | ASSEN)
        anonymous = report() | {"confidentiality": "anonymous"}
        del anonymous["reporter"]
        answer = await desk.as_("ans").post("/v1/signals", anonymous)
        assert answer.status_code == 201, answer.text
    return told


def dump(settings: Settings) -> bytes:
    """What a back-up of the database holds, as SQL."""
    words = [str(binaries() / "pg_dump"), "-w", own.url_of(settings)]
    return subprocess.run(words, capture_output=True, check=True).stdout


async def test_dump_holds_no_word_that_a_person_wrote(story: Story, own_desk: Settings) -> None:
    text = dump(own_desk)
    assert CAST["bouke"].sub.encode() in text
    assert found_in(text, story.needles) == []


async def test_who_only_reports_stands_nowhere_in_the_dump(story: Story, own_desk: Settings) -> None:
    assert found_in(dump(own_desk), [CAST["ans"].sub, CAST["eva"].sub]) == []


async def test_no_file_of_the_database_holds_such_a_word(story: Story, own_desk: Settings) -> None:
    own.rows(own_desk, "checkpoint")
    searched = 0
    for file in (own_desk.home / "postgres").rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            searched += len(data)
            assert found_in(data, [*story.needles, CAST["ans"].sub]) == [], file
    assert searched > 20_000_000


async def test_no_line_of_service_or_postgresql_holds_such_a_word(
    story: Story, own_desk: Settings, marked_server: Server
) -> None:
    service = marked_server.log.read_bytes()
    assert service.count(b"\n") > 40
    assert found_in(service, [*story.needles, CAST["ans"].sub]) == []
    assert found_in((own_desk.home / "postgres.log").read_bytes(), story.needles) == []


async def test_no_error_repeats_what_was_sent(story: Story) -> None:
    assert len(story.errors) > 15
    for answer in story.errors:
        assert found_in(answer, [STEM, "38GSJ4", "98765432"]) == [], answer.decode()


async def test_no_figure_tells_what_was_sent(story: Story, own_desk: Settings) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{own_desk.port + 1}/metrics", trust_env=False)
    assert "meldpunt_requests_total" in answer.text
    assert found_in(answer.content, story.needles) == []


async def test_names_of_five_and_of_25_letters_make_equal_sizes(
    marked_server: Server, own_desk: Settings
) -> None:
    sizes = []
    async with marked_server.client() as desk:
        for name in ("Ankie", "Annemarie-Wilhelmina Bakk"):
            about = {"persons": [{"role": "suspect", "name": name}], "title": name}
            made = await desk.as_("ans").report(**about, reporter={"name": name})
            sizes.append(stored_sizes(own_desk, made["id"]))
    assert sizes[0] == sizes[1]
    assert len(sizes[0]) >= 8


def stored_sizes(settings: Settings, signal: str) -> list[str]:
    """Part by part, and wrap by wrap, how many bytes are stored of a signal; and of its log entry."""
    return own.rows(
        settings,
        f"select part, octet_length(ciphertext) from sealed_parts where signal_id = '{signal}' union all"
        f" select keyholder, octet_length(wrap) from wraps.wraps where signal_id = '{signal}' union all"
        f" select action, octet_length(leaf) from access_entries where signal_id = '{signal}' union all"
        f" select 'receipt', octet_length(public_key) from receipts where signal_id = '{signal}' order by 1, 2",
    )


def test_the_search_finds_a_word_in_every_spelling() -> None:
    for pad in ("", "x", "xy"):
        raw = f"{pad}{STEM} en meer".encode()
        for spelled in (raw, raw.upper(), raw.hex().encode(), raw.decode().encode("utf-16-le")):
            assert found_in(spelled, [STEM]) == [STEM]
        assert found_in(base64.b64encode(raw), [STEM]) == [STEM]
