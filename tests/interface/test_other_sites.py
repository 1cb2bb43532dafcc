"""The intranet form of an organisation reports from its own site; the form of another, or any other site, does not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings
from tests.desk import REPORT, RIEC, Client, client_for

pytestmark = pytest.mark.anyio

EMMEN, ASSEN = "https://intranet.emmen.example", "https://intranet.assen.example"
CROSS = "access-control-allow-origin"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    listed = tmp_path_factory.mktemp("origins") / "origins.json"
    listed.write_text(json.dumps({"gemeente-emmen": [EMMEN], "gemeente-assen": [ASSEN]}))
    return listed


@pytest.fixture(scope="module")
async def desk(module_settings: Settings, file: Path) -> AsyncIterator[Client]:
    settings = module_settings.model_copy(update={"origins_file": file})
    async with client_for(create_app(settings), settings) as caller:
        yield caller


@pytest.mark.parametrize("name", ["ans", "formulier-emmen"])
async def test_from_the_own_site_a_report_goes_in_and_its_receipt_can_be_read(
    desk: Client, name: str
) -> None:
    asked = {"Origin": EMMEN, "Access-Control-Request-Method": "POST"}
    first = await desk.http.options("/v1/signals", headers=asked)
    assert (first.status_code, first.headers[CROSS]) == (204, EMMEN)
    answer = await desk.as_(name).post("/v1/signals", REPORT, {"Origin": EMMEN})
    assert answer.status_code == 201
    assert answer.headers[CROSS] == EMMEN
    assert answer.json()["receiptCode"]


async def test_a_refusal_can_be_read_there_as_well(desk: Client) -> None:
    for who, body, status in (("ans", {"text": ""}, 400), (None, REPORT, 401), ("dirk", REPORT, 403)):
        answer = await desk.as_(who).post("/v1/signals", body, {"Origin": EMMEN})
        assert answer.status_code == status
        assert answer.headers[CROSS] == EMMEN


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("eva", EMMEN),
        ("ans", ASSEN),
        ("formulier-emmen", ASSEN),
        ("bouke", EMMEN),
        ("ans", "https://elders.example"),
        ("ans", "null"),
    ],
)
async def test_from_another_site_nothing_goes_in_and_the_try_is_in_the_log(
    desk: Client, name: str, origin: str
) -> None:
    dirk = desk.as_("dirk")
    before = await dirk.items("/v1/access-log?action=signal_submitted&outcome=denied")
    answer = await desk.as_(name).post("/v1/signals", REPORT, {"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["reason"] == "other_origin"
    after = await dirk.items("/v1/access-log?action=signal_submitted&outcome=denied")
    assert [one["reasonCode"] for one in after[: len(after) - len(before)]] == ["other_origin"]


async def test_a_listed_site_may_report_and_nothing_else(desk: Client) -> None:
    """Not with the rights of whoever looks at it, however many she has."""
    fenna, bouke = desk.as_("fenna"), desk.as_("bouke")
    for who, method, path in (
        (fenna, "GET", "/v1/queues"),
        (fenna, "GET", "/v1/queues/triage-gemeente-emmen/cases"),
        (bouke, "POST", f"{RIEC}/claims"),
        (desk.as_("hilde"), "GET", "/v1/access-log"),
    ):
        answer = await who.send(path, b"{}", {"Origin": EMMEN}, method)
        assert answer.status_code == 403, path
        assert CROSS not in answer.headers


async def test_a_receipt_is_not_read_by_another_site(desk: Client) -> None:
    made = await desk.as_("ans").report()
    answer = await desk.post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]}, {"Origin": EMMEN})
    assert CROSS not in answer.headers
    asked = {"Origin": EMMEN, "Access-Control-Request-Method": "POST"}
    assert (await desk.http.options("/v1/receipt-lookups", headers=asked)).status_code == 405


async def test_programs_send_no_origin_and_our_own_pages_send_ours(desk: Client) -> None:
    assert (await desk.as_("ans").post("/v1/signals", REPORT)).status_code == 201
    own = {"Origin": "http://127.0.0.1"}
    assert (await desk.as_("ans").post("/v1/signals", REPORT, own)).status_code == 201
    assert (await desk.as_("bouke").get("/v1/queues", own)).status_code == 200
