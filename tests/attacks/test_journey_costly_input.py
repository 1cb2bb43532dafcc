"""A request that eats the processor: expressions that try every way, deep and huge JSON, bodies that unfold.

Seen in pytest-dev/py#256 (CVE-2020-29651), DiffSK/configobj#232 (CVE-2023-26112), fastapi's form parser (CVE-2024-24762)
and starlette's Range (CVE-2025-62727): one line of some kilobytes, and nobody else was served any more.
"""

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.issuer import fetch_token
from app.settings import Settings
from tests.attacks.costly import PLANTED
from tests.attacks.costly_input import BODIES
from tests.desk import RIEC, ROOT, Server
from tests.interface.wire import Answer, Headers, request, speak
from tests.stored import Stored

pytestmark = pytest.mark.anyio
JSON = ("Content-Type", "application/json")
BLANKS, COMMAS = " " * 7000, " , " * 2400
HOSTILE: dict[str, tuple[str, ...]] = {
    "If-Match": (f'"1"{COMMAS}x', '"1"' + ",  " * 2000 + "x", '"' * 7000, 'W/"1",' * 1000 + "x"),
    "Accept": (
        f"a/b{BLANKS}x",
        "a/b;" + ";q=0" * 1500 + "x",
        ",".join(["a/b;q=0.0001"] * 500),
        "*/*" + COMMAS,
    ),
    "Content-Type": (f"application/json{BLANKS}x", "application/json;" + BLANKS + "charset=x", "a" * 7000),
    "Idempotency-Key": ("k" * 7000, "\u0080" * 100),
    "Authorization": (f"Bearer {'a.' * 3500}", f"Bearer{BLANKS}x", "Bearer " + "A" * 7900),
    "traceparent": ("00-" + "0" * 7000, "cc-" + "-".join(["a" * 32] * 200), BLANKS),
    "Cookie": (";" * 7000, "a=" * 3500, '__Host-meldpunt="' + "\\" * 7000),
    "Range": ("bytes=" + ",".join(["0-"] * 2000), "bytes=" + "0-1," * 1500),
    "X-Forwarded-For": (",".join(["::1"] * 2000), "[" * 7000),
    "Forwarded": ("for=" + '"' + "\\a" * 3500, "for=_," * 1200, ";" * 7000),
}
"""Headers as long as a head may be, each made of what its reader would like to try in many ways."""


def costly(job: str) -> list[str]:
    """What keeps the processor busy, tried in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.attacks.costly", job],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[str] = json.loads(done.stdout)
    return found


def test_no_expression_of_the_desk_tries_every_way() -> None:
    assert costly("expressions") == []


def test_expressions_that_do_would_be_found() -> None:
    assert costly("planted") == list(PLANTED)


def test_no_text_of_a_report_keeps_the_sorting_busy() -> None:
    assert costly("sorting") == []


def test_no_body_keeps_its_reader_busy() -> None:
    assert costly("reading") == []


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str]:
    return {name: fetch_token(server.settings, name) for name in ("ans", "bouke")}


def send(server: Server, raw: bytes) -> Answer:
    """The answer, which comes: `speak` waits ten seconds for it and then fails the test."""
    return speak(server.settings.port, raw)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_header_as_long_as_a_head_may_be_is_answered(
    server: Server, tokens: dict[str, str], stored: Stored, name: str
) -> None:
    case = "00000000-0000-4000-8000-000000000000"
    before = await stored.counts()
    for value in HOSTILE[name]:
        for path, who in ((f"/v1/cases/{case}/transitions", "bouke"), ("/v1/signals", "ans")):
            plain = {"Authorization": f"Bearer {tokens[who]}", "Content-Type": "application/json"}
            headers: Headers = tuple((plain | {name: value}).items())
            assert 400 <= send(server, request("POST", path, headers, b"{}")).status < 500, value[:40]
    for value in HOSTILE["Range"]:
        answer = send(server, request("GET", "/static/base.css", (("Range", value),), b""))
        assert answer.status in {200, 206, 400, 413, 416, 431}
    assert await stored.counts() == before


async def test_a_tag_list_on_a_real_case_is_refused_and_others_are_served(
    server: Server, tokens: dict[str, str], stored: Stored
) -> None:
    """Blanks between commas that any of two could take were tried every way: one line stopped the desk for ever."""
    async with server.client() as desk:
        await desk.as_("ans").report()
        case = await desk.as_("bouke").pull(RIEC)
        before = await stored.counts()
        for value in HOSTILE["If-Match"]:
            headers = (("Authorization", f"Bearer {tokens['bouke']}"), JSON, ("If-Match", f"{value[:980]}x"))
            path = f"/v1/cases/{case['id']}/transitions"
            assert send(server, request("POST", path, headers, b"{}")).status == 400, value[:40]
        assert await stored.counts() == before
        assert (await desk.as_("bouke").get("/v1/queues")).status_code == 200


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_made_to_cost_is_refused(
    server: Server, tokens: dict[str, str], stored: Stored, name: str
) -> None:
    before = await stored.counts()
    headers = (("Authorization", f"Bearer {tokens['ans']}"), JSON)
    answer = send(server, request("POST", "/v1/signals", headers, BODIES[name](1_048_576)))
    assert answer.status == 400, answer.body
    assert await stored.counts() == before


def resident(server: Server) -> int:
    """Bytes of memory that the server has now."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


CODINGS = ("gzip", "deflate", "br", "gzip, gzip", "identity, gzip")


@pytest.fixture(scope="module")
def folded() -> dict[str, bytes]:
    """Less than a megabyte that would be hundreds, by how it is said to be folded."""
    blanks = b" " * 400_000_000
    zipped = gzip.compress(blanks, 1)
    made = dict.fromkeys(CODINGS, zipped) | {
        "deflate": zlib.compress(blanks, 1),
        "gzip, gzip": gzip.compress(zipped),
    }
    cut = {coding: body[:1_000_000] for coding, body in made.items()}
    assert all(len(body) > 1000 for body in cut.values())
    return cut


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_body_that_would_unfold_is_not_unfolded(
    server: Server, tokens: dict[str, str], stored: Stored, folded: dict[str, bytes], coding: str
) -> None:
    """A megabyte that would be a gigabyte: it is read as it is, and that is no JSON."""
    before, most = await stored.counts(), resident(server)
    headers = (("Authorization", f"Bearer {tokens['ans']}"), JSON, ("Content-Encoding", coding))
    assert send(server, request("POST", "/v1/signals", headers, folded[coding])).status in {400, 415}
    assert await stored.counts() == before
    assert resident(server) - most < 100_000_000


def test_a_form_in_many_parts_is_not_taken_apart(server: Server, tokens: dict[str, str]) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    for media in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        headers = (("Authorization", f"Bearer {tokens['ans']}"), ("Content-Type", media))
        assert send(server, request("POST", "/v1/signals", headers, part * 15_000)).status == 415
