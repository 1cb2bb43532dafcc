"""One line of `meldpunt analyse`."""

from collections.abc import Mapping, Sequence

import pytest

from app.classification.analyse import NotARecord, analyse
from app.classification.values import Classification

TEXT = "Sterke wietlucht uit de ventilatie van de schuur."


def no_identifiers(text: str) -> Sequence[Mapping[str, str]]:
    return []


def riec(proposal: Classification, record: Mapping[str, object]) -> Sequence[str]:
    return ["riec-noord-nederland"]


def test_a_line_has_exactly_the_members_of_the_contract() -> None:
    line = analyse({"id": "a1", "text": TEXT}, no_identifiers, riec)
    assert " ".join(line) == "id category secondary topics confidence queues clues identifiers urgent"
    assert (line["id"], line["category"], line["queues"]) == ("a1", "drugs", ["riec-noord-nederland"])


def test_a_report_that_is_not_sorted_goes_to_triage_whatever_the_rules_say() -> None:
    line = analyse({"id": "a2", "text": "Hallo."}, no_identifiers, riec)
    assert (line["category"], line["queues"], line["confidence"]) == (None, ["triage"], 0.0)


def test_identifiers_are_looked_for_in_title_and_text() -> None:
    seen: list[str] = []

    def collect(text: str) -> Sequence[Mapping[str, str]]:
        seen.append(text)
        return [{"kind": "plate", "value": "XX99XX"}]

    line = analyse({"id": 1, "text": TEXT, "title": "Schuur"}, collect, riec)
    assert seen == [f"Schuur\n{TEXT}"]
    assert line["identifiers"] == [{"kind": "plate", "value": "XX99XX"}]


def test_an_unknown_hint_is_passed_over() -> None:
    hinted = analyse({"id": 1, "text": TEXT, "categoryHint": "anders"}, no_identifiers, riec)
    assert hinted == analyse({"id": 1, "text": TEXT}, no_identifiers, riec)


@pytest.mark.parametrize(
    "record", [{"id": 1}, {"id": 1, "text": None}, {"id": 1, "text": 7}, {"text": "x", "title": 3}]
)
def test_a_line_without_text_is_refused_by_the_name_of_the_member(record: Mapping[str, object]) -> None:
    with pytest.raises(NotARecord, match=r"^(text|title): "):
        analyse(record, no_identifiers, riec)
