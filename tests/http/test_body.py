"""Bodies: within a limit, strict, all faults at once, nothing echoed."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.errors import Invalid, TooLarge, UnsupportedMedia
from app.http.body import LIMIT, Input, answer, parse, read_body, require_json
from tests.http.sample import Kept, Report

pytestmark = pytest.mark.anyio

TOKEN = {"Authorization": "Bearer x"}
JSON = {**TOKEN, "Content-Type": "application/json"}


def faults(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        parse(Report, raw)
    return [(fault.where, fault.code) for fault in refused.value.faults]


def test_a_good_body_is_read_as_it_was_written() -> None:
    report = parse(
        Report,
        b'{"text":" x\\n\xc3\xa9 ","observedFrom":"2026-03-31T14:05:00.1+02:00","minorInvolved":false,'
        b'"state":"new",'
        b'"place":{"latitude":52.99,"longitude":6},"companies":[{"name":"a","kvkNumber":"01234567"}]}',
    )
    assert report.text == " x\né "
    assert report.observed_from == datetime(2026, 3, 31, 12, 5, 0, 100000, tzinfo=UTC)
    assert report.place is not None
    assert (str(report.place.latitude), str(report.place.longitude)) == ("52.99", "6")
    assert report.companies[0].kvk_number == "01234567"


def test_every_fault_is_told_at_once() -> None:
    raw = (
        b'{"minorInvolved":"off","observedFrom":0,"place":{"houseNumber":"1_2","latitude":"NaN"},'
        b'"state":"MARKER"}'
    )
    assert set(faults(raw)) == {
        ("/text", "required"),
        ("/minorInvolved", "not_a_flag"),
        ("/observedFrom", "not_a_moment"),
        ("/place/houseNumber", "not_a_house_number"),
        ("/place/latitude", "not_a_number"),
        ("/state", "not_a_choice"),
    }


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"text":"x","MARKER":1}', ""),
        (b'{"text":"x","place":{"MARKER":1}}', "/place"),
        (b'{"text":"x","companies":[{"name":"a","MARKER":[1]}]}', "/companies/0"),
    ],
)
def test_an_unknown_member_is_refused_without_its_name(raw: bytes, place: str) -> None:
    assert faults(raw) == [(place, "unknown_member")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"x"',
        b"{",
        b'{"a":',
        b'{"text":"x"',
        b"[" * 20_000,
        b"\xff",
        b"\xef\xbb\xbf{}",
        '{"text":"x"}'.encode("utf-16"),
        b'{"text":"x","text":"y"}',
        b'{"text":"x\\u0000"}',
        b'{"text":"x \\ud83d"}',
        b'{"text":"x","\\ud83d":1}',
        b'{"text":"x\x00"}',
        b'{"text":"x","place":{"latitude":NaN}}',
        b'{"text":"x","place":{"latitude":1e999}}',
        b'{"text":"x","place":{"latitude":' + b"9" * 5000 + b"}}",
        b'{"text":"x","place":{"latitude":-Infinity}}',
        b'{"text":"x"} {}',
        b"{'text':'x'}",
        b'{"text":"x",}',
        b'{"text":"x","place":' + b'{"a":' * 40 + b"1" + b"}" * 41,
    ],
)
def test_what_is_no_strict_json_is_invalid(raw: bytes) -> None:
    assert faults(raw)


@pytest.mark.parametrize(
    "member",
    [
        '"minorInvolved":0',
        '"minorInvolved":1',
        '"minorInvolved":"true"',
        '"text":5',
        '"companies":{}',
        '"companies":"ab"',
        '"companies":[{"name":"a"},{"name":"a"},{"name":"a"},{"name":"a"}]',
        '"about":"{00000000-0000-4000-8000-000000000000}"',
        '"about":"00000000000040008000000000000000"',
        '"state":"NEW"',
        '"state":1',
        '"place":[]',
        '"minor_involved":true',
        '"observedFrom":"0001-01-01T00:00:00+14:00"',
        '"observedFrom":"9999-12-31T23:59:59-12:00"',
        '"text":""',
        '"text":"\\u001b[31m"',
        '"text":"\\u0085"',
    ],
)
def test_nothing_is_guessed(member: str) -> None:
    members = member if member.startswith('"text"') else f'"text":"x",{member}'
    assert faults(("{" + members + "}").encode())


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_end_in_anything_but_a_report_or_a_refusal(raw: bytes) -> None:
    try:
        right = isinstance(parse(Report, raw), Report)
    except Invalid as refused:
        right = bool(refused.faults)
    assert right


KNOWN = {"", "text", "observedFrom", "minorInvolved", "state", "place", "companies", "about", "postcode"}
KNOWN |= {
    "houseNumber",
    "houseNumberAddition",
    "municipalityCode",
    "latitude",
    "longitude",
    "name",
    "kvkNumber",
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "place", "companies", "latitude", "about"]) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_faults_point_only_to_names_we_know(value: object) -> None:
    try:
        parse(Report, json.dumps(value).encode())
    except Invalid as refused:
        steps = {step for fault in refused.faults for step in fault.where.split("/")}
    else:
        steps = set()
    assert {step for step in steps if not step.isdigit()} <= KNOWN


def test_keys_of_a_map_are_refused_without_their_names() -> None:
    class Counted(Input):
        counts: dict[str, int]

    with pytest.raises(Invalid) as refused:
        parse(Counted, b'{"counts":{"MARKER":"x"}}')
    assert [fault.where for fault in refused.value.faults] == ["/counts"]


def test_a_body_does_not_show_in_a_repr_or_an_error() -> None:
    report = parse(Report, b'{"text":"MARKER"}')
    assert "MARKER" not in f"{report!r} {report!s} {[report]}"
    with pytest.raises(Invalid) as refused:
        parse(Report, b'{"text":"x","state":"MARKER"}')
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_the_caller_is_known_before_the_body_is_read(client: httpx2.AsyncClient) -> None:
    for body in (b"{", b"[" * 3_000_000):
        assert (await client.post("/v1/reports", content=body)).status_code == 401


async def test_a_refused_body_is_not_echoed(client: httpx2.AsyncClient) -> None:
    for body in (
        b'{"MARKER":1}',
        b'{"text":["MARKER"]}',
        b'{"text":"MARKER',
        b'{"text":"x","place":{"MARKER":"MARKER"}}',
    ):
        refused = await client.post("/v1/reports", content=body, headers=JSON)
        assert refused.status_code == 400
        assert refused.json()["errors"]
        assert "MARKER" not in refused.text


def request(headers: dict[str, str], *messages: dict[str, Any]) -> Request:
    queue = list(messages)

    async def receive() -> Any:
        return queue.pop(0)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def part(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_of_exactly_the_limit_is_taken(client: httpx2.AsyncClient) -> None:
    body = b'{"text":"x"' + b" " * (LIMIT - 12) + b"}"
    assert len(body) == LIMIT
    assert (await client.post("/v1/reports", content=body, headers=JSON)).status_code == 201
    assert (await client.post("/v1/reports", content=body + b" ", headers=JSON)).status_code == 413


async def test_a_body_is_refused_as_soon_as_it_is_too_large() -> None:
    with pytest.raises(TooLarge):
        await read_body(request({"content-length": "11"}), 10)
    with pytest.raises(TooLarge):
        await read_body(request({}, part(b"12345", True), part(b"678901", True)), 10)
    assert await read_body(request({}, part(b"12345", True), part(b"67890", False)), 10) == b"1234567890"


async def test_a_chunked_body_over_the_limit_is_refused(client: httpx2.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    assert (await client.post("/v1/reports", content=chunks(), headers=JSON)).status_code == 413


async def test_half_a_body_is_no_body() -> None:
    with pytest.raises(Invalid):
        await read_body(request({}, part(b"123", True), {"type": "http.disconnect"}))


@pytest.mark.parametrize(
    "given_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json;",
    ],
)
def test_json_in_utf8_is_read(given_type: str) -> None:
    assert require_json(request({"content-type": given_type})) == "application/json"


@pytest.mark.parametrize(
    "given_type",
    [
        "",
        "text/plain",
        "application/json; charset=latin-1",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "application/json, text/plain",
        "application/cloudevents+json",
        "application/json; boundary=x",
    ],
)
def test_other_forms_are_not(given_type: str) -> None:
    with pytest.raises(UnsupportedMedia):
        require_json(request({"content-type": given_type}))


def test_no_form_at_all_is_not_read_either() -> None:
    with pytest.raises(UnsupportedMedia):
        require_json(request({}))


def test_a_route_may_take_another_json() -> None:
    asked = request({"content-type": "application/cloudevents+json; charset=UTF-8"})
    assert require_json(asked, "application/cloudevents+json") == "application/cloudevents+json"


def test_an_answer_is_camel_case_with_moments_in_utc() -> None:
    later = datetime.fromisoformat("2026-03-01T12:00:00+02:00")
    kept = Kept(signal_id=UUID(int=1), received_at=later, seen_at=later)
    written = answer(kept, status=201)
    assert written.status_code == 201
    assert json.loads(bytes(written.body)) == {
        "signalId": "00000000-0000-0000-0000-000000000001",
        "receivedAt": "2026-03-01T10:00:00.000000Z",
        "seenAt": "2026-03-01T10:00:00.000000Z",
    }


async def test_an_answer_through_fastapi_is_written_the_same_way(client: httpx2.AsyncClient) -> None:
    kept = await client.get("/v1/cases", headers=TOKEN)
    assert kept.json()["receivedAt"] == "2026-03-01T12:00:00.000000Z"
