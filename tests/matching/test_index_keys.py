"""The keys of the index on disk: sealed, never made anew when lost, renewed with two versions live."""

import shutil
from pathlib import Path

import pytest

from app.errors import StartRefused
from app.vault import indexkeys, keys
from app.vault.keys import KeyRing
from tests.vault.test_keys import AUTUMN, HOLDERS, settings_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("finished")
    keys.create(settings_of(home), HOLDERS, on=AUTUMN)
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A finished key folder of its own."""
    return shutil.copytree(finished, tmp_path / "home")


def test_the_index_key_lies_sealed_and_a_lost_one_is_never_made_anew(home: Path) -> None:
    settings = settings_of(home)
    root = KeyRing.load(settings).index.roots[1]
    stored = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert root not in stored
    assert root.hex().encode() not in stored
    (home / "keys" / "index.1.key").unlink()
    for act in (lambda: keys.create(settings, HOLDERS), lambda: KeyRing.load(settings)):
        with pytest.raises(StartRefused, match=r"index\.1\.key"):
            act()


def test_a_folder_of_before_the_index_gets_its_key_and_keeps_the_others(home: Path) -> None:
    settings = settings_of(home)
    for name in ("index.1.key", "index.versions"):
        (home / "keys" / name).unlink()
    with pytest.raises(StartRefused, match=r"index\.versions"):
        KeyRing.load(settings)
    keys.create(settings, HOLDERS, on=AUTUMN)
    assert KeyRing.load(settings).index.versions == (1,)


def test_a_rotation_has_two_live_versions_and_ends_with_the_newest(home: Path) -> None:
    settings = settings_of(home)
    first = KeyRing.load(settings).index.tokens("plate", "GZ918V")
    assert indexkeys.add(settings) == 2
    both = KeyRing.load(settings).index.tokens("plate", "GZ918V")
    assert (both[1], sorted(both)) == (first[1], [1, 2])
    with pytest.raises(StartRefused):
        indexkeys.add(settings)
    assert indexkeys.retire(settings) == 1
    assert KeyRing.load(settings).index.tokens("plate", "GZ918V") == {2: both[2]}
    assert not (home / "keys" / "index.1.key").exists()
    with pytest.raises(StartRefused):
        indexkeys.retire(settings)
