"""An act and its entry are one: no entry, nothing commits; a refusal leaves its denial, or the desk is unavailable."""

from typing import Annotated
from uuid import uuid4

import pytest
from fastapi import APIRouter, Depends

from app.audit.act import Act, AnyAct, Require
from app.audit.entries import Act as Entry
from app.errors import Conflict, Forbidden
from app.http.application import Desk as Application
from app.settings import Settings
from tests.audit.rows import actions, acts
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio

KEPT = "select count(*) from sessions"
NO_CASE = "/v1/cases/3f8a1c2e-0000-4000-8000-000000000001"
routes = APIRouter()
Work = Annotated[Act[None], Depends(Require("queue:list"), scope="function")]


async def write(act: AnyAct) -> None:
    """Change something that would be seen if it were committed."""
    values = (uuid4().bytes, b"", act.at)
    await act.connection.exec_driver_sql(
        "insert into sessions (digest, content, person, ends_at) values ($1, $2, $2, $3)", values
    )


@routes.post("/silent")
async def silent(act: Work) -> None:
    await write(act)


@routes.post("/recorded")
async def recorded(act: Work) -> None:
    await write(act)
    act.record(Entry("queues_listed", "queue"))


@routes.post("/unlisted")
async def unlisted(act: Work) -> None:
    await write(act)
    act.record(Entry("queue_painted", "queue"))


@routes.post("/forbidden")
async def forbidden(act: Work) -> None:
    await write(act)
    act.record(Entry("queues_listed", "queue"))
    raise Forbidden(reason="not_today")


@routes.post("/conflict")
async def conflict(act: Work) -> None:
    await write(act)
    act.record(Entry("queues_listed", "queue"))
    raise Conflict(reason="not_now")


@routes.post("/restarted")
async def restarted(act: Work) -> None:
    act.record(Entry("queues_listed", "queue"))
    await act.restart()
    await write(act)


@pytest.fixture
def application(application: Application) -> Application:
    """The desk with acts that go wrong."""
    application.include_router(routes, prefix="/v1/acts")
    return application


async def kept(settings: Settings) -> int:
    async with look.as_superuser(settings) as connection:
        return int(await look.one(connection, KEPT))


async def shut_the_log(settings: Settings, login: str) -> None:
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql(f"revoke insert on access_values from {login}")


async def test_an_act_commits_with_its_entry(client: Client, settings: Settings) -> None:
    assert (await client.as_("bouke").post("/v1/acts/recorded")).status_code == 200
    assert await kept(settings) == 1
    assert await actions(settings) == ["queues_listed"]


@pytest.mark.parametrize("path", ["silent", "unlisted", "restarted"])
async def test_an_act_without_an_entry_of_the_closed_list_commits_nothing(
    client: Client, settings: Settings, path: str
) -> None:
    assert (await client.as_("bouke").post(f"/v1/acts/{path}")).status_code == 500
    assert await kept(settings) == 0
    assert await actions(settings) == []


async def test_a_refusal_undoes_the_act_and_leaves_its_denial_alone(
    client: Client, settings: Settings
) -> None:
    assert (await client.as_("bouke").post("/v1/acts/forbidden")).status_code == 403
    assert await kept(settings) == 0
    [denial] = await acts(settings)
    assert (denial["action"], denial["outcome"]) == ("queues_listed", "denied")
    assert (denial["reason_code"], denial["value"]) == ("not_today", client.as_("bouke").sub)


async def test_what_cannot_be_done_now_undoes_the_act_and_leaves_that_it_failed(
    client: Client, settings: Settings
) -> None:
    assert (await client.as_("bouke").post("/v1/acts/conflict")).status_code == 409
    assert await kept(settings) == 0
    [failure] = await acts(settings)
    assert (failure["outcome"], failure["reason_code"]) == ("failed", "not_now")


