"""Links in the public description (OpenAPI 3.1, 4.8.20): which answer says what the next request needs.

A caller that walks the interface for the first time finds the way by them, and so does a test that tries every way. They
name operations as the description does, and a process that does not serve one of them does not show the link.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Link:
    """From the answer of operation `source` to a request `target`, both by their names in the description.

    `parameters` and `body`: name to the expression that finds its value in the answer (`$response.body#/id`).
    """

    source: str
    target: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)

    def described(self) -> Json:
        """As it stands in the description."""
        shown: Json = {"operationId": self.target}
        if self.parameters:
            shown["parameters"] = dict(self.parameters)
        if self.body:
            shown["requestBody"] = dict(self.body)
        return shown


def add(operations: Mapping[str, Json], links: Iterable[Link]) -> None:
    """Put each link at the good answer of its source; one whose operations this process does not serve is left out."""
    for link in links:
        if link.source in operations and link.target in operations:
            answers = cast("dict[str, Json]", operations[link.source]["responses"])
            for status in sorted(answers):
                if status in {"200", "201"}:
                    shown = cast("Json", answers[status].setdefault("links", {}))
                    shown[link.target] = link.described()


ID, FIRST, CODE = "$response.body#/id", "$response.body#/items/0/id", "$response.body#/receiptCode"
SEEN = {"caseId": ID, "If-Match": "$response.header.ETag"}
# fmt: off
LINKS = (
    Link("submitSignal", "lookUp", body={"receiptCode": CODE}),
    Link("submitSignal", "answer", body={"receiptCode": CODE}),
    Link("listQueues", "listCases", {"queueId": FIRST}),
    Link("listQueues", "claim", {"queueId": FIRST}),
    Link("listCases", "readCase", {"caseId": FIRST}),
    Link("listCases", "claim", {"queueId": "$request.path.queueId"}, {"caseId": FIRST}),
    *(Link(source, target, {"caseId": ID}) for source in ("claim", "readCase") for target in (
        "openCase", "openReporter", "sendMessage", "readMessages", "listTransitions", "listClassifications")),
    *(Link(source, target, SEEN) for source in ("claim", "readCase", "moveCase", "classifyCase")
        for target in ("moveCase", "classifyCase")),
    Link("claim", "readCase", {"caseId": ID}),
    Link("claim", "askApproval", body={"caseId": ID}),
    *(Link(source, "decideApproval", {"approvalId": ID})
        for source in ("askApproval", "proposeGrant", "proposeLifting", "proposeSetting",
            "proposeRuleSet")),
    Link("listApprovals", "decideApproval", {"approvalId": FIRST}),
    Link("listGrants", "withdrawGrant", {"grantId": FIRST}),
    Link("denyPerson", "proposeLifting", {"denialId": ID}),
    Link("listDenials", "proposeLifting", {"denialId": FIRST}),
    Link("listNotices", "acknowledge", {"noticeId": FIRST}),
    Link("listOrganisations", "readOrganisation", {"organisationId": FIRST}),
    Link("listOrganisations", "readReadiness", {"organisationId": FIRST}),
)
# fmt: on
"""Where an answer says what the next request needs; the names are those of the description's operations."""
