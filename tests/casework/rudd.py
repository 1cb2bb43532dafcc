"""All that RUDD's officer can have of her cases, in a form in which two reports can be compared."""

from typing import Any

from tests.casework.steps import assess
from tests.desk import RUDD, Client

OWN = ("id", "reference", "receivedAt", "dueAt", "decidedAt", "openedAt", "at")
"""Members that differ between any two cases."""


def plain(value: Any) -> Any:
    """Without ids, references and times: what is left must be equal."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key not in OWN}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


async def everything(chris: Client) -> dict[str, Any]:
    """All that RUDD's officer can have of the case that is next: list, detail, sealed part, history."""
    [listed] = await chris.items(f"{RUDD}/cases?state=new")
    seen: dict[str, Any] = {"listed": listed, "due": listed["dueKind"]}
    path = f"/v1/cases/{listed['id']}"
    seen["before"] = (await chris.get(path)).json()
    seen["after"] = await assess(chris, RUDD)
    seen["opened"] = (await chris.post(f"{path}/openings", {"purpose": "assessment"})).json()
    seen["history"] = await chris.items(f"{path}/transitions")
    seen["proposals"] = await chris.items(f"{path}/classifications")
    seen["messages"] = await chris.items(f"{path}/messages")
    return seen


async def arrived(chris: Client) -> list[dict[str, Any]]:
    """Everything of what is new in RUDD's queue: nothing, or one case."""
    [queue] = (await chris.get("/v1/queues")).json()["items"]
    return [await everything(chris)] if queue["counts"].get("new") else []
