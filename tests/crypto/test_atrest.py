"""A stolen key file opens nothing without the passphrase; a changed one is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import atrest
from app.crypto.atrest import CannotOpen, Header, Kek, Provider
from app.crypto.canonical import length_prefixed
from app.crypto.hpke import PrivateKey

KEK = Kek(b"k" * 32)
ROOT = bytes(range(32))
HEADER = Header(atrest.PAIR, "gemeente-emmen", "2026q4", PrivateKey.from_root(ROOT).public.raw)
STORED = atrest.seal_root(KEK, HEADER, ROOT)


def test_the_provider_opens_the_root_it_sealed() -> None:
    assert atrest.open_root(KEK, STORED) == (HEADER, ROOT)
    assert ROOT not in STORED


def test_the_header_says_in_clear_whose_key_it_is() -> None:
    assert atrest.read_header(STORED) == HEADER
    assert b'"holder":"gemeente-emmen"' in STORED
    assert HEADER.public.hex().encode() in STORED


def test_another_provider_opens_nothing() -> None:
    with pytest.raises(CannotOpen, match="tag"):
        atrest.open_root(Kek(b"l" * 32), STORED)


@given(st.integers(0, len(STORED) - 1), st.integers(1, 255))
def test_one_changed_byte_is_refused(at: int, change: int) -> None:
    altered = bytearray(STORED)
    altered[at] ^= change
    with pytest.raises(CannotOpen):
        atrest.open_root(KEK, bytes(altered))


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda raw: length_prefixed(raw, raw)))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(CannotOpen):
        atrest.open_root(KEK, raw)


@pytest.mark.parametrize(
    "change",
    [
        {"holder": "gemeente-assen"},
        {"generation": "2027q1"},
        {"suite": 2},
        {"suite": 9},
        {"suite": True},
        {"suite": "1"},
        {"holder": 1},
        {"public": "zz"},
        {"public": "00"},
        {"public": None},
        {"more": 1},
    ],
)
def test_another_header_before_the_same_root_is_refused(change: dict[str, object]) -> None:
    shown = {**json.loads(HEADER.encode()), **change}
    raw = json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(CannotOpen):
        atrest.open_root(KEK, length_prefixed(raw, STORED[-60:]))


def test_a_header_with_spaces_or_a_flag_for_a_number_is_no_header() -> None:
    spaced = json.dumps(json.loads(HEADER.encode()), sort_keys=True).encode()
    flagged = HEADER.encode().replace(b'"suite":1', b'"suite":true')
    for shown in (spaced, flagged, HEADER.encode() + b" "):
        with pytest.raises(CannotOpen, match="header"):
            atrest.read_header(length_prefixed(shown, STORED[-60:]))


@pytest.mark.parametrize("stored", [STORED + b"\0", STORED[:-1], b"", STORED[:4]])
def test_trailing_or_missing_bytes_are_refused(stored: bytes) -> None:
    with pytest.raises(CannotOpen):
        atrest.open_root(KEK, stored)


@pytest.mark.parametrize(
    ("header", "root"),
    [
        (HEADER, bytes(31)),
        (Header(atrest.PAIR, "x", "2026q4", b""), ROOT),
        (Header(atrest.SECRET, "x", "", b"x"), ROOT),
        (Header(9, "x", "", b""), ROOT),
    ],
)
def test_a_root_or_public_key_of_wrong_length_is_not_sealed(header: Header, root: bytes) -> None:
    with pytest.raises(ValueError, match="length"):
        atrest.seal_root(KEK, header, root)


def test_a_passphrase_unlocks_its_provider_and_another_does_not() -> None:
    provider = Provider.new(b"een lange wachtwoordzin")
    read = Provider.read(provider.encode())
    assert read == provider
    assert read.unlock(b"een lange wachtwoordzin").raw == provider.unlock(b"een lange wachtwoordzin").raw
    with pytest.raises(CannotOpen, match="tag"):
        read.unlock(b"een andere wachtwoordzin")
    assert (provider.n, provider.r, provider.p) == (2**15, 8, 3)


def test_a_provider_file_of_before_the_higher_cost_opens_as_it_did() -> None:
    raw = (
        b'{"check":"f992513e05edca5d6b1b7096d61398c60f928ab5cb0462966f17cecb","kdf":"scrypt","n":32768,"p":1,"r":8,'
        b'"salt":"00000000000000000000000000000000"}'
    )
    assert (
        Provider.read(raw).unlock(b"een lange wachtwoordzin").raw.hex()
        == "9623a8a0cc3d7de88b70a8516851e3f168d39ece638bbdd3e448cdd8a26f5f31"
    )


@pytest.mark.parametrize(
    "change",
    [{"n": 2}, {"n": 2**40}, {"n": 2**15 + 1}, {"r": 1}, {"p": 0}, {"p": True}, {"kdf": "none"}, {"salt": 1}],
)
def test_a_provider_file_with_another_cost_is_refused(change: dict[str, object]) -> None:
    raw = json.dumps({**json.loads(Provider(bytes(16)).encode()), **change}).encode()
    with pytest.raises(CannotOpen):
        Provider.read(raw)


@given(st.binary(max_size=100))
def test_any_bytes_are_no_provider(raw: bytes) -> None:
    with pytest.raises(CannotOpen):
        Provider.read(raw)


def test_neither_key_nor_header_shows_its_bytes() -> None:
    assert repr(KEK) == "Kek()"
    assert "public" not in repr(HEADER)
