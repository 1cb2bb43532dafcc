"""The bytes of one entry: canonical, of closed codes, the same for ever."""

import ast
import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from app.audit import act, leaf
from app.audit.leaf import Entry
from app.identity.policy import PERMISSIONS
from tests.desk import ROOT

ENTRY = Entry(
    id=UUID("0b7ff8a8-2f5c-4b8f-9c0d-3f0c6a3c8f11"),
    at=datetime(2026, 11, 25, 13, 5, 6, 7, tzinfo=UTC),
    actor=bytes(range(32)),
    role="analyst",
    organisation="riec-noord-nederland",
    action="case_opened",
    object_kind="case",
    object_id="c",
    case_id=UUID(int=1),
    signal_id=UUID(int=2),
    purpose="assessment",
    outcome="allowed",
    reason_code=None,
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    record=None,
)


def test_the_bytes_of_an_entry_are_these_and_no_others() -> None:
    assert ENTRY.leaf() == (
        b'{"action":"case_opened","actor":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
        b'"at":"2026-11-25T13:05:06.000007Z","caseId":"00000000-0000-0000-0000-000000000001",'
        b'"id":"0b7ff8a8-2f5c-4b8f-9c0d-3f0c6a3c8f11","objectId":"c","objectKind":"case",'
        b'"organisation":"riec-noord-nederland","outcome":"allowed","purpose":"assessment","role":"analyst",'
        b'"signalId":"00000000-0000-0000-0000-000000000002","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","v":1}'
    )


def test_one_moment_has_one_form_whatever_the_clock_on_the_wall() -> None:
    there = ENTRY.at.astimezone(timezone(timedelta(hours=2)))
    assert dataclasses.replace(ENTRY, at=there).leaf() == ENTRY.leaf()


@pytest.mark.parametrize(
    "changed", [{"action": "case_burned"}, {"action": ""}, {"outcome": "fine"}, {"action": "Case_opened"}]
)
def test_a_word_outside_the_closed_lists_is_no_entry(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="code of the log"):
        dataclasses.replace(
            ENTRY, action=changed.get("action", "case_opened"), outcome=changed.get("outcome", "allowed")
        ).leaf()


def test_every_permission_has_an_action_of_the_closed_list() -> None:
    assert act.ACTIONS.keys() == PERMISSIONS.keys()
    assert set(act.ACTIONS.values()) <= leaf.ACTIONS


def words_in(file: Path) -> set[str]:
    """Every string that stands in this source file."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_action_of_the_list_is_one_the_desk_can_do() -> None:
    sources = [file for file in (ROOT / "app").rglob("*.py") if file != ROOT / "app" / "audit" / "leaf.py"]
    said = set[str]().union(*(words_in(file) for file in sources))
    assert leaf.ACTIONS - said == set()
