"""Opening sealed records from the database: with the holder's own key, for its own parts, untampered, or not at all."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.crypto import canonical
from app.crypto.hpke import PrivateKey
from app.database import Login, Scope, insert_rows, transaction
from app.errors import Damaged, NotFound, Unavailable
from app.organisations.participants import RIEC, RUDD
from app.settings import Settings
from app.vault import keys, read, records, store
from app.vault.directory import Directory
from app.vault.directory import read as read_directory
from app.vault.keys import KeyAbsent, KeyRing
from app.vault.models import Wrap
from tests.database import look
from tests.database.story import DUMPED
from tests.desk import ASSEN, Client

pytestmark = pytest.mark.anyio

EMMEN_, ASSEN_ = "gemeente-emmen", "gemeente-assen"
MARKER = "chemicali"


class WatchedRing(KeyRing):
    """A ring that remembers whose private keys were asked for."""

    __slots__ = ("asked",)
    asked: list[str]

    def private(self, holder: str, generation: str | None = None) -> PrivateKey:
        self.asked.append(holder)
        return super().private(holder, generation)

    def by_key_id(self, key_id: bytes) -> PrivateKey | None:
        self.asked.append("whoever has this key id")
        return super().by_key_id(key_id)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A report of Emmen that RIEC and RUDD hold too, one of Assen, and the keys of the desk."""

    settings: Settings
    engine: AsyncEngine
    ring: WatchedRing
    emmen: UUID
    assen: UUID

    async def open(self, keyholder: str, record: UUID | None = None) -> dict[str, canonical.JsonValue]:
        """The parts of Emmen's report for this keyholder."""
        self.ring.asked.clear()
        async with transaction(self.engine, Scope(keyholder, (keyholder,))) as held:
            return await read.open_record(held.connection, self.ring, keyholder, record or self.emmen)

    @contextlib.asynccontextmanager
    async def tampering(self) -> AsyncIterator[AsyncConnection]:
        """The database as its administrator can change it."""
        async with look.as_superuser(self.settings) as connection:
            yield connection


@pytest.fixture(scope="module")
def ring(cluster: Settings) -> WatchedRing:
    """The ring of the desk."""
    loaded = WatchedRing.load(cluster)
    assert isinstance(loaded, WatchedRing)
    return loaded


@pytest.fixture
async def sealed(client: Client, settings: Settings, ring: WatchedRing) -> AsyncIterator[Sealed]:
    ring.asked = []
    place = {"municipalityCode": "0114", "postcode": "7811 AA", "houseNumber": "12"}
    emmen = await client.as_("ans").report(text=DUMPED, location=place, reporter={"name": "Ans"})
    assen = await client.as_("eva").report(text=DUMPED, location=ASSEN)
    async with look.pool(settings, Login.APP) as engine:
        yield Sealed(settings, engine, ring, UUID(emmen["id"]), UUID(assen["id"]))


async def test_each_holder_opens_its_own_parts_with_its_own_key_alone(sealed: Sealed) -> None:
    expected = {
        EMMEN_: {"content", "minimised"},
        RIEC: {"content"},
        RUDD: {"minimised"},
        f"reporter-{EMMEN_}": {"reporter"},
        "indexer": {"identifiers"},
    }
    for keyholder, parts in expected.items():
        opened = await sealed.open(keyholder)
        assert opened.keys() == parts
        assert set(sealed.ring.asked) == {keyholder}
        assert (MARKER in str(opened)) == ("content" in parts)
    reporter = (await sealed.open(f"reporter-{EMMEN_}"))["reporter"]
    assert isinstance(reporter, dict)
    assert reporter["name"] == "Ans"


async def test_without_a_wrap_there_is_nothing_and_no_key_is_tried(sealed: Sealed) -> None:
    for keyholder in (ASSEN_, "gemeente-meppel", f"reporter-{ASSEN_}", ""):
        with pytest.raises(NotFound):
            await sealed.open(keyholder)
        assert sealed.ring.asked == []
    with pytest.raises(NotFound):
        async with transaction(sealed.engine, Scope(ASSEN_, (ASSEN_,))) as held:
            await read.open_record(held.connection, sealed.ring, EMMEN_, sealed.emmen)


