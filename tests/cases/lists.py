"""Every list of the API as its routes say, who of the cast may ask it, and a desk in which each has rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi.routing import iter_route_contexts
from pydantic.fields import FieldInfo

from app.clock import now, timestamp
from app.http.application import Desk as Application
from app.http.fields import OneOf
from app.http.paging import Page
from app.http.queries import QueryDependency, calls_of
from tests.desk import RIEC, Client
from tests.organisations.rule_sets import document
from tests.retention.steps import approved, closed, erase, reported


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its template, and what its query string may say."""

    template: str
    model: type[Page]

    def named(self, *kinds: str) -> dict[str, FieldInfo]:
        """Its parameters of these kinds (`int`, `UUID`, `datetime`, `str`), by their name in the query string."""
        return {
            field.alias or name: field
            for name, field in self.model.model_fields.items()
            if any(f"{kind}" in str(field.annotation) for kind in kinds)
        }

    def codes(self) -> list[str]:
        """Its parameters that take a code of a closed list or a form, and no free word."""
        return [
            name
            for name, field in self.named("str").items()
            if any(isinstance(rule, OneOf) for rule in field.metadata) or "OneOf" in str(field.annotation)
        ]


ASKED_BY = {
    "/v1/access-log": ("dirk", "hilde"),
    "/v1/access-reviews": ("gerrit", "gea"),
    "/v1/approvals": ("gerrit", "gea"),
    "/v1/cases/{caseId}/classifications": ("bouke", "bart"),
    "/v1/cases/{caseId}/messages": ("bouke", "bart"),
    "/v1/cases/{caseId}/transitions": ("bouke", "bart"),
    "/v1/denials": ("gerrit", "gea"),
    "/v1/erasures": ("fenna", "hilde"),
    "/v1/grants": ("gerrit", "gea"),
    "/v1/notices": ("hilde", "bouke"),
    "/v1/organisations": ("gerrit", "gea"),
    "/v1/queues/{queueId}/cases": ("bouke", "bart"),
    "/v1/rule-sets": ("gerrit", "gea"),
    "/v1/settings-versions": ("gerrit", "gea"),
}
"""Per list somebody who may ask it, and another."""


def listings(application: Application) -> Iterator[Listing]:
    """Each list under /v1."""
    for route in iter_route_contexts(application.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None or not (route.path_format or "").startswith("/v1/"):
            continue
        for call in calls_of(dependant):
            if isinstance(call, QueryDependency) and issubclass(call.model, Page):
                yield Listing(str(route.path_format), call.model)


@dataclass(frozen=True, slots=True)
class Filled:
    """A desk in which every list has more than one row."""

    desk: Client
    case: str

    def path(self, listing: Listing) -> str:
        """The list of this desk's case or of RIEC's queue."""
        return listing.template.replace("{queueId}", RIEC.rsplit("/", 1)[1]).replace("{caseId}", self.case)

    def asker(self, listing: Listing) -> Client:
        """Somebody who may."""
        return self.desk.as_(ASKED_BY[listing.template][0])

    def other(self, listing: Listing) -> Client:
        """Somebody else."""
        return self.desk.as_(ASKED_BY[listing.template][1])


async def fill(desk: Client) -> Filled:
    """Reports, some destroyed; a case with moves, categories and messages; people, roles and settings proposed."""
    for _ in range(3):
        await desk.as_("ans").report()
    bouke = desk.as_("bouke")
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    path = f"/v1/cases/{case['id']}"
    for category in ("drugs", "care_fraud"):
        seen = (await bouke.get(path)).headers["ETag"]
        change = {"category": category, "topics": list[str](), "reasonCode": "other"}
        assert (await bouke.post(f"{path}/classifications", change, {"If-Match": seen})).status_code == 201
    assert (await bouke.move(case, "assess")).status_code == 201
    for text in ("Weet u meer?", "En wanneer was dat?"):
        assert (await bouke.post(f"{path}/messages", {"text": text})).status_code == 201
    await fill_register(desk)
    await fill_notices(desk)
    await fill_erasures(desk)
    return Filled(desk, case["id"])


async def fill_register(desk: Client) -> None:
    """Two people denied; two roles, two settings and two rule sets proposed."""
    gerrit, until = desk.as_("gerrit"), now() + timedelta(days=90)
    body: Mapping[str, object]
    for number in range(2):
        person = {"organisationId": "gemeente-emmen", "subject": f"x-{number}"}
        role = {"role": "dpo", "validUntil": timestamp(until), "reasonCode": "joined"}
        setting = {
            "organisationId": "gemeente-emmen",
            "kind": "calendar",
            "content": {"closedDays": [f"2026-12-2{number + 7}"]},
            "reasonCode": "in_order",
        }
        for path, body in (
            ("/v1/denials", person | {"reasonCode": "left"}),
            ("/v1/grants", person | role),
            ("/v1/settings-versions", setting),
            ("/v1/rule-sets", document(f"drenthe-{number + 2}")),
        ):
            answer = await gerrit.post(path, body)
            assert answer.status_code == 201, answer.text


async def fill_notices(desk: Client) -> None:
    """Twice somebody wants to break the glass and thinks better of it: the privacy officer is told both times."""
    ilse = desk.as_("ilse")
    glass = {"kind": "break_glass", "role": "coordinator", "hours": 1, "reasonCode": "absence"}
    for _ in range(2):
        asked = await ilse.post("/v1/approvals", glass)
        assert asked.status_code == 201, asked.text
        path = f"/v1/approvals/{asked.json()['id']}/decisions"
        answer = await ilse.post(path, {"decision": "withdrawn", "reasonCode": "mistake"})
        assert answer.status_code == 201, answer.text


async def fill_erasures(desk: Client) -> None:
    """Two closed reports are destroyed by two people."""
    for _ in range(2):
        case = await closed(desk, await reported(desk))
        answer = await erase(desk.as_("fenna"), case, await approved(desk, case))
        assert answer.status_code == 201, answer.text
