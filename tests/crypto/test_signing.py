"""Signatures hold for one key and one message; odd bytes are a plain no."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import signing
from app.crypto.signing import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))


def test_a_signature_holds_for_its_message_and_key() -> None:
    signature = KEY.sign(b"list")
    assert signing.verify(KEY.public, b"list", signature)
    assert not signing.verify(KEY.public, b"lost", signature)
    assert not signing.verify(SigningKey.generate().public, b"list", signature)


def test_a_seed_makes_the_same_key_and_signature_again() -> None:
    again = SigningKey.from_seed(KEY.seed)
    assert again.public == KEY.public
    assert again.sign(b"list") == KEY.sign(b"list")


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_are_a_plain_no(public: bytes, signature: bytes) -> None:
    assert not signing.verify(public, b"list", signature)
    assert not signing.verify(KEY.public, b"list", signature)


def test_a_signing_key_is_never_shown_nor_serialised() -> None:
    assert repr(KEY) == "SigningKey()"
    for leave in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            leave(KEY)
