"""The worker alone turns identifiers into an index that answers nobody without its key, and keeps nothing beside it."""

import itertools
import string
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.crypto import blind
from app.database import Login, sqlstate
from app.matching.index import rows
from app.settings import Settings
from app.signals.waiting import Told
from app.vault.indexkeys import IndexKeys
from app.vault.keys import KeyAbsent, KeyRing
from tests.attacks.planted import alarms
from tests.casework.steps import places_of, query
from tests.database import look
from tests.desk import ASSEN, TRIAGE_ASSEN, Client
from tests.matching.steps import PLATE, indexed, report_with, run, waiting, worker_ring

pytestmark = pytest.mark.anyio
FULL = {
    "vehicles": [{"plate": PLATE}],
    "phoneNumbers": ["0591 123 456"],
    "emails": ["Wie@Voorbeeld.NL"],
    "ibans": ["NL91 ABNA 0417 1643 00"],
    "companies": [{"name": "Loods BV", "kvkNumber": "68750110"}],
    "location": {"municipalityCode": "0114", "postcode": "7811 AB", "houseNumber": "3"},
}
VALUES = {
    "plate": "GZ918V",
    "phone": "+31591123456",
    "email": "wie@voorbeeld.nl",
    "iban": "NL91ABNA0417164300",
    "kvk": "68750110",
    "address": "7811AB|3|",
}


async def test_the_worker_indexes_every_identifier_once_and_deletes_the_part_and_its_key(
    client: Client, settings: Settings
) -> None:
    made = await client.as_("ans").report(**FULL)
    assert await waiting(settings) == 2
    assert await run(settings) == 1
    found = await indexed(settings)
    ring = worker_ring(settings)
    assert {row["kind"]: row["token"] for row in found} == {
        kind: ring.index.tokens(kind, value)[1] for kind, value in VALUES.items()
    }
    assert {str(row["signal_id"]) for row in found} == {made["id"]}
    assert [row["kind"] for row in found if row["place"]] == ["address"]
    assert await waiting(settings) == 0
    assert await run(settings) == 0
    assert await places_of(settings, *VALUES.values()) == []
    [entry] = await query(
        settings,
        "select e.signal_id, e.organisation, e.case_id, v.value, e.at from access_entries e"
        " join access_values v on v.entry_id = e.id where e.action = 'identifiers_indexed'",
    )
    at = entry.pop("at")
    assert entry == {
        "signal_id": UUID(made["id"]),
        "organisation": None,
        "case_id": None,
        "value": "the desk",
    }
    assert (at.minute, at.second, at.microsecond) == (0, 0, 0)


async def test_the_case_is_still_opened_after_its_identifiers_went(
    client: Client, settings: Settings
) -> None:
    await report_with(client.as_("eva"), location=ASSEN)
    eelco = client.as_("eelco")
    case = await eelco.pull(TRIAGE_ASSEN)
    assert (await eelco.open(case))["content"]["vehicles"][0]["plate"]