async def test_a_wrap_relabelled_by_sql_does_not_open_with_the_key_it_was_made_for(sealed: Sealed) -> None:
    async with sealed.tampering() as database:
        await database.exec_driver_sql(
            "update wraps.wraps set keyholder = $1 where keyholder = $2 and signal_id = $3",
            (ASSEN_, EMMEN_, sealed.emmen),
        )
        with pytest.raises(Damaged):
            await sealed.open(ASSEN_)
        own = sealed.ring.private(ASSEN_).public.key_id
        await database.exec_driver_sql(
            "update wraps.wraps set key_id = $1 where keyholder = $2", (own, ASSEN_)
        )
        with pytest.raises(Damaged):
            await sealed.open(ASSEN_)
        assert set(sealed.ring.asked) == {ASSEN_}


FLIP = "set_byte({0}, 20, get_byte({0}, 20) # 1)"
PART = "update sealed_parts set {} where signal_id = '{{}}' and part = 'content'"
WRAP = "update wraps.wraps set {} where signal_id = '{{}}' and keyholder = 'gemeente-emmen'"


@pytest.mark.parametrize(
    "change",
    [
        PART.format(f"commitment = {FLIP.format('commitment')}"),
        PART.format(f"ciphertext = {FLIP.format('ciphertext')}"),
        PART.format("ciphertext = substring(ciphertext from 1 for length(ciphertext) - 1)"),
        PART.format("ciphertext = ciphertext || '\\x00'"),
        PART.format("ciphertext = ''"),
        PART.format("suite = 2"),
        PART.format("kind = 'message'"),
        PART.format("part = 'message'"),
        PART.format("version = 2"),
        WRAP.format(f"wrap = {FLIP.format('wrap')}"),
        WRAP.format("wrap = wrap || '\\x00'"),
        WRAP.format("wrap = ''"),
        WRAP.format("wrap = set_byte(wrap, 0, 2)"),
        WRAP.format("key_id = '\\x0102030405060708'"),
        WRAP.format("parts = '{content}'"),
        WRAP.format("parts = '{content,minimised,reporter}'"),
        WRAP.format("generation = 'receipt'"),
        WRAP.format("version = 2"),
    ],
)
async def test_a_row_that_was_tampered_with_gives_no_word_of_plaintext(sealed: Sealed, change: str) -> None:
    async with sealed.tampering() as database:
        done = await database.exec_driver_sql(change.replace("{}", str(sealed.emmen), 1))
        assert done.rowcount == 1
    with pytest.raises((Damaged, Unavailable, NotFound)) as refused:
        await sealed.open(EMMEN_)
    assert MARKER not in repr(refused.value)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("sealed_parts", "ciphertext"),
        ("sealed_parts", "commitment"),
        ("sealed_parts", "ciphertext, commitment"),
        ("wraps.wraps", "wrap"),
    ],
)
async def test_what_belongs_to_one_record_does_not_open_as_another(
    sealed: Sealed, table: str, columns: str
) -> None:
    """Assen's rows get the bytes of Emmen's, as if somebody wanted them read there."""
    same = (
        "b.part = a.part"
        if table == "sealed_parts"
        else f"b.keyholder = '{EMMEN_}' and a.keyholder = '{ASSEN_}'"
    )
    sets = ", ".join(f"{name} = b.{name}" for name in columns.split(", "))
    async with sealed.tampering() as database:
        await database.exec_driver_sql(
            f"update {table} a set {sets} from {table} b where a.record_id = $1 and b.record_id = $2 and {same}",
            (sealed.assen, sealed.emmen),
        )
    with pytest.raises(Damaged):
        await sealed.open(ASSEN_, sealed.assen)


async def test_parts_and_wraps_moved_together_to_another_record_do_not_open(sealed: Sealed) -> None:
    moved = UUID(int=7)
    async with sealed.tampering() as database:
        for table in ("sealed_parts", "wraps.wraps"):
            sql = f"update {table} set record_id = $1 where record_id = $2"
            await database.exec_driver_sql(sql, (moved, sealed.emmen))
    with pytest.raises(Damaged):
        await sealed.open(EMMEN_, moved)


