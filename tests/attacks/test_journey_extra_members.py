"""Members that nobody asked for: no body takes a column's name, a role or a state that the desk itself decides on.

Seen in eveseat/web#722 (`admin` among what may be filled in), ian.sh/fia (roles in the update of a profile) and
durdana3105/peer-learning#1851; and a NUL in any text, from philgyford/pepysdiary#603.
"""

from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from app.database import Base
from app.demo import login
from app.errors import Invalid
from app.http import body as bodies_in
from app.http.application import Desk as Application
from app.http.openapi import Described
from app.main import create_app
from app.settings import Settings
from tests.attacks.description import Members, bodies, members
from tests.attacks.test_journey_links import good, path_for, put
from tests.attacks.town import Town, everything_in, settled
from tests.desk import client_for
from tests.stored import Stored

pytestmark = pytest.mark.anyio
TABLES: dict[str, tuple[str, ...]] = {
    "/v1/signals": ("signals", "receipts", "cases"),
    "/v1/receipt-lookups": ("receipts",),
    "/v1/receipt-messages": ("messages",),
    "/v1/queues/{queueId}/claims": ("cases",),
    "/v1/cases/{caseId}/openings": ("openings",),
    "/v1/cases/{caseId}/reporter-openings": ("openings", "approval_uses"),
    "/v1/cases/{caseId}/erasures": ("erasures", "approval_uses"),
    "/v1/cases/{caseId}/transitions": ("transitions", "cases"),
    "/v1/cases/{caseId}/classifications": ("classifications", "cases"),
    "/v1/cases/{caseId}/distinctions": ("told_apart",),
    "/v1/cases/{caseId}/messages": ("messages",),
    "/v1/searches": ("blind_index",),
    "/v1/approvals": ("approvals",),
    "/v1/approvals/{approvalId}/decisions": ("approval_decisions",),
    "/v1/grants": ("grants",),
    "/v1/grants/{grantId}/withdrawals": ("grants",),
    "/v1/denials": ("denials",),
    "/v1/denials/{denialId}/liftings": ("denials",),
    "/v1/rule-sets": ("rule_sets",),
    "/v1/settings-versions": ("settings_versions", "supply_terms"),
}
"""The tables that each body ends in; a new route must be listed."""
WORKS = {
    "/v1/queues/{queueId}/claims": "fenna",
    "/v1/approvals": "fenna",
    "/v1/searches": "fenna",
    "/v1/approvals/{approvalId}/decisions": "ilse",
    "/v1/signals": "ans",
}
POWERS = (
    *("admin", "isAdmin", "roles", "permissions", "sub", "actor", "organisation", "tenant", "strong", "wpg"),
    *("mandate", "authority", "__proto__", "constructor", "$ne", "_method", "approved", "confirmedBy", "by"),
)


@pytest.fixture(scope="module")
def desk_itself(module_settings: Settings) -> Application:
    return create_app(module_settings, cast=login.cards(), logins=[login.router])


@pytest.fixture(scope="module")
async def town(module_settings: Settings, desk_itself: Application) -> AsyncIterator[Town]:
    async with client_for(desk_itself, module_settings) as client, settled(client) as made:
        yield made


def worker(path: str) -> str:
    """Somebody who may use this route."""
    return WORKS.get(path, "fenna" if path.startswith("/v1/cases") else "gerrit")


def whole(town: Town, path: str) -> Any:
    """A body that the route takes."""
    receipts: dict[str, Any] = {
        "/v1/receipt-lookups": {"receiptCode": town.ids["emmen receipt"]},
        "/v1/receipt-messages": {"receiptCode": town.ids["emmen receipt"], "text": "Nog iets."},
    }
    return receipts[path] if path in receipts else deepcopy(good(path))


def columns(path: str) -> list[str]:
    """The names of the columns, as the database and as the interface spell them."""
    names = [column.name for table in TABLES[path] for column in Base.metadata.tables[table].columns]
    return list(dict.fromkeys([*names, *(to_camel(name) for name in names), *POWERS]))


async def described(town: Town) -> list[tuple[str, dict[str, Any], list[tuple[Members, dict[str, Any]]]]]:
    """Path, schema and places of each body that is JSON."""
    document = (await town.desk.get("/v1/openapi.json")).json()
    return [(f"/v1{path}", schema, list(members(document, schema))) for _, path, schema in bodies(document)]