async def test_an_altered_part_is_an_alarm_and_is_left_and_the_others_go_on(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = [await client.as_("ans").report(vehicles=[{"plate": PLATE}]) for _ in range(2)]
    await query(
        settings,
        "update sealed_parts set ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)"
        " where part = 'identifiers' and signal_id = :id",
        id=UUID(bad["id"]),
    )
    capsys.readouterr()
    assert await run(settings) == 1
    assert alarms(capsys.readouterr().err) == ["record_forged"]
    assert {str(row["signal_id"]) for row in await indexed(settings)} == {good["id"]}
    left = await query(settings, "select signal_id from sealed_parts where part = 'identifiers'")
    assert [str(row["signal_id"]) for row in left] == [bad["id"]]


async def test_a_part_of_another_signal_put_in_its_place_is_left(client: Client, settings: Settings) -> None:
    one, other = [await client.as_("ans").report(vehicles=[{"plate": PLATE}]) for _ in range(2)]
    await query(
        settings,
        "update sealed_parts t set ciphertext = s.ciphertext, commitment = s.commitment, mac = s.mac"
        " from sealed_parts s where t.part = 'identifiers' and s.part = 'identifiers'"
        " and t.signal_id = :one and s.signal_id = :other",
        one=UUID(one["id"]),
        other=UUID(other["id"]),
    )
    assert await run(settings) == 1
    assert {str(row["signal_id"]) for row in await indexed(settings)} == {other["id"]}


async def test_where_the_log_cannot_be_written_nothing_is_indexed_and_nothing_deleted(
    client: Client, settings: Settings
) -> None:
    await client.as_("ans").report(vehicles=[{"plate": PLATE}])
    await query(settings, "revoke insert on access_entries from meldpunt_worker")
    with pytest.raises(DBAPIError):
        await run(settings)
    assert (await indexed(settings), await waiting(settings)) == ([], 2)


async def test_the_index_of_a_signal_goes_with_the_signal(client: Client, settings: Settings) -> None:
    gone, kept = [await report_with(client.as_("ans")) for _ in range(2)]
    await query(settings, "delete from signals where id = :id", id=UUID(gone["id"]))
    assert {str(row["signal_id"]) for row in await indexed(settings)} == {kept["id"]}


def plates_of_a_series() -> list[str]:
    """All plates of a series of which two letters and the figures are known but for one group: 26 000 of them."""
    letters = string.ascii_uppercase
    return [f"GZ{number:03}{last}" for number, last in itertools.product(range(1000), letters)]


async def test_a_stolen_index_answers_nothing_to_who_tries_every_plate_without_its_key(
    client: Client, settings: Settings
) -> None:
    await report_with(client.as_("ans"))
    [row] = await indexed(settings)
    ring, other = worker_ring(settings), IndexKeys({1: bytes(31) + b"\x01"})
    tried: list[Callable[[str], bytes]] = [
        lambda value: blind.token(ring.intake, value),
        lambda value: blind.token(ring.vouching, value),
        lambda value: other.tokens("plate", value)[1],
        lambda value: ring.index.tokens("phone", value)[1],
    ]
    series = plates_of_a_series()
    assert "GZ918V" in series
    for make in tried:
        assert row["token"] not in {make(value) for value in series}
    assert [value for value in series if ring.index.tokens("plate", value)[1] == row["token"]] == ["GZ918V"]


async def test_an_intake_process_holds_no_index_key_and_its_login_reaches_no_row(settings: Settings) -> None:
    ring = KeyRing.for_intake(settings)
    with pytest.raises(KeyAbsent):
        _ = ring.index
    assert KeyRing.load(settings, holders=()).index.versions == (1,)
    async with look.as_login(settings, Login.INTAKE) as connection:
        for sql in ("select token from blind_index", "select ask_matches(gen_random_uuid(), false)"):
            with pytest.raises(DBAPIError) as refused:
                await look.rows(connection, sql)
            assert sqlstate(refused.value) == "42501"


@given(st.text(max_size=40), st.text(max_size=40))
def test_equal_values_alone_have_equal_tokens_and_each_kind_its_own(one: str, other: str) -> None:
    index = IndexKeys({1: bytes(32), 2: bytes(31) + b"\x02"})
    assert (index.tokens("plate", one) == index.tokens("plate", other)) == (one == other)
    assert not set(index.tokens("plate", one).values()) & set(index.tokens("phone", one).values())
    assert len(set(index.tokens("plate", one).values())) == 2


def test_the_same_address_as_place_and_in_the_words_is_one_row_of_the_place() -> None:
    told = [Told("address", "7811AB|3|", place=place) for place in (False, True)]
    made = rows(IndexKeys({1: bytes(32)}), UUID(int=1), "gemeente-emmen", told)
    assert [row["place"] for _, row in made] == [True]
