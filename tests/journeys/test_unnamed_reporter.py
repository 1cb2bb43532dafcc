"""Who reported stands only in the sealed reporter part, and of an anonymous report nothing is kept at all."""

from datetime import UTC, datetime

import pytest

from app.settings import Settings
from tests.casework.steps import LAB, places_of, query
from tests.desk import Client, Server, new_key

pytestmark = pytest.mark.anyio
AGENT = "MerkwaardigeBrowser/7"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def off_the_hour(settings: Settings, signal: str) -> list[str]:
    """The times kept of a signal that are finer than an hour, as table.column."""
    columns = await query(
        settings,
        "select format('%I.%I', t.table_schema, t.table_name) as name, t.column_name as moment,"
        " exists (select 1 from information_schema.columns c where c.table_schema = t.table_schema"
        "  and c.table_name = t.table_name and c.column_name = 'signal_id') as linked"
        " from information_schema.columns t where t.data_type = 'timestamp with time zone'"
        " and t.table_schema = 'public'",
    )
    link = {"public.signals": "id", "public.idempotency": "object_id"}
    fine = []
    for column in columns:
        key = "signal_id" if column["linked"] else link.get(column["name"])
        if key is None:
            continue
        found = await query(
            settings,
            f"select 1 from {column['name']} where {key} = :signal"
            f" and {column['moment']} <> date_trunc('hour', {column['moment']})",
            signal=signal,
        )
        if found:
            fine.append(f"{column['name']}.{column['moment']}")
    return fine


async def report(desk: Client, **members: object) -> dict[str, str]:
    """A report of ans from a browser and a network that tell on her."""
    headers = {
        "Idempotency-Key": new_key(),
        "User-Agent": AGENT,
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
        "X-Forwarded-For": "203.0.113.77",
    }
    body = {"text": LAB, "location": {"municipalityCode": "0114"}} | members
    answer = await desk.as_("ans").post("/v1/signals", body, headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


async def test_of_an_anonymous_report_nothing_of_its_sender_is_kept(module_server: Server) -> None:
    settings = module_server.settings
    async with module_server.client() as desk:
        made = await report(desk, confidentiality="anonymous")
        received = datetime.fromisoformat(made["receivedAt"])
        assert (received.minute, received.second, received.microsecond) == (0, 0, 0)
        assert (datetime.now(UTC) - received).total_seconds() < 2 * 3600
        assert await places_of(settings, desk.as_("ans").sub, AGENT, TRACE, "203.0.113.77") == []
        assert await off_the_hour(settings, made["id"]) == []
        parts = await query(
            settings, "select part from sealed_parts where signal_id = :id order by part", id=made["id"]
        )
        assert [row["part"] for row in parts] == ["content", "identifiers", "minimised"]
        assert desk.as_("ans").sub not in module_server.log.read_text()
        assert TRACE not in module_server.log.read_text()


async def test_anonymous_with_a_name_is_refused_and_nothing_is_stored(module_server: Server) -> None:
    settings = module_server.settings
    async with module_server.client() as desk:
        before = await query(settings, "select count(*) as n from signals")
        body = {"text": LAB, "confidentiality": "anonymous", "reporter": {"name": "NAAMVANANS"}}
        answer = await desk.as_("ans").post("/v1/signals", body)
        assert answer.status_code == 400
        assert "NAAMVANANS" not in answer.text
        assert await query(settings, "select count(*) as n from signals") == before
        assert await places_of(settings, "NAAMVANANS") == []


@pytest.mark.parametrize("confidentiality", ["named", "shielded"])
async def test_a_reporters_subject_id_stands_nowhere_in_clear(
    module_server: Server, confidentiality: str
) -> None:
    settings = module_server.settings
    async with module_server.client() as desk:
        made = await report(desk, confidentiality=confidentiality, reporter={"name": "NAAMVANANS"})
        assert await places_of(settings, desk.as_("ans").sub, "NAAMVANANS") == []
        assert desk.as_("ans").sub not in module_server.log.read_text()
        [entry] = await desk.as_("dirk").items(
            f"/v1/access-log?signalId={made['id']}&action=signal_submitted"
        )
        assert (entry["actor"], entry["role"]) == ("employee of gemeente-emmen", None)
        [part] = await query(
            settings,
            "select w.keyholder from wraps.wraps w where w.signal_id = :id and 'reporter' = any (w.parts)",
            id=made["id"],
        )
        assert part["keyholder"] == "reporter-gemeente-emmen"


async def test_the_search_finds_who_does_leave_a_name(module_server: Server) -> None:
    async with module_server.client() as desk:
        await report(desk)
        bouke = desk.as_("bouke")
        await bouke.pull("/v1/queues/riec-noord-nederland")
        assert "public.cases" in await places_of(module_server.settings, bouke.sub)
