"""Moving a case: the version one saw, what is needed first, what each move leaves behind."""

import asyncio

import pytest

from app.settings import Settings
from tests.casework.steps import assess, case_of, history, places_of, query, the_desk_acts
from tests.desk import RIEC, TRIAGE_EMMEN, Client

pytestmark = pytest.mark.anyio
ASSESS = {"transition": "assess", "reasonCode": "read_and_ready"}


async def at_version_three(client: Client, settings: Settings) -> tuple[Client, str]:
    """A case of bouke, opened, whose ETag is "3"."""
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    await query(settings, "update cases set version = 3 where id = :id", id=case["id"])
    return bouke, f"/v1/cases/{case['id']}"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (None, 428),
        ('W/"3"', 412),
        ('"2", "3"', 201),
        ("3", 400),
        ('"3--gzip"', 412),
        ('"2"', 412),
        ('"3"', 201),
        ("*", 201),
    ],
)
async def test_a_move_is_taken_only_on_the_version_that_was_seen(
    client: Client, settings: Settings, condition: str | None, status: int
) -> None:
    bouke, path = await at_version_three(client, settings)
    assert (await bouke.get(path)).headers["ETag"] == '"3"'
    headers = {} if condition is None else {"If-Match": condition}
    answer = await bouke.post(f"{path}/transitions", ASSESS, headers)
    assert answer.status_code == status
    now = await bouke.get(path)
    moved = status == 201
    assert now.json()["state"] == ("assessing" if moved else "claimed")
    assert now.headers["ETag"] == ('"4"' if moved else '"3"')
    if moved:
        assert answer.headers["ETag"] == '"4"'


async def test_of_two_moves_on_the_same_version_one_passes_and_one_row_is_written(
    client: Client, settings: Settings
) -> None:
    bouke, path = await at_version_three(client, settings)
    answers = await asyncio.gather(
        *(bouke.post(f"{path}/transitions", ASSESS, {"If-Match": '"3"'}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412]
    moves = [move["transition"] for move in await bouke.items(f"{path}/transitions")]
    assert moves == ["claim", "assess"]


async def test_the_version_is_asked_before_whether_the_move_is_possible(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    path = f"/v1/cases/{(await bouke.pull(RIEC))['id']}/transitions"
    impossible = {"transition": "settle", "reasonCode": "other"}
    assert (await bouke.post(path, impossible)).status_code == 428
    assert (await bouke.post(path, impossible, {"If-Match": '"99"'})).status_code == 412
    assert (await bouke.post(path, impossible, {"If-Match": "*"})).status_code == 409


async def test_a_refused_move_says_what_is_missing_and_changes_nothing(client: Client) -> None:
    await client.as_("ans").report()
    bouke, bart = client.as_("bouke"), client.as_("bart")
    case = await bouke.pull(RIEC)
    asked = {move["transition"]: move["needs"] for move in case["allowedTransitions"]}
    assert asked == {"assess": ["opened"], "release": []}
    unread = await bouke.move(case, "assess")
    assert (unread.status_code, unread.json()["reason"]) == (409, "needs_missing")
    assert "Open de zaak" in unread.json()["detail"]
    colleague = await bart.move(case, "release")
    assert (colleague.status_code, colleague.json()["reason"]) == (409, "needs_missing")
    assert (await bouke.get(f"/v1/cases/{case['id']}")).json()["version"] == case["version"]
    assert await history(bouke, case) == ["claim"]


async def test_closing_asks_an_outcome_of_this_kind_of_queue(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await assess(bouke, RIEC)
    [close] = [move for move in case["allowedTransitions"] if move["transition"] == "close"]
    assert close["needs"] == []
    assert "partner_measure" in close["outcomes"]
    assert not {"own_measure", "cleaned_up", "settled"} & set(close["outcomes"])
    refusals = [await bouke.move(case, "close"), await bouke.move(case, "close", outcome="own_measure")]
    assert [(no.status_code, no.json()["reason"]) for no in refusals] == [
        (409, "needs_missing"),
        (409, "outcome_not_allowed"),
    ]
    unheard = await bouke.move(case, "close", outcome="solved")
    assert unheard.status_code == 400
    closed = await bouke.move(case, "close", outcome="partner_measure", reasonCode="facts_sufficient")
    assert (closed.json()["state"], closed.json()["outcome"]) == ("closed", "partner_measure")
    assert (closed.json()["dueAt"], closed.json()["allowedTransitions"]) == (None, [])


async def test_a_closed_case_is_opened_and_moved_no_more(client: Client) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await assess(bouke, RIEC)
    await bouke.move(case, "close", outcome="not_confirmed")
    assert (await bouke.move(case, "release")).status_code == 409
    again = await bouke.post(f"/v1/cases/{case['id']}/openings", {"purpose": "review"})
    assert (again.status_code, again.json()["reason"]) == (409, "closed")


async def test_a_typed_reason_is_sealed_and_stands_in_no_table(client: Client, settings: Settings) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await assess(bouke, RIEC)
    await bouke.move(case, "close", outcome="not_confirmed", reason="GEHEIMEREDEN")
    assert await places_of(settings, "GEHEIMEREDEN") == []
    [kept] = await query(settings, "select record_id from transitions where transition = 'close'")
    assert kept["record_id"] is not None


async def test_the_owner_settles_only_when_every_recipient_reported(client: Client) -> None:
    made = await client.as_("ans").report()
    bouke, fenna = client.as_("bouke"), client.as_("fenna")
    mine = await case_of(fenna, TRIAGE_EMMEN, made)
    early = await fenna.move(mine, "settle", reasonCode="recipient_done")
    assert (early.status_code, early.json()["reason"]) == (409, "needs_missing")
    case = await assess(bouke, RIEC)
    await bouke.move(case, "close", outcome="not_confirmed")
    settled = await fenna.move(mine, "settle", reasonCode="recipient_done")
    assert (settled.json()["state"], settled.json()["outcome"]) == ("closed", "settled")


async def test_what_was_born_supplied_goes_back_to_the_pile_when_returned(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report()
    bouke, fenna = client.as_("bouke"), client.as_("fenna")
    mine = await case_of(fenna, TRIAGE_EMMEN, made)
    case = await assess(bouke, RIEC)
    await bouke.move(case, "return_to_triage", reasonCode="not_organised")
    early = await fenna.move(mine, "settle", reasonCode="recipient_done")
    assert early.json()["reason"] == "needs_missing"
    await the_desk_acts(settings)
    await the_desk_acts(settings)
    now = await case_of(fenna, TRIAGE_EMMEN, made)
    assert (now["state"], now["assignee"]) == ("new", None)
    assert await history(fenna, now) == ["returned"]
    assert (await assess(fenna, TRIAGE_EMMEN))["id"] == mine["id"]
