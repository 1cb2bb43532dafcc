"""docs/asvs.md answers every requirement of ASVS 5.0 that is ours to answer, once, and by what is really there."""

import csv
import re

import pytest

from tests.docs.named import LINK, ROOT, TEST, unknown_places, unknown_tests

STANDARD = ROOT.parent / "shared" / "standards" / "asvs" / "ASVS-5.0.0-en.csv"
CHAPTERS = {f"V{number}" for number in (2, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)}
HOW = {"test", "document", "not applicable"}
SHORTEST_REASON = 30
WORDS_IN_A_ROW = 10
TEXT = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")


def rows() -> list[tuple[str, ...]]:
    """Number, what it is about, how it is met, where or why."""
    lines = (line for line in TEXT.splitlines() if line.startswith("| V"))
    return [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines]


def of(kind: str) -> list[tuple[str, ...]]:
    """The rows that are met this way."""
    found = [row for row in rows() if row[2] == kind]
    assert found, kind
    return found


@pytest.fixture(scope="module")
def standard() -> list[dict[str, str]]:
    """Every requirement of the standard as it was published."""
    if not STANDARD.is_file():
        pytest.skip(f"the standard is not here: {STANDARD.relative_to(ROOT.parent)}")
    with STANDARD.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def words(text: str) -> list[str]:
    """The words of a text, without marks and case."""
    return re.findall(r"[a-z0-9]+", text.lower())


def test_every_requirement_of_levels_1_and_2_stands_exactly_once(standard: list[dict[str, str]]) -> None:
    asked = [one["req_id"] for one in standard if one["chapter_id"] in CHAPTERS and one["L"] in {"1", "2"}]
    assert len(asked) > 150
    assert [row[0] for row in rows()] == asked


def test_no_sentence_of_the_standard_is_copied(standard: list[dict[str, str]]) -> None:
    text = f" {' '.join(words(TEXT))} "
    copied = set()
    for one in standard:
        told = words(one["req_description"])
        for at in range(len(told) - WORDS_IN_A_ROW + 1):
            if f" {' '.join(told[at : at + WORDS_IN_A_ROW])} " in text:
                copied.add(one["req_id"])
    assert copied == set()


def test_each_row_is_whole() -> None:
    wrong = [row for row in rows() if len(row) != 4 or row[2] not in HOW or not all(row)]
    assert wrong == []


def test_tests_are_there() -> None:
    assert unknown_tests(TEXT) == []
    assert [row[0] for row in of("test") if TEST.sub("", row[3]).strip(", ") or not TEST.search(row[3])] == []


def test_documents_and_their_headings_are_there() -> None:
    assert unknown_places(TEXT, ROOT / "docs") == []
    assert [row[0] for row in of("document") if not LINK.search(row[3])] == []


def test_what_is_not_ours_has_its_reason() -> None:
    assert [row[0] for row in of("not applicable") if len(row[3]) < SHORTEST_REASON] == []


def test_what_is_not_met_to_the_letter_has_a_decision() -> None:
    short = [row for row in rows() if row[3].startswith("not to the letter")]
    assert len(short) == 4
    assert [row[0] for row in short if row[2] != "document" or "](decisions/" not in row[3]] == []
