"""A receipt code: the same request gives the same, a typing slip is forgiven, only it opens its mailbox."""

import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import hpke, receipt
from app.crypto.hpke import PrivateKey
from app.crypto.receipt import ALPHABET, ReceiptCode

INTAKE = b"i" * 32
SIGNAL = UUID(int=5)
CODE = receipt.code_for(INTAKE, b"a-key-of-22-characters", SIGNAL)
codes = st.text(ALPHABET, min_size=20, max_size=20).map(ReceiptCode)


def test_the_same_request_gives_the_same_code() -> None:
    assert receipt.code_for(INTAKE, b"a-key-of-22-characters", SIGNAL) == CODE
    others = {
        receipt.code_for(b"j" * 32, b"a-key-of-22-characters", SIGNAL),
        receipt.code_for(INTAKE, b"b-key-of-22-characters", SIGNAL),
        receipt.code_for(INTAKE, b"a-key-of-22-characters", UUID(int=6)),
    }
    assert len(others | {CODE}) == 4


def test_a_code_is_the_first_100_bits_of_the_mac_in_crockford_characters() -> None:
    fields = b"\0\0\0\x07receipt\0\0\0\x16a-key-of-22-characters\0\0\0\x10" + SIGNAL.bytes
    bits = "".join(f"{byte:08b}" for byte in hmac.digest(INTAKE, fields, hashlib.sha256))
    spelled = "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, 100, 5))
    assert spelled == CODE


def test_a_code_is_shown_in_five_groups_of_four() -> None:
    assert receipt.shown(ReceiptCode("0123456789ABCDEFGHJK")) == "0123-4567-89AB-CDEF-GHJK"


@given(codes)
def test_a_shown_code_is_read_back(code: ReceiptCode) -> None:
    assert receipt.read(receipt.shown(code)) == receipt.read(code) == code


@given(codes, st.data())
def test_case_spaces_dashes_and_look_alikes_are_forgiven(code: ReceiptCode, data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from({"0": "0Oo", "1": "1IiLl"}.get(sign, sign + sign.lower())))
        + data.draw(st.sampled_from(["", " ", "-", "\t", "\u00a0", "\u2013"]))
        for sign in code
    )
    assert receipt.read(" " + typed + "\n") == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "0123-4567-89AB-CDEF-GHJ",
        "0123-4567-89AB-CDEF-GHJKM",
        "0123-4567-89AB-CDEF-GHJU",
        "0123-4567-89AB-CDEF-GHJ!",
        "0123-4567-89AB-CDEF-GHJ\0",
        "0123_4567_89AB_CDEF_GHJK",
        "0123-4567-89AB-CDEF-GHJſ",
        "0123-4567-89AB-CDEF-GHJı",
        "٠123-4567-89AB-CDEF-GHJK",
        "０123-4567-89AB-CDEF-GHJK",
        "0123-4567-89AB-CDEF-GHJ\ud83d",
        "ﬀ23-4567-89AB-CDEF-GHJK",
        "0" * 20 + " " * 81,
    ],
)
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert receipt.read(text) is None


@given(st.text(max_size=120) | st.text(ALPHABET.lower() + "OILU -", max_size=30))
def test_any_text_is_a_canonical_code_or_none(text: str) -> None:
    code = receipt.read(text)
    assert code is None or (len(code) == 20 and set(code) <= set(ALPHABET) and receipt.read(code) == code)


def test_a_code_opens_its_own_mailbox_only() -> None:
    unlocked = receipt.unlock(CODE, INTAKE)
    sealed = hpke.seal(unlocked.private.public, b"wij komen kijken", b"")
    again = receipt.unlock(CODE, INTAKE)
    assert again.lookup == unlocked.lookup
    assert hpke.open_sealed(again.private, sealed, b"") == b"wij komen kijken"
    for other in (receipt.unlock(ReceiptCode("0" * 20), INTAKE), receipt.unlock(CODE, b"j" * 32)):
        assert other.lookup != unlocked.lookup
        assert other.private.public != unlocked.private.public


def test_lookup_and_root_are_hkdf_of_the_code_with_the_intake_key_as_salt() -> None:
    extracted = hmac.digest(INTAKE, CODE.encode(), hashlib.sha256)
    lookup = hmac.digest(extracted, b"meldpunt receipt: lookup\x01", hashlib.sha256)
    root = hmac.digest(extracted, b"meldpunt receipt: root\x01", hashlib.sha256)
    unlocked = receipt.unlock(CODE, INTAKE)
    assert unlocked.lookup == lookup
    assert unlocked.private.public == PrivateKey.from_root(root).public


def test_neither_code_nor_what_it_opens_is_shown() -> None:
    unlocked = receipt.unlock(CODE, INTAKE)
    assert repr(CODE) == repr([CODE])[1:-1] == "ReceiptCode()"
    assert repr(unlocked) == "Unlocked(private=PrivateKey())"