async def test_where_the_entry_cannot_be_written_nothing_is_done_and_nothing_is_said(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await shut_the_log(settings, "meldpunt_app")
    opened = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "assessment"})
    assert opened.status_code in {500, 503}
    assert "parts" not in opened.json()
    assert (await bouke.post("/v1/acts/recorded")).status_code in {500, 503}
    assert await kept(settings) == 0
    assert "case_opened" not in await actions(settings)
    async with look.as_superuser(settings) as connection:
        assert await look.one(connection, "select count(*) from openings") == 0
    assert made["id"] == case["signalId"]


async def test_a_report_whose_entry_cannot_be_written_gets_no_receipt(
    client: Client, settings: Settings
) -> None:
    await shut_the_log(settings, "meldpunt_intake")
    answer = await client.as_("ans").post("/v1/signals", {"text": "Een melding."})
    assert answer.status_code in {500, 503}
    assert "receiptCode" not in answer.json()
    async with look.as_superuser(settings) as connection:
        for table in ("signals", "sealed_parts", "receipts", "cases", "wraps.wraps"):
            assert await look.one(connection, f"select count(*) from {table}") == 0


@pytest.mark.parametrize(
    ("name", "path"),
    [("bouke", NO_CASE), ("bouke", f"{TRIAGE_EMMEN}/cases"), ("ans", "/v1/queues"), (None, "/v1/queues")],
)
async def test_a_denial_that_cannot_be_written_makes_the_desk_unavailable_each_time(
    client: Client, settings: Settings, name: str | None, path: str
) -> None:
    caller = client.as_(name)
    await shut_the_log(settings, "meldpunt_app")
    for _ in range(2):
        assert (await caller.get(path)).status_code == 503
    assert await actions(settings) == []


@pytest.mark.parametrize(
    ("name", "path", "status", "action", "reason"),
    [
        ("bouke", NO_CASE, 404, "case_viewed", "no_such_case"),
        ("bouke", f"{TRIAGE_EMMEN}/cases", 404, "case_listed", "no_such_queue"),
        ("ans", "/v1/queues", 403, "queues_listed", "role_missing"),
        ("bouke", "/v1/access-log", 403, "log_queried", "role_missing"),
        (None, "/v1/queues", 401, "token_refused", None),
    ],
)
async def test_every_denial_is_one_entry_with_its_reason(
    client: Client,
    settings: Settings,
    name: str | None,
    path: str,
    status: int,
    action: str,
    reason: str | None,
) -> None:
    assert (await client.as_(name).get(path)).status_code == status
    [denial] = await acts(settings)
    assert (denial["action"], denial["outcome"]) == (action, "denied")
    assert denial["value"] == ("stranger" if name is None else client.as_(name).sub)
    assert reason is None or denial["reason_code"] == reason
    assert str(denial["case_id"]) == (NO_CASE.rpartition("/")[2] if "cases/" in path else "None")


@pytest.mark.parametrize(
    ("queue", "named"),
    [
        ("triage-gemeente-assen", "triage-gemeente-assen"),
        ("rudd", "rudd"),
        ("triage-jan-jansen-verkoopt-wiet", None),
        ("None", None),
        ("riec-%6e", None),
    ],
)
async def test_a_denial_names_a_queue_only_by_an_id_that_exists(
    client: Client, settings: Settings, queue: str, named: str | None
) -> None:
    assert (await client.as_("bouke").get(f"/v1/queues/{queue}/cases")).status_code == 404
    [denial] = await acts(settings)
    assert denial["object_id"] == named
    assert b"jansen" not in denial["leaf"]


async def test_a_flood_of_refused_tokens_is_one_entry_a_minute_and_reason(
    client: Client, settings: Settings
) -> None:
    for _ in range(5):
        assert (await client.as_(None).get("/v1/queues")).status_code == 401
        forged = await client.as_(None).get("/v1/queues", {"Authorization": "Bearer x.y.z"})
        assert forged.status_code == 401
    log = [row for row in await acts(settings) if row["action"] == "token_refused"]
    assert len(log) == len({row["reason_code"] for row in log}) == 2
