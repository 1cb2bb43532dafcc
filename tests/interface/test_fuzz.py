"""Made-up requests by the public description: no 5xx, and no answer that the description does not know."""

import itertools
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.demo.issuer import fetch_token
from tests.desk import RIEC, RUDD, TRIAGE_EMMEN, Server
from tests.interface.test_description import FIRST

pytestmark = pytest.mark.anyio

EXAMPLES = 10
WASTE = "Achter de stal liggen lekkende vaten met chemisch afval in de sloot, het stinkt naar aceton."
QUEUES = {"bouke": RIEC, "fenna": TRIAGE_EMMEN, "chris": RUDD}
CALLERS = ("ans", "dirk", *QUEUES)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
async def cases(module_server: Server) -> dict[str, list[str]]:
    """Ids of cases by who may see them; one of each queue is pulled and opened."""
    found: dict[str, list[str]] = {}
    async with module_server.client() as desk:
        for _ in range(3):
            await desk.as_("ans").report()
            await desk.as_("ans").report(text=WASTE)
            await desk.as_("ans").report(text="Er klopt iets niet in de straat.")
        for who, queue in QUEUES.items():
            await desk.as_(who).open(await desk.as_(who).pull(queue))
            found[who] = [str(one["id"]) for one in await desk.as_(who).items(f"{queue}/cases")]
    return found


@pytest.fixture(scope="module")
def tokens(module_server: Server) -> dict[str, str]:
    return {name: fetch_token(module_server.settings, name) for name in CALLERS}


@pytest.fixture(scope="module")
def description(module_server: Server) -> Any:
    return schemathesis.openapi.from_url(f"{module_server.url}/v1/openapi.json")


@pytest.fixture(scope="module")
def seen() -> Counter[int]:
    """How often each status was answered."""
    return Counter()


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", sorted(FIRST))
async def test_no_answer_is_a_fault_or_a_surprise(
    description: Any,
    module_server: Server,
    cases: dict[str, list[str]],
    tokens: dict[str, str],
    seen: Counter[int],
    operation: str,
    mode: GenerationMode,
) -> None:
    method, _, path = operation.partition(" ")
    turn = itertools.cycle((*CALLERS, None))
    own = itertools.count()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=description[path][method].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        who = next(turn)
        if who in cases and "{caseId}" in path:
            case.path_parameters["caseId"] = cases[who][next(own) % len(cases[who])]
        if who in cases and "{queueId}" in path:
            case.path_parameters["queueId"] = QUEUES[who].rsplit("/", 1)[-1]
        headers = {} if who is None else {"Authorization": f"Bearer {tokens[who]}"}
        url = f"{module_server.url}/v1"
        answer = case.call_and_validate(base_url=url, headers=headers, checks=CHECKS, timeout=20)
        seen[answer.status_code] += 1

    ask()


def test_what_was_asked_was_no_mere_noise(seen: Counter[int]) -> None:
    """Good requests and every kind of refusal were among it."""
    assert seen.total() > 300
    assert set(seen) >= {200, 201, 400, 401, 403, 404, 412}
