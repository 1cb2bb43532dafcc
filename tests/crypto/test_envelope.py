"""Parts open only as the part they are, wraps only for whom, what and where they were made."""

import dataclasses
import hashlib
import hmac
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto import hpke
from app.crypto.envelope import (
    CannotOpen,
    DataKey,
    RecordContext,
    SealedPart,
    open_part,
    seal_part,
    unwrap,
    wrap,
)
from app.crypto.hpke import PrivateKey

CONTEXT = RecordContext("signal", UUID(int=7), 1)
OTHERS = [
    RecordContext("message", UUID(int=7), 1),
    RecordContext("signal", UUID(int=8), 1),
    RecordContext("signal", UUID(int=7), 2),
]
EMMEN = PrivateKey.from_root(b"e" * 32)
RIEC = PrivateKey.from_root(b"r" * 32)
CONTENT, CONTENT_KEY = seal_part(CONTEXT, "content", b"wit busje")
REPORTER, REPORTER_KEY = seal_part(CONTEXT, "reporter", b"Ans")
KEYS = {"reporter": REPORTER_KEY, "content": CONTENT_KEY}
COMMITMENTS = {"content": CONTENT.commitment, "reporter": REPORTER.commitment}
WRAP = wrap(CONTEXT, EMMEN.public, KEYS, COMMITMENTS)


def prefixed(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def expanded(key: bytes, label: bytes) -> bytes:
    return hmac.digest(key, label + b"\x01", hashlib.sha256)


@given(st.binary(max_size=3000), st.sampled_from(["content", "reporter", "minimised", "message"]))
def test_a_part_opens_as_it_was(plaintext: bytes, part: str) -> None:
    sealed, key = seal_part(CONTEXT, part, plaintext)
    assert open_part(CONTEXT, sealed, key) == plaintext


@pytest.mark.parametrize(
    ("part", "length", "padded"),
    [
        ("content", 0, 1024),
        ("content", 1023, 1024),
        ("content", 1024, 2048),
        ("minimised", 5, 1024),
        ("reporter", 5, 512),
        ("reporter", 25, 512),
        ("reporter", 511, 512),
        ("reporter", 512, 1024),
    ],
)
def test_the_stored_length_tells_nothing_of_a_name(part: str, length: int, padded: int) -> None:
    sealed, _ = seal_part(CONTEXT, part, b"n" * length)
    assert len(sealed.ciphertext) == 12 + padded + 16


def test_a_part_is_stored_as_the_formats_say() -> None:
    """AES-256-GCM, nonce in front, padding 0x80 and zeros, keys by HKDF-Expand, prefixed context."""
    seal_key = expanded(CONTENT_KEY.raw, b"meldpunt data key: seal")
    assert CONTENT.commitment == expanded(CONTENT_KEY.raw, b"meldpunt data key: commit")
    aad = prefixed(b"meldpunt sealed record", b"\x01", b"signal", UUID(int=7).bytes, b"\0\0\0\1", b"content")
    padded = AESGCM(seal_key).decrypt(CONTENT.ciphertext[:12], CONTENT.ciphertext[12:], aad)
    assert padded == b"wit busje\x80" + bytes(1014)


def test_a_wrap_is_stored_as_the_formats_say() -> None:
    """Suite byte, key id, HPKE of the keys; info names every part, then key id, then every commitment."""
    info = prefixed(
        b"meldpunt sealed record",
        b"\x01",
        b"signal",
        UUID(int=7).bytes,
        b"\0\0\0\1",
        b"content",
        b"reporter",
        EMMEN.public.key_id,
        CONTENT.commitment,
        REPORTER.commitment,
    )
    assert WRAP[:9] == b"\x01" + EMMEN.public.key_id
    assert hpke.open_sealed(EMMEN, WRAP[9:], info) == CONTENT_KEY.raw + REPORTER_KEY.raw
    assert len(WRAP) == 9 + 1136 + 64


def test_every_part_gets_a_data_key_of_its_own() -> None:
    sealed = [seal_part(CONTEXT, "content", b"x") for _ in range(20)]
    assert len({key.raw for _, key in sealed}) == len({part.ciphertext[:12] for part, _ in sealed}) == 20


@pytest.mark.parametrize("context", OTHERS)
def test_a_part_moved_to_another_record_does_not_open(context: RecordContext) -> None:
    with pytest.raises(CannotOpen):
        open_part(context, CONTENT, CONTENT_KEY)


def test_a_part_under_another_name_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        open_part(CONTEXT, dataclasses.replace(CONTENT, part="minimised"), CONTENT_KEY)


@pytest.mark.parametrize("suite", [0, 2, 255, -1])
def test_an_unknown_suite_is_refused(suite: int) -> None:
    with pytest.raises(CannotOpen, match="suite"):
        open_part(CONTEXT, dataclasses.replace(CONTENT, suite=suite), CONTENT_KEY)


def test_the_commitment_is_checked_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object) -> bytes:
        raise AssertionError("opened before the commitment was checked")

    monkeypatch.setattr("app.crypto.aead.open_sealed", opened)
    for commitment in (REPORTER.commitment, b"", CONTENT.commitment[:-1], CONTENT.commitment + b"\0"):
        with pytest.raises(CannotOpen, match="commitment"):
            open_part(CONTEXT, dataclasses.replace(CONTENT, commitment=commitment), CONTENT_KEY)


