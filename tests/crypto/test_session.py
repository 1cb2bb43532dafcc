"""A session's row opens with its own cookie and our authority key, and with nothing else; so does a sign-in's cookie."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import session

KEY = b"a" * 32


def test_a_session_opens_for_its_own_cookie_only() -> None:
    sealed = session.seal(KEY, "cookie", b"fenna")
    assert session.opened(KEY, "cookie", sealed) == b"fenna"
    assert session.opened(KEY, "cooky", sealed) is None
    assert session.opened(b"b" * 32, "cookie", sealed) is None
    assert b"fenna" not in sealed


def test_what_stands_beside_it_cannot_be_changed() -> None:
    sealed = session.seal(KEY, "cookie", b"fenna", b"mark")
    assert session.opened(KEY, "cookie", sealed, b"mark") == b"fenna"
    assert session.opened(KEY, "cookie", sealed, b"other") is None
    assert session.opened(KEY, "cookie", sealed) is None


@given(st.binary(max_size=80))
def test_a_row_slipped_in_opens_for_nobody(raw: bytes) -> None:
    assert session.opened(KEY, "cookie", raw) is None


def test_a_sign_in_opens_with_our_key_only_and_never_reads_the_same() -> None:
    one, other = session.seal_attempt(KEY, b"state"), session.seal_attempt(KEY, b"state")
    assert one != other
    assert session.opened_attempt(KEY, one) == session.opened_attempt(KEY, other) == b"state"
    assert session.opened_attempt(b"b" * 32, one) is None


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_sign_in_altered_anywhere_does_not_open(place: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(session.seal_attempt(KEY, b"state" * 4) + "=="))
    raw[place] ^= 1
    assert session.opened_attempt(KEY, base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None


@given(st.text(max_size=80))
def test_a_cookie_made_up_opens_nothing(text: str) -> None:
    assert session.opened_attempt(KEY, text) is None


def test_a_session_is_no_sign_in_and_the_reverse() -> None:
    sealed = session.seal(KEY, "cookie", b"fenna")
    assert session.opened_attempt(KEY, base64.urlsafe_b64encode(sealed).decode().rstrip("=")) is None
    attempt = base64.urlsafe_b64decode(session.seal_attempt(KEY, b"state" * 3) + "===")
    assert session.opened(KEY, "cookie", attempt) is None
