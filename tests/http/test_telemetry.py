"""What a process tells about itself, and what it keeps silent about."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import figures, telemetry

ROOT = Path(__file__).parents[2]


def lines(written: str) -> list[dict[str, Any]]:
    assert written.isascii()
    return [json.loads(line) for line in written.splitlines()]


def process(code: str) -> str:
    """What a configured process that runs `code` writes to standard error."""
    start = (
        "import logging, sys, threading, warnings\nfrom app import telemetry\ntelemetry.configure('worker')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.stderr


def test_a_line_holds_allowed_keys_only(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.log("started", port=8000, text="MARKER", sub="MARKER", exc_info=True, exception="MARKER")
    (line,) = lines(capsys.readouterr().err)
    assert set(line) == {"at", "level", "event", "port", "process"}
    assert line["event"] == "started"


def test_an_event_is_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.log("MARKER met spaties")
    assert lines(capsys.readouterr().err)[0]["event"] == "unnamed"


def test_a_value_that_is_not_plain_shows_only_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.log("odd", reason=ValueError("MARKER"), where={"MARKER": 1}, frames=[b"MARKER", "a"])
    (line,) = lines(capsys.readouterr().err)
    assert (line["reason"], line["where"], line["frames"]) == ("ValueError", "dict", ["bytes", "a"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_value_breaks_a_line(capsys: pytest.CaptureFixture[str], text: str) -> None:
    telemetry.log("odd", reason=text + "\x1b[31m\u2028\n\r\x85")
    assert len(lines(capsys.readouterr().err)) == 1


def test_an_error_shows_its_class_and_places(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        marker = "MARKER"
        raise ValueError(marker)

    try:
        fails()
    except ValueError as error:
        telemetry.log_error("job_failed", error, job="index")
    (line,) = lines(capsys.readouterr().err)
    assert (line["error"], line["job"], line["level"]) == ("ValueError", "index", "error")
    assert len(line["frames"]) == 2
    assert "MARKER" not in json.dumps(line)


def test_an_alarm_is_one_critical_line_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.alarm("grant_forged")
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["level"], line["reason"]) == ("alarm", "critical", "grant_forged")


def test_an_alarm_outside_the_list_is_a_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError):
        telemetry.alarm("MARKER")
    assert capsys.readouterr().err == ""


def test_lines_of_libraries_keep_their_words_to_themselves() -> None:
    written = process(
        "log = logging.getLogger('asyncpg.pool')\n"
        "log.warning('failing row: %s', 'MARKER')\n"
        "log.error(f'MARKER')\n"
        "log.info('MARKER')\n"
        "try:\n    raise ValueError('MARKER')\nexcept ValueError:\n    log.exception('MARKER')\n"
        "warnings.warn('MARKER')\n"
    )
    found = lines(written)
    assert "MARKER" not in written
    assert [line["library"] for line in found] == ["asyncpg.pool"] * 3 + ["py.warnings"]
    assert found[2]["error"] == "ValueError"
    assert {line["process"] for line in found} == {"worker"}


def test_a_template_of_the_server_is_kept_without_its_values() -> None:
    (line,) = lines(process("logging.getLogger('uvicorn.error').error('port %d taken by %s', 80, 'MARKER')"))
    assert line["template"] == "port %d taken by %s"


def test_the_access_log_of_the_server_is_off() -> None:
    assert process("logging.getLogger('uvicorn.access').warning('GET /?code=MARKER')") == ""


def test_last_words_hold_no_values() -> None:
    written = process("marker = 'MARKER'\nraise ValueError(marker)")
    (line,) = lines(written)
    assert (line["event"], line["error"], line["level"]) == ("ended_by_error", "ValueError", "critical")
    assert "MARKER" not in written


def test_a_thread_that_fails_holds_no_values() -> None:
    written = process(
        "t = threading.Thread(target=lambda: int('MARKER'), name='MARKER')\nt.start()\nt.join()"
    )
    assert lines(written)[0]["event"] == "thread_ended"
    assert "MARKER" not in written


def test_structlog_itself_goes_the_same_way() -> None:
    written = process("import structlog\nstructlog.get_logger().info('started', port=1, text='MARKER')")
    assert lines(written)[0]["port"] == 1
    assert "MARKER" not in written
    assert structlog.is_configured() is False


def test_figures_are_served_on_their_own_port() -> None:
    telemetry.request_answered("GET", "/v1/cases", 200, 0.01, telemetry.Trace())
    server = figures.serve("127.0.0.1", 0)
    try:
        port = server.server_port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            text = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
    assert 'meldpunt_requests_total{method="GET",route="/v1/cases",status="200"}' in text


def test_a_trace_id_is_random_and_well_formed() -> None:
    made = {telemetry.new_trace_id() for _ in range(100)}
    assert len(made) == 100
    assert all(len(trace) == 32 and int(trace, 16) for trace in made)
