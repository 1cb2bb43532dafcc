"""A receipt's messages open with the pair its code yields, through the door, and with nothing else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.crypto import receipt
from app.crypto.receipt import Unlocked
from app.database import Login, Scope, transaction
from app.errors import Damaged
from app.settings import Settings
from app.vault import mailbox
from app.vault.keys import KeyRing
from tests.database import look
from tests.desk import RIEC, Client

pytestmark = pytest.mark.anyio

ASKED = "Hoe laat was dat bij de steiger?"
FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class Asked:
    """Two reports with a question each: what their codes unlock."""

    settings: Settings
    engine: AsyncEngine
    unlocked: dict[str, Unlocked]
    signals: dict[str, UUID]
    vouching: bytes

    async def rows(self, which: str) -> list[dict[str, Any]]:
        """What the door hands over for this code."""
        async with transaction(self.engine, Scope()) as held:
            found = await look.rows(held.connection, "select * from mailbox($1)", self.unlocked[which].lookup)
            return [dict(row._mapping) for row in found]


@pytest.fixture
async def asked(client: Client, settings: Settings) -> AsyncIterator[Asked]:
    ring, unlocked, signals = KeyRing.for_intake(settings), {}, {}
    bouke = client.as_("bouke")
    for which in (FIRST, SECOND):
        made = await client.as_("ans").report()
        code = receipt.read(made["receiptCode"])
        assert code is not None
        unlocked[which], signals[which] = receipt.unlock(code, ring.intake), UUID(made["id"])
        case = await bouke.pull(RIEC)
        assert (await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": ASKED})).status_code == 201
    async with look.pool(settings, Login.INTAKE) as engine:
        yield Asked(settings, engine, unlocked, signals, ring.vouching)


async def test_the_code_opens_its_own_messages(asked: Asked) -> None:
    for which, unlocked in asked.unlocked.items():
        [row] = await asked.rows(which)
        assert row["signal_id"] == asked.signals[which]
        assert mailbox.open_message(unlocked.private, row, asked.vouching) == {"text": ASKED}


async def test_another_code_opens_none_of_them(asked: Asked) -> None:
    [row] = await asked.rows(FIRST)
    with pytest.raises(Damaged):
        mailbox.open_message(asked.unlocked[SECOND].private, row, asked.vouching)


async def test_the_door_shows_nothing_for_a_code_that_is_not_there(asked: Asked) -> None:
    async with transaction(asked.engine, Scope("gemeente-emmen", ("gemeente-emmen",), ("*",))) as held:
        for lookup in (b"", b"\0" * 32, asked.unlocked[FIRST].lookup[:31]):
            assert await look.rows(held.connection, "select * from mailbox($1)", lookup) == []


async def test_the_door_hands_over_only_what_the_desk_sent_and_the_receipts_own_wrap(
    asked: Asked, client: Client
) -> None:
    [row] = await asked.rows(FIRST)
    code = {"text": "Om tien uur.", "receiptCode": "0"}
    assert (await client.as_(None).post("/v1/receipt-messages", code)).status_code in {400, 404}
    assert set(row) == {
        "signal_id",
        "organisation_id",
        "reference",
        "confidentiality",
        "state",
        "answer_case",
        "answer_holder",
        "message_id",
        "version",
        "sent_at",
        "suite",
        "commitment",
        "ciphertext",
        "mac",
        "key_id",
        "wrap",
    }
    assert row["key_id"] == asked.unlocked[FIRST].private.public.key_id


@pytest.mark.parametrize(
    "column",
    [
        "commitment",
        "ciphertext",
        "mac",
        "wrap",
        "suite",
        "message_id",
        "signal_id",
        "organisation_id",
        "version",
    ],
)
async def test_a_message_with_anything_of_another_does_not_open(asked: Asked, column: str) -> None:
    [mine], [other] = await asked.rows(FIRST), await asked.rows(SECOND)
    foreign = {"suite": 2, "version": 2, "organisation_id": "gemeente-assen"}.get(column, other[column])
    with pytest.raises(Damaged):
        mailbox.open_message(asked.unlocked[FIRST].private, mine | {column: foreign}, asked.vouching)


@pytest.mark.parametrize("column", ["commitment", "ciphertext", "mac", "wrap"])
@pytest.mark.parametrize("bad", [None, b"", "text", b"\0" * 2000])
async def test_a_message_without_its_bytes_does_not_open(asked: Asked, column: str, bad: object) -> None:
    [mine] = await asked.rows(FIRST)
    with pytest.raises(Damaged):
        mailbox.open_message(asked.unlocked[FIRST].private, mine | {column: bad}, asked.vouching)


@pytest.mark.parametrize("version", [-1, -32768, 32767])
async def test_a_version_that_no_record_has_is_refused_like_any_other_damage(
    asked: Asked, version: int
) -> None:
    [mine] = await asked.rows(FIRST)
    with pytest.raises(Damaged) as refused:
        mailbox.open_message(
            asked.unlocked[FIRST].private, mine | {"version": version, "suite": version}, asked.vouching
        )
    assert refused.value.reason == "record_forged"


async def test_a_wrap_of_a_content_part_cannot_be_passed_through_the_door(asked: Asked) -> None:
    """An administrator relabels the wrap of the content as the receipt's: the code still opens no content."""
    async with look.as_superuser(asked.settings) as connection:
        await connection.exec_driver_sql(
            "update wraps.wraps set generation = 'receipt', keyholder = 'receipt' where record_id = $1",
            (asked.signals[FIRST],),
        )
    [row] = await asked.rows(FIRST)
    assert row["message_id"] != asked.signals[FIRST]
    assert mailbox.open_message(asked.unlocked[FIRST].private, row, asked.vouching) == {"text": ASKED}
