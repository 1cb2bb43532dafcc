"""Query strings: known names, once, and nothing guessed."""

from datetime import UTC, datetime
from uuid import UUID

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.errors import Invalid
from app.http.queries import query
from tests.http.sample import CaseFilters, State

TOKEN = {"Authorization": "Bearer x"}


def read(raw: bytes) -> CaseFilters:
    return query(CaseFilters)(Request({"type": "http", "headers": [], "query_string": raw}))


def named(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        read(raw)
    return [(fault.where, fault.code) for fault in refused.value.faults]


def test_a_good_query_is_read() -> None:
    asked = read(
        b"state=new&actor=d-1+%C3%A9&caseId=00000000-0000-4000-8000-000000000000&overdue=true&limit=7"
        b"&since=2026-03-31T14:05:00%2B02:00"
    )
    assert asked.state is State.NEW
    assert asked.actor == "d-1 é"
    assert asked.case_id == UUID("00000000-0000-4000-8000-000000000000")
    assert (asked.overdue, asked.limit) == (True, 7)
    assert asked.since == datetime(2026, 3, 31, 12, 5, tzinfo=UTC)


def test_nothing_asked_means_the_defaults() -> None:
    assert read(b"") == read(b"&&") == CaseFilters()
    assert CaseFilters().limit == 50


@pytest.mark.parametrize(
    ("raw", "name", "code"),
    [
        (b"limit=1_0", "limit", "not_a_whole_number"),
        (b"limit=%D9%A1", "limit", "not_a_whole_number"),
        (b"limit=+1", "limit", "not_a_whole_number"),
        (b"limit=1.0", "limit", "not_a_whole_number"),
        (b"limit=", "limit", "not_a_whole_number"),
        (b"limit=" + b"9" * 30, "limit", "not_a_whole_number"),
        (b"limit=0", "limit", "too_small"),
        (b"limit=201", "limit", "too_large"),
        (b"overdue=off", "overdue", "not_a_flag"),
        (b"overdue=1", "overdue", "not_a_flag"),
        (b"overdue=True", "overdue", "not_a_flag"),
        (b"state=nieuw", "state", "not_a_choice"),
        (b"state=", "state", "not_a_choice"),
        (b"caseId=x", "caseId", "not_an_id"),
        (b"since=0", "since", "not_a_moment"),
        (b"since=2026-03-31", "since", "not_a_moment"),
        (b"actor=%00", "actor", "control_character"),
        (b"actor=%FF", "actor", "control_character"),
        (b"actor=a%0Ab", "actor", "control_character"),
        (b"actor=" + b"x" * 101, "actor", "too_long"),
        (b"limit=1&limit=1", "limit", "repeated"),
        (b"sort=;x", "query", "unknown_parameter"),
        (b"case_id=x", "query", "unknown_parameter"),
        (b"%00=x", "query", "unknown_parameter"),
        (b"=", "query", "unknown_parameter"),
    ],
)
def test_what_does_not_fit_is_named(raw: bytes, name: str, code: str) -> None:
    assert (name, code) in named(raw)


def test_every_fault_is_named_at_once() -> None:
    assert {where for where, _ in named(b"limit=x&state=y&sort=z&overdue=true&overdue=true")} == {
        "limit",
        "state",
        "query",
        "overdue",
    }


@given(
    st.binary(max_size=60)
    | st.from_regex(r"(limit|state|actor|caseId|since|x)=[0-9a-z%+;&=_.-]{0,9}", fullmatch=True).map(
        str.encode
    )
)
def test_no_query_ends_in_anything_but_filters_or_a_refusal(raw: bytes) -> None:
    try:
        right = 1 <= read(raw).limit <= 200
    except Invalid as refused:
        right = bool(refused.faults)
    assert right


@pytest.mark.anyio
async def test_a_bad_query_is_400_after_the_caller_is_known(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/cases?limit=1_0")).status_code == 401
    answer = await client.get("/v1/cases?limit=1_0&state=MARKER", headers=TOKEN)
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == ["state", "limit"]
    assert "MARKER" not in answer.text
    assert (await client.get("/v1/cases?limit=7", headers=TOKEN)).json()["signalId"].endswith("7")