async def test_a_column_that_is_no_member_is_refused_in_every_body(town: Town, stored: Stored) -> None:
    tried = 0
    for path, _, places in await described(town):
        known = {place[0] for place, _ in places}
        seen, before = await versions(town), await stored.counts()
        for name in columns(path):
            if name in known:
                continue
            caller = town.desk.as_(worker(path))
            body = whole(town, path) | {name: "zwartemarkering"}
            answer = await caller.post(path_for(town, worker(path), path), body, {"If-Match": "*"})
            assert answer.status_code == 400, (path, name, answer.text)
            assert [fault["code"] for fault in answer.json()["errors"]] == ["unknown_member"], (path, name)
            assert "zwartemarkering" not in answer.text
            tried += 1
        assert await stored.counts() == before, path
        assert await versions(town) == seen, path
    assert tried > 600


async def versions(town: Town) -> list[tuple[Any, ...]]:
    """How the cases stand."""
    workers = {"emmen": "fenna", "assen": "eelco", "riec": "bouke", "rudd": "chris"}
    found = []
    for what, name in workers.items():
        case = (await town.desk.as_(name).get(f"/v1/cases/{town.cases[what]['id']}")).json()
        found.append((case["state"], case["assignee"], case["version"], case["priority"]))
    return found


def test_every_body_has_its_tables(desk_itself: Application) -> None:
    paths = {path for path, _ in models(desk_itself)}
    assert paths == set(TABLES) | {"/v1/webhooks/citizen-reports"}


def models(desk: Application) -> Iterator[tuple[str, type[BaseModel]]]:
    """Path and model of each body."""
    for route in iter_route_contexts(desk.routes):
        path = str(route.path_format or "")
        if path.startswith("/v1/") and getattr(route, "dependant", None) is not None:
            for method in route.methods or ():
                found = Described({}, path, method, route).body
                if found is not None:
                    yield path, found


def test_no_object_inside_a_body_takes_a_member_of_its_own_making(desk_itself: Application) -> None:
    """Each model that a body can hold, however deep, refuses every column there is."""
    names = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    names |= {to_camel(name) for name in names} | set(POWERS)
    seen = set()
    for _, model in models(desk_itself):
        for inside in nested(model, set()):
            seen.add(inside.__name__)
            known = {field.alias or name for name, field in inside.model_fields.items()}
            for name in names - known:
                with pytest.raises(Invalid) as refused:
                    bodies_in.parse(inside, b'{"' + name.encode() + b'":1}')
                told = {fault.code for fault in refused.value.faults}
                assert "unknown_member" in told or inside.__name__ in OPEN, (inside, name)
    assert seen >= {
        "Report",
        "Location",
        "Person",
        "Reporter",
        "Move",
        "Recipient",
        "CitizenReport",
        "GrantIn",
    }


OPEN = {"CitizenEvent", "SettingIn"}
"""Attributes of extensions may stand in a CloudEvent and are not kept; a setting is first asked of which kind it is."""


def nested(annotation: Any, seen: set[Any]) -> Iterator[type[BaseModel]]:
    """This model and all models in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return
        seen.add(annotation)
        yield annotation
        for field in annotation.model_fields.values():
            yield from nested(field.annotation, seen)
    for argument in getattr(annotation, "__args__", ()):
        yield from nested(argument, seen)


async def test_a_nul_in_any_text_is_refused(town: Town, stored: Stored) -> None:
    """In each member that takes text, in each path and in each parameter; nowhere a fault of ours."""
    tried = 0
    for path, _, places in await described(town):
        before = await stored.counts()
        for place, schema in places:
            if schema.get("type") != "string":
                continue
            for text in ("a\0b", "\0", "a\u001fb", "\x7f"):
                caller = town.desk.as_(worker(path))
                body = put(whole(town, path), place, text)
                answer = await caller.post(path_for(town, worker(path), path), body, {"If-Match": "*"})
                assert answer.status_code == 400, (path, place, ascii(text), answer.text)
                assert town.leaks(worker(path), everything_in(answer)) == []
                tried += 1
        assert await stored.counts() == before, path
    assert tried > 150


async def test_a_nul_in_any_address_is_refused(town: Town, stored: Stored) -> None:
    document = (await town.desk.get("/v1/openapi.json")).json()
    before = (await stored.counts()) | {"done": 0}
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        plain = path_for(town, "fenna", f"/v1{path}").replace("{organisationId}", "gemeente-emmen")
        for name in ("fenna", "dirk", "gerrit"):
            for parameter in item["get"].get("parameters", ()):
                if parameter.get("in") == "query":
                    answer = await town.desk.as_(name).get(f"{plain}?{parameter['name']}=a%00b")
                    assert answer.status_code in {400, 403, 404}, (plain, parameter)
            if "{" in path:
                ids = path_for(town, "fenna", f"/v1{path}")
                broken = ids.replace("/cases/", "/cases/%00").replace("/queues/", "/queues/%00")
                broken = broken.replace("{organisationId}", "gemeente-emmen%00")
                assert (await town.desk.as_(name).get(broken)).status_code in {400, 404}, broken
    assert (await stored.counts()) | {"done": 0} == before
