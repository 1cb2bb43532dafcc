"""If-Match: a change is taken only by who saw this very version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.errors import Invalid, PreconditionRequired, Refusal, Stale
from app.http import etags


def test_a_version_has_a_strong_tag() -> None:
    assert etags.tag(3) == '"3"'


@pytest.mark.parametrize(
    "condition", ['"3"', '"2", "3"', '"2","3"', "*", ' "3" ', '"2", , "3",', 'W/"2", "3"', ', "3"']
)
def test_who_saw_this_version_may_change_it(condition: str) -> None:
    etags.check(condition, 3)


@pytest.mark.parametrize(
    "condition", ['W/"3"', '"3--gzip"', '"oud"', '"2"', '"33"', '""', '"é"', 'W/"3", "2"', '"03"']
)
def test_who_saw_another_version_may_not(condition: str) -> None:
    with pytest.raises(Stale):
        etags.check(condition, 3)


@pytest.mark.parametrize(
    "condition",
    [
        "3",
        "",
        '"3',
        "'3'",
        '"3" "2"',
        'w/"3"',
        '"3"x',
        '" 3"',
        "*, *",
        '"3", *',
        "W/3",
        '"a\x00"',
        '"3"\n',
        ",",
        '"' * 5000,
    ],
)
def test_what_is_no_tag_is_invalid(condition: str) -> None:
    with pytest.raises(Invalid) as refused:
        etags.check(condition, 3)
    assert refused.value.faults[0].where == "If-Match"


def test_without_a_condition_nothing_changes() -> None:
    with pytest.raises(PreconditionRequired):
        etags.check(None, 3)


@given(st.integers(1, 2**31), st.integers(1, 2**31))
def test_only_the_same_version_matches(seen: int, now: int) -> None:
    try:
        etags.check(etags.tag(seen), now)
    except Stale:
        assert seen != now
    else:
        assert seen == now


@given(st.text(alphabet='W/"3*, x\\', max_size=12))
def test_no_condition_ends_in_anything_but_yes_or_a_refusal(condition: str) -> None:
    try:
        etags.check(condition, 3)
    except Refusal as refused:
        status = refused.status
    else:
        status = 200
    seen = '"3"' in condition or condition.strip() == "*"
    assert status in ((200, 400, 412) if seen else (400, 412))


def test_several_headers_are_one_list() -> None:
    def asked(*values: bytes) -> Request:
        return Request({"type": "http", "headers": [(b"if-match", value) for value in values]})

    assert etags.if_match(asked(b'"2"', b'"3"')) == '"2", "3"'
    assert etags.if_match(asked()) is None
