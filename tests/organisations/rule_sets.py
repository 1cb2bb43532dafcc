"""Rule sets for tests: proposed by one functional manager and activated by the other, as people do it."""

from typing import Any

import httpx2

from app.routing.rule_sets import GUARD_IDS, RULE_IDS
from tests.desk import Client
from tests.organisations.settled import decide

PATH = "/v1/rule-sets"
CATEGORIES = ("humanTrafficking", "drugs", "careFraud", "ruralPremises")


def document(name: str = "drenthe-2", *off: str, **members: Any) -> dict[str, Any]:
    """A proposal: the release's rules and thresholds, with these rules off and these members changed."""
    whole = {
        "name": name,
        "rules": [one for one in (*GUARD_IDS, *RULE_IDS) if one not in off],
        "confidenceLow": dict.fromkeys(CATEGORIES, 70),
        "strong": 70,
        "reasonCode": "in_order",
    }
    return whole | members


async def propose(manager: Client, *words: str, **members: Any) -> httpx2.Response:
    """The answer to a proposal."""
    return await manager.post(PATH, document(*words, **members))


async def put_in_force(client: Client, *words: str, **members: Any) -> str:
    """Gerrit proposes, Gea activates, and the desk in this process reads it; the version's id."""
    asked = await propose(client.as_("gerrit"), *words, **members)
    done = await decide(client.as_("gea"), asked)
    assert (done.status_code, done.json()["state"]) == (201, "used"), done.text
    read_anew(client)
    return str(asked.json()["objectId"])


def read_anew(client: Client) -> None:
    """Let intake in this process ask anew what is in force, as it does by itself within half a minute."""
    client.http._transport.app.state.desk.fetched = None  # type: ignore[attr-defined]
