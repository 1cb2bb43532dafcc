"""The Makefile as a newcomer meets it: what it offers, what it says of an old Python, when it installs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "cat", "cmp", "cp", "rm", "mkdir")

# Takes the part of a Python of the version in $VERSION: notes what it is asked, makes a stub environment.
PYTHON = """#!/bin/sh
echo "$@" >> "$NOTES"
case "$*" in
  --version) echo "Python $VERSION";;
  *version_info*) case "$VERSION" in 3.9*) exit 1;; esac;;
  *ensurepip*) [ -z "$NO_VENV" ];;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python;;
  *" -e .") cp "$MELDPUNT_STUB" .venv/bin/meldpunt;;
  *"-r requirements.txt") [ -z "$CUT_OFF" ];;
esac
"""

MELDPUNT = """#!/bin/sh
echo "$* port=$MELDPUNT_PORT home=$MELDPUNT_HOME"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a stub Python on a PATH that holds nothing else but the few tools make needs."""
    place, tools = tmp_path / "checkout", tmp_path / "bin"
    place.mkdir()
    tools.mkdir()
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, place)
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    for file, text in ((tools / "python3", PYTHON), (tmp_path / "meldpunt", MELDPUNT)):
        file.write_text(text, encoding="ascii")
        file.chmod(0o755)
    return place


def make(checkout: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    above = checkout.parent
    told = {
        "PATH": str(above / "bin"),
        "NOTES": str(above / "notes"),
        "MELDPUNT_STUB": str(above / "meldpunt"),
    }
    program = shutil.which("make")
    assert program is not None
    return subprocess.run(
        [program, *words],
        cwd=checkout,
        env=told | {"VERSION": "3.13.1"} | more,
        capture_output=True,
        text=True,
        check=False,
    )


def asked(checkout: Path) -> str:
    """What the stub Python was asked since the last look."""
    notes = checkout.parent / "notes"
    said = notes.read_text(encoding="utf-8") if notes.exists() else ""
    notes.unlink(missing_ok=True)
    return said


def test_make_alone_tells_what_there_is(checkout: Path) -> None:
    said = make(checkout).stdout
    for target in ("run", "test", "check", "bench", "fmt"):
        assert f"make {target} " in said
    assert make(checkout, "help").stdout == said


def test_run_passes_port_and_home_on(checkout: Path) -> None:
    default = make(checkout, "run")
    assert default.returncode == 0, default.stderr
    assert f"demo run port=8000 home={checkout}/var" in default.stdout
    chosen = make(checkout, "run", PORT="8123", MELDPUNT_HOME="/srv/elders").stdout
    assert "demo run port=8123 home=/srv/elders" in chosen


def test_all_is_tested_last_and_before_it_a_part_on_the_oldest_postgresql(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "initdb").touch(mode=0o755)
    said = make(checkout, "test", f"FIFTEEN={tmp_path}")
    assert said.returncode == 0, said.stderr
    oldest, everything = [line for line in asked(checkout).splitlines() if line.startswith("-m pytest")]
    assert oldest.startswith("-m pytest --postgresql=15 -n 2 --dist loadfile tests/database tests/isolation ")
    assert everything == "-m pytest -n 2 --dist loadfile"
    part = make(checkout, "test", f"FIFTEEN={tmp_path}", "ARGS=tests/docs")
    assert part.returncode == 0, part.stderr
    assert [line for line in asked(checkout).splitlines() if "pytest" in line] == ["-m pytest tests/docs"]


def test_where_the_oldest_postgresql_is_missing_one_line_says_so(checkout: Path, tmp_path: Path) -> None:
    said = make(checkout, "test", f"FIFTEEN={tmp_path}")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1].startswith(f"Geen PostgreSQL 15 in {tmp_path}: ")
    assert "--postgresql=15" not in asked(checkout)


def test_packages_are_installed_with_hashes_once(checkout: Path) -> None:
    make(checkout, "run")
    first = asked(checkout)
    assert "--no-deps --require-hashes -r requirements.txt" in first
    make(checkout, "run")
    assert asked(checkout) == ""


def test_installation_that_was_cut_off_is_made_again_from_the_start(checkout: Path) -> None:
    assert make(checkout, "run", CUT_OFF="1").returncode != 0
    asked(checkout)
    assert make(checkout, "run").returncode == 0
    assert "-m venv .venv" in asked(checkout)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_changed_requirements_are_installed_anew(checkout: Path, name: str) -> None:
    make(checkout, "run")
    asked(checkout)
    with (checkout / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    make(checkout, "run")
    assert "-r requirements.txt" in asked(checkout)


def test_checkout_that_moved_is_installed_anew(checkout: Path) -> None:
    make(checkout, "run")
    asked(checkout)
    moved = checkout.with_name("moved")
    os.rename(checkout, moved)
    assert make(moved, "run").returncode == 0
    assert "-m venv .venv" in asked(moved)


def test_old_python_gets_a_sentence_and_nothing_is_made(checkout: Path) -> None:
    refused = make(checkout, "run", VERSION="3.9.2")
    assert refused.returncode != 0
    assert "te oud: Python 3.9.2. Nodig is Python 3.11 of nieuwer" in refused.stderr
    assert not (checkout / ".venv").exists()


def test_python_without_venv_is_told_which_package_to_install(checkout: Path) -> None:
    refused = make(checkout, "run", NO_VENV="1")
    assert refused.returncode != 0
    assert "apt install python3-venv" in refused.stderr


def test_no_python_at_all_gets_a_sentence(checkout: Path) -> None:
    (checkout.parent / "bin" / "python3").unlink()
    refused = make(checkout, "run")
    assert refused.returncode != 0
    assert "Python ontbreekt" in refused.stderr
