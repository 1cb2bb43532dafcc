"""Made-up requests by the public description, in every role: no fault of ours, no surprise, nothing of anybody else's.

Each operation by itself and whole walks along the description's links. What is asked is the same at each run.
"""

import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.demo.cast import CAST
from app.demo.issuer import fetch_token
from app.identity.policy import ANYONE, PERMISSIONS
from tests.attacks.inside import words_of_the_inside
from tests.attacks.town import EVERYBODY, VAGUE, Town, everything_in, settled
from tests.casework.steps import LAB
from tests.desk import ASSEN, EMMEN, Server
from tests.docs.test_docs import table_rows, text_of
from tests.operations import own

pytestmark = pytest.mark.anyio
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLERS: tuple[str | None, ...] = (*EVERYBODY, None)
QUIET: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "verbosity": Verbosity.quiet,
    "suppress_health_check": list(HealthCheck),
}
"""What is found is told at the end: to ask the same again, as a search for the shortest does, is not the same."""
SLOW = {"POST /signals": 12, "POST /webhooks/citizen-reports": 8}
"""So large a body takes long to make up, and its faults stand in bad.py one by one."""
EXAMPLES = {GenerationMode.POSITIVE: 34, GenerationMode.NEGATIVE: 20}
AREAS = {
    "reports": "^/(signals|receipt-)",
    "cases": "^/(queues|cases)",
    "second persons": "^/(queues|approvals|notices)",
    "registers": "^/(grants|denials|settings-versions|rule-sets|organisations|access-|approvals/)",
}
"""Where a walk goes: along all links at once it would hardly ever get further than one step."""
AT_HOME = {
    "reports": {"ans", "eva", "formulier-emmen"},
    "cases": {"fenna", "femke", "eelco", "bouke", "bart", "chris"},
    "second persons": {"fenna", "eelco", "bouke", "chris", "ilse", "ina", "hilde"},
    "registers": {"hilde", "harm", "gerrit", "gea"},
}
"""Who walks there longest."""
SEEDS = range(3)
WALKS, STEPS = 6, 10
LAST = ("gerrit", "gea")
"""Who may end the others' roles walks after them."""
WAITING = (("ans", EMMEN, VAGUE), ("eva", ASSEN, VAGUE), ("ans", EMMEN, LAB))
"""What lies in every queue for whoever pulls the next case."""
QUEUES = ("riec-noord-nederland", "rudd", "triage-gemeente-emmen", "triage-gemeente-assen")


