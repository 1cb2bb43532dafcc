"""Destroying takes two people signed in strongly; afterwards nothing of the report is left but that it happened."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.approvals.kinds import KINDS
from app.audit import act as act_module
from app.clock import now
from app.demo.cast import CAST, Group, Member, subject
from app.identity.actor import Actor, Role
from app.identity.caller import Callers
from app.settings import Settings
from tests.casework.steps import LAB, Case, assess, case_of, claim, look_up, places_of, query
from tests.casework.test_merging import close, merged
from tests.desk import ASSEN, EMMEN, REPORT, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.matching.steps import ask as matches
from tests.matching.steps import indexed, run, search, waiting
from tests.organisations.desk import read_anew
from tests.retention.steps import (
    NAME,
    VAGUE,
    WORD,
    approved,
    ask,
    asked,
    closed,
    decide,
    erase,
    held,
    reported,
    still_there,
)

pytestmark = pytest.mark.anyio
TABLES = (
    "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
    " where table_schema in ('public', 'wraps') and table_type = 'BASE TABLE' order by name"
)


@pytest.fixture
async def made(client: Client) -> dict[str, Any]:
    return await reported(client)


@pytest.fixture
async def case(client: Client, made: dict[str, Any]) -> Case:
    return await closed(client, made)


async def tables_with(settings: Settings, words: list[str]) -> list[str]:
    """The tables in which one of these byte strings or words stands in any column of any row."""
    names = [row["name"] for row in await query(settings, TABLES)]
    looks = " union all ".join(
        f"(select '{name}' as name from {name} t, unnest(cast(:words as text[])) word"
        " where position(word in t::text) > 0 limit 1)"
        for name in names
    )
    return [row["name"] for row in await query(settings, looks, words=words)]


async def test_two_people_destroy_a_report_and_no_table_holds_it_or_a_key_to_it(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    other = await reported(client, text="Een ander verhaal.")
    before = await held(settings, made["id"])
    assert len(before) > 10
    assert {"public.sealed_parts", "wraps.wraps", "public.receipts"} <= set(
        await tables_with(settings, before)
    ) | {"wraps.wraps"}
    kept = await held(settings, other["id"])
    answer = await erase(client.as_("fenna"), case, await approved(client, case))
    assert answer.status_code == 201, answer.text
    assert await tables_with(settings, before) == []
    assert await held(settings, other["id"]) == kept
    named = await query(settings, "select 1 from cases where signal_id = :signal", signal=UUID(made["id"]))
    assert named == []
    # What still names it by id: the declaration, the log, and who approved it.
    assert set(await tables_with(settings, [made["id"]])) <= {
        "public.erasures",
        "public.access_entries",
        "public.idempotency",
    }
    assert await places_of(settings, WORD, NAME, "GZ918V") == []


async def test_the_reporter_gets_the_same_answer_as_for_a_code_that_never_was(
    client: Client, made: dict[str, Any], case: Case
) -> None:
    assert (await look_up(client, made))["status"] == "closed"
    assert (await erase(client.as_("fenna"), case, await approved(client, case))).status_code == 201
    nobody = client.as_(None)
    gone = await nobody.post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]})
    never = await nobody.post("/v1/receipt-lookups", {"receiptCode": "0123-4567-89AB-CDEF-GHJK"})
    assert (gone.status_code, gone.json()["detail"]) == (404, never.json()["detail"])
    late = await nobody.post(
        "/v1/receipt-messages", {"receiptCode": made["receiptCode"], "text": "Nog iets."}
    )
    assert late.status_code == 404


async def test_one_person_alone_destroys_nothing(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    fenna, hilde = client.as_("fenna"), client.as_("hilde")
    without = await fenna.post(f"/v1/cases/{case['id']}/erasures", {})
    assert without.status_code == 400
    approval = await asked(client, case)
    early = await erase(fenna, case, approval)
    assert (early.status_code, early.json()["reason"]) == (403, "approval_waiting")
    own = await decide(fenna, approval)
    assert (own.status_code, own.json()["reason"]) == (403, "same_person")
    # The privacy officer may ask and decide; not both.
    hers = await asked(client, case, by="hilde")
    assert (await decide(hilde, hers)).json()["reason"] == "same_person"
    assert (await decide(client.as_("ilse"), approval, "refused")).status_code == 201
    refused = await erase(fenna, case, approval)
    assert (refused.status_code, refused.json()["reason"]) == (403, "approval_refused")
    assert await still_there(settings, made)


async def test_another_account_of_the_same_person_is_no_second_person(
    client: Client, settings: Settings, made: dict[str, Any], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    fenna = CAST["fenna"]
    roles = frozenset({Role.APPROVER})
    second = Member(
        "fenna-two", subject("fenna-two"), fenna.organisation, roles, "Fenna", None, Group.OVERSEE, ""
    )
    monkeypatch.setitem(CAST, "fenna-two", second)
    proposed = await client.as_("gerrit").post(
        "/v1/grants",
        {
            "organisationId": "gemeente-emmen",
            "subject": second.sub,
            "principal": fenna.sub,
            "role": "approver",
            "validUntil": "2027-01-31T12:00:00Z",
            "reasonCode": "joined",
        },
    )
    assert proposed.status_code == 201, proposed.text
    assert (await decide(client.as_("gea"), proposed.json()["id"])).status_code == 201
    read_anew(client)
    answer = await decide(client.as_("fenna-two"), await asked(client, case))
    assert (answer.status_code, answer.json()["reason"]) == (403, "same_person")
    assert await still_there(settings, made)


async def test_only_who_asked_uses_the_approval_and_only_once_and_only_for_this_case(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    another = await reported(client)
    second = await closed(client, another)
    approval = await approved(client, case)
    for who in ("femke", "hilde"):
        answer = await erase(client.as_(who), case, approval)
        assert (answer.status_code, answer.json()["reason"]) == (403, "approval_other")
    elsewhere = await erase(client.as_("fenna"), second, approval)
    assert (elsewhere.status_code, elsewhere.json()["reason"]) == (403, "approval_other")
    assert (await erase(client.as_("fenna"), case, approval)).status_code == 201
    assert (await erase(client.as_("fenna"), case, approval)).status_code == 404
    assert await still_there(settings, another)
    assert not await still_there(settings, made)


async def test_an_approval_that_lapsed_destroys_nothing(
    client: Client, settings: Settings, made: dict[str, Any], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = await approved(client, case)
    later = now() + timedelta(hours=KINDS["erasure"].hours, seconds=1)
    monkeypatch.setattr(act_module, "now", lambda: later)
    answer = await erase(client.as_("fenna"), case, approval)
    assert (answer.status_code, answer.json()["reason"]) == (403, "approval_expired")
    assert await still_there(settings, made)


@pytest.fixture
def weak(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Who is signed in too weakly: names of the cast."""
    names: set[str] = set()
    identify = Callers.identify

    async def weakly(self: Callers, *given: Any, **more: Any) -> Actor:
        actor = await identify(self, *given, **more)
        return replace(actor, strong=False) if actor.sub in {CAST[name].sub for name in names} else actor

    monkeypatch.setattr(Callers, "identify", weakly)
    return names


