"""MACs and commitments: as the formats say, no two lists of fields alike, never under a missing key."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import blind

KEY = bytes(range(32))


def test_a_mac_is_hmac_sha256_over_prefixed_fields() -> None:
    expected = hmac.digest(KEY, b"\0\0\0\x05plate\0\0\0\x0612AB3C", hashlib.sha256)
    assert blind.mac(KEY, b"plate", b"12AB3C") == expected


def test_a_commitment_binds_field_and_value_under_its_salt() -> None:
    assert blind.commitment(KEY, "actor", "d-é") == blind.mac(KEY, b"actor", "d-é".encode())


@given(st.lists(st.binary(max_size=6), max_size=3), st.lists(st.binary(max_size=6), max_size=3))
def test_other_fields_give_another_mac(one: list[bytes], other: list[bytes]) -> None:
    assert (blind.mac(KEY, *one) == blind.mac(KEY, *other)) == (one == other)


@pytest.mark.parametrize("key", [b"", b"secret", bytes(31)])
def test_a_missing_or_short_key_makes_no_mac(key: bytes) -> None:
    with pytest.raises(ValueError, match="32"):
        blind.mac(key, b"x")


def test_equal_compares_whole_values() -> None:
    assert blind.equal(b"abc", b"abc")
    assert not blind.equal(b"abc", b"abd")
    assert not blind.equal(b"abc", b"ab")
    assert not blind.equal(b"", b"abc")
