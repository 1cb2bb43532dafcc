"""Searching and listing: nobody finds what is not hers, whatever she asks for and however the list is cut.

Seen in requarks/wiki#580 and frappe/frappe#15273 (a search that ignored who asked), danmunn/redmine_dmsf#805 (found what
could not be opened), langgenius/dify#34456 (a lookup without the tenant in it) and getlago/lago-api#5587 (pages).
"""

from collections.abc import AsyncIterator, Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.attacks.town import EVERYBODY, Town, everything_in, settled
from tests.desk import client_for

pytestmark = pytest.mark.anyio
QUEUES = ("riec-noord-nederland", "rudd", "triage-gemeente-emmen", "triage-gemeente-assen")
ORGANISATIONS = ("gemeente-emmen", "gemeente-assen", "rudd")
FOR_WORDS = ("gemeente-assen", "gemeente-emmen", "riec-noord-nederland", "%", "_" * 12, "*", "' or '1'='1")
Operation = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
async def town(module_settings: Settings) -> AsyncIterator[Town]:
    application = create_app(module_settings, cast=login.cards(), logins=[login.router])
    async with client_for(application, module_settings) as client, settled(client) as made:
        yield made


async def gets(town: Town) -> list[Operation]:
    """Path and description of everything that can be asked for."""
    paths = (await town.desk.get("/v1/openapi.json")).json()["paths"]
    return [(f"/v1{path}", item["get"]) for path, item in paths.items() if "get" in item]


def filled(town: Town, path: str, *, own: str) -> Iterator[str]:
    """The path with each id of its kind in place; with `own`, of the cases only those she may know."""
    known = [one.value for one in town.secrets if own in one.knows and one.what.endswith("case id")]
    ids = {
        "queueId": QUEUES,
        "organisationId": ORGANISATIONS,
        "caseId": known if own else [case["id"] for case in town.cases.values()],
    }
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for values in product(*(ids[name] for name in names)):
        text = path
        for name, value in zip(names, values, strict=True):
            text = text.replace(f"{{{name}}}", value)
        yield text


async def pages(town: Town, name: str, path: str, limit: int) -> AsyncIterator[Any]:
    """Every page of a list as this person walks it, or the one answer of what is no list."""
    cursor = ""
    for _ in range(60):
        joint = "&" if "?" in path else "?"
        address = f"{path}{joint}limit={limit}{cursor}" if limit else path
        answer = await town.desk.as_(name).get(address)
        yield answer
        following = answer.json().get("next") if answer.status_code == 200 else None
        if following is None:
            return
        cursor = f"&cursor={following}"


async def test_whoever_walks_every_list_and_every_detail_finds_her_own_and_nothing_else(town: Town) -> None:
    found: set[str] = set()
    for path, described in await gets(town):
        pageable = any(one.get("name") == "cursor" for one in described.get("parameters", ()))
        for name in EVERYBODY:
            for address in filled(town, path, own=name):
                for limit in (200, 7) if pageable else (0,):
                    async for answer in pages(town, name, address, limit):
                        said = everything_in(answer)
                        assert town.leaks(name, said) == [], (name, address)
                        found |= {one.what for one in town.secrets if one.value in said}
    # That nothing leaked says something only because it is there to be found by who may.
    to_be_found = {one.what for one in town.secrets if one.knows}
    parts = {what for what in to_be_found if what.partition(": ")[2] in SEALED}
    reporters = {"subject of ans", "subject of eva"}
    assert found >= to_be_found - parts - reporters
    assert len(found) > 40


SEALED = {
    *("verhaal", "titel", "straat", "plek", "persoon", "baard", "busje", "zaak", "nummer"),
    *("reporter's name", "reporter's address"),
}
"""What no list and no detail shows, only an opening: tests/attacks/test_journey_links.py."""


def values_for(town: Town, parameter: dict[str, Any]) -> list[str]:
    """What somebody would try in this parameter: each value of its list, everybody's ids, words that widen."""
    schema = parameter["schema"]
    name = parameter["name"]
    if name in {"limit", "cursor"}:
        return []
    if "enum" in schema:
        return [str(one) for one in schema["enum"]][:4]
    if schema.get("format") == "uuid":
        ids = [one.value for one in town.secrets if one.what.endswith(" id")]
        return [*ids, "00000000-0000-4000-8000-000000000000"]
    if schema.get("format") == "date-time":
        return ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]
    people = [one.value for one in town.secrets if one.what.startswith("subject of ")]
    return [*FOR_WORDS, *people] if name != "municipality" else ["0106", "0114"]


async def test_a_filter_that_names_what_is_anothers_finds_nothing_of_it(town: Town) -> None:
    """Also where the filter is answered: the list is what was hers before, and no longer."""
    asked = 0
    for path, described in await gets(town):
        for parameter in described.get("parameters", ()):
            if parameter.get("in") != "query":
                continue
            for value in values_for(town, parameter):
                query = urlencode({parameter["name"]: value})
                for name in ("fenna", "bouke", "chris", "hilde", "harm", "dora", "joost", "gerrit", "ilse"):
                    for address in filled(town, path, own=name):
                        answer = await town.desk.as_(name).get(f"{address}?{query}")
                        asked += answer.status_code == 200
                        assert answer.status_code < 500
                        # An id that was typed comes back in nothing but the log of who typed it.
                        assert town.leaks(name, everything_in(answer), query) == [], (name, address, query)
    assert asked > 500


async def test_a_list_is_never_longer_for_having_been_filtered(town: Town) -> None:
    for name, path, query in (
        ("hilde", "/v1/access-log", "organisation=gemeente-assen"),
        ("dora", "/v1/access-log", "organisation=gemeente-assen"),
        ("harm", "/v1/access-log", "organisation=gemeente-emmen"),
        ("hilde", "/v1/grants", "organisation=gemeente-assen"),
        ("harm", "/v1/grants", f"subject={town.desk.as_('fenna').sub}"),
        ("joost", "/v1/settings-versions", "kind=matrix&state=replaced"),
        ("ilse", "/v1/approvals", "kind=reveal"),
        ("bouke", "/v1/queues/riec-noord-nederland/cases", f"assignee={town.desk.as_('fenna').sub}"),
    ):
        assert await town.desk.as_(name).items(path) != []
        assert await town.desk.as_(name).items(f"{path}?{query}") == [], (name, query)


async def test_who_keeps_the_register_sees_no_request_about_anybodys_case(town: Town) -> None:
    """She decides about roles and settings of all; a reveal or the glass that is broken is not her work."""
    listed = await town.desk.as_("gerrit").items("/v1/approvals")
    assert {one["kind"] for one in listed} == {"setting"}
    assert all(one["caseId"] is None for one in listed)
    assert {one["kind"] for one in await town.desk.as_("ina").items("/v1/approvals")} == {
        "reveal",
        "break_glass",
    }
    assert {one["kind"] for one in await town.desk.as_("harm").items("/v1/approvals")} == {
        "reveal",
        "break_glass",
        "setting",
    }