async def test_asking_agreeing_and_destroying_each_take_a_strong_sign_in(
    client: Client, settings: Settings, made: dict[str, Any], case: Case, weak: set[str]
) -> None:
    def too_weak(answer: httpx2.Response) -> bool:
        return (answer.status_code, answer.json()["code"]) == (401, "insufficient_user_authentication")

    weak |= {"fenna", "ilse"}
    assert too_weak(await ask(client.as_("fenna"), case))
    weak.remove("fenna")
    approval = await asked(client, case)
    assert too_weak(await decide(client.as_("ilse"), approval))
    denied = await client.as_("hilde").items("/v1/access-log?action=approval_decided&outcome=denied")
    assert [one["actor"] for one in denied] == [client.as_("ilse").sub]
    weak.remove("ilse")
    assert (await decide(client.as_("ilse"), approval)).status_code == 201
    weak.add("fenna")
    assert too_weak(await erase(client.as_("fenna"), case, approval))
    assert await still_there(settings, made)
    weak.clear()
    assert (await erase(client.as_("fenna"), case, approval)).status_code == 201


async def test_a_no_takes_no_strong_sign_in(client: Client, case: Case, weak: set[str]) -> None:
    approval = await asked(client, case)
    weak.add("ilse")
    assert (await decide(client.as_("ilse"), approval, "refused")).status_code == 201