@dataclass(slots=True)
class Desk:
    """A started desk with something of everybody in it, the tokens of all, and what was answered."""

    url: str
    town: Town
    tokens: dict[str, str]
    http: requests.Session = field(default_factory=requests.Session)
    faults: list[str] = field(default_factory=list)
    seen: Counter[int] = field(default_factory=Counter)
    by: Counter[str | None] = field(default_factory=Counter)
    ids: Iterator[int] = field(default_factory=itertools.count)

    def headers(self, who: str | None) -> dict[str, str]:
        return {} if who is None else {"Authorization": f"Bearer {self.tokens[who]}"}

    def named(self, case: Case[Any], who: str | None) -> None:
        """Put ids of the desk in place of made-up ones: of what is the caller's to know, and of what is not."""
        turn = next(self.ids)
        for parameter in ("caseId", "approvalId", "grantId", "denialId"):
            if parameter in case.path_parameters and turn % 4:
                kind = "case id" if parameter == "caseId" else f"{parameter.removesuffix('Id')} id"
                all_ids = [one for one in self.town.secrets if one.what.endswith(kind)]
                known = [one for one in all_ids if who in one.knows] if turn % 4 > 1 else []
                choice = known or all_ids
                case.path_parameters[parameter] = choice[turn // 4 % len(choice)].value
        if "queueId" in case.path_parameters and turn % 4:
            case.path_parameters["queueId"] = QUEUES[turn // 4 % len(QUEUES)]
        if "If-Match" in (case.headers or {}) and turn % 2:
            case.headers["If-Match"] = "*"
        tamed(case)

    def look_at(self, answer: Any, case: Case[Any], who: str | None) -> None:
        """Count an answer: as the description says, without a fault of ours, and without anything of anybody else's."""
        self.seen[answer.status_code] += 1
        self.by[who] += 1
        asked = (
            f"{who}: {case.method} {case.formatted_path} {case.query!r} {case.body!r} -> {answer.status_code}"
        )
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            self.faults += [f"{asked}: {failure}" for failure in group.exceptions]
        sent = f"{case.path_parameters!r} {case.query!r} {case.body!r}"
        self.faults += [f"{asked}: {what}" for what in self.town.leaks(who, everything_in(answer), sent)]
        if answer.status_code >= 400:
            self.faults += [f"{asked}: {word}" for word in words_of_the_inside(answer.text)]

    def told(self) -> list[str]:
        """The faults since this was last asked."""
        found, self.faults = self.faults, []
        return found


def tamed(case: Case[Any]) -> None:
    """Nothing is supplied: what is supplied is the recipient's to read, and then who may know what is another story."""
    if isinstance(case.body, dict) and case.body.get("transition") == "supply":
        case.body["transition"] = "assess"


@pytest.fixture(scope="module")
async def town(anyio_backend: str, module_server: Server) -> AsyncIterator[Town]:
    async with module_server.client() as client, settled(client) as made:
        # Anybody may type anybody's id here, and second persons lend each other roles.
        made.probed()
        made.lend(ilse="fenna", ina="eelco")
        for name, place, text in WAITING * 20:
            await client.as_(name).report(text=text, location=place)
        yield made


@pytest.fixture(scope="module")
def desk(module_server: Server, town: Town) -> Desk:
    tokens = {name: fetch_token(module_server.settings, name) for name in EVERYBODY}
    return Desk(f"{module_server.url}/v1", town, tokens)


@pytest.fixture(scope="module")
def description(module_server: Server) -> Any:
    return schemathesis.openapi.from_url(f"{module_server.url}/v1/openapi.json")


@pytest.fixture(scope="module")
def machines(module_server: Server, town: Town) -> dict[str, Any]:
    """What walks in each area: good requests alone, for a way that begins badly leads nowhere."""
    # As the database does by itself each minute: plans made for an empty log are not for one of thousands of entries.
    own.rows(module_server.settings, "analyze")
    found = {}
    for area, paths in AREAS.items():
        whole = schemathesis.openapi.from_url(f"{module_server.url}/v1/openapi.json")
        whole.config.generation.update(modes=[GenerationMode.POSITIVE], with_security_parameters=False)
        found[area] = whole.include(path_regex=paths).as_state_machine()
    return found


ROUTES = {
    f"{method} {path.removeprefix('/v1')}": permission
    for method, path, permission in table_rows(text_of("api.md"), 3)
    if path.startswith("/v1/")
}
"""Every operation with its permission, as the documents say; they are held against the real routes."""


def callers(permission: str) -> list[str | None]:
    """Those whose role may use it, then everybody."""
    roles = PERMISSIONS[permission]
    may = [name for name in EVERYBODY if roles is ANYONE or CAST[name].roles & roles]
    return [*may, *CALLERS]


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", sorted(ROUTES))
def test_no_answer_is_a_fault_a_surprise_or_anybody_elses(
    description: Any, desk: Desk, operation: str, mode: GenerationMode
) -> None:
    method, _, path = operation.partition(" ")
    turn = itertools.cycle(callers(ROUTES[operation]))

    @seed(1)
    @settings(
        max_examples=SLOW.get(operation, EXAMPLES[mode]), phases=(Phase.explicit, Phase.generate), **QUIET
    )
    @given(case=description[path][method].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        who = next(turn)
        if mode is GenerationMode.POSITIVE:
            desk.named(case, who)
        answer = case.call(base_url=desk.url, headers=desk.headers(who), session=desk.http, timeout=60)
        desk.look_at(answer, case, who)

    ask()
    assert desk.told() == []


@pytest.mark.parametrize("who", [*(name for name in EVERYBODY if name not in LAST), *LAST])
@pytest.mark.parametrize("area", AREAS)
def test_no_walk_along_the_links_ends_in_a_fault_a_surprise_or_anybody_elses(
    machines: dict[str, Any], desk: Desk, area: str, who: str
) -> None:
    """From what one answer gives to the next request, as somebody who works here does, and on."""

    class Walk(machines[area]):  # type: ignore[misc, valid-type]
        """One caller on her way."""

        def before_call(self, case: Case[Any]) -> None:
            tamed(case)

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            return {
                "base_url": desk.url,
                "headers": desk.headers(who),
                "session": desk.http,
                "timeout": 20,
            }

        def after_call(self, response: Any, case: Case[Any]) -> None:
            super().after_call(response, case)
            desk.look_at(response, case, who)

        def validate_response(self, response: Any, case: Case[Any], **kwargs: Any) -> None:
            """It was looked at."""

    home = who in AT_HOME[area]
    once = settings(
        max_examples=WALKS if home else 2, stateful_step_count=STEPS, phases=(Phase.generate,), **QUIET
    )
    for number in SEEDS if home else SEEDS[:1]:
        # The desk is another one after each walk; hypothesis may notice that a way does not lead where it led before.
        with contextlib.suppress(Flaky):
            seed(number)(Walk).run(settings=once)
    assert desk.told() == []


def test_what_was_asked_was_no_mere_noise(desk: Desk) -> None:
    """Thousands of requests, good ones and every kind of refusal among them, some of everybody."""
    assert desk.seen.total() > 5_000
    assert set(desk.seen) >= {200, 201, 204, 400, 401, 403, 404, 409, 412}
    assert desk.seen[200] + desk.seen[201] > 1_500
    assert min(desk.by[who] for who in CALLERS) >= 20
