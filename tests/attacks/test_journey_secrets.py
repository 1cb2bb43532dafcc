"""Secrets in error reports: a refused start, a fault of ours, the description and the figures tell nobody anything.

Seen in apache/tooling-trusted-releases#545 (an address of a database with its password on a page),
kuzzleio/kuzzle#747 and actionhero/keryx#82 (where it went wrong, in each answer), hynek/structlog#715 (what a
function held, in the log).
"""

import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from app.demo import login
from app.main import create_app
from app.settings import Settings, load
from tests.attacks.inside import words_of_the_inside
from tests.attacks.town import BREAK_GLASS, EMMEN_DESK, Town, settled
from tests.desk import NO_TLS, RIEC, ROOT, TRIAGE_EMMEN, Server, client_for, free_port
from tests.operations import own
from tests.stored import Stored

pytestmark = pytest.mark.anyio
MARK = "zwartgeheim"
MARKED = f"{MARK}-{MARK}-{MARK}"
HEX = base64.b16encode(MARKED.encode()).decode().lower()
REFUSED: dict[str, dict[str, str]] = {
    "an address of another database": {"DATABASE_URL": f"mysql://desk:{MARKED}@127.0.0.1/desk"},
    "an address that is none": {"DATABASE_URL": f"postgresql://desk:{MARKED}@[::1/desk"},
    "a port that is none": {"DATABASE_URL": f"postgresql://desk:{MARKED}@127.0.0.1:{MARK}/desk"},
    "a secret that is none": {"WEBHOOK_SECRETS": f"whsec_{MARKED}!"},
    "a signature for a secret": {"WEBHOOK_SECRETS": f"v1,{MARKED}"},
    "a short secret": {"WEBHOOK_SECRETS": "whsec_" + base64.b64encode(MARK.encode()).decode()},
    "a word for a port": {"PORT": MARKED},
    "a word for an environment": {"ENVIRONMENT": MARKED},
    "a key set at a name and password": {
        "OIDC_ISSUER": "https://sso.example",
        "OIDC_JWKS_URL": f"https://desk:{MARKED}@sso.example",
    },
    "proxies that are none": {"TRUSTED_PROXIES": MARKED},
    "an organisation that is none": {"FALLBACK_ORGANISATION": MARKED},
}
UNREADY = {
    "a key that is none": {"INTAKE_KEY": MARKED},
    "a short key": {"INTAKE_KEY": HEX},
    "another passphrase": {"KEY_PASSPHRASE": MARKED},
}
"""With these the desk waits, as it does for keys that are not made yet."""
COMMANDS = (("serve",), ("serve", "--only", "intake"), ("worker",))


@pytest.fixture(scope="module")
def server(module_settings: Settings) -> Iterator[Server]:
    with Server(module_settings) as running:
        yield running


