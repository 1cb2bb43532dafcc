"""No secret is told: not by a start that fails, not by a desk at work or in trouble, in lines, figures or spans."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from app.database import Login, password_of
from app.settings import Settings
from tests.desk import NO_TLS, RIEC, Client, Server, free_port, new_key
from tests.operations import own
from tests.operations.collector import collector
from tests.operations.planted import STEM, delivery, found_in, report

pytestmark = pytest.mark.anyio

REFUSED = {
    "DATABASE_URL": f"postgresql://beheer:{STEM}@[half/meldpunt",
    "WEBHOOK_SECRETS": f"whsec_{STEM}",
    "OIDC_ISSUER": f"https://{STEM}.example",
    "OIDC_JWKS_URL": f"https://beheer:{STEM}@issuer.example/keys",
    "ISSUERS_FILE": f'[{{"name": "x", "issuer": "{STEM}", "clientSecret": "{STEM}"}}]',
    "ORIGINS_FILE": f'{{"gemeente-emmen": ["{STEM}"]}}',
    "TRUSTED_PROXIES": STEM,
    "FALLBACK_ORGANISATION": STEM,
    "OTLP_URL": f"https://beheer:{STEM}@collector.example/v1/traces",
    "METRICS_PORT": STEM,
    "POOL_SIZE": STEM,
    "ENVIRONMENT": STEM,
}
"""A value for each of these settings that stops the start, with a marker where a secret could stand."""
UNREADY = {"INTAKE_KEY": STEM, "KEY_PASSPHRASE": STEM, "DIRECTORY_KEY": f"/{STEM}"}
"""And for these, with which the desk lives and has no keys."""


@pytest.fixture
def told(cluster: Settings) -> dict[str, str]:
    """What a process is told that needs no database to fail."""
    nowhere = SecretStr("postgresql:///meldpunt")
    return own.environment(cluster.model_copy(update={"database_url": nowhere, "port": free_port()}))


@pytest.mark.parametrize("setting", REFUSED)
def test_a_start_that_is_refused_names_the_setting_and_shows_nothing_of_it(
    told: dict[str, str], tmp_path: Path, setting: str
) -> None:
    value = REFUSED[setting]
    if setting.endswith("_FILE"):
        file = tmp_path / "marked.json"
        file.write_text(value)
        value = str(file)
    done = own.run(told | {f"MELDPUNT_{setting}": value}, "serve")
    assert done.returncode == 2, done.stderr
    assert "MELDPUNT_" in done.stderr
    assert found_in((done.stdout + done.stderr).encode(), [STEM]) == []
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("setting", UNREADY)
def test_a_key_that_does_not_fit_is_told_by_a_code(cluster: Settings, setting: str, tmp_path: Path) -> None:
    settings = cluster.model_copy(
        update={"database_url": SecretStr("postgresql:///meldpunt"), "port": free_port()}
    )
    server = own.Listening(settings, environment={f"MELDPUNT_{setting}": UNREADY[setting]})
    server.log = tmp_path / "serve.log"
    with server:
        assert own.status_of(server, "/readyz") == 503
    said = server.log.read_bytes()
    assert b'"event":"not_ready"' in said
    assert b'"reason":"keys"' in said
    assert found_in(said, [STEM]) == []


@pytest.fixture(scope="module")
def own_settings() -> Iterator[Settings]:
    """A desk on a database server of its own."""
    with own.own_desk() as settings:
        yield settings


def secrets_of(settings: Settings, desk: Client) -> list[str]:
    """What must never be told: passphrase, keys, passwords of logins, tokens."""
    passphrase = (settings.home / "keys" / "passphrase").read_text().strip()
    intake = (settings.home / "keys" / "intake.key").read_text().strip()
    passwords = [password_of(settings.logins_folder, login) for login in (*Login, "postgres")]
    tokens = [desk.as_(name).token().rpartition(".")[2] for name in ("ans", "bouke", "dirk")]
    found = [passphrase, intake, *passwords, *tokens]
    assert all(len(one) >= 20 for one in found)
    return found


async def trouble(desk: Client, settings: Settings, key: str, sent: dict[str, str], raw: bytes) -> list[str]:
    """A day with faults in it; the secrets that were made on the way."""
    ans, bouke = desk.as_("ans"), desk.as_("bouke")
    made = await ans.post("/v1/signals", report(), {"Idempotency-Key": key})
    assert made.status_code == 201
    code = made.json()["receiptCode"]
    assert (await desk.post("/v1/receipt-lookups", {"receiptCode": code})).status_code == 200
    assert (await desk.send("/v1/webhooks/citizen-reports", raw, sent)).status_code == 202
    signed_in = await desk.http.post(
        "/web/demo-logins", json={"name": "bouke"}, headers={"Origin": str(desk.http.base_url).rstrip("/")}
    )
    assert signed_in.status_code == 201
    cookie = signed_in.cookies["__Host-meldpunt"]
    never = "add constraint never check (false) not valid"
    with own.altered(settings, f"alter table cases {never}", "alter table cases drop constraint never"):
        assert (await ans.post("/v1/signals", report(), {"Idempotency-Key": new_key()})).status_code == 503
    with own.altered(
        settings,
        "revoke select on cases from meldpunt_app",
        "grant select on cases to meldpunt_app",
    ):
        assert (await bouke.get(f"{RIEC}/cases")).status_code == 500
    own.stop_database(settings.home)
    assert (await bouke.get(f"{RIEC}/cases")).status_code == 503
    own.start_database(settings.home)
    return [code, code.replace("-", ""), cookie, signed_in.json()["sessionToken"]]


async def test_a_desk_in_trouble_tells_no_secret_in_lines_figures_or_spans(
    own_settings: Settings,
) -> None:
    webhook, key = own.new_secret(), new_key()
    raw = delivery(webhook, f"msg_{key}")
    with ExitStack() as stack:
        received = stack.enter_context(collector())
        environment = {"MELDPUNT_WEBHOOK_SECRETS": webhook, "MELDPUNT_OTLP_URL": received.url}
        server = stack.enter_context(Server(own_settings, environment=environment))
        async with server.client() as desk:
            hidden = secrets_of(own_settings, desk)
            hidden += await trouble(desk, own_settings, key, raw.headers, raw.raw)
        port = own_settings.port + 1
        figures = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, verify=NO_TLS).content
        told = stack.enter_context(own.command(server.environment(), "keys", "list"))
        listed, _ = told.communicate()
    hidden += [webhook.removeprefix("whsec_"), key, STEM]
    lines = server.log.read_bytes()
    assert lines.count(b"\n") > 10
    assert b'"event":"failed"' in lines
    assert b'"event":"row_refused"' in lines
    assert b"meldpunt_requests_total" in figures
    assert len(received.spans) > 3
    for told_there in (lines, figures, b"".join(received.bodies), listed.encode()):
        assert found_in(told_there, hidden) == []
