"""Who reported is opened by the owner's own worker on the case, for a purpose, and by nobody else in any way."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.crypto import canonical
from app.settings import Settings
from app.vault.keys import KeyRing
from tests.attacks.planted import FORGED, alarms, replace_record
from tests.casework.steps import Case, assess, case_of, places_of, query, supply
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, Client

pytestmark = pytest.mark.anyio
WHO = {"name": "Eva Veldkamp-Zuidema", "email": "eva.veldkamp@assen.example", "phone": "0592123987"}


def path_of(case: Case) -> str:
    return f"/v1/cases/{case['id']}/reporter-openings"


async def reported(client: Client, confidentiality: str = "named", **members: Any) -> dict[str, Any]:
    """A report of Assen with a reporter who gave her name."""
    given = {} if confidentiality == "anonymous" else {"reporter": WHO}
    return await client.as_("eva").report(
        location=ASSEN, confidentiality=confidentiality, **(given | members)
    )


async def mine(client: Client, confidentiality: str = "named") -> Case:
    """A case of such a report in the hands of Assen's coordinator."""
    await reported(client, confidentiality)
    return await client.as_("eelco").pull(TRIAGE_ASSEN)


async def ask(who: Client, case: Case, approval: str | None = None, **members: str) -> httpx2.Response:
    """Ask who reported."""
    named = {} if approval is None else {"approvalId": approval}
    return await who.post(path_of(case), {"purpose": "reply"} | named | members)


async def approved(client: Client, case: Case, decision: str | None = "approved") -> str:
    """What Assen's coordinator asked a second person about this case, and how the approver decided."""
    asked = await client.as_("eelco").post(
        "/v1/approvals", {"kind": "reveal", "caseId": case["id"], "reasonCode": "danger_to_reporter"}
    )
    assert asked.status_code == 201, asked.text
    id_ = str(asked.json()["id"])
    if decision is not None:
        decided = await client.as_("ina").post(
            f"/v1/approvals/{id_}/decisions", {"decision": decision, "reasonCode": "in_order"}
        )
        assert decided.status_code == 201, decided.text
    return id_


async def entries(client: Client, case: Case, outcome: str) -> list[tuple[Any, ...]]:
    """What the log says of openings of this reporter."""
    found = await client.as_("dirk").items(
        f"/v1/access-log?action=reporter_opened&caseId={case['id']}&outcome={outcome}"
    )
    return [(one["actor"], one["purpose"], one["reasonCode"]) for one in found]


async def test_a_named_reporter_is_shown_to_the_worker_of_the_case_and_it_is_in_the_log(
    client: Client,
) -> None:
    case, eelco = await mine(client), client.as_("eelco")
    answer = await ask(eelco, case)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["purpose"], shown["confidentiality"]) == ("reply", "named")
    assert shown["reporter"] == WHO | {
        "subject": client.as_("eva").sub,
        "organisation": "gemeente-assen",
        "feedback": {"wanted": True, "via": "receipt", "contactAllowed": False},
    }
    assert await entries(client, case, "allowed") == [(eelco.sub, "reply", "named")]


@pytest.mark.parametrize("body", [{}, {"purpose": "curiosity"}, {"purpose": "reply", "reason": "omdat"}])
async def test_without_a_purpose_of_the_list_nothing_is_opened(client: Client, body: dict[str, str]) -> None:
    case = await mine(client)
    assert (await client.as_("eelco").post(path_of(case), body)).status_code == 400
    assert await entries(client, case, "allowed") == []


async def test_a_shielded_reporter_takes_an_approval_and_each_approval_opens_once(client: Client) -> None:
    case, eelco = await mine(client, "shielded"), client.as_("eelco")
    refused = await ask(eelco, case)
    assert (refused.status_code, refused.json()["reason"]) == (403, "approval_needed")
    approval = await approved(client, case)
    answer = await ask(eelco, case, approval)
    assert answer.status_code == 201, answer.text
    assert answer.json()["reporter"]["name"] == WHO["name"]
    again = await ask(eelco, case, approval)
    assert (again.status_code, again.json()["reason"]) == (403, "approval_used")
    assert await entries(client, case, "allowed") == [(eelco.sub, "reply", "shielded")]
    assert {why for _, _, why in await entries(client, case, "denied")} == {
        "approval_needed",
        "approval_used",
    }


