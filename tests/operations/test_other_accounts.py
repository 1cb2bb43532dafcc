"""Another account on the same machine gets no further than the door: no database, no key, no password, no log."""

import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.demo.cluster import binaries
from app.settings import Settings
from tests.desk import Server
from tests.operations import own

STRANGER = 60_001
"""An account number that nothing on a machine belongs to, for where `nobody` runs the database."""
NOT_OURS = {"serve"}


@pytest.fixture(scope="module")
def stranger(own_desk: Settings) -> int:
    """Another account, that may run psql. Only root can act as one."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another account")
    owner = (own_desk.home / "postgres").stat().st_uid
    nobody = pwd.getpwnam("nobody").pw_uid
    other = STRANGER if owner == nobody else nobody
    if as_account(other, [str(binaries() / "psql"), "--version"]).returncode:
        pytest.skip("the other account cannot enter the folder of the checkout")
    return other


def as_account(user: int, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What this account gets to see."""
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=user,
        group=user,
        extra_groups=[],
    )


def test_another_account_cannot_connect_even_with_the_address(own_desk: Settings, stranger: int) -> None:
    psql = [str(binaries() / "psql"), "-XAtw", own.url_of(own_desk), "-c", "select 1"]
    assert subprocess.run(psql, capture_output=True, check=True).stdout == b"1\n"
    refused = as_account(stranger, psql)
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr


def test_another_account_reads_no_file_of_the_home(own_desk: Settings, stranger: int) -> None:
    with Server(own_desk):
        listed = [file for file in own_desk.home.rglob("*") if not file.name.startswith("serve-")]
        assert len(listed) > 100
        test = 'for each; do [ -r "$each" ] || [ -w "$each" ] && echo "$each"; done; exit 0'
        opened = as_account(stranger, ["/bin/sh", "-c", test, "sh", *map(str, listed)])
        assert opened.returncode == 0, opened.stderr
        assert opened.stdout == ""
        assert as_account(stranger, ["/bin/ls", str(own_desk.home)]).returncode != 0


def test_everything_secret_is_closed_to_group_and_others(own_desk: Settings) -> None:
    def open_to_others(path: Path) -> bool:
        return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077)

    secret = [own_desk.home / name for name in ("keys", "logins", "run", "postgres", "socket")]
    secret += [file for folder in ("keys", "logins", "run") for file in (own_desk.home / folder).rglob("*")]
    secret += [own_desk.home / "postgres.log", own_desk.home / "environment"]
    assert len(secret) > 30
    assert [path for path in secret if open_to_others(path)] == []
