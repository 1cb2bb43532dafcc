"""A sealed text opens with the private half of its pair and the same context, and with nothing else."""

import copy
import hashlib
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto import hpke
from app.crypto.hpke import CannotOpen, PrivateKey, PublicKey

PAIR = PrivateKey.from_root(bytes(range(32)))
SEALED = hpke.seal(PAIR.public, b"wit busje", b"context")


def test_the_holder_opens_what_was_sealed_to_her() -> None:
    assert hpke.open_sealed(PAIR, SEALED, b"context") == b"wit busje"
    assert len(SEALED) == len(b"wit busje") + hpke.OVERHEAD == len(b"wit busje") + 1136


def test_the_same_root_makes_the_same_pair_after_a_restart() -> None:
    again = PrivateKey.from_root(bytes(range(32)))
    assert again.public == PAIR.public
    assert hpke.open_sealed(again, SEALED, b"context") == b"wit busje"


def test_a_public_key_taken_from_its_bytes_seals_for_the_same_holder() -> None:
    public = PublicKey(PAIR.public.raw)
    assert hpke.open_sealed(PAIR, hpke.seal(public, b"x", b""), b"") == b"x"
    assert public.key_id == hashlib.sha256(public.raw).digest()[:8] == hpke.key_id_of(public.raw)
    assert len(public.raw) == hpke.PUBLIC_LENGTH == 1216


@pytest.mark.parametrize("info", [b"", b"other", b"context\0"])
def test_another_context_does_not_open(info: bytes) -> None:
    with pytest.raises(CannotOpen):
        hpke.open_sealed(PAIR, SEALED, info)


def test_another_pair_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        hpke.open_sealed(PrivateKey.from_root(bytes(32)), SEALED, b"context")


@settings(max_examples=60)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_one_changed_byte_does_not_open(at: int, change: int) -> None:
    altered = bytearray(SEALED)
    altered[at] ^= change
    with pytest.raises(CannotOpen):
        hpke.open_sealed(PAIR, bytes(altered), b"context")


@settings(max_examples=60)
@given(st.binary(max_size=1300))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(CannotOpen):
        hpke.open_sealed(PAIR, raw, b"context")


@pytest.mark.parametrize("raw", [SEALED[:-1], SEALED + b"\0", SEALED[1:], bytes(1200)])
def test_cut_or_longer_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(CannotOpen):
        hpke.open_sealed(PAIR, raw, b"context")


@pytest.mark.parametrize("raw", [b"", bytes(1215), bytes(1217), b"\xff" * 1216])
def test_bytes_that_are_no_public_key_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        PublicKey(raw)


def test_a_public_key_of_small_order_seals_nothing() -> None:
    weak = PublicKey(PAIR.public.raw[:1184] + bytes(32))
    with pytest.raises(ValueError, match="shared"):
        hpke.seal(weak, b"x", b"")


@pytest.mark.parametrize("root", [b"", bytes(31), bytes(33)])
def test_a_root_has_32_bytes(root: bytes) -> None:
    with pytest.raises(ValueError, match="32"):
        PrivateKey.from_root(root)


def test_a_private_key_is_never_shown_nor_serialised() -> None:
    assert repr(PAIR) == str(PAIR) == "PrivateKey()"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(PAIR)