@pytest.mark.parametrize(
    ("decision", "reason"), [(None, "approval_waiting"), ("refused", "approval_refused")]
)
async def test_an_approval_that_nobody_gave_opens_nothing(
    client: Client, decision: str | None, reason: str
) -> None:
    case = await mine(client, "shielded")
    answer = await ask(client.as_("eelco"), case, await approved(client, case, decision))
    assert (answer.status_code, answer.json()["reason"]) == (403, reason)
    assert WHO["name"] not in answer.text


async def test_an_approval_for_another_case_or_asked_by_another_opens_nothing(client: Client) -> None:
    case, other = [await mine(client, "shielded") for _ in range(2)]
    answer = await ask(client.as_("eelco"), case, await approved(client, other))
    assert (answer.status_code, answer.json()["reason"]) == (403, "approval_other")
    nobodys = "00000000-0000-4000-8000-000000000000"
    answer = await ask(client.as_("eelco"), case, nobodys)
    assert (answer.status_code, answer.json()["reason"]) == (403, "approval_unknown")


async def test_an_opening_that_fails_leaves_the_approval_unused(client: Client, settings: Settings) -> None:
    case, eelco = await mine(client, "shielded"), client.as_("eelco")
    approval = await approved(client, case)
    flip = "update sealed_parts set mac = set_byte(mac, 0, get_byte(mac, 0) # 1) where part = 'reporter'"
    await query(settings, flip)
    assert (await ask(eelco, case, approval)).status_code == 503
    assert await query(settings, "select * from approval_uses") == []
    await query(settings, flip)
    assert (await ask(eelco, case, approval)).status_code == 201


async def test_an_anonymous_reporter_is_opened_for_nobody_whatever_was_approved(client: Client) -> None:
    case, eelco = await mine(client, "anonymous"), client.as_("eelco")
    approval = await approved(client, case)
    for given in (None, approval):
        answer = await ask(eelco, case, given)
        assert (answer.status_code, answer.json()["reason"]) == (409, "anonymous")
    assert await entries(client, case, "allowed") == []
    assert {why for _, _, why in await entries(client, case, "failed")} == {"anonymous"}


@pytest.mark.parametrize(
    "name", ["fenna", "bouke", "chris", "eva", "hilde", "dirk", "gerrit", "petra", "ina"]
)
async def test_nobody_of_another_organisation_or_role_learns_even_that_the_case_exists(
    client: Client, name: str
) -> None:
    case = await mine(client)
    answer = await ask(client.as_(name), case)
    assert answer.status_code == 404
    assert WHO["name"] not in answer.text
    assert [actor for actor, _, _ in await entries(client, case, "denied")] == [client.as_(name).sub]
    assert await entries(client, case, "allowed") == []


async def test_a_deputy_who_does_not_have_the_case_opens_nothing(client: Client) -> None:
    case, evert = await mine(client), client.as_("evert")
    answer = await ask(evert, case)
    assert (answer.status_code, answer.json()["reason"]) == (403, "not_assigned")
    assert await entries(client, case, "denied") == [(evert.sub, None, "not_assigned")]


async def test_neither_riec_nor_rudd_opens_it_in_the_case_that_was_supplied_to_them(client: Client) -> None:
    made = await reported(
        client,
        text="In de schuur is een drugslab. Er staan vaten met chemicaliën en er loopt afvalwater de sloot in.",
    )
    eelco = client.as_("eelco")
    case = await assess(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, made))
    assert (await supply(eelco, case, "riec-noord-nederland", "rudd")).status_code == 201
    for name, queue in (("bouke", RIEC), ("chris", RUDD)):
        worker = client.as_(name)
        theirs = await worker.pull(queue)
        assert (await ask(worker, theirs)).status_code == 404
        assert set(await worker.open(theirs)) <= {"content", "minimised"}


