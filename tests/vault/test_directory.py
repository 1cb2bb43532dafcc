"""Only a list the pinned key signed says which public keys count, if it does not contradict itself."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto import canonical
from app.crypto.hpke import PrivateKey
from app.crypto.signing import SigningKey
from app.vault import directory
from app.vault.directory import Directory, DirectoryRefused, Entry, State

SIGNER = SigningKey.from_seed(b"s" * 32)
ASSEN, EMMEN, OLD = (PrivateKey.from_root(root * 32).public.raw for root in (b"a", b"e", b"o"))
ENTRIES = (
    Entry("gemeente-assen", "2026q4", 1, ASSEN, State.ACTIVE),
    Entry("gemeente-emmen", "2026q3", 1, OLD, State.OPEN_ONLY),
    Entry("gemeente-emmen", "2026q4", 1, EMMEN, State.ACTIVE),
)
LIST = Directory(3, ENTRIES)
SIGNED = directory.sign(LIST, SIGNER)


def signature(document: bytes) -> bytes:
    return SIGNER.sign(canonical.length_prefixed(b"meldpunt key directory", document))


def refusal(document: bytes) -> str:
    with pytest.raises(DirectoryRefused) as caught:
        directory.read(document, signature(document), SIGNER.public)
    return caught.value.code


def test_a_signed_directory_is_read_back() -> None:
    assert directory.read(SIGNED.document, SIGNED.signature, SIGNER.public) == LIST
    assert directory.sign(LIST, SIGNER) == SIGNED


def test_sealing_goes_to_the_active_key_of_a_holder() -> None:
    assert LIST.active("gemeente-emmen").raw == EMMEN
    assert LIST.current("gemeente-emmen") == ENTRIES[2]
    assert LIST.active("gemeente-emmen") is LIST.active("gemeente-emmen")


@pytest.mark.parametrize("holder", ["gemeente-coevorden", "", "gemeente"])
def test_a_holder_without_active_key_is_refused(holder: str) -> None:
    with pytest.raises(DirectoryRefused, match="no_active_key"):
        LIST.active(holder)
    with pytest.raises(DirectoryRefused, match="no_active_key"):
        LIST.current(holder)


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACTIVE])
def test_a_key_that_is_not_active_is_never_sealed_to(state: State) -> None:
    listed = Directory(1, (dataclasses.replace(ENTRIES[0], state=state),))
    with pytest.raises(DirectoryRefused, match="no_active_key"):
        listed.active("gemeente-assen")


def test_a_list_signed_by_another_key_does_not_count() -> None:
    forged = directory.sign(LIST, SigningKey.generate())
    with pytest.raises(DirectoryRefused, match="signature"):
        directory.read(forged.document, forged.signature, SIGNER.public)


def test_a_signature_for_another_purpose_does_not_count() -> None:
    with pytest.raises(DirectoryRefused, match="signature"):
        directory.read(SIGNED.document, SIGNER.sign(SIGNED.document), SIGNER.public)


@settings(deadline=None)
@given(st.integers(0, len(SIGNED.document) - 1), st.integers(1, 255))
def test_one_changed_byte_does_not_count(at: int, change: int) -> None:
    altered = bytearray(SIGNED.document)
    altered[at] ^= change
    with pytest.raises(DirectoryRefused, match="signature"):
        directory.read(bytes(altered), SIGNED.signature, SIGNER.public)


def test_an_older_list_put_back_is_refused() -> None:
    assert directory.read(SIGNED.document, SIGNED.signature, SIGNER.public, at_least=3) == LIST
    with pytest.raises(DirectoryRefused, match="version"):
        directory.read(SIGNED.document, SIGNED.signature, SIGNER.public, at_least=4)


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=70), st.binary(max_size=33))
def test_any_bytes_are_refused(document: bytes, signed: bytes, pinned: bytes) -> None:
    with pytest.raises(DirectoryRefused):
        directory.read(document, signed, pinned)
    refusal(document)


def changed(change: Callable[[Any], object]) -> bytes:
    value = json.loads(SIGNED.document)
    change(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda value: value.update(version=0), "version"),
        (lambda value: value.update(version=2**31), "version"),
        (lambda value: value.update(version=True), "form"),
        (lambda value: value.update(version="3"), "form"),
        (lambda value: value.update(more=1), "form"),
        (lambda value: value.pop("version"), "form"),
        (lambda value: value.update(entries={}), "form"),
        (lambda value: value["entries"].append(1), "form"),
        (lambda value: value["entries"][0].update(more=1), "form"),
        (lambda value: value["entries"][0].pop("state"), "form"),
        (lambda value: value["entries"][0].update(state="lost"), "form"),
        (lambda value: value["entries"][0].update(suite=2), "suite"),
        (lambda value: value["entries"][0].update(suite=True), "form"),
        (lambda value: value["entries"][0].update(holder="../emmen"), "name"),
        (lambda value: value["entries"][0].update(holder="Gemeente"), "name"),
        (lambda value: value["entries"][0].update(holder="g" * 81), "name"),
        (lambda value: value["entries"][0].update(holder="gemeente-assen\n"), "name"),
        (lambda value: value["entries"][0].update(generation="2026q5"), "name"),
        (lambda value: value["entries"][0].update(generation="٢٠٢٦q4"), "name"),
        (lambda value: value["entries"][0].update(public="00"), "public"),
        (lambda value: value["entries"][1].update(public="00"), "public"),
        (lambda value: value["entries"][0].update(public="zz"), "form"),
        (lambda value: value["entries"][0].update(public="ff" * 1216), "public"),
        (lambda value: value["entries"][0].update(public=EMMEN.hex()), "key_twice"),
        (lambda value: value["entries"][0].update(public=ASSEN.hex().upper()), "form"),
        (lambda value: value["entries"][1].update(state="active"), "two_active"),
        (lambda value: value["entries"].reverse(), "order"),
        (lambda value: value["entries"].append(value["entries"][2]), "order"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused_though_signed(
    change: Callable[[Any], object], code: str
) -> None:
    assert refusal(changed(change)) == code


def test_a_list_that_is_not_canonical_is_refused_though_signed() -> None:
    assert changed(lambda value: None) == SIGNED.document
    assert refusal(SIGNED.document + b"\n") == "form"
    assert refusal(json.dumps(json.loads(SIGNED.document)).encode()) == "form"


def test_a_repr_does_not_spill_keys() -> None:
    assert len(repr(LIST)) < 600
    assert repr(SIGNED) == "Signed()"
