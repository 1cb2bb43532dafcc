"""Who may report gets a reference and a code, and what she wrote arrives whole and sealed with the right people."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.desk import ASSEN, DRUGS, REPORT, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.stored import Stored

pytestmark = pytest.mark.anyio

VAGUE = "Er klopt iets niet in de straat."
WHOLE: dict[str, Any] = {
    "text": VAGUE,
    "title": "Vreemde bedrijvigheid",
    "observedFrom": "2026-03-01T10:00:00.000000Z",
    "observedTo": "2026-03-02T10:00:00.000000Z",
    "ongoing": True,
    "location": {
        "postcode": "9411NA",
        "houseNumber": "12",
        "houseNumberAddition": "bis-3D",
        "street": "Dorpsstraat",
        "city": "Emmen",
        "municipalityCode": "0114",
        "description": "achter de schuur",
        "parcel": "EMM00-A-123",
        "latitude": 52.7858,
        "longitude": 6.8976,
        "accuracyMetres": 20,
    },
    "persons": [{"role": "suspect", "name": "J. Jansen", "description": "lange man"}],
    "vehicles": [{"plate": "12-ABC-3", "country": "NL", "description": "witte bus"}],
    "companies": [{"name": "Handel B.V.", "kvkNumber": "12345678"}],
    "phoneNumbers": ["0591-123456"],
    "ibans": ["NL91ABNA0417164300"],
    "emails": ["iemand@voorbeeld.example"],
    "urgency": "normal",
    "safety": ["dog"],
    "minorInvolved": False,
    "reporterAtRisk": False,
    "observation": "own",
    "capacity": "counter",
    "concernsColleague": False,
    "alreadyReportedTo": ["other"],
    "externalReference": "zaak 17",
    "channel": "form",
    "onBehalf": False,
    "requestOtherCoordinator": False,
}
APART = {
    "confidentiality": "named",
    "reporter": {"name": "Ans de Wit", "email": "ans@emmen.example", "phone": "0591-000000"},
    "feedback": {"wanted": True, "via": "receipt", "contactAllowed": False},
}


async def opened_by(who: Client, queue: str, made: dict[str, Any]) -> dict[str, Any]:
    """The content of a report in a triage, opened by its coordinator."""
    [case] = [one for one in await who.items(f"{queue}/cases") if one["signalId"] == made["id"]]
    answer = await who.post(f"{queue}/claims", {"caseId": case["id"]})
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = (await who.open(case))["content"]
    return content


async def test_a_clerk_gets_a_reference_and_a_code(desk: Client) -> None:
    answer = await desk.as_("ans").post("/v1/signals", REPORT)
    assert answer.status_code == 201
    assert answer.headers["api-version"]
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert set(made) == {"id", "reference", "receiptCode", "receivedAt", "status"}
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made["id"])
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){4}", made["receiptCode"])
    assert made["status"] == "received"
    since = datetime.now(UTC) - datetime.fromisoformat(made["receivedAt"])
    assert 0 <= since.total_seconds() < 60


async def test_every_member_arrives_as_it_was_sent(desk: Client) -> None:
    made = await desk.as_("ans").report(**WHOLE, **APART)
    content = await opened_by(desk.as_("fenna"), TRIAGE_EMMEN, made)
    clues = content.pop("clues")
    assert isinstance(clues, list)
    for name in ("latitude", "longitude"):
        content["location"][name] = float(content["location"][name])
    assert content == WHOLE


async def test_who_reports_is_not_in_what_is_read(desk: Client, stored: Stored) -> None:
    """And her name, her subject id and her address stand nowhere in clear."""
    made = await desk.as_("ans").report(**WHOLE, **APART)
    content = str(await opened_by(desk.as_("fenna"), TRIAGE_EMMEN, made))
    assert not [word for word in ("Ans de Wit", "ans@emmen", desk.as_("ans").sub) if word in content]
    [(dump,)] = await stored.ask(
        f"select string_agg(row_to_json(one)::text, ' ') from signals one where id = '{made['id']}'"
    )
    assert desk.as_("ans").sub not in str(dump)


@pytest.mark.parametrize("who", ["ans", "eva", "fenna", "femke", "bouke", "chris", "formulier-emmen"])
async def test_they_may_report(desk: Client, who: str) -> None:
    assert (await desk.as_(who).post("/v1/signals", REPORT)).status_code == 201


@pytest.mark.parametrize("who", ["ilse", "hilde", "joost", "dirk", "gerrit", "petra"])
async def test_they_may_not_and_are_told_why(desk: Client, stored: Stored, who: str) -> None:
    before = await stored.counts()
    answer = await desk.as_(who).post("/v1/signals", REPORT)
    assert (answer.status_code, answer.json()["reason"]) == (403, "role_missing")
    assert await stored.counts() == before


@pytest.mark.parametrize(
    ("who", "queue", "coordinator"),
    [
        ("bouke", TRIAGE_ASSEN, "eelco"),
        ("chris", TRIAGE_ASSEN, "eelco"),
        ("ans", TRIAGE_EMMEN, "fenna"),
        ("eva", TRIAGE_ASSEN, "eelco"),
    ],
)
async def test_the_owner_has_a_triage_case(desk: Client, who: str, queue: str, coordinator: str) -> None:
    """Owned by the organisation of who reports; what RIEC and RUDD report by the place."""
    made = await desk.as_(who).report(text=VAGUE, location=ASSEN)
    items = await desk.as_(coordinator).items(f"{queue}/cases")
    assert made["id"] in {one["signalId"] for one in items}


@pytest.mark.parametrize("code", ["1680", "0363", None])
async def test_a_place_elsewhere_or_none_lands_in_the_reporters_own_triage(
    desk: Client, code: str | None
) -> None:
    """Elsewhere in the country as well; never nowhere."""
    place = {} if code is None else {"municipalityCode": code}
    made = await desk.as_("ans").report(text=VAGUE, location=place)
    items = await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases")
    assert made["id"] in {one["signalId"] for one in items}


async def test_only_a_coordinator_speaks_for_a_caller(desk: Client, stored: Stored) -> None:
    before = await stored.counts()
    body = REPORT | {"onBehalf": True, "channel": "phone"}
    refused = await desk.as_("ans").post("/v1/signals", body)
    assert (refused.status_code, refused.json()["reason"]) == (403, "member_not_yours")
    assert await stored.counts() == before
    assert (await desk.as_("fenna").post("/v1/signals", body)).status_code == 201


async def test_anonymous_keeps_nothing_of_who_and_when(desk: Client, stored: Stored) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    body = REPORT | {"confidentiality": "anonymous"}
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    made = (await desk.as_("ans").post("/v1/signals", body, headers)).json()
    assert made["receivedAt"].endswith(":00:00.000000Z")
    where = f"where signal_id = '{made['id']}'"
    parts = {str(part) for (part,) in await stored.ask(f"select part from sealed_parts {where}")}
    assert "content" in parts
    assert "reporter" not in parts
    for table, column in {"cases": "received_at", "access_entries": "at", "receipts": "null"}.items():
        for (moment,) in await stored.ask(f"select {column} from {table} {where}"):
            assert moment is None or str(moment).split(":", 1)[1].startswith("00:00")
    entries = await stored.ask(
        "select e.trace_id, v.value, e.role from access_entries e join access_values v on v.entry_id = e.id "
        + where.replace("signal_id", "e.signal_id")
    )
    assert {(value, role) for _, value, role in entries} == {
        ("employee of gemeente-emmen", None),
        ("the desk", None),
    }
    assert {trace_id for trace_id, _, _ in entries} == {None}


@pytest.mark.parametrize("sent", ["9411NA", "9411 na", "9411na", "9411 NA"])
async def test_a_postcode_has_one_form_however_it_was_typed(desk: Client, sent: str) -> None:
    place = {"municipalityCode": "0114", "postcode": sent, "houseNumber": "3"}
    made = await desk.as_("ans").report(text=VAGUE, location=place)
    content = await opened_by(desk.as_("fenna"), TRIAGE_EMMEN, made)
    assert content["location"]["postcode"] == "9411NA"


async def test_names_in_every_script_arrive_whole(desk: Client) -> None:
    text = "Zoë – Łukasz, Νίκος, 张伟, محمد, 👩‍👩‍👧 </script> {{7*7}} %s \\u0041"
    made = await desk.as_("ans").report(text=f"{VAGUE} {text}", title=text)
    content = await opened_by(desk.as_("fenna"), TRIAGE_EMMEN, made)
    assert (content["text"], content["title"]) == (f"{VAGUE} {text}", text)


async def test_the_longest_report_goes_in(desk: Client) -> None:
    made = await desk.as_("ans").report(text=(DRUGS * 200)[:20_000], title="t" * 200)
    assert made["reference"]
