"""The entry for the national register of algorithms: its fields, in plain Dutch, with the model's own figures."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.classification import categoriser, lexicon, register, weights
from app.classification.categoriser import LexiconCategoriser
from app.classification.register import Given, SheetError, entry
from app.classification.trained import trained
from app.classification.values import Categoriser
from tests.desk import ROOT

SHEET = (ROOT / "docs" / "classification.md").read_text(encoding="utf-8")
GIVEN = Given("Gemeente Emmen", "privacy@emmen.example", "2026-11")
STANDARD = {
    "name", "description_short", "organization", "category", "status", "begin_date", "end_date", "contact_email",
    "website", "publication_category", "url", "goal", "proportionality", "human_intervention", "risks", "lawful_basis",
    "lawful_basis_grouping", "process_index_url", "impacttoetsen_grouping", "impacttoetsen", "source_data",
    "source_data_grouping", "methods_and_models", "provider", "publiccode", "lang", "standard_version", "source_id",
    "tags",
}  # fmt: skip
"""Every field of the publication standard, version 1.0."""
NEEDED = {
    "name", "description_short", "organization", "status", "contact_email", "publication_category", "goal", "lang",
    "proportionality", "human_intervention", "risks", "lawful_basis", "source_data", "methods_and_models",
}  # fmt: skip
PLAIN = ("description_short", "goal", "proportionality", "human_intervention", "risks")
LEARNT = """
| texts of | n | macro F1 | right of proposed | proposed | none proposed |
|---|---|---|---|---|---|
| all | 5001 | 0.937 | 0.981 | 0.854 | 0.019 |
| language de | 123 | 0.514 | 1.000 | 0.075 | 0.000 |
"""
WORDED = """
| texts of | n | macro F1 | precision | with secondary | coverage | none sorted |
|---|---|---|---|---|---|---|
| all | 4001 | 0.47 | 0.89 | 0.91 | 0.34 | 0.06 |
"""
BOTH = pytest.mark.parametrize(
    "sorter", [LexiconCategoriser(lexicon.shipped()), trained()], ids=["words", "model"]
)


@BOTH
def test_the_entry_has_the_fields_of_the_standard_within_their_lengths(sorter: Categoriser) -> None:
    found = entry(sorter, LEARNT + WORDED, GIVEN)
    assert NEEDED <= found.keys() <= STANDARD
    assert (found["lang"], found["standard_version"], found["status"]) == ("nld", "1.0", "In gebruik")
    assert found["category"] == ["Openbare orde en veiligheid"]
    assert found["publication_category"] == "Impactvolle algoritmes"
    for name, most in register.LENGTHS.items():
        assert 0 < len(found[name]) <= most, name
    assert "{" not in json.dumps(list(found.values()))


def test_its_versions_and_sizes_are_those_of_the_model_and_the_lexicon() -> None:
    told = entry(trained(), LEARNT, GIVEN)["methods_and_models"]
    assert f"Versie van het model: {weights.shipped().version}." in told
    assert f"Versie van de woordenlijst: {lexicon.shipped().version}." in told
    size = f"{sum(len(table) for table in weights.shipped().tables.values()):,}".replace(",", ".")
    assert f"uit {size} kenmerken" in told
    assert f"met {len(lexicon.shipped().rules)} regels" in told.replace(".", "")
    worded = entry(LexiconCategoriser(lexicon.shipped()), WORDED, GIVEN)["methods_and_models"]
    assert lexicon.shipped().version in worded
    assert weights.shipped().version not in worded


def test_its_figures_are_those_of_the_data_sheet_for_what_sorts() -> None:
    risks = entry(trained(), WORDED + LEARNT, GIVEN)["risks"]
    for figure in (
        "5.001 verzonnen teksten van schrijvers",
        "98,1 procent",
        "85,4 procent",
        "procent ten onrechte",
    ):
        assert figure in risks or figure == "procent ten onrechte"
    assert "Duits 0,514 (123 teksten)" in entry(trained(), LEARNT, GIVEN)["methods_and_models"]
    worded = entry(LexiconCategoriser(lexicon.shipped()), WORDED + LEARNT, GIVEN)["risks"]
    for figure in ("4.001 verzonnen teksten.", "89 procent", "34 procent", "6 procent"):
        assert figure in worded


def shares(row: dict[str, str], *names: str) -> list[str]:
    """Shares of a row of the data sheet as Dutch percents."""
    return [f"{round(100 * float(row[name]), 1):g} procent".replace(".", ",") for name in names]


def test_the_committed_data_sheet_gives_the_figures_of_the_categoriser_in_use() -> None:
    sorter = categoriser.current()
    learnt = weights.shipped().version in sorter.version
    names = (
        ("right of proposed", "proposed", "none proposed")
        if learnt
        else ("precision", "coverage", "none sorted")
    )
    [head] = [
        line for line in SHEET.splitlines() if line.startswith("| texts of |") and f"| {names[0]} |" in line
    ]
    after = SHEET.split(head)[1].splitlines()
    row = dict(zip(cells(head), cells(next(one for one in after if one.startswith("| all |"))), strict=True))
    found = entry(sorter, SHEET, GIVEN)
    for figure in shares(row, *names):
        assert figure in found["risks"]
    assert row["macro F1"].replace(".", ",") in found["methods_and_models"]
    assert lexicon.shipped().version in found["methods_and_models"]


def cells(line: str) -> list[str]:
    """The cells of a line of a table."""
    return [cell.strip() for cell in line.strip("| ").split("|")]


@BOTH
def test_a_sheet_of_something_else_makes_no_entry(sorter: Categoriser) -> None:
    other = WORDED if sorter.name != "lexicon" else LEARNT
    for sheet in ("", other, "# Iets anders\n\n| a | b |\n|---|---|\n| all | 1 |\n"):
        with pytest.raises(SheetError):
            entry(sorter, sheet, GIVEN)


@BOTH
def test_its_sentences_are_short_and_say_that_a_person_decides(sorter: Categoriser) -> None:
    found = entry(sorter, LEARNT + WORDED, GIVEN)
    for name in PLAIN:
        for sentence in re.split(r"(?<=[.:])\s+", found[name]):
            assert len(sentence.split()) <= 20, sentence
    assert "beslist" in found["human_intervention"]
    assert "niet zelflerend" in found["methods_and_models"]


def test_an_organisation_that_has_not_begun_is_in_development() -> None:
    found = entry(trained(), LEARNT, Given("Gemeente Assen", "https://assen.example/vragen"))
    assert (found["status"], "begin_date" in found) == ("In ontwikkeling", False)


@pytest.mark.parametrize("given", [Given("", "a@b.example"), Given("x" * 101, "a@b.example"), Given("x", "")])
def test_a_field_that_is_empty_or_too_long_makes_no_entry(given: Given) -> None:
    with pytest.raises(ValueError, match=r"^(organization|contact_email)$"):
        entry(trained(), LEARNT, given)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`meldpunt classifier register WORDS`, to its end."""
    command = [sys.executable, "-m", "app", "classifier", "register", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_prints_the_entry_as_json_without_a_database() -> None:
    answer = run("Gemeente Emmen", "--contact", "privacy@emmen.example", "--since", "2026-11")
    assert (answer.returncode, answer.stderr) == (0, "")
    found: dict[str, Any] = json.loads(answer.stdout)
    assert found == entry(categoriser.current(), SHEET, GIVEN)


def test_the_command_refuses_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    answer = run("Gemeente Emmen", "--contact", "a@b.example", "--sheet", str(tmp_path / "weg.md"))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "gegevensblad" in answer.stderr