def test_another_data_key_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        open_part(CONTEXT, CONTENT, REPORTER_KEY)


@given(st.integers(0, len(CONTENT.ciphertext) - 1), st.integers(1, 255))
def test_one_changed_byte_of_a_part_does_not_open(at: int, change: int) -> None:
    altered = bytearray(CONTENT.ciphertext)
    altered[at] ^= change
    with pytest.raises(CannotOpen):
        open_part(CONTEXT, dataclasses.replace(CONTENT, ciphertext=bytes(altered)), CONTENT_KEY)


@given(st.text(max_size=12), st.integers(-3, 300), st.binary(max_size=40), st.binary(max_size=1200))
def test_any_row_that_is_no_part_is_refused(part: str, suite: int, commitment: bytes, raw: bytes) -> None:
    for row in (
        SealedPart(part, suite, commitment, raw),
        SealedPart(part, 1, CONTENT_KEY.commitment(), raw),
    ):
        with pytest.raises(CannotOpen):
            open_part(CONTEXT, row, CONTENT_KEY)


@pytest.mark.parametrize(
    "padded",
    [
        bytes(1024),
        b"x" * 1024,
        b"x\x80" + bytes(1023),
        b"\x80" + bytes(2047),
        b"x\x80",
        b"",
        b"\x80" + b"\1" * 1023,
    ],
)
def test_padding_that_we_would_not_write_is_refused(padded: bytes) -> None:
    key = expanded(CONTENT_KEY.raw, b"meldpunt data key: seal")
    aad = prefixed(b"meldpunt sealed record", b"\x01", b"signal", UUID(int=7).bytes, b"\0\0\0\1", b"content")
    sealed = bytes(12) + AESGCM(key).encrypt(bytes(12), padded, aad)
    with pytest.raises(CannotOpen, match="padding"):
        open_part(CONTEXT, dataclasses.replace(CONTENT, ciphertext=sealed), CONTENT_KEY)


def test_the_recipient_gets_the_keys_of_the_parts_she_may_read() -> None:
    keys = unwrap(CONTEXT, EMMEN, WRAP, COMMITMENTS)
    assert {part: key.raw for part, key in keys.items()} == {part: key.raw for part, key in KEYS.items()}
    assert open_part(CONTEXT, CONTENT, keys["content"]) == b"wit busje"


def test_another_keyholder_cannot_unwrap() -> None:
    with pytest.raises(CannotOpen, match="key_id"):
        unwrap(CONTEXT, RIEC, WRAP, COMMITMENTS)
    forged = WRAP[:1] + RIEC.public.key_id + WRAP[9:]
    with pytest.raises(CannotOpen, match="hpke"):
        unwrap(CONTEXT, RIEC, forged, COMMITMENTS)


