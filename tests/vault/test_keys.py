"""Keys on disk: made once, finished after a kill, opened with the passphrase only, never shown."""

import os
import shutil
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from app.crypto import hpke
from app.errors import StartRefused
from app.settings import Settings, load
from app.vault import directory, keyfiles, keyfolder, keys
from app.vault.directory import Directory, Signed
from app.vault.keys import KeyAbsent, KeyRing

AUTUMN, WINTER = date(2026, 11, 25), date(2027, 1, 1)
HOLDERS = ("gemeente-emmen", "indexer", "reporter-gemeente-emmen")
PASSPHRASE = "een lange wachtwoordzin"


def settings_of(home: Path, **more: str) -> Settings:
    environ = {"MELDPUNT_HOME": str(home), "MELDPUNT_KEY_PASSPHRASE": PASSPHRASE}
    return load(environ | {f"MELDPUNT_{name.upper()}": value for name, value in more.items()})


def listed(settings: Settings, signed: Signed) -> Directory:
    return directory.read(signed.document, signed.signature, keys.pinned(settings))


def files_of(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    keys.create(settings_of(home), HOLDERS, on=AUTUMN)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A finished folder of its own for each test."""
    return shutil.copytree(made, tmp_path / "home")


@pytest.mark.parametrize(
    ("day", "generation"),
    [
        (date(2026, 1, 1), "2026q1"),
        (date(2026, 3, 31), "2026q1"),
        (date(2026, 4, 1), "2026q2"),
        (date(2026, 9, 30), "2026q3"),
        (date(2026, 10, 1), "2026q4"),
        (date(2026, 12, 31), "2026q4"),
    ],
)
def test_a_generation_is_a_quarter(day: date, generation: str) -> None:
    assert keys.generation_of(day) == generation


def test_every_holder_gets_an_active_pair_that_opens(home: Path) -> None:
    settings = settings_of(home)
    found = listed(settings, keys.create(settings, HOLDERS, on=AUTUMN))
    ring = KeyRing.load(settings)
    assert ring.holders == set(HOLDERS)
    for holder in HOLDERS:
        public = found.active(holder)
        sealed = hpke.seal(public, b"x", b"")
        assert hpke.open_sealed(ring.private(holder), sealed, b"") == b"x"
        assert ring.by_key_id(public.key_id) is ring.private(holder) is ring.private(holder, "2026q4")
    assert len({ring.private(holder).public.raw for holder in HOLDERS}) == len(HOLDERS)


def test_creating_again_changes_nothing(home: Path) -> None:
    before = files_of(home)
    first = keys.create(settings_of(home), HOLDERS, on=AUTUMN)
    assert keys.create(settings_of(home), list(reversed(HOLDERS)), on=WINTER) == first
    assert files_of(home) == before


def test_a_new_participant_gets_a_pair_and_the_others_keep_theirs(home: Path) -> None:
    settings = settings_of(home)
    before = listed(settings, keys.create(settings, HOLDERS, on=AUTUMN))
    after = listed(settings, keys.create(settings, [*HOLDERS, "rudd", "rudd"], on=WINTER))
    assert after.version == before.version + 1
    assert set(before.entries) < set(after.entries)
    assert after.current("rudd").generation == "2027q1"


def test_files_are_for_their_owner_alone(home: Path) -> None:
    folder = settings_of(home).keys_folder
    assert stat.S_IMODE((folder / "pairs").stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*") if file.is_file()} == {0o600}


def test_no_secret_lies_in_clear_but_the_intake_key(home: Path) -> None:
    ring = KeyRing.load(settings_of(home))
    stored = b"".join(files_of(home).values())
    for secret in (ring.authority, PASSPHRASE.encode()):
        assert secret not in stored
        assert secret.hex().encode() not in stored


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the desk catches it."""


def run_until(step: int, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> bool:
    """Run `act`, killed at its step-th flush or rename; whether it was killed."""
    left = step

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return real(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr("app.vault.keyfiles.os.fsync", counted(os.fsync))
        patch.setattr("app.vault.keyfiles.Path.rename", counted(Path.rename))
        try:
            act()
        except Killed:
            return True
    return False


def test_a_first_start_killed_at_any_step_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holders = ("gemeente-emmen", "indexer")
    for step in range(100):
        settings = load({"MELDPUNT_HOME": str(tmp_path / str(step)), "MELDPUNT_ENVIRONMENT": "demo"})
        killed = run_until(step, monkeypatch, lambda: keys.create(settings, holders, on=AUTUMN))  # noqa: B023
        kept = {name: raw for name, raw in files_of(settings.home).items() if not name.endswith(".half")}
        signed = keys.create(settings, holders, on=AUTUMN)
        assert kept.items() <= files_of(settings.home).items()
        assert listed(settings, signed).version == 1
        assert KeyRing.load(settings).holders == set(holders)
        assert not list(settings.home.rglob("*.half"))
        if not killed:
            assert step > 15
            return
    raise AssertionError("never finished")


def test_a_renewal_killed_at_any_step_is_finished_by_the_next(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(20):
        home = shutil.copytree(made, tmp_path / str(step))
        settings = settings_of(home)
        killed = run_until(step, monkeypatch, lambda: keys.new_generation(settings, "indexer", on=WINTER))  # noqa: B023
        assert KeyRing.load(settings).private("indexer")
        if not killed:
            assert step > 4
            return
        if len(keys.listing(settings)) == len(HOLDERS):
            keys.new_generation(settings, "indexer", on=WINTER)
        assert KeyRing.load(settings).private("indexer", "2027q1")
        assert len(keys.listing(settings)) == len(HOLDERS) + 1
    raise AssertionError("never finished")


def test_four_processes_at_once_make_one_set_of_keys(tmp_path: Path) -> None:
    script = (
        "from app.settings import load\nfrom app.vault import keys\nimport hashlib\n"
        f"signed = keys.create(load(), {HOLDERS!r})\n"
        "print(hashlib.sha256(signed.document + signed.signature).hexdigest())"
    )
    environ = {**os.environ, "MELDPUNT_HOME": str(tmp_path), "MELDPUNT_ENVIRONMENT": "demo"}
    root = Path(__file__).resolve().parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", script], env=environ, cwd=root, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=180)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0, 0]
    assert len(answers) == 1


def test_a_renewed_pair_is_sealed_to_and_the_old_one_still_opens(home: Path) -> None:
    settings = settings_of(home)
    old = KeyRing.load(settings).private("gemeente-emmen").public
    found = listed(settings, keys.new_generation(settings, "gemeente-emmen", on=WINTER))
    ring = KeyRing.load(settings)
    assert found.version == ring.directory_version == 2
    assert found.active("gemeente-emmen") == ring.private("gemeente-emmen").public != old
    assert hpke.open_sealed(ring.private("gemeente-emmen", "2026q4"), hpke.seal(old, b"x", b""), b"") == b"x"
    assert [(line.generation, line.state) for line in keys.listing(settings) if "emmen" in line.holder][
        :2
    ] == [
        ("2026q4", "open_only"),
        ("2027q1", "active"),
    ]


@pytest.mark.parametrize(
    ("holder", "day"), [("rudd", WINTER), ("indexer", AUTUMN), ("indexer", date(2026, 7, 1))]
)
def test_an_unknown_holder_or_a_second_pair_in_a_quarter_is_refused(
    home: Path, holder: str, day: date
) -> None:
    before = files_of(home)
    with pytest.raises(StartRefused):
        keys.new_generation(settings_of(home), holder, on=day)
    assert files_of(home) == before


def test_the_listing_needs_no_passphrase(home: Path) -> None:
    settings = load({"MELDPUNT_HOME": str(home)})
    found = keys.listing(settings)
    assert [(line.holder, line.generation, line.state) for line in found] == [
        (holder, "2026q4", "active") for holder in HOLDERS
    ]
    ring = KeyRing.load(settings_of(home))
    assert [line.key_id for line in found] == [ring.private(holder).public.key_id.hex() for holder in HOLDERS]


def test_a_disabled_pair_is_not_held_nor_replaced_in_its_quarter(home: Path) -> None:
    settings = settings_of(home)
    found = listed(settings, keys.create(settings, HOLDERS, on=AUTUMN))
    entries = tuple(
        directory.Entry(one.holder, one.generation, one.suite, one.public, directory.State.DISABLED)
        if one.holder == "indexer"
        else one
        for one in found.entries
    )
    kek = keyfiles.unlock(settings)
    signer = keyfolder.foundation(settings, kek)[0]
    published = keyfolder.published(settings.keys_folder, signer, found, entries)
    assert keys.create(settings, HOLDERS, on=AUTUMN) == published
    ring = KeyRing.load(settings)
    assert "indexer" not in ring.holders
    assert ring.by_key_id(hpke.key_id_of(found.current("indexer").public)) is None


def test_a_process_may_hold_the_pairs_of_some_holders_only(home: Path) -> None:
    ring = KeyRing.load(settings_of(home), holders={"indexer"})
    assert ring.holders == {"indexer"}
    with pytest.raises(KeyAbsent, match="gemeente-emmen"):
        ring.private("gemeente-emmen")


def test_an_intake_process_holds_no_private_key(home: Path) -> None:
    settings = load({"MELDPUNT_HOME": str(home)})
    ring, whole = KeyRing.for_intake(settings), KeyRing.load(settings_of(home))
    assert (ring.intake, ring.pinned) == (whole.intake, whole.pinned)
    assert ring.holders == frozenset()
    for holder in HOLDERS:
        assert ring.by_key_id(whole.private(holder).public.key_id) is None
        with pytest.raises(KeyAbsent):
            ring.private(holder)
    with pytest.raises(KeyAbsent):
        _ = ring.authority


def test_an_intake_process_needs_only_its_two_settings(home: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copy(home / "keys" / "directory.pub", tmp_path / "pinned")
    ring = KeyRing.for_intake(
        load(
            {
                "MELDPUNT_HOME": str(tmp_path / "empty"),
                "MELDPUNT_INTAKE_KEY": "ab" * 32,
                "MELDPUNT_DIRECTORY_KEY": str(elsewhere),
            }
        )
    )
    assert ring.intake == b"\xab" * 32
    assert len(ring.pinned) == 32


@pytest.mark.parametrize("value", ["ab", "zz" * 32, "geheim", "é" * 64])
def test_a_mistyped_intake_key_stops_the_start_unseen(home: Path, value: str) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_INTAKE_KEY") as caught:
        KeyRing.for_intake(settings_of(home, intake_key=value))
    assert value not in "".join(traceback.format_exception(caught.value))


def test_another_passphrase_stops_the_start_and_changes_nothing(home: Path) -> None:
    before = files_of(home)
    settings = settings_of(home, key_passphrase="een andere wachtwoordzin")
    for act in (
        lambda: keys.create(settings, [*HOLDERS, "rudd"]),
        lambda: KeyRing.load(settings),
        lambda: keys.new_generation(settings, "indexer", on=WINTER),
    ):
        with pytest.raises(StartRefused, match="MELDPUNT_KEY_PASSPHRASE") as caught:
            act()
        assert "andere" not in "".join(traceback.format_exception(caught.value))
    assert files_of(home) == before


def test_production_asks_for_a_passphrase_of_some_length(tmp_path: Path) -> None:
    for environ in ({}, {"MELDPUNT_KEY_PASSPHRASE": "kort"}):
        with pytest.raises(StartRefused, match="MELDPUNT_KEY_PASSPHRASE"):
            keys.create(load({"MELDPUNT_HOME": str(tmp_path), **environ}), HOLDERS)
    assert not list(tmp_path.rglob("*.key"))
    assert not list(tmp_path.rglob("passphrase"))


@pytest.mark.parametrize(
    "name",
    [
        "provider.json",
        "directory.key",
        "directory.pub",
        "intake.key",
        "authority.key",
        "index.1.key",
        "index.versions",
        "directory.signed",
        "pairs/indexer.2026q4.key",
    ],
)
def test_a_damaged_or_lost_file_stops_the_start_naming_it(home: Path, name: str) -> None:
    file = home / "keys" / name
    settings = settings_of(home)
    good = file.read_bytes()
    for bad in (None, b"", good[:-1], good[:1] + b"\xff" + good[2:]):
        if bad is None:
            file.unlink()
        else:
            file.write_bytes(bad)
        before = files_of(home)
        reads = keys.create if name == "directory.key" else lambda settings, _: KeyRing.load(settings)
        with pytest.raises(StartRefused, match=file.name):
            reads(settings, HOLDERS)
        assert files_of(home) == before


@pytest.mark.parametrize(
    "names",
    [
        "provider.json",
        "directory.key",
        "directory.key directory.pub",
        "directory.pub",
        "intake.key",
        "authority.key",
        "index.1.key",
    ],
)
def test_a_lost_key_is_never_replaced_by_a_fresh_one(home: Path, names: str) -> None:
    for name in names.split():
        (home / "keys" / name).unlink()
    before = files_of(home)
    with pytest.raises(StartRefused, match=names.split(maxsplit=1)[0]):
        keys.create(settings_of(home), HOLDERS)
    assert files_of(home) == before


def test_a_pair_file_under_another_holders_name_is_refused(home: Path) -> None:
    pairs = home / "keys" / "pairs"
    shutil.copy(pairs / "indexer.2026q4.key", pairs / "gemeente-emmen.2026q4.key")
    with pytest.raises(StartRefused, match=r"gemeente-emmen.2026q4.key"):
        KeyRing.load(settings_of(home))


def test_a_pinned_key_that_is_not_ours_stops_the_start(home: Path, tmp_path: Path) -> None:
    (tmp_path / "pinned").write_text("00" * 32)
    settings = settings_of(home, directory_key=str(tmp_path / "pinned"))
    for act in (lambda: keys.create(settings, HOLDERS), lambda: KeyRing.load(settings)):
        with pytest.raises(StartRefused, match="MELDPUNT_DIRECTORY_KEY"):
            act()


@pytest.mark.parametrize("holder", ["../indexer", "", "Indexer", "a/b", "a.b", "x" * 81])
def test_a_holder_that_could_leave_the_folder_is_refused(home: Path, holder: str) -> None:
    with pytest.raises(ValueError, match="keyholder"):
        keys.create(settings_of(home), [holder])


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StartRefused, match="MELDPUNT_HOME"):
        keys.create(settings_of(tmp_path / "home"), HOLDERS)


def test_a_ring_shows_no_key(home: Path) -> None:
    assert repr(KeyRing.load(settings_of(home))) == "KeyRing(3 pairs)"