def run(settings: Settings, told: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """A command with these settings, to its end; one that goes on is ended after a minute and fails the test."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        env=own.environment(settings, **{f"MELDPUNT_{name}": value for name, value in told.items()}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


@pytest.mark.parametrize("why", REFUSED)
def test_a_refused_start_names_the_setting_and_not_what_it_holds(module_settings: Settings, why: str) -> None:
    done = run(module_settings, REFUSED[why], "serve")
    assert done.returncode == 2, (done.returncode, done.stderr[-500:])
    said = done.stdout + done.stderr
    assert "Niet gestart." in said
    assert MARK not in said
    assert base64.b64encode(MARK.encode()).decode() not in said
    assert HEX not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("why", UNREADY)
def test_a_key_that_does_not_fit_is_in_no_line_and_no_answer(module_settings: Settings, why: str) -> None:
    free = module_settings.model_copy(update={"port": free_port()})
    told = {f"MELDPUNT_{name}": value for name, value in UNREADY[why].items()}
    with own.Listening(free, environment=told) as waiting:
        answer = httpx2.get(f"{waiting.url}/readyz", trust_env=False, verify=NO_TLS)
        assert answer.status_code == 503
        assert words_of_the_inside(answer.text) == []
        said = waiting.log.read_text(encoding="utf-8") + answer.text
    assert MARK not in said
    assert HEX not in said


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_other_processes_keep_the_same_silence(module_settings: Settings, command: tuple[str, ...]) -> None:
    for why in ("an address that is none", "a word for a port"):
        done = run(module_settings, REFUSED[why], *command)
        assert done.returncode == 2, (why, done.stderr[-500:])
        assert MARK not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("grants", "list", "gemeente-emmen"),
        ("organisations", "show", "gemeente-emmen"),
        ("migrate",),
        ("keys", "list"),
    ],
    ids=" ".join,
)
def test_a_command_that_reaches_no_database_tells_no_password(
    module_settings: Settings, words: tuple[str, ...]
) -> None:
    url = f"postgresql://desk:{MARKED}@127.0.0.1:1/desk"
    done = run(module_settings, {"DATABASE_URL": url}, *words)
    assert MARK not in done.stdout + done.stderr
    assert done.returncode in {0, 1, 2}


def test_a_list_of_issuers_that_does_not_fit_is_not_repeated(
    module_settings: Settings, tmp_path: Path
) -> None:
    entry = {
        "name": MARKED.upper(),
        "issuer": MARKED,
        "login": {"clientSecretFile": MARKED, "geheim": MARKED},
    }
    for content in (json.dumps([entry]), f'[{{"name": "{MARKED}"'):
        file = tmp_path / "issuers.json"
        file.write_text(content)
        done = run(module_settings, {"ISSUERS_FILE": str(file)}, "serve")
        assert done.returncode == 2
        assert MARK not in (done.stdout + done.stderr).lower()


def test_settings_show_no_secret_when_they_are_shown() -> None:
    secrets = {f"MELDPUNT_{name}": MARKED for name in ("WEBHOOK_SECRETS", "KEY_PASSPHRASE", "INTAKE_KEY")}
    found = load(secrets | {"MELDPUNT_DATABASE_URL": f"postgresql://desk:{MARKED}@127.0.0.1/desk"})
    assert MARK not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"


BREAKAGES = {
    "a column is gone": (
        "alter table approvals rename column reason_code to weg",
        "alter table approvals rename column weg to reason_code",
    ),
    "a table is gone": ("alter table approvals rename to weg", "alter table weg rename to approvals"),
    "a right is gone": (
        "revoke insert on approvals from meldpunt_app",
        "grant insert on approvals to meldpunt_app",
    ),
    "a row may not be": (
        "alter table approvals add constraint kwijt check (false) not valid",
        "alter table approvals drop constraint kwijt",
    ),
    "the log may not be written": (
        "revoke insert on access_entries from meldpunt_app",
        "grant insert on access_entries to meldpunt_app",
    ),
}


@asynccontextmanager
async def broken(stored: Stored, how: str) -> AsyncIterator[None]:
    """The database as its administrator left it, mended afterwards."""
    breaks, mends = BREAKAGES[how]
    await stored.do(breaks)
    try:
        yield
    finally:
        await stored.do(mends)


@pytest.mark.parametrize("how", BREAKAGES)
async def test_a_fault_of_ours_says_that_it_is_ours_and_nothing_more(
    server: Server, stored: Stored, how: str
) -> None:
    async with server.client() as desk:
        femke = desk.as_("femke")
        body = BREAK_GLASS | {"reasonCode": "absence"}
        assert (await femke.post("/v1/approvals", body)).status_code == 201
        async with broken(stored, how):
            for _ in range(3):
                answer = await femke.post("/v1/approvals", body)
                assert answer.status_code in {500, 503}, how
                assert answer.headers["content-type"] == "application/problem+json"
                assert set(answer.json()) == {"type", "title", "status", "detail", "code"}
                assert words_of_the_inside(answer.text) == []
                assert "server" not in answer.headers
        for _ in range(5):
            mended = await femke.post("/v1/approvals", body)
        assert mended.status_code == 201


def log_of(server: Server) -> str:
    return server.log.read_text(encoding="utf-8")


async def test_what_could_not_be_stored_is_in_no_line(server: Server, stored: Stored) -> None:
    async with server.client() as desk:
        fenna = desk.as_("fenna")
        await desk.as_("ans").report(text="Ik zag iets vreemds.")
        case = await fenna.pull(TRIAGE_EMMEN)
        await stored.do("alter table messages add constraint kwijt check (false) not valid")
        try:
            for path, body in (
                (f"/v1/cases/{case['id']}/messages", {"text": f"Vraag {MARKED}"}),
                (f"/v1/cases/{case['id']}/openings", {"purpose": "reply", "reason": f"Omdat {MARKED}"}),
            ):
                answer = await fenna.post(path, body)
                assert MARK not in answer.text
        finally:
            await stored.do("alter table messages drop constraint kwijt")
    assert MARK not in log_of(server)


@pytest.fixture(scope="module")
async def town(server: Server) -> AsyncIterator[Town]:
    app = create_app(server.settings, cast=login.cards(), logins=[login.router])
    async with client_for(app, server.settings) as client, settled(client) as made:
        yield made


async def test_what_everybody_may_read_holds_no_secret_of_anybody(server: Server, town: Town) -> None:
    """The description, health, the pages and what they load."""
    async with server.client() as desk:
        pages = [
            "/v1/openapi.json",
            "/healthz",
            "/readyz",
            "/",
            "/inloggen",
            "/melden",
            "/opvolgen",
            "/privacy",
        ]
        for path in pages:
            answer = await desk.http.get(path)
            assert answer.status_code == 200
            said = answer.text + str(answer.headers)
            assert town.leaks(None, said) == [], path
            assert words_of_the_inside(said) == [], path
            assert "server" not in answer.headers


async def test_figures_for_the_machine_room_name_nobody(server: Server, town: Town) -> None:
    async with server.client() as desk:
        await desk.as_("bouke").get(f"{RIEC}/cases")
        for name in EMMEN_DESK:
            await desk.as_(name).get(f"/v1/cases/{town.cases['emmen']['id']}")
        assert (await desk.http.get("/metrics")).status_code == 404
    port = server.settings.metrics_port or server.settings.port + 1
    told = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, verify=NO_TLS).text
    assert "meldpunt_" in told
    assert town.leaks(None, told) == []
    assert "gemeente-emmen" not in told or "queue" in told, "an organisation only as the name of a queue"


async def test_the_lines_of_the_desk_name_no_secret(server: Server, town: Town) -> None:
    said = log_of(server)
    assert len(said) > 1000
    assert town.leaks(None, said) == []
