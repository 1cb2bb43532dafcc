"""The cells of the matrix over HTTP: every guarded route, the objects it can be asked about, and a body that fits.

A route or a parameter that is not listed here has no cells, and the test fails until somebody lists it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.identity.policy import Thing
from tests.desk import REPORT

APPROVE = {"decision": "refused", "reasonCode": "in_order"}
STEP = {"transition": "release", "reasonCode": "workload"}
CATEGORY = {"category": "drugs", "topics": [], "reasonCode": "facts_known"}
STALE = {"If-Match": '"9999"'}
FAR = "2027-01-31T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Thingy:
    """An object of the seeded desk: its id in the path, and what the policy is told about it."""

    id: str
    thing: Thing
    kind: str = ""


Objects = Mapping[str, Mapping[str, Thingy]]
"""By path parameter, by name: `caseId` -> `emmen` -> ..."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One route asked for one object. `body` None: no body is sent."""

    method: str
    path: str
    permission: str
    name: str
    about: Thingy | None
    body: Any = None
    headers: Mapping[str, str] | None = None


BODIES: dict[tuple[str, str], Callable[[Objects], tuple[Any, Mapping[str, str]]]] = {
    ("POST", "/v1/signals"): lambda _: (REPORT, {}),
    ("POST", "/v1/queues/{queueId}/claims"): lambda _: (
        {"caseId": "00000000-0000-4000-8000-000000000000"},
        {},
    ),
    ("POST", "/v1/cases/{caseId}/openings"): lambda _: ({"purpose": "assessment"}, {}),
    ("POST", "/v1/cases/{caseId}/reporter-openings"): lambda _: ({"purpose": "reply"}, {}),
    ("POST", "/v1/cases/{caseId}/erasures"): lambda _: (
        {"approvalId": "00000000-0000-4000-8000-000000000000"},
        {},
    ),
    ("POST", "/v1/cases/{caseId}/transitions"): lambda _: (STEP, STALE),
    ("POST", "/v1/cases/{caseId}/classifications"): lambda _: (CATEGORY, {"If-Match": "*"}),
    ("POST", "/v1/cases/{caseId}/match-requests"): lambda _: ({}, {}),
    ("POST", "/v1/cases/{caseId}/duplicate-requests"): lambda _: ({}, {}),
    ("POST", "/v1/cases/{caseId}/distinctions"): lambda _: (
        {"otherCaseId": "00000000-0000-4000-8000-000000000000"},
        {},
    ),
    ("POST", "/v1/searches"): lambda _: ({"kind": "address", "value": "7811 AB 3"}, {}),
    ("POST", "/v1/cases/{caseId}/messages"): lambda _: ({"text": "Hebt u een foto?"}, {}),
    ("POST", "/v1/approvals"): lambda _: (
        {"kind": "break_glass", "role": "coordinator", "hours": 1, "reasonCode": "absence"},
        {},
    ),
    ("POST", "/v1/approvals/{approvalId}/decisions"): lambda _: (APPROVE, {}),
    ("POST", "/v1/notices/{noticeId}/acknowledgements"): lambda _: ({}, {}),
    ("POST", "/v1/grants"): lambda _: (
        {
            "organisationId": "gemeente-emmen",
            "subject": "nobody",
            "role": "dpo",
            "validUntil": FAR,
            "reasonCode": "joined",
        },
        {},
    ),
    ("POST", "/v1/grants/{grantId}/withdrawals"): lambda _: ({"reasonCode": "left"}, {}),
    ("POST", "/v1/denials"): lambda _: (
        {"organisationId": "gemeente-emmen", "subject": "nobody", "reasonCode": "left"},
        {},
    ),
    ("POST", "/v1/denials/{denialId}/liftings"): lambda _: ({"reasonCode": "mistake"}, {}),
    ("POST", "/v1/rule-sets"): lambda _: (
        {
            "name": "drenthe-2",
            "rules": [f"A{number}" for number in range(1, 9)],
            "confidenceLow": {"humanTrafficking": 70, "drugs": 70, "careFraud": 70, "ruralPremises": 70},
            "strong": 70,
            "reasonCode": "in_order",
        },
        {},
    ),
    ("POST", "/v1/settings-versions"): lambda _: (
        {
            "organisationId": "gemeente-emmen",
            "kind": "calendar",
            "content": {"closedDays": ["2026-12-24"]},
            "reasonCode": "in_order",
        },
        {},
    ),
}
"""A body and headers that fit; they change nothing that another cell looks at."""

BY_ROUTE: dict[tuple[str, str], str] = {
    ("POST", "/v1/grants"): "gemeente-emmen",
    ("POST", "/v1/denials"): "gemeente-emmen",
    ("POST", "/v1/settings-versions"): "gemeente-emmen",
}
"""Routes whose body names the organisation that the act is about."""

QUERIES: dict[str, str] = {"/v1/access-reviews": "?organisation=gemeente-emmen"}
LOOSE = {
    "/v1/receipt-lookups": "no caller at all: tests/intake/test_receipts.py",
    "/v1/receipt-messages": "no caller at all: tests/intake/test_receipts.py",
    "/v1/webhooks/citizen-reports": "a signature in place of a token: tests/intake/test_webhook.py",
    "/v1/reference-data": "public lists",
}
"""Routes that know no caller's role; held elsewhere."""


def cells(routes: set[tuple[str, str, str]], objects: Objects) -> list[Cell]:
    """Every cell. Raises KeyError for a route, a parameter or a body that nobody listed."""
    found = []
    for method, path, permission in sorted(routes):
        if path in LOOSE:
            continue
        body, headers = BODIES[method, path](objects) if method == "POST" else (None, {})
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        if not names:
            organisation = BY_ROUTE.get((method, path)) or ("gemeente-emmen" if path in QUERIES else None)
            about = Thingy("", Thing(organisation=organisation)) if organisation else None
            found.append(
                Cell(
                    method,
                    path + QUERIES.get(path, ""),
                    permission,
                    organisation or "-",
                    about,
                    body,
                    headers,
                )
            )
            continue
        [name] = names
        for label, about in objects[name].items():
            filled = path.replace(f"{{{name}}}", about.id)
            found.append(Cell(method, filled, permission, f"{path} {label}", about, body, headers))
    return found
