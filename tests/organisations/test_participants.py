"""Who takes part: data that a reader can check against the region, with a queue and keys for each."""

import pytest

from app.database import Login, Scope, transaction
from app.identity.claims import _ORGANISATION
from app.organisations import participants
from app.organisations.participants import RIEC, RUDD
from app.routing import facts
from app.settings import Settings
from app.vault import keys
from app.vault.directory import State, holder_fits
from app.vault.directory import read as read_directory
from app.vault.store import newest_directory
from tests.database import look

MUNICIPALITIES = {
    "gemeente-aa-en-hunze": "1680",
    "gemeente-assen": "0106",
    "gemeente-borger-odoorn": "1681",
    "gemeente-coevorden": "0109",
    "gemeente-de-wolden": "1690",
    "gemeente-emmen": "0114",
    "gemeente-hoogeveen": "0118",
    "gemeente-meppel": "0119",
    "gemeente-midden-drenthe": "1731",
    "gemeente-noordenveld": "1699",
    "gemeente-tynaarlo": "1730",
    "gemeente-westerveld": "1701",
}
"""The twelve municipalities of Drenthe with their CBS codes (CBS, Gemeentelijke indeling)."""
OTHERS = {
    "provincie-drenthe": "province",
    "waterschap-drents-overijsselse-delta": "water_board",
    "waterschap-hunze-en-aas": "water_board",
    "waterschap-noorderzijlvest": "water_board",
    "waterschap-vechtstromen": "water_board",
    RIEC: "riec",
    RUDD: "rudd",
}


def test_the_twelve_municipalities_have_their_codes_and_nobody_else_has_one() -> None:
    codes = {
        one.id: one.municipality_code for one in participants.load() if one.municipality_code is not None
    }
    assert codes == MUNICIPALITIES
    assert {one.id: one.kind for one in participants.load()} == OTHERS | dict.fromkeys(
        MUNICIPALITIES, "municipality"
    )


def test_each_has_one_queue_and_only_who_reports_has_a_pair_for_reporters() -> None:
    everyone = participants.load()
    assert {one.queue for one in everyone if not one.reports} == {RIEC, RUDD} == {facts.RIEC, facts.RUDD}
    assert all(one.queue == f"triage-{one.id}" for one in everyone if one.reports)
    holders = participants.keyholders(everyone)
    assert len(holders) == len(set(holders)) == 19 + 17 + 1
    assert {f"reporter-{one.id}" for one in everyone if one.reports} < set(holders)
    assert "indexer" in holders


def test_every_id_fits_in_a_token_in_a_key_file_and_in_a_scope() -> None:
    for holder in participants.keyholders(participants.load()):
        assert holder_fits(holder)
    for one in participants.load():
        assert _ORGANISATION.fullmatch(one.id)
        assert Scope(one.id, (one.id,), (one.id,)).begin()


@pytest.mark.anyio
async def test_the_database_holds_the_data_file_with_a_queue_for_each(settings: Settings) -> None:
    known = participants.load()
    async with look.pool(settings, Login.APP) as engine, transaction(engine, Scope()) as held:
        stored = await look.rows(held.connection, "select * from organisations order by id")
        queues = await look.rows(held.connection, "select * from queues")
    assert [(row.id, row.kind, row.name, row.municipality_code) for row in stored] == sorted(
        (one.id, one.kind, one.name, one.municipality_code) for one in known
    )
    kinds = {one.id: "triage" if one.reports else one.kind for one in known}
    assert {(row.id, row.organisation_id, row.kind) for row in queues} == {
        (one.queue, one.id, kinds[one.id]) for one in known
    }


@pytest.mark.anyio
async def test_every_keyholder_has_one_active_key_in_the_stored_directory(settings: Settings) -> None:
    async with look.pool(settings, Login.APP) as engine, transaction(engine, Scope()) as held:
        signed = await newest_directory(held.connection)
    assert signed is not None
    listed = read_directory(signed.document, signed.signature, keys.pinned(settings))
    active = [entry.holder for entry in listed.entries if entry.state is State.ACTIVE]
    assert sorted(active) == sorted(participants.keyholders(participants.load()))


@pytest.mark.anyio
async def test_storing_again_renames_and_keeps_what_is_there(settings: Settings) -> None:
    known, key = participants.load(), keys.KeyRing.for_intake(settings).intake
    async with look.pool(settings, Login.MIGRATOR) as engine:
        async with transaction(engine, Scope()) as held:
            await held.connection.exec_driver_sql("update organisations set name = 'oud' where id = 'rudd'")
        async with transaction(engine, Scope()) as held:
            await participants.store(held.connection, known, key)
            assert (
                await look.one(held.connection, "select name from organisations where id = 'rudd'")
                == "RUD Drenthe"
            )
            assert await look.one(held.connection, "select count(*) from organisations") == len(known)
            assert await look.one(held.connection, "select count(*) from queues") == len(known)


@pytest.mark.anyio
async def test_emmen_supplies_directly_and_who_stated_nothing_does_not(settings: Settings) -> None:
    async with look.as_superuser(settings) as connection:
        terms = await look.rows(
            connection,
            "select organisation_id, queue_id, mode, ground, category from supply_terms order by 2",
        )
    assert [tuple(term) for term in terms] == [
        ("gemeente-emmen", RIEC, "direct", "riec_partner", None),
        ("gemeente-emmen", RUDD, "direct", "environmental_task", None),
    ]
