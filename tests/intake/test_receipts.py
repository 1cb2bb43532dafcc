"""Following a report by its code: forgiving for who holds it, telling nothing to who guesses, and written nowhere."""

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from tests.desk import RIEC, Client, Server
from tests.stored import Stored

pytestmark = pytest.mark.anyio

LOOKUPS, MESSAGES = "/v1/receipt-lookups", "/v1/receipt-messages"
WRONG = "ABCD-EFGH-JKMN-PQRS-TVWX"
LIMIT = 30


async def look(desk: Client, code: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    return await desk.post(LOOKUPS, {"receiptCode": code}, headers)


def spellings(code: str) -> Sequence[str]:
    """How people type the same code."""
    plain = code.replace("-", "")
    return (
        code,
        code.lower(),
        plain,
        plain.lower(),
        f"  {code} ",
        code.replace("-", " "),
        " - ".join(plain),
        plain.replace("0", "O").replace("1", "I"),
        plain.lower().replace("0", "o").replace("1", "l"),
    )


async def test_a_code_is_read_however_it_is_typed(desk: Client) -> None:
    made = await desk.as_("ans").report()
    for typed in spellings(made["receiptCode"]):
        answer = await look(desk, typed)
        assert answer.status_code == 200, typed
        assert answer.json() == {"reference": made["reference"], "status": "in_progress", "messages": []}
        assert answer.headers["cache-control"] == "no-store"


async def test_the_status_is_that_of_the_owners_case(desk: Client) -> None:
    vague = await desk.as_("ans").report(text="Er klopt iets niet in de straat.")
    assert (await look(desk, vague["receiptCode"])).json()["status"] == "received"


async def test_a_question_and_its_answer_find_each_other(desk: Client) -> None:
    made = await desk.as_("ans").report()
    bouke = desk.as_("bouke")
    [listed] = [one for one in await bouke.items(f"{RIEC}/cases") if one["signalId"] == made["id"]]
    case = (await bouke.post(f"{RIEC}/claims", {"caseId": listed["id"]})).json()
    await bouke.open(case)
    asked = await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": "Welke kleur had de bus?"})
    assert asked.status_code == 201, asked.text
    [line] = (await look(desk, made["receiptCode"])).json()["messages"]
    assert (line["from"], line["text"], line["id"]) == ("desk", "Welke kleur had de bus?", asked.json()["id"])
    body = {"receiptCode": made["receiptCode"], "text": "Wit, met een ladder."}
    assert (await desk.post(MESSAGES, body)).status_code == 201
    dialogue = await bouke.items(f"/v1/cases/{case['id']}/messages")
    assert [(one["from"], one["text"]) for one in dialogue] == [
        ("desk", "Welke kleur had de bus?"),
        ("reporter", "Wit, met een ladder."),
    ]


async def test_a_session_and_a_token_mean_nothing_here(desk: Client) -> None:
    """Not even a bad one: nobody is recognised."""
    made = await desk.as_("ans").report()
    headers = {"Authorization": "Bearer x", "Cookie": "__Host-session=" + "a" * 43}
    assert (await look(desk, made["receiptCode"], headers)).status_code == 200


async def test_unknown_and_erased_get_the_same_answer(desk: Client, stored: Stored) -> None:
    made = await desk.as_("ans").report()
    code = made["receiptCode"]
    assert (await look(desk, code)).status_code == 200
    await stored.do(f"delete from signals where id = '{made['id']}'")
    answers = [
        await look(desk, code),
        await look(desk, WRONG),
        await look(desk, "x"),
        await look(desk, code[:-1] + ("A" if code[-1] != "A" else "B")),
        await desk.post(MESSAGES, {"receiptCode": code, "text": "Nog iets."}),
        await desk.post(MESSAGES, {"receiptCode": WRONG, "text": "Nog iets."}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


FORWARDED: dict[str, Any] = {
    "plain": lambda number: {},
    "forwarded": lambda number: {
        "X-Forwarded-For": f"10.0.0.{number}",
        "Forwarded": f"for=10.0.1.{number}",
        "X-Real-IP": f"10.0.2.{number}",
        "X-Forwarded-Host": f"h{number}.example",
        "User-Agent": f"agent {number}",
    },
}


@pytest.mark.parametrize("kind", FORWARDED)
async def test_thirty_wrong_codes_and_no_more_whatever_the_headers_say(client: Client, kind: str) -> None:
    """Right ones cost nothing; a header that the caller writes makes no other caller."""
    made = await client.as_("ans").report()
    for number in range(LIMIT):
        assert (await look(client, WRONG, FORWARDED[kind](number))).status_code == 404, number
        if number % 10 == 0:
            for _ in range(3):
                assert (await look(client, made["receiptCode"])).status_code == 200
    refused = await look(client, WRONG, FORWARDED[kind](LIMIT))
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["content-type"] == "application/problem+json"
    message = await client.post(MESSAGES, {"receiptCode": WRONG, "text": "x"}, FORWARDED[kind](99))
    assert message.status_code == 429


async def test_a_code_stands_in_no_line_and_in_no_row(module_server: Server, stored: Stored) -> None:
    async with module_server.client() as desk:
        made = await desk.as_("ans").report()
        code = made["receiptCode"]
        for typed in (*spellings(code)[:4], WRONG):
            await look(desk, typed)
        await desk.post(MESSAGES, {"receiptCode": code, "text": "Nog iets."})
        wrong_way = await desk.get(f"{LOOKUPS}?receiptCode={code}")
        assert wrong_way.status_code == 405
    written = module_server.log.read_text().lower()
    assert code.lower() not in written
    assert code.replace("-", "").lower() not in written
    for (table,) in await stored.ask(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    ):
        [(rows,)] = await stored.ask(f"select string_agg(row_to_json(one)::text, ' ') from \"{table}\" one")
        lines = str(rows).lower()
        assert code.replace("-", "").lower() not in lines.replace("-", ""), table
        assert code.replace("-", "").encode().hex() not in lines, table
