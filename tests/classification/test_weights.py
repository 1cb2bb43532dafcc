"""The committed weights: whole, of this lexicon, and the same whoever trains them."""

import sys
from importlib import import_module, util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import cli
from app.classification import lexicon
from app.classification.training import corpus
from app.classification.weights import (
    KINDS,
    OUTCOMES,
    WeightsError,
    apart,
    pack,
    parse,
    shipped,
    unpack,
    write,
)
from app.errors import StartRefused
from tests.classification.measure import CORPUS

LANES = st.lists(st.integers(-(2**30), 2**30), min_size=6, max_size=6)
HEAD = {
    "version": "model-1",
    "lexicon": "lexicon-1+0",
    "bias": "0 0 0 0 0",
    "known": "auto",
    **dict.fromkeys(OUTCOMES[:4], "1000 2000 -300"),
}


@given(LANES, LANES, st.integers(0, 4), st.integers(0, 4))
def test_packed_numbers_add_up_as_the_numbers_do(a: list[int], b: list[int], one: int, other: int) -> None:
    total = [x + y for x, y in zip(a, b, strict=True)]
    assert unpack(pack(a) + pack(b), 6) == total
    assert apart(pack(a) + pack(b), one, other) == total[one] - total[other]


def test_what_is_written_is_read_back() -> None:
    tables = {kind: {"wiet": [1, -2, 3, -4, 5, 6]} for kind in KINDS}
    read = parse("".join(write(HEAD, tables)))
    assert unpack(read.tables["words"]["wiet"], 6) == [1, -2, 3, -4, 5, 6]
    assert (read.bars["drugs"].margin, read.known) == (1000, frozenset({"auto"}))


@pytest.mark.parametrize("text", ["", "version\n", "[words]\nwiet\tx\n", "version\tmodel-1\n[words]\n"])
def test_a_damaged_file_is_refused_without_its_words(text: str) -> None:
    with pytest.raises(WeightsError) as refused:
        parse(text)
    assert "wiet" not in str(refused.value)


def test_the_weights_are_compact_and_of_this_lexicon() -> None:
    model = shipped()
    assert sum(len(table) for table in model.tables.values()) < 70_000
    assert model.lexicon_version == lexicon.shipped().version, (
        "the lexicon changed: `meldpunt classifier train`"
    )


@pytest.mark.skipif(not CORPUS.exists(), reason=f"no corpus beside the project: {CORPUS}")
@pytest.mark.skipif(not util.find_spec("sklearn"), reason="scikit-learn is not installed (extra dev)")
def test_training_again_gives_the_committed_weights_to_the_byte() -> None:
    commands = import_module("app.classification.training.commands")
    assert commands.train(CORPUS) == commands.place().read_text("utf-8")


@pytest.mark.skipif(not CORPUS.exists(), reason=f"no corpus beside the project: {CORPUS}")
@pytest.mark.skipif(not util.find_spec("sklearn"), reason="scikit-learn is not installed (extra dev)")
def test_of_authors_it_has_not_read_it_sorts_as_well_as_the_data_sheet_says() -> None:
    commands = import_module("app.classification.training.commands")
    row = next(line for line in commands.evaluate(CORPUS) if line.startswith("| all "))
    texts, macro, right, proposed, alarms = map(float, row.split("|")[2:-1])
    assert texts == 4908
    assert macro >= 0.855
    assert right >= 0.96
    assert proposed >= 0.55
    assert alarms <= 0.035


def test_without_its_packages_training_stops_in_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "app.classification.training.commands", None)
    with pytest.raises(StartRefused, match="scikit-learn"):
        cli.training()


def test_a_folder_without_training_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused), cli.usable_texts():
        corpus.read(tmp_path, lexicon.shipped())
    (tmp_path / "author-x.jsonl").write_text(
        '{"id": "1", "text": "geheim", "label": "anders", "lang": "nl"}\n'
    )
    with pytest.raises(StartRefused) as refused, cli.usable_texts():
        corpus.read(tmp_path, lexicon.shipped())
    assert "author-x.jsonl line 1" in str(refused.value)
    assert "geheim" not in str(refused.value)
