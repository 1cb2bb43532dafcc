"""The threat model names, for each threat, a test that is there; it is whole and can be read."""

import re

from tests.docs.named import ROOT, named_tests, unknown_places, unknown_tests

TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
KINDS = set("STRIDE")
WORDS_IN_TEN_MINUTES = 3_200


def threats() -> list[list[str]]:
    """The rows of the tables of threats: number, kind, threat, defence, tests."""
    lines = (line for line in TEXT.splitlines() if re.match(r"\| \d+ \| ", line))
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def test_each_threat_has_a_number_a_kind_a_defence_and_a_test() -> None:
    rows = threats()
    assert [row[0] for row in rows] == [str(number + 1) for number in range(len(rows))]
    assert {row[1] for row in rows} == KINDS
    assert [row for row in rows if len(row) != 5 or not row[2] or not row[3] or not named_tests(row[4])] == []


def test_every_test_it_names_is_there() -> None:
    assert unknown_tests(TEXT) == []


def test_a_test_that_nobody_wrote_would_be_found() -> None:
    assert unknown_tests("`tests/docs/test_threat_model.py::test_that_nobody_wrote`") != []
    assert unknown_tests("`tests/docs/nowhere.py::test_that_nobody_wrote`") != []
    assert unknown_places("[x](operations.md#nowhere)", ROOT / "docs") == ["operations.md#nowhere"]


def test_every_place_it_points_to_is_there() -> None:
    assert unknown_places(TEXT, ROOT / "docs") == []


def test_it_says_plainly_what_is_not_defended() -> None:
    undefended = TEXT.split("## What is not defended")[1]
    points = re.findall(r"^- \*\*.+?\*\*", undefended, re.MULTILINE)
    assert len(points) >= 15
    for word in (
        "superuser",
        "demo `var/`",
        "log can be cut",
        "intake can read",
        "deny list",
        "MAC",
        "small numbers",
    ):
        assert word in undefended, word


def test_it_is_read_in_ten_minutes() -> None:
    prose = re.sub(r"`tests/[^`]+`", "", TEXT)
    assert len(prose.split()) <= WORDS_IN_TEN_MINUTES
