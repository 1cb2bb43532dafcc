"""The description leads the way: which answer says what the next request needs, and all of it is true."""

from typing import Any

import pytest

from app.http.links import LINKS
from tests.attacks.description import resolved
from tests.desk import Client
from tests.interface.test_description import document, operations

__all__ = ["document"]
pytestmark = pytest.mark.anyio
WAYS = {
    ("submitSignal", "lookUp"),
    ("submitSignal", "answer"),
    ("listQueues", "listCases"),
    ("listQueues", "claim"),
    ("claim", "readCase"),
    ("claim", "openCase"),
    ("claim", "moveCase"),
    ("askApproval", "decideApproval"),
    ("listApprovals", "decideApproval"),
    ("listGrants", "withdrawGrant"),
}


def by_name(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["operationId"]: one for one in operations(document).values()}


def links(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """From which operation, to which, and how."""
    return [
        (name, link["operationId"], link)
        for name, operation in by_name(document).items()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]


async def test_the_ways_through_the_desk_are_described(document: dict[str, Any]) -> None:
    found = {(source, target) for source, target, _ in links(document)}
    assert found >= WAYS
    assert found == {(link.source, link.target) for link in LINKS}, (
        "a link names an operation that is not there"
    )


async def test_each_link_gives_what_its_request_takes(document: dict[str, Any]) -> None:
    known = by_name(document)
    headers = document["components"]["parameters"].values()
    for source, target, link in links(document):
        operation = known[target]
        taken = {one.get("name") for one in operation.get("parameters", ())} | {
            one["name"] for one in headers
        }
        assert set(link.get("parameters", {})) <= taken, (source, target)
        for member in link.get("requestBody", {}):
            content = operation["requestBody"]["content"]["application/json"]["schema"]
            assert member in resolved(document, content)["properties"], (source, target)


async def test_each_link_reads_what_its_answer_holds(document: dict[str, Any]) -> None:
    known = by_name(document)
    for source, target, link in links(document):
        good = next(one for status, one in known[source]["responses"].items() if status in {"200", "201"})
        for place in [*link.get("parameters", {}).values(), *link.get("requestBody", {}).values()]:
            if not place.startswith("$response.body#/"):
                assert place in {"$response.header.ETag", "$request.path.queueId"}
                continue
            schema = good["content"]["application/json"]["schema"]
            for step in place.removeprefix("$response.body#/").split("/"):
                schema = resolved(document, schema)
                schema = schema["items"] if step == "0" else schema["properties"][step]
            assert schema, (source, target)


async def test_a_link_is_followed_to_where_it_says(client: Client, document: dict[str, Any]) -> None:
    made = await client.as_("ans").report()
    looked = await client.as_(None).post("/v1/receipt-lookups", {"receiptCode": made["receiptCode"]})
    assert looked.json()["reference"] == made["reference"]
    bouke = client.as_("bouke")
    queue = (await bouke.get("/v1/queues")).json()["items"][0]["id"]
    claimed = await bouke.post(f"/v1/queues/{queue}/claims")
    seen = {"If-Match": claimed.headers["ETag"]}
    moved = await bouke.post(
        f"/v1/cases/{claimed.json()['id']}/transitions",
        {"transition": "release", "reasonCode": "workload"},
        seen,
    )
    assert moved.status_code == 201, moved.text
