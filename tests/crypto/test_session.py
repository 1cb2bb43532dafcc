"""A session's row opens with its own cookie and our authority key, and with nothing else."""

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


@given(st.binary(max_size=80))
def test_a_row_slipped_in_opens_for_nobody(raw: bytes) -> None:
    assert session.opened(KEY, "cookie", raw) is None