@pytest.mark.parametrize("context", OTHERS)
def test_a_wrap_moved_to_another_record_does_not_open(context: RecordContext) -> None:
    with pytest.raises(CannotOpen):
        unwrap(context, EMMEN, WRAP, COMMITMENTS)


@pytest.mark.parametrize(
    "commitments",
    [
        {},
        {"content": CONTENT.commitment},
        {"content": CONTENT.commitment, "minimised": REPORTER.commitment},
        {"content": REPORTER.commitment, "reporter": CONTENT.commitment},
        {"content": CONTENT.commitment, "reporter": bytes(32)},
        {"content": CONTENT.commitment, "reporter": b""},
        {**COMMITMENTS, "minimised": bytes(32)},
    ],
)
def test_a_wrap_opens_only_for_the_parts_and_commitments_it_was_made_for(
    commitments: dict[str, bytes],
) -> None:
    with pytest.raises(CannotOpen):
        unwrap(CONTEXT, EMMEN, WRAP, commitments)


def test_keys_that_do_not_fit_their_commitments_are_refused() -> None:
    swapped = {"content": REPORTER_KEY, "reporter": CONTENT_KEY}
    forged = wrap(CONTEXT, EMMEN.public, swapped, COMMITMENTS)
    with pytest.raises(CannotOpen, match="commitment"):
        unwrap(CONTEXT, EMMEN, forged, COMMITMENTS)


@pytest.mark.parametrize("wrapped", [b"", WRAP[:-1], WRAP + b"\0", WRAP[:-32], WRAP + bytes(32), WRAP[1:]])
def test_a_wrap_of_wrong_length_is_refused(wrapped: bytes) -> None:
    with pytest.raises(CannotOpen, match="length"):
        unwrap(CONTEXT, EMMEN, wrapped, COMMITMENTS)


@pytest.mark.parametrize("suite", [0, 2, 255])
def test_a_wrap_of_an_unknown_suite_is_refused(suite: int) -> None:
    with pytest.raises(CannotOpen, match="suite"):
        unwrap(CONTEXT, EMMEN, bytes([suite]) + WRAP[1:], COMMITMENTS)


@settings(max_examples=50)
@given(st.integers(0, len(WRAP) - 1), st.integers(1, 255))
def test_one_changed_byte_of_a_wrap_does_not_open(at: int, change: int) -> None:
    altered = bytearray(WRAP)
    altered[at] ^= change
    with pytest.raises(CannotOpen):
        unwrap(CONTEXT, EMMEN, bytes(altered), COMMITMENTS)


@settings(max_examples=50)
@given(st.binary(max_size=1300), st.dictionaries(st.text(max_size=5), st.binary(max_size=40), max_size=3))
def test_any_bytes_that_are_no_wrap_are_refused(raw: bytes, commitments: dict[str, bytes]) -> None:
    with pytest.raises(CannotOpen):
        unwrap(CONTEXT, EMMEN, raw, commitments)


@pytest.mark.parametrize(
    ("keys", "commitments"),
    [({}, {}), (KEYS, {}), ({"content": CONTENT_KEY}, COMMITMENTS), ({}, COMMITMENTS)],
)
def test_a_wrap_names_each_part_with_its_key_and_commitment(
    keys: dict[str, DataKey], commitments: dict[str, bytes]
) -> None:
    with pytest.raises(ValueError, match="key and its commitment"):
        wrap(CONTEXT, EMMEN.public, keys, commitments)


def test_a_repr_shows_neither_key_nor_ciphertext() -> None:
    assert repr(CONTENT_KEY) == "DataKey()"
    assert repr(CONTENT) == "SealedPart(part='content', suite=1)"


def test_a_version_that_does_not_fit_is_refused() -> None:
    for version in (-1, 2**32):
        with pytest.raises(OverflowError):
            seal_part(RecordContext("signal", uuid4(), version), "content", b"")
