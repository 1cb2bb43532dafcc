"""Which public keys count: only those of a directory that the pinned key signed, and never an older one again."""

import shutil
import time
from datetime import date
from pathlib import Path

import pytest

from app.crypto.hpke import PrivateKey
from app.crypto.signing import SigningKey
from app.errors import StartRefused, Unavailable
from app.settings import Settings, load
from app.vault import directory, keys
from app.vault.directory import Directory, Entry, Signed, State
from app.vault.keys import KeyRing
from app.vault.ring import Vault
from tests.attacks.planted import alarms
from tests.database import look
from tests.desk import DRUGS, Client, new_key

AUTUMN, WINTER = date(2026, 11, 25), date(2027, 1, 1)
HOLDERS = ("gemeente-emmen", "indexer")
MALLORY = PrivateKey.from_root(b"m" * 32).public.raw
STRANGER = SigningKey.from_seed(b"x" * 32)


def settings_of(home: Path) -> Settings:
    return load({"MELDPUNT_HOME": str(home), "MELDPUNT_KEY_PASSPHRASE": "een lange wachtwoordzin"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Signed]:
    """A folder of keys and its first directory."""
    home = tmp_path_factory.mktemp("ring")
    return home, keys.create(settings_of(home), HOLDERS, on=AUTUMN)


@pytest.fixture
def folder(made: tuple[Path, Signed], tmp_path: Path) -> Path:
    """A folder of keys for one test."""
    return shutil.copytree(made[0], tmp_path / "home")


def vault_at(home: Path) -> Vault:
    ring = KeyRing.load(settings_of(home))
    return Vault(lambda: ring)


def slipped_in(version: int, public: bytes = MALLORY) -> Directory:
    """A directory with a stranger's key for Emmen."""
    return Directory(version, (Entry("gemeente-emmen", "2026q4", 1, public, State.ACTIVE),))


def test_with_a_newer_directory_the_new_private_keys_are_at_hand_without_a_restart(
    made: tuple[Path, Signed], folder: Path
) -> None:
    vault = Vault(lambda: KeyRing.load(settings_of(folder)))
    vault.accept(made[1])
    old = vault.directory.active("gemeente-emmen").key_id
    second = keys.new_generation(settings_of(folder), "gemeente-emmen", on=WINTER)
    new = vault.accept(second).active("gemeente-emmen").key_id
    assert new != old
    assert vault.ring.by_key_id(new) is not None
    assert vault.ring.by_key_id(old) is not None


def test_a_signed_directory_is_taken_and_a_newer_one_replaces_it(
    made: tuple[Path, Signed], folder: Path
) -> None:
    vault, first = vault_at(folder), made[1]
    second = keys.new_generation(settings_of(folder), "gemeente-emmen", on=WINTER)
    assert vault.accept(first).version == 1
    assert vault.directory.current("gemeente-emmen").generation == "2026q4"
    assert vault.accept(second).version == 2
    assert vault.directory.current("gemeente-emmen").generation == "2027q1"


def test_an_older_directory_put_back_changes_nothing_and_is_told(
    made: tuple[Path, Signed], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault, first = vault_at(folder), made[1]
    vault.accept(keys.new_generation(settings_of(folder), "gemeente-emmen", on=WINTER))
    assert alarms(capsys.readouterr().err) == []
    assert vault.accept(first).version == 2
    assert vault.directory.version == 2
    assert alarms(capsys.readouterr().err) == ["directory_forged"]


def test_after_a_restart_an_older_directory_put_back_is_refused(
    made: tuple[Path, Signed], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.new_generation(settings_of(folder), "gemeente-emmen", on=WINTER)
    vault = vault_at(folder)
    with pytest.raises(Unavailable):
        vault.accept(made[1])
    with pytest.raises(Unavailable):
        _ = vault.directory
    assert alarms(capsys.readouterr().err) == ["directory_forged"]


@pytest.mark.parametrize(
    "forged",
    [
        Signed(slipped_in(9).document, b""),
        Signed(slipped_in(9).document, b"\0" * 64),
        directory.sign(slipped_in(9), STRANGER),
        Signed(b"{}", b"\0" * 64),
    ],
)
def test_a_directory_that_the_pinned_key_did_not_sign_is_refused_and_the_old_one_stays(
    made: tuple[Path, Signed], folder: Path, forged: Signed, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = vault_at(folder)
    with pytest.raises(Unavailable):
        vault.accept(forged)
    vault.accept(made[1])
    with pytest.raises(Unavailable):
        vault.accept(forged)
    with pytest.raises(Unavailable):
        vault.accept(Signed(slipped_in(9).document, made[1].signature))
    assert vault.directory.version == 1
    assert vault.directory.active("gemeente-emmen").raw != MALLORY
    assert alarms(capsys.readouterr().err) == ["directory_forged"] * 3


def test_before_keys_and_directory_are_there_the_desk_is_unavailable_and_not_broken() -> None:
    def absent() -> KeyRing:
        raise StartRefused("weg")

    vault = Vault(absent)
    for look_at in ("ring", "directory"):
        with pytest.raises(Unavailable):
            getattr(vault, look_at)
    with pytest.raises(Unavailable):
        vault.cursor_key()


@pytest.mark.anyio
async def test_the_keys_of_a_reveal_are_read_for_it_and_kept_by_nobody(folder: Path) -> None:
    asked: list[str] = []

    def reveal(holder: str) -> KeyRing:
        asked.append(holder)
        return KeyRing.load(settings_of(folder), holders={holder})

    ring = KeyRing.load(settings_of(folder), holders={"gemeente-emmen"})
    vault = Vault(lambda: ring, reveal)
    one, other = [await vault.for_one_reveal("indexer") for _ in range(2)]
    assert asked == ["indexer", "indexer"]
    assert one is not other
    assert one.holders == {"indexer"}
    assert vault.ring.holders == {"gemeente-emmen"}


@pytest.mark.anyio
async def test_a_process_without_the_key_folder_reveals_nothing(folder: Path) -> None:
    with pytest.raises(Unavailable):
        await vault_at(folder).for_one_reveal("indexer")
    shutil.rmtree(folder / "keys")
    gone = Vault(lambda: KeyRing(bytes(32), bytes(32)), lambda _: KeyRing.load(settings_of(folder)))
    with pytest.raises(Unavailable):
        await gone.for_one_reveal("indexer")


@pytest.mark.anyio
@pytest.mark.parametrize("signed", [False, True])
async def test_a_public_key_slipped_in_by_sql_seals_nothing_and_opens_no_door(
    client: Client, settings: Settings, signed: bool
) -> None:
    listed = slipped_in(99)
    signature = directory.sign(listed, STRANGER).signature if signed else b"\0" * 64
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql(
            "insert into key_directories values (99, $1, $2, now())", (listed.document, signature)
        )
        answer = await client.as_("ans").post("/v1/signals", {"text": DRUGS}, {"Idempotency-Key": new_key()})
        assert answer.status_code == 503
        assert await look.one(connection, "select count(*) from wraps.wraps") == 0
        until = time.monotonic() + 60
        # A verdict stands for two seconds.
        while (
            found := await client.as_(None).get("/readyz")
        ).status_code == 200 and time.monotonic() < until:
            pass
        assert found.status_code == 503
        await connection.exec_driver_sql("delete from key_directories where version = 99")
        await client.as_("ans").report()


@pytest.mark.anyio
async def test_without_any_directory_no_report_is_taken(client: Client, settings: Settings) -> None:
    async with look.as_superuser(settings) as connection:
        await connection.exec_driver_sql("delete from key_directories")
    answer = await client.as_("ans").post("/v1/signals", {"text": DRUGS})
    assert answer.status_code == 503