@pytest.mark.parametrize("name", ["ans", "ilse", "joost", "dirk", "gerrit", "bouke", "eelco", "evert"])
async def test_who_does_not_own_the_case_or_its_retention_neither_asks_nor_destroys(
    client: Client, settings: Settings, made: dict[str, Any], case: Case, name: str
) -> None:
    approval = await approved(client, case)
    assert (await ask(client.as_(name), case)).status_code in {403, 404}
    assert (await erase(client.as_(name), case, approval)).status_code == 404
    assert await still_there(settings, made)


async def test_an_open_case_is_not_destroyed(client: Client, made: dict[str, Any]) -> None:
    fenna = client.as_("fenna")
    case = await assess(fenna, TRIAGE_EMMEN, await case_of(fenna, TRIAGE_EMMEN, made))
    answer = await ask(fenna, case)
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_closed")


async def test_a_report_that_a_recipient_still_has_is_not_destroyed(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report(text=LAB, location=EMMEN)
    fenna = client.as_("fenna")
    case = await case_of(fenna, TRIAGE_EMMEN, made)
    assert case["state"] == "supplied"
    await query(settings, "update cases set state = 'closed' where id = :case", case=UUID(case["id"]))
    answer = await ask(fenna, case)
    assert (answer.status_code, answer.json()["reason"]) == (409, "open_supply")


async def test_police_data_without_a_term_is_not_destroyed(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    await query(settings, "update signals set regime = 'wpg' where id = :signal", signal=UUID(made["id"]))
    answer = await ask(client.as_("hilde"), case)
    assert (answer.status_code, answer.json()["reason"]) == (409, "police_data")


async def test_that_the_term_ended_is_said_only_once_it_did(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    early = await ask(client.as_("hilde"), case, "term_ended")
    assert (early.status_code, early.json()["reason"]) == (409, "term_not_ended")
    await query(
        settings,
        "update cases set state_since = now() - interval '367 days' where id = :case",
        case=UUID(case["id"]),
    )
    approval = await approved(client, case, "term_ended")
    assert (await erase(client.as_("fenna"), case, approval)).status_code == 201


@pytest.mark.parametrize("reason", ["other", "needed_for_task", "in_order"])
async def test_only_reasons_for_destroying_count(client: Client, case: Case, reason: str) -> None:
    answer = await ask(client.as_("fenna"), case, reason)
    assert answer.status_code == 400
    assert "/reasonCode" in answer.text


async def test_a_case_that_was_open_again_since_it_was_asked_is_not_destroyed(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    approval = await approved(client, case)
    await query(
        settings,
        "update cases set state_since = now() + interval '1 second' where id = :case",
        case=UUID(case["id"]),
    )
    answer = await erase(client.as_("fenna"), case, approval)
    assert (answer.status_code, answer.json()["reason"]) == (409, "approval_other")
    assert await still_there(settings, made)
    # The approval was not used up by the try.
    assert (await client.as_("ilse").items("/v1/approvals?kind=erasure"))[0]["state"] == "approved"


async def test_the_log_is_as_it_was_and_tells_that_it_happened(
    client: Client, settings: Settings, made: dict[str, Any], case: Case
) -> None:
    entries = "select id, leaf from access_entries"
    approval = await approved(client, case)
    before = {row["id"]: row["leaf"] for row in await query(settings, entries)}
    done = await erase(client.as_("fenna"), case, approval)
    after = {row["id"]: row["leaf"] for row in await query(settings, entries)}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    [entry] = await client.as_("dirk").items(f"/v1/access-log?action=case_erased&caseId={case['id']}")
    assert (entry["actor"], entry["outcome"], entry["reasonCode"], entry["purpose"]) == (
        client.as_("fenna").sub,
        "allowed",
        "request_of_person",
        "erasure",
    )
    [told] = await client.as_("hilde").items("/v1/erasures")
    assert told == done.json()
    assert (told["requestedBy"], told["confirmedBy"]) == (client.as_("fenna").sub, client.as_("ilse").sub)
    assert told["signalId"] == made["id"]
    assert await client.as_("eelco").items("/v1/erasures") == []


async def test_matching_finds_a_report_until_it_is_destroyed(client: Client, settings: Settings) -> None:
    fenna, eelco = client.as_("fenna"), client.as_("eelco")
    made = await reported(client)
    await run(settings)
    theirs = await client.as_("eva").report(
        text="Iets anders.", location=ASSEN, vehicles=[{"plate": "GZ-918-V"}]
    )
    await run(settings)
    mine = await claim(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, theirs))
    await eelco.open(mine)
    case = await closed(client, made)
    assert len((await matches(eelco, mine)).json()["items"]) == 1
    assert (await erase(fenna, case, await approved(client, case))).status_code == 201
    assert (await matches(eelco, mine)).json()["items"] == []
    assert (await search(fenna, "plate", "GZ-918-V")).json()["caseIds"] == []


async def test_a_report_that_waits_to_be_indexed_waits_no_more(
    client: Client, settings: Settings, case: Case
) -> None:
    assert await waiting(settings) > 0
    assert (await erase(client.as_("fenna"), case, await approved(client, case))).status_code == 201
    assert await waiting(settings) == 0
    assert await run(settings) == 0
    assert await indexed(settings) == []


async def test_a_sender_who_repeats_the_request_does_not_bring_the_report_back(
    client: Client, settings: Settings
) -> None:
    again = {"Idempotency-Key": "herhaald-door-de-zender-1"}
    ans = client.as_("ans")
    body = REPORT | {"text": VAGUE, "location": EMMEN}
    first = await ans.post("/v1/signals", body, again)
    assert first.status_code == 201, first.text
    made = first.json()
    assert (await ans.post("/v1/signals", body, again)).json()["id"] == made["id"]
    case = await closed(client, made)
    assert (await erase(client.as_("fenna"), case, await approved(client, case))).status_code == 201
    answer = await ans.post("/v1/signals", body, again)
    assert (answer.status_code, answer.json()["reason"]) == (409, "erased")
    assert await query(settings, "select id from signals") == []


async def test_a_merged_case_is_not_destroyed_while_it_goes_on_in_an_open_one(client: Client) -> None:
    _, _, case, into = await merged(client)
    eelco = client.as_("eelco")
    answer = await ask(eelco, case)
    assert (answer.status_code, answer.json()["reason"]) == (409, "lead_not_closed")
    await close(eelco, into)
    assert (await ask(eelco, case)).status_code == 201


async def test_a_merged_case_is_kept_as_long_as_the_one_it_went_on_in(
    client: Client, settings: Settings
) -> None:
    _, _, case, into = await merged(client)
    eelco = client.as_("eelco")
    await close(eelco, into)
    older = "update cases set state_since = now() - cast(:days as int) * interval '1 day' where id = :case"
    await query(settings, older, days=800, case=UUID(case["id"]))
    answer = await ask(eelco, case, "term_ended")
    assert (answer.status_code, answer.json()["reason"]) == (409, "term_not_ended")
    await query(settings, older, days=1830, case=UUID(into["id"]))
    assert (await ask(eelco, case, "term_ended")).status_code == 201


async def test_what_was_merged_into_a_destroyed_case_stays(client: Client, settings: Settings) -> None:
    one, other, _, into = await merged(client)
    eelco = client.as_("eelco")
    await close(eelco, into)
    asked_for = await ask(eelco, into)
    assert (await decide(client.as_("evert"), asked_for.json()["id"])).status_code == 201
    assert (await erase(eelco, into, asked_for.json()["id"])).status_code == 201
    assert not await still_there(settings, other)
    assert (await look_up(client, one))["status"] == "closed"
