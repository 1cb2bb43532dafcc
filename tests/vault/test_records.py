"""Sealing a record: each part under a key of its own, for each recipient only what it may have."""

from uuid import UUID

import pytest

from app.crypto import canonical, envelope
from app.crypto.envelope import RecordContext
from app.crypto.hpke import PrivateKey
from app.crypto.signing import SigningKey
from app.vault import records
from app.vault.directory import Directory, DirectoryRefused, Entry, State
from app.vault.models import SealedPart, Wrap
from app.vault.records import Label, SealedRecord

EMMEN, RIEC, RECEIPT = (PrivateKey.from_root(root * 32) for root in (b"e", b"r", b"c"))
DIRECTORY = Directory(
    1,
    (
        Entry("gemeente-assen", "2026q3", 1, PrivateKey.from_root(b"a" * 32).public.raw, State.OPEN_ONLY),
        Entry("gemeente-emmen", "2026q4", 1, EMMEN.public.raw, State.ACTIVE),
        Entry("riec-noord-nederland", "2026q4", 1, RIEC.public.raw, State.ACTIVE),
    ),
)
LABEL = Label("signal", UUID(int=1), UUID(int=1), "gemeente-emmen")
VOUCHING = b"v" * 32
CONTEXT = RecordContext("signal", UUID(int=1), 1)
CONTENTS: dict[str, canonical.JsonValue] = {"content": {"text": "wiet"}, "minimised": {"place": "9411NA"}}


def sealed(contents: dict[str, canonical.JsonValue] = CONTENTS) -> SealedRecord:
    to = [
        records.recipient(DIRECTORY, "gemeente-emmen", *contents),
        records.recipient(DIRECTORY, "riec-noord-nederland", "content"),
    ]
    return records.seal(LABEL, contents, to, VOUCHING)


def opened(made: SealedRecord, private: PrivateKey, keyholder: str) -> dict[str, canonical.JsonValue]:
    [wrap] = [one for one in made.wraps if one["keyholder"] == keyholder]
    parts = {one["part"]: one for one in made.parts if one["part"] in wrap["parts"]}
    commitments = {name: one["commitment"] for name, one in parts.items()}
    keys = envelope.unwrap(CONTEXT, private, wrap["wrap"], commitments)
    found: dict[str, canonical.JsonValue] = {}
    for name, one in parts.items():
        part = envelope.SealedPart(name, one["suite"], one["commitment"], one["ciphertext"])
        found[name] = canonical.parse(envelope.open_part(CONTEXT, part, keys[name]))
    return found


def test_each_recipient_opens_its_parts_and_has_no_key_of_another() -> None:
    made = sealed()
    assert opened(made, EMMEN, "gemeente-emmen") == CONTENTS
    assert opened(made, RIEC, "riec-noord-nederland") == {"content": CONTENTS["content"]}
    with pytest.raises(envelope.CannotOpen):
        opened(made, RIEC, "gemeente-emmen")
    lengths = {one["keyholder"]: len(one["wrap"]) for one in made.wraps}
    assert lengths["gemeente-emmen"] - lengths["riec-noord-nederland"] == 32


def test_the_same_twice_shares_no_key_and_no_byte_of_ciphertext() -> None:
    one, other = sealed(), sealed()
    assert {part["commitment"] for part in one.parts} & {part["commitment"] for part in other.parts} == set()
    assert len({part["commitment"] for part in one.parts}) == len(CONTENTS)
    assert {part["ciphertext"] for part in one.parts} & {part["ciphertext"] for part in other.parts} == set()


@pytest.mark.parametrize("letters", [1, 5, 25, 500])
def test_the_length_of_what_was_written_does_not_show(letters: int) -> None:
    made = sealed({"content": {"text": "x" * letters}, "minimised": {}})
    assert {len(part["ciphertext"]) for part in made.parts} == {len(sealed().parts[0]["ciphertext"])}


def test_the_digest_that_the_log_quotes_changes_with_every_part() -> None:
    made = sealed()
    assert made.digest == SealedRecord(made.parts[::-1], made.wraps).digest
    changed: tuple[dict[str, object], ...] = (
        {"commitment": b"x" * 32},
        {"ciphertext": made.parts[0]["ciphertext"][:-1]},
        {"suite": 2},
        {"part": "contents"},
    )
    for change in changed:
        part = made.parts[0].copy()
        part.update(change)  # type: ignore[typeddict-item]
        assert SealedRecord((part, *made.parts[1:]), made.wraps).digest != made.digest
    assert SealedRecord(made.parts[:1], made.wraps).digest != made.digest


def test_rows_are_the_parts_and_then_the_wraps_with_generation_and_key_id() -> None:
    rows = sealed().rows()
    assert [table for table, _ in rows] == [SealedPart, SealedPart, Wrap, Wrap]
    assert {row["key_id"] for table, row in rows if table is Wrap} == {
        EMMEN.public.key_id,
        RIEC.public.key_id,
    }
    assert {row["generation"] for table, row in rows if table is Wrap} == {"2026q4"}


def test_nothing_is_sealed_to_a_holder_without_an_active_key() -> None:
    for holder in ("gemeente-assen", "gemeente-meppel"):
        with pytest.raises(DirectoryRefused):
            records.recipient(DIRECTORY, holder, "content")


def test_a_receipts_pair_is_a_recipient_outside_the_directory() -> None:
    to = records.receipt_recipient(RECEIPT.public.raw, "message")
    made = records.seal(LABEL, {"message": {"text": "?"}}, [to], VOUCHING)
    assert opened(made, RECEIPT, "receipt") == {"message": {"text": "?"}}
    assert {one["generation"] for one in made.wraps} == {"receipt"}


def test_a_recipient_of_a_part_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(KeyError):
        records.seal(LABEL, CONTENTS, [records.recipient(DIRECTORY, "gemeente-emmen", "reporter")], VOUCHING)


def test_neither_keys_nor_text_show_in_a_repr() -> None:
    assert "wiet" not in repr(sealed())
    assert EMMEN.public.raw.hex() not in repr(DIRECTORY)
    assert str(SigningKey.from_seed(b"s" * 32).seed) not in repr(SigningKey.from_seed(b"s" * 32))
