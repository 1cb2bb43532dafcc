"""The model cannot see who somebody is: over the whole corpus, no swap of such words changes what is proposed."""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

import pytest

from app.classification.categoriser import classify
from app.classification.features import Features, features
from app.classification.lexicon import shipped
from app.classification.masked import MASKED, tokens
from app.classification.proposal import fields
from app.classification.trained import trained
from app.classification.words import WORD, normal, read
from tests.classification.measure import CORPUS
from tests.classification.reports import CLEAR
from tests.classification.test_fairness import FAITH_AND_TONGUE, NAMES, ORIGINS, PEOPLE, PROXIES

TABLES = tomllib.loads(resources.files("app.classification").joinpath("masks.toml").read_text("utf-8"))
EXAMPLES = {
    "origin": ("Eritrese", "Canadese", "Nederlandse", "Deense"),
    "faith": ("islamitische", "katholieke", "joodse"),
    "plates": ("PL", "RO", "DE"),
    "names": ("Agnieszka", "Mohammed", "Kees", "Popescu"),
    "places": ("Klazienaveen", "Angelslo", "Rotterdam", "Kerkstraat"),
}


listed = [name for name in NAMES if name not in {"Bakker", "Visser"}]


def seen(text: str) -> list[str]:
    known = trained().weights.known
    return [norm for norm, _, _ in tokens(text, read(text, shipped().spelling), known)]


@pytest.mark.parametrize(
    "word",
    [*ORIGINS, *PEOPLE, *FAITH_AND_TONGUE[:-6], *listed, "PL", "RO", "BG", *PROXIES[4:]],
)
def test_a_word_about_who_somebody_is_is_not_seen(word: str) -> None:
    assert seen(f"de {word}") == ["de"]
    assert len(word) == 2 or seen(f"de {word.lower()}") == ["de"]


@pytest.mark.parametrize(
    "name",
    ["Jan de Boer", "mevrouw Bakker", "Fatima El Amrani", "Zbigniew Wozniakowski", "familie van der Stal"],
)
def test_a_name_is_not_seen_whether_or_not_it_is_listed_or_also_a_word(name: str) -> None:
    bare = [word for word in ("mevrouw", "familie") if word in name]
    assert seen(f"Gisteren zag ik {name} bij die schuur") == [
        "gisteren",
        "zag",
        "ik",
        *bare,
        "bij",
        "die",
        "schuur",
    ]


@pytest.mark.parametrize("tongue", ["geen Nederlands", "slecht Engels", "alleen Tigrinya", "goed Fries"])
def test_how_well_somebody_speaks_a_language_is_not_seen(tongue: str) -> None:
    assert seen(f"zij spreekt {tongue} en huilt") == ["zij", "spreekt", "en", "huilt"]


def test_colour_is_seen_of_the_night_and_not_of_people() -> None:
    assert "donkere" not in seen("een donkere man bij de schuur")
    assert "donkere" in seen("in een donkere schuur")


def test_what_is_seen_keeps_its_place_in_the_text_as_sent() -> None:
    text = "😀 De Poolse Cliënten van Jan moesten blanco tekenen."
    words = read(text, shipped().spelling)
    shown = tokens(text, words, trained().weights.known)
    assert [normal(text[words[at].start : words[at].end]) for _, _, at in shown] == [
        norm for norm, _, _ in shown
    ]
    assert "tekenen" in {norm for norm, _, _ in shown}
    assert not {"poolse", "jan"} & {norm for norm, _, _ in shown}


@pytest.mark.parametrize("text", [text for texts in CLEAR.values() for text in texts])
@pytest.mark.parametrize("word", ["Poolse", "moslim", "Mohammed", "Emmerhout", "RO"])
def test_adding_such_a_word_changes_no_feature_of_the_words(text: str, word: str) -> None:
    at = text.index(" ", len(text) // 2)
    more, bare = made(f"{text[:at]} {word}{text[at:]}"), made(text)
    assert (more.words, more.pairs) == (bare.words, bare.pairs)


@pytest.mark.skipif(not CORPUS.exists(), reason=f"no corpus beside the project: {CORPUS}")
def test_no_swap_of_such_words_in_the_corpus_changes_a_proposal() -> None:
    changed, swapped = [], 0
    for ident, text in corpus():
        for shift in (0, 1):
            other = swap(text, shift)
            swapped += other != text
            if other != text and proposal(other) != proposal(text):
                changed.append(ident)
    assert swapped > 1_400
    assert changed == []


def made(text: str) -> Features:
    return features(fields(text, None, shipped()), trained().weights.known)


def corpus() -> Iterator[tuple[str, str]]:
    for path in sorted(CORPUS.glob("author-*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            if line:
                row = json.loads(line)
                yield row["id"], row["text"]


def swap(text: str, shift: int) -> str:
    """The text with every masked word changed for another of its kind, capitals as they were."""

    def other(found: re.Match[str]) -> str:
        word = found[0]
        kind = kind_of(word)
        if kind is None:
            return word
        new = EXAMPLES[kind][(len(word) + shift) % len(EXAMPLES[kind])]
        if kind == "plates":
            return new
        return new if word[0].isupper() else new.lower()

    return WORD.sub(other, text)


@cache
def kind_of(word: str) -> str | None:
    norm = normal(word)
    for kind in MASKED:
        for entry in TABLES[kind].split():
            hit = norm.startswith(entry[:-1]) if entry.endswith("*") else norm == entry
            if hit and (kind != "plates" or (word.isupper() and len(word) <= 3)):
                return kind
    return None


def proposal(text: str) -> tuple[object, ...]:
    """All that sorting and routing use of a proposal."""
    p = classify(text)
    words = tuple((c.rule, c.weight, normal(c.words)) for c in p.clues if c.rule == "model")
    return (p.category, p.secondary, p.topics, p.facts, p.confidence, p.urgent, p.substances, words)
