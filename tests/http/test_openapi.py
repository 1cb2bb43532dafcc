"""The public description: complete, true, and as the NLgov API Design Rules want it."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Depends

from app.http import openapi
from app.http.application import Desk
from app.http.body import Input
from tests.http.sample import CONTACT, Guard, describe, sample

RULES = Path(__file__).parents[2].parent / "shared" / "standards" / "adr-2.2-linter.yaml"
SPECTRAL = Path(tempfile.gettempdir()) / "acceptance-spectral" / "node_modules" / ".bin" / "spectral"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe(sample())


def test_the_linter_of_the_design_rules_finds_no_error(document: dict[str, Any], tmp_path: Path) -> None:
    if not RULES.exists():
        pytest.skip("the standards folder ../shared is absent")
    if not SPECTRAL.exists() and shutil.which("npm") is None:
        pytest.skip("spectral is absent and npm, which could install it, too")
    if not SPECTRAL.exists():
        SPECTRAL.parents[2].mkdir(exist_ok=True)
        command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "@stoplight/spectral-cli@6.16.3"]
        if subprocess.run(command, cwd=SPECTRAL.parents[2], capture_output=True, check=False).returncode:
            pytest.skip("npm could not install spectral")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    command = [str(SPECTRAL), "lint", "-r", str(RULES), "-f", "json", "--quiet", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("["), done.stderr
    assert [found["code"] for found in json.loads(done.stdout) if found["severity"] <= 1] == []


@pytest.mark.anyio
async def test_the_document_is_served_as_it_is(client: httpx2.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.get("/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == document


def test_only_public_routes_are_described(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {"/reports", "/receipt-lookups", "/cases", "/cases/{caseId}"}
    assert document["servers"] == [{"url": "/v1"}]
    assert document["info"]["contact"]["email"] == CONTACT["email"]


def test_a_body_behind_a_door_is_described(document: dict[str, Any]) -> None:
    submit = document["paths"]["/reports"]["post"]
    assert submit["requestBody"]["required"] is True
    assert submit["requestBody"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Report"}}
    }
    report = document["components"]["schemas"]["Report"]
    assert report["additionalProperties"] is False
    assert {"observedFrom", "minorInvolved"} <= set(report["properties"])
    assert report["properties"]["text"]["maxLength"] == 20_000


def test_a_query_string_is_described(document: dict[str, Any]) -> None:
    parameters = {each["name"]: each for each in document["paths"]["/cases"]["get"]["parameters"]}
    assert set(parameters) == {"state", "actor", "caseId", "overdue", "since", "limit"}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert parameters["actor"]["schema"]["pattern"].startswith("^[^")
    assert parameters["state"]["schema"]["enum"] == ["new", "closed"]
    assert all(each["in"] == "query" and not each["required"] for each in parameters.values())


def test_who_must_be_signed_in_is_described(document: dict[str, Any]) -> None:
    submit, follow = document["paths"]["/reports"]["post"], document["paths"]["/receipt-lookups"]["post"]
    assert submit["security"] == [{"bearer": []}]
    assert "security" not in follow
    assert "401" not in follow["responses"]


def test_every_refusal_is_described(document: dict[str, Any]) -> None:
    responses = {
        f"{method} {path}": set(operation["responses"])
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    common = {"400", "406", "414", "429", "431", "500", "503"}
    named = common | {"401", "403"}
    body = {"408", "409", "413", "415"}
    assert responses == {
        "post /reports": {"201"} | named | body,
        "post /receipt-lookups": {"200", "404"} | common | body,
        "get /cases": {"200"} | named,
        "get /cases/{caseId}": {"200", "404"} | named,
        "post /cases/{caseId}": {"204", "404", "412", "428"} | named | body,
    }


def test_every_answer_has_its_version_and_no_framework_words(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status < "400":
                    assert "API-Version" in response["headers"]
                else:
                    assert response == {"$ref": f"#/components/responses/Problem{status}"}
    assert "HTTPValidationError" not in json.dumps(document)


def test_a_condition_and_a_key_are_described(document: dict[str, Any]) -> None:
    move, submit = document["paths"]["/cases/{caseId}"]["post"], document["paths"]["/reports"]["post"]
    assert {"$ref": "#/components/parameters/IfMatch"} in move["parameters"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in submit["parameters"]


def test_operations_have_short_names(document: dict[str, Any]) -> None:
    assert document["paths"]["/cases/{caseId}"]["post"]["operationId"] == "moveCase"


def test_a_desk_without_routes_is_not_described() -> None:
    with pytest.raises(ValueError, match="no public route"):
        describe(Desk())


def test_two_models_of_one_name_are_not_described() -> None:
    class Kept(Input):
        colour: str

    desk = sample()
    router = APIRouter()

    @router.post("/others")
    async def other(body: None = Depends(Guard("other:make", Kept), scope="function")) -> None:
        """Make another."""

    desk.include_router(router, prefix="/v1")
    with pytest.raises(ValueError, match="Kept"):
        openapi.describe(desk, description="x", contact=CONTACT)
