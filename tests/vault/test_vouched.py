"""The MAC of a sealed part: it fits that part in that place under that key, and nothing else."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.crypto.envelope import SealedPart
from app.errors import Damaged
from app.vault import vouched
from app.vault.keys import KeyRing
from app.vault.vouched import Label
from tests.attacks.planted import alarms

KEY = b"k" * 32
LABEL = Label("signal", UUID(int=1), UUID(int=1), "gemeente-emmen")
PART = SealedPart("content", 1, b"c" * 32, b"ciphertext")
LABELS = (
    replace(LABEL, kind="message"),
    replace(LABEL, record_id=UUID(int=2)),
    replace(LABEL, signal_id=UUID(int=2)),
    replace(LABEL, organisation_id="gemeente-assen"),
    replace(LABEL, version=2),
    replace(LABEL, version=-1),
)
PARTS = (
    replace(PART, part="reporter"),
    replace(PART, suite=2),
    replace(PART, suite=-1),
    replace(PART, commitment=b"d" * 32),
    replace(PART, ciphertext=b"ciphertexT"),
    replace(PART, ciphertext=b""),
    replace(PART, commitment=PART.commitment[:31], ciphertext=PART.commitment[31:] + PART.ciphertext),
)


def test_what_was_sealed_here_passes_and_calls_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    vouched.check(KEY, LABEL, PART, vouched.mac(KEY, LABEL, PART))
    assert alarms(capsys.readouterr().err) == []


@pytest.mark.parametrize(
    ("label", "part"), [*((label, PART) for label in LABELS), *((LABEL, part) for part in PARTS)]
)
def test_anything_else_under_the_same_mac_is_refused_with_an_alarm(
    capsys: pytest.CaptureFixture[str], label: Label, part: SealedPart
) -> None:
    with pytest.raises(Damaged) as refused:
        vouched.check(KEY, label, part, vouched.mac(KEY, LABEL, PART))
    assert refused.value.reason == "record_forged"
    assert alarms(capsys.readouterr().err) == ["record_forged"]


@pytest.mark.parametrize("given", [None, b"", b"\0" * 32, vouched.mac(b"x" * 32, LABEL, PART)])
def test_no_mac_or_one_of_another_key_is_refused_with_an_alarm(
    capsys: pytest.CaptureFixture[str], given: bytes | None
) -> None:
    with pytest.raises(Damaged):
        vouched.check(KEY, LABEL, PART, given)
    assert alarms(capsys.readouterr().err) == ["record_forged"]


def test_the_key_is_neither_the_intake_key_nor_the_same_for_another_desk() -> None:
    one, other = KeyRing(b"i" * 32, b"p" * 32), KeyRing(b"j" * 32, b"p" * 32)
    assert one.vouching not in {one.intake, other.vouching}
    assert one.vouching == KeyRing(b"i" * 32, b"q" * 32).vouching
    assert one.vouching.hex() not in repr(one)
