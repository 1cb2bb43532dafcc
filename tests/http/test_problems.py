"""Refusals: problem+json with our words, the right status, and nothing of what was sent."""

import httpx2
import pytest

from app import errors
from app.errors import Fault
from app.http import problems

pytestmark = pytest.mark.anyio

TOKEN = {"Authorization": "Bearer x"}


async def test_a_refusal_says_what_and_what_next(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/half")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    problem = answer.json()
    assert problem["type"] == "urn:meldpunt:problem:unavailable"
    assert (problem["status"], problem["title"]) == (503, "Nog niet opgeslagen")
    assert "no_database" not in answer.text


def test_the_reason_is_told_only_where_the_caller_may_know_it() -> None:
    told = problems.document(errors.Forbidden(reason="role_missing"))
    hidden = problems.document(errors.NotFound(reason="other_queue"))
    secret = problems.document(errors.Unauthenticated(reason="bad_signature"))
    assert told["reason"] == "role_missing"
    assert "reason" not in hidden
    assert "reason" not in secret


def test_a_fault_points_into_the_body_or_names_a_parameter() -> None:
    refusal = errors.Invalid(
        faults=[Fault("/text", "a", "A."), Fault("limit", "b", "B."), Fault("", "c", "C.")]
    )
    assert problems.document(refusal)["errors"] == [
        {"pointer": "/text", "code": "a", "detail": "A."},
        {"parameter": "limit", "code": "b", "detail": "B."},
        {"pointer": "", "code": "c", "detail": "C."},
    ]


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 418, 428, 429, 500, 502, 503]
)
@pytest.mark.parametrize("how", ["texts", "raised"])
async def test_words_of_a_library_become_ours(client: httpx2.AsyncClient, how: str, status: int) -> None:
    answer = await client.get(f"/v1/{how}/{status}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "MARKER" not in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_a_library_keeps_the_wait_it_asked_for(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/texts/418")).headers["retry-after"] == "7"
    assert (await client.get("/v1/raised/418")).headers["retry-after"] == "7"


async def test_a_wrong_method_is_told_every_right_one(client: httpx2.AsyncClient) -> None:
    answer = await client.put(f"/v1/cases/{'0' * 8}-0000-4000-8000-{'0' * 12}")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert (await client.get("/v1/reports")).headers["allow"] == "POST"


async def test_a_stranger_is_told_how_to_prove_who_she_is(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/cases")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_what_nobody_foresaw_is_a_500_that_says_nothing(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/broken")
    assert answer.status_code == 500
    assert answer.json()["title"] == "Er ging iets mis"
    assert "MARKER" not in answer.text
    assert "ValueError" not in answer.text


async def test_a_bad_id_in_the_path_is_400_without_the_id(client: httpx2.AsyncClient) -> None:
    for bad in ("MARKER", "%00", "1_2"):
        answer = await client.get(f"/v1/cases/{bad}", headers=TOKEN)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameter"] == "caseId"
        assert "MARKER" not in answer.text


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "application/problem+json",
        "",
        "TEXT/HTML,Application/JSON",
    ],
)
async def test_who_takes_json_gets_it(client: httpx2.AsyncClient, accept: str) -> None:
    assert (await client.get("/v1/weak-headers", headers={"Accept": accept})).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/*",
        "application/xml",
        "application/json;q=0",
        "*/*;q=0.0",
        "nonsense",
        "*/*, application/*;q=0",
    ],
)
async def test_who_takes_no_json_gets_406(client: httpx2.AsyncClient, accept: str) -> None:
    answer = await client.get("/v1/weak-headers", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_and_checkpoints_are_asked_as_text(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/melden", headers={"Accept": "text/html"})).status_code == 200
    assert (await client.get("/v1/checkpoint", headers={"Accept": "text/plain"})).status_code == 200