async def test_two_parts_of_one_record_do_not_trade_places(sealed: Sealed) -> None:
    async with sealed.tampering() as database:
        for old, new in (("content", "x"), ("minimised", "content"), ("x", "minimised")):
            sql = "update sealed_parts set part = $1 where part = $2 and record_id = $3"
            await database.exec_driver_sql(sql, (new, old, sealed.emmen))
    for keyholder in (EMMEN_, RIEC, RUDD):
        with pytest.raises(Damaged):
            await sealed.open(keyholder)


async def test_a_key_that_this_process_does_not_hold_is_unavailable_and_no_other_is_tried(
    sealed: Sealed, cluster: Settings
) -> None:
    narrow = KeyRing.load(cluster, holders={RIEC})
    with pytest.raises(KeyAbsent):
        narrow.private(EMMEN_)
    async with transaction(sealed.engine, Scope(EMMEN_, (EMMEN_,))) as held:
        with pytest.raises(Unavailable):
            await read.open_record(held.connection, narrow, EMMEN_, sealed.emmen)


async def directory_of(sealed: Sealed) -> Directory:
    """The key directory in force."""
    async with transaction(sealed.engine, Scope()) as held:
        signed = await store.newest_directory(held.connection)
    assert signed is not None
    return read_directory(signed.document, signed.signature, keys.pinned(sealed.settings))


async def test_sharing_gives_the_recipient_the_parts_named_and_no_other(sealed: Sealed) -> None:
    directory = await directory_of(sealed)
    with pytest.raises(NotFound):
        await sealed.open(RUDD, sealed.assen)
    async with transaction(sealed.engine, Scope(ASSEN_, (ASSEN_,))) as held:
        to = records.recipient(directory, RUDD, "minimised")
        wrap = await read.share(held.connection, sealed.ring, ASSEN_, sealed.assen, to)
        await insert_rows(held.connection, [(Wrap, dict(wrap))])
    assert (await sealed.open(RUDD, sealed.assen)).keys() == {"minimised"}
    async with sealed.tampering() as database:
        await database.exec_driver_sql(
            "update wraps.wraps set parts = '{content,minimised}' where keyholder = $1 and record_id = $2",
            (RUDD, sealed.assen),
        )
    with pytest.raises(Damaged):
        await sealed.open(RUDD, sealed.assen)


@pytest.mark.parametrize(
    ("by", "part"), [(RIEC, "minimised"), (RUDD, "content"), (EMMEN_, "reporter"), (ASSEN_, "content")]
)
async def test_nobody_shares_a_part_that_he_does_not_hold(sealed: Sealed, by: str, part: str) -> None:
    to = records.recipient(await directory_of(sealed), "gemeente-meppel", part)
    async with transaction(sealed.engine, Scope(by, (by,))) as held:
        with pytest.raises(NotFound):
            await read.share(held.connection, sealed.ring, by, sealed.emmen, to)


async def test_names_of_5_and_25_letters_make_equal_stored_sizes(client: Client, settings: Settings) -> None:
    sizes: list[list[tuple[Any, ...]]] = []
    async with look.as_superuser(settings) as database:
        for letters in (5, 25):
            name = "a" * letters
            members = {"reporter": {"name": name}, "persons": [{"role": "suspect", "name": name}]}
            made = await client.as_("ans").report(confidentiality="shielded", **members)
            sql = "select part, length(ciphertext) from sealed_parts where signal_id = $1 order by 1"
            parts = await look.rows(database, sql, UUID(made["id"]))
            sql = "select keyholder, length(wrap) from wraps.wraps where signal_id = $1 order by 1"
            wraps = await look.rows(database, sql, UUID(made["id"]))
            sizes.append([tuple(row) for row in (*parts, *wraps)])
    assert sizes[0] == sizes[1]
    assert {name for name, _ in sizes[0]} >= {"content", "minimised", "reporter", RIEC}


async def test_a_tampered_report_is_refused_over_http_without_a_word_of_it(
    client: Client, settings: Settings
) -> None:
    await client.as_("eva").report(text=DUMPED, location=ASSEN)
    eelco = client.as_("eelco")
    case = await eelco.pull("/v1/queues/triage-gemeente-assen")
    async with look.as_superuser(settings) as database:
        await database.exec_driver_sql(f"update sealed_parts set ciphertext = {FLIP.format('ciphertext')}")
    answer = await eelco.post(f"/v1/cases/{case['id']}/openings", {"purpose": "triage"})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARKER not in answer.text
