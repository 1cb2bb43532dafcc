"""The public description of the real desk: complete, by the design rules, and the one thing open to other sites."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from app.http.application import Desk
from tests.desk import ROOT, Client

pytestmark = pytest.mark.anyio

RULES = ROOT.parent / "shared" / "standards" / "adr-2.2-linter.yaml"
TOOLS = Path(tempfile.gettempdir()) / "acceptance-spectral"
SPECTRAL = TOOLS / "node_modules" / ".bin" / "spectral"
ADDRESS = "/v1/openapi.json"
FIRST = {
    "POST /signals",
    "POST /receipt-lookups",
    "POST /receipt-messages",
    "POST /webhooks/citizen-reports",
    "GET /queues",
    "GET /queues/{queueId}/cases",
    "POST /queues/{queueId}/claims",
    "GET /cases/{caseId}",
    "POST /cases/{caseId}/openings",
    "POST /cases/{caseId}/transitions",
    "GET /cases/{caseId}/transitions",
    "POST /cases/{caseId}/classifications",
    "GET /cases/{caseId}/classifications",
    "POST /cases/{caseId}/messages",
    "GET /cases/{caseId}/messages",
    "GET /access-log",
}


@pytest.fixture
async def document(client: Client) -> dict[str, Any]:
    answer = await client.get(ADDRESS)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def lint(document: dict[str, Any], folder: Path) -> list[tuple[str, object]]:
    """The errors that the linter of the design rules finds; skips where it cannot be had."""
    if not RULES.exists():
        pytest.skip("the standards folder ../shared is absent")
    if not SPECTRAL.exists():
        if shutil.which("npm") is None:
            pytest.skip("spectral is absent, and npm, which could install it, too")
        TOOLS.mkdir(exist_ok=True)
        command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "@stoplight/spectral-cli@6.16.3"]
        if subprocess.run(command, cwd=TOOLS, capture_output=True, check=False).returncode:
            pytest.skip("npm could not install spectral")
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    command = [str(SPECTRAL), "lint", "-r", str(RULES), "-f", "json", "--quiet", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("["), done.stderr
    return [(found["code"], found["path"]) for found in json.loads(done.stdout) if found["severity"] == 0]


async def test_the_linter_of_the_design_rules_finds_no_error(
    document: dict[str, Any], tmp_path: Path
) -> None:
    assert lint(document, tmp_path) == []


async def test_the_linter_would_find_an_error(document: dict[str, Any], tmp_path: Path) -> None:
    """A rule that is broken on purpose is told, so that silence means something."""
    document["paths"]["/Slecht_pad/"] = document["paths"].pop("/queues")
    assert lint(document, tmp_path) != []


async def test_every_route_of_the_first_desk_is_described(document: dict[str, Any]) -> None:
    assert set(operations(document)) >= FIRST
    assert len(document["paths"]) >= 12


async def test_what_a_caller_must_send_is_described(document: dict[str, Any]) -> None:
    found = operations(document)
    wanted = {
        "POST /signals": {"IdempotencyKey"},
        "POST /receipt-messages": {"IdempotencyKey"},
        "POST /queues/{queueId}/claims": {"IdempotencyKey"},
        "POST /cases/{caseId}/messages": {"IdempotencyKey"},
        "POST /cases/{caseId}/transitions": {"IfMatch"},
        "POST /cases/{caseId}/classifications": {"IfMatch"},
        "POST /webhooks/citizen-reports": {"WebhookId", "WebhookTimestamp", "WebhookSignature"},
    }
    for name, operation in found.items():
        given = {str(one.get("$ref", "")).rsplit("/", 1)[-1] for one in operation.get("parameters", ())} - {
            ""
        }
        assert given == wanted.get(name, set()), name
        if name in wanted and wanted[name] == {"IfMatch"}:
            assert {"412", "428"} <= set(operation["responses"]), name
    webhook = found["POST /webhooks/citizen-reports"]
    assert list(webhook["requestBody"]["content"]) == ["application/cloudevents+json"]
    assert "security" not in webhook
    assert {"401", "409", "413", "415"} <= set(webhook["responses"])


async def test_only_receipts_and_deliveries_need_no_token(document: dict[str, Any]) -> None:
    unguarded = {name for name, operation in operations(document).items() if "security" not in operation}
    assert unguarded == {
        "POST /receipt-lookups",
        "POST /receipt-messages",
        "POST /webhooks/citizen-reports",
    }


async def test_the_description_alone_is_open_to_other_sites(client: Client) -> None:
    other = {"Origin": "https://elders.example"}
    answer = await client.get(ADDRESS, other)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["api-version"]
    for path in ("/v1/queues", "/healthz", "/readyz", "/", "/v1/nothing"):
        answer = await client.get(path, other)
        assert "access-control-allow-origin" not in answer.headers, path


async def test_the_pages_own_routes_are_not_described(document: dict[str, Any], application: Desk) -> None:
    assert not [path for path in document["paths"] if "web" in path.split("/") or "session" in path]
    assert document["servers"] == [{"url": "/v1"}]
