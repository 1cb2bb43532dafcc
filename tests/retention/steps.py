"""Reports that are read, closed and destroyed by two people: what the tests of erasure do time and again."""

from typing import Any
from uuid import UUID

import httpx2

from app.settings import Settings
from tests.casework.steps import Case, assess, case_of, query
from tests.desk import EMMEN, TRIAGE_EMMEN, Client

WORD = "kwartelei-zeldzaam"
VAGUE = f"Ik zag iets wat ik niet kan plaatsen: {WORD}. De wagen was GZ-918-V."
NAME = "Ans Aardappelveld"
HELD = (
    "select encode(ciphertext, 'hex') as bytes from sealed_parts where signal_id = :signal"
    " union all select encode(wrap, 'hex') from wraps.wraps where signal_id = :signal"
    " union all select encode(lookup, 'hex') from receipts where signal_id = :signal"
    " union all select encode(token, 'hex') from blind_index where signal_id = :signal"
)


async def reported(client: Client, **members: Any) -> dict[str, Any]:
    """A report that the rules sent nowhere by themselves, with a name and a plate in it."""
    given = {
        "text": VAGUE,
        "location": EMMEN,
        "reporter": {"name": NAME},
        "vehicles": [{"plate": "GZ-918-V"}],
    }
    return await client.as_("ans").report(**(given | members))


async def closed(client: Client, made: dict[str, Any], outcome: str = "too_vague") -> Case:
    """Fenna reads it, asks the reporter something and closes it, with her own words."""
    fenna = client.as_("fenna")
    case = await assess(fenna, TRIAGE_EMMEN, await case_of(fenna, TRIAGE_EMMEN, made))
    asked = await fenna.post(f"/v1/cases/{case['id']}/messages", {"text": f"Welke schuur? {WORD}"})
    assert asked.status_code == 201, asked.text
    answer = {"receiptCode": made["receiptCode"], "text": f"De linker. {WORD}"}
    assert (await client.as_(None).post("/v1/receipt-messages", answer)).status_code == 201
    done = await fenna.move(
        case, "close", reasonCode="facts_insufficient", outcome=outcome, reason=f"Te dun: {WORD}"
    )
    assert done.status_code == 201, done.text
    ended: Case = done.json()
    return ended


async def ask(who: Client, case: Case, reason: str = "request_of_person") -> httpx2.Response:
    return await who.post("/v1/approvals", {"kind": "erasure", "caseId": case["id"], "reasonCode": reason})


async def decide(who: Client, approval: str, decision: str = "approved") -> httpx2.Response:
    return await who.post(
        f"/v1/approvals/{approval}/decisions", {"decision": decision, "reasonCode": "in_order"}
    )


async def erase(who: Client, case: Case, approval: str) -> httpx2.Response:
    return await who.post(f"/v1/cases/{case['id']}/erasures", {"approvalId": approval})


async def asked(client: Client, case: Case, reason: str = "request_of_person", by: str = "fenna") -> str:
    answer = await ask(client.as_(by), case, reason)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def approved(client: Client, case: Case, reason: str = "request_of_person") -> str:
    """What Fenna asked and the approver agreed to."""
    approval = await asked(client, case, reason)
    answer = await decide(client.as_("ilse"), approval)
    assert answer.status_code == 201, answer.text
    return approval


async def held(settings: Settings, signal: str) -> list[str]:
    """Every ciphertext, wrap, look-up value and index token of this signal."""
    return [row["bytes"] for row in await query(settings, HELD, signal=UUID(signal))]


async def still_there(settings: Settings, made: dict[str, Any]) -> bool:
    return bool(await held(settings, made["id"]))