async def test_a_case_in_nobodys_hands_and_a_closed_one_show_no_reporter(client: Client) -> None:
    eelco = client.as_("eelco")
    made = await reported(client)
    case = await case_of(eelco, TRIAGE_ASSEN, made)
    assert (await ask(eelco, case)).status_code == 403
    case = await assess(eelco, TRIAGE_ASSEN, case)
    closed = await eelco.move(case, "close", outcome="too_vague")
    assert closed.status_code == 201, closed.text
    answer = await ask(eelco, case)
    assert (answer.status_code, answer.json()["reason"]) == (409, "closed")


async def test_the_running_desk_holds_no_key_of_reporters_before_during_or_after(client: Client) -> None:
    case = await mine(client)
    application = client.http._transport.app  # type: ignore[attr-defined]
    assert (await ask(client.as_("eelco"), case)).status_code == 201
    ring = application.state.vault.ring
    assert ring.holders
    assert [holder for holder in ring.holders if holder.startswith("reporter-")] == []


async def test_the_opening_of_the_case_itself_shows_no_reporter(client: Client) -> None:
    case = await mine(client)
    assert WHO["name"] not in str(await client.as_("eelco").open(case, "triage"))


@pytest.mark.parametrize("confidentiality", ["named", "shielded"])
async def test_who_reported_stands_nowhere_in_clear_after_it_was_opened(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], confidentiality: str
) -> None:
    case = await mine(client, confidentiality)
    approval = await approved(client, case) if confidentiality == "shielded" else None
    assert (await ask(client.as_("eelco"), case, approval)).status_code == 201
    assert (await ask(client.as_("evert"), case, approval)).status_code == 403
    words = (*WHO.values(), client.as_("eva").sub)
    assert await places_of(settings, *words) == []
    written = "".join(capsys.readouterr())
    assert "reporter-openings" in written
    assert [word for word in words if word in written] == []


@pytest.mark.parametrize(
    ("was", "now"), [("named", "shielded"), ("shielded", "named"), ("anonymous", "named")]
)
async def test_a_word_changed_by_sql_reveals_nobody(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], was: str, now: str
) -> None:
    """The administrator writes that a shielded reporter is a named one, and a coordinator asks for the name."""
    case = await mine(client, was)
    await query(settings, f"update signals set confidentiality = '{now}'")
    approval = await approved(client, case) if now == "shielded" else None
    answer = await ask(client.as_("eelco"), case, approval)
    assert answer.status_code == (404 if was == "anonymous" else 503)
    assert WHO["name"] not in answer.text
    assert await entries(client, case, "allowed") == []
    assert ('"reason":"record_forged"' in capsys.readouterr().err) == (was != "anonymous")


async def test_a_reporter_part_that_does_not_say_how_she_asked_to_be_treated_counts_as_shielded(
    client: Client, settings: Settings
) -> None:
    """Sealed by a desk of before: the row in clear is all there is, and it alone reveals nobody."""
    case, eelco = await mine(client), client.as_("eelco")
    old: dict[str, canonical.JsonValue] = {
        "name": WHO["name"],
        "feedback": {"wanted": True, "via": "receipt", "contactAllowed": False},
    }
    key = KeyRing.for_intake(settings).vouching
    await replace_record(settings, UUID(case["signalId"]), old, FORGED, key)
    answer = await ask(eelco, case)
    assert (answer.status_code, answer.json()["reason"]) == (403, "approval_needed")
    assert WHO["name"] not in answer.text
    answer = await ask(eelco, case, await approved(client, case))
    assert answer.status_code == 201, answer.text
    assert answer.json()["reporter"]["name"] == WHO["name"]


async def test_a_reporter_put_there_by_the_administrator_is_not_shown(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    case = await mine(client)
    await replace_record(settings, UUID(case["signalId"]), {"name": "De buurman"}, FORGED)
    answer = await ask(client.as_("eelco"), case)
    assert answer.status_code == 503
    assert "De buurman" not in answer.text
    assert alarms(capsys.readouterr().err) == ["record_forged"]
