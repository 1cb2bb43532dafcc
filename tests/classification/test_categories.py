"""What the desk sorts by itself, and what it leaves to a person."""

import re
from pathlib import Path

import pytest

from app.classification.categoriser import classify
from app.classification.values import TOPICS
from tests.classification.reports import CLEAR, NOT_OURS

INDICATORS = Path(__file__).parents[3] / "shared" / "domain" / "indicators.md"
PREFIX = {"MH": "human_trafficking", "ZF": "care_fraud", "DR": "drugs", "BG": "rural_premises"}
DRUGS = (
    "Bij het pand aan de achterkant van het industrieterrein ruikt het al weken naar wiet. De ramen zijn met "
    "zwart folie dichtgeplakt, er loopt een dikke afzuigslang naar het dak en 's nachts worden er kweeklampen "
    "en zakken potgrond naar binnen gedragen. De meterkast is opengebroken en de stroom wordt buiten de meter "
    "om afgetapt."
)


def indicators() -> str:
    if not INDICATORS.exists():
        pytest.skip(f"the domain documents are not beside the project: {INDICATORS}")
    return INDICATORS.read_text("utf-8")


@pytest.mark.parametrize(("category", "text"), [(c, text) for c, texts in CLEAR.items() for text in texts])
def test_a_clear_report_gets_its_category_with_the_words_that_led_to_it(category: str, text: str) -> None:
    proposal = classify(text)
    assert proposal.category == category
    assert any(c.counted and c.category == category and c.words in text for c in proposal.clues)


@pytest.mark.parametrize("text", NOT_OURS)
def test_an_everyday_report_is_left_to_a_person(text: str) -> None:
    proposal = classify(text)
    assert (proposal.category, proposal.secondary, proposal.confidence) == (None, (), 0.0)


def test_the_plantation_next_door_is_drugs_cannabis_with_high_confidence() -> None:
    proposal = classify(DRUGS)
    assert (proposal.category, proposal.topics[0]) == ("drugs", "cannabis")
    assert proposal.confidence >= 0.85


def test_every_heavy_indicator_of_the_list_is_sorted_and_none_lies_unseen() -> None:
    rows = re.findall(r"^\| ((?:MH|ZF|DR|BG)\d\d) \| \w+ \| (\d) \| (.*?) \|$", indicators(), re.MULTILINE)
    assert len(rows) == 164
    for ident, weight, text in rows:
        proposal = classify(text)
        category = PREFIX[ident[:2]]
        assert any(c.category == category and c.counted for c in proposal.clues), ident
        if weight == "3":
            assert category in {proposal.category, *proposal.secondary}, ident
        if weight == "1":
            assert proposal.category is None, ident


def test_no_look_alike_of_the_list_is_sorted() -> None:
    found = re.findall(r"^- (.*?) → ", indicators(), re.MULTILINE)
    assert len(found) >= 50
    assert [text for text in found if classify(text).category] == []


def test_one_weak_clue_never_sorts_and_two_supporting_clues_do() -> None:
    one = classify("De ramen zijn afgeplakt.")
    assert one.category is None
    two = classify("De ramen zijn afgeplakt en het dak is als enige zonder sneeuw. Dag en nacht gezoem.")
    assert two.category == "drugs"


@pytest.mark.parametrize(
    "text",
    [
        "De arbeidsmigranten wonen in de straat.",
        "Het uitzendbureau zoekt uitzendkrachten en arbeidsmigranten.",
        "Het lab doet bloedonderzoek.",
        "Ik ga knippen bij de kapper, de toppen eraf.",
        "Er staan planten in de kas naast de stal.",
        "De coke en de cokes, de speed van de bus, een schuld.",
    ],
)
def test_a_group_of_people_or_an_everyday_word_alone_is_nothing(text: str) -> None:
    assert classify(text).category is None
    assert all(c.weight < 2 for c in classify(text).clues if c.category)


def test_topics_come_from_the_closed_list_strongest_first() -> None:
    proposal = classify(
        "Gestripte auto's in de loods, olie loopt in de sloot en kentekenplaten worden verwisseld."
    )
    assert proposal.topics[0] == "vehicle_stripping"
    assert "environment" in proposal.topics
    assert set(proposal.topics) <= set(TOPICS)


def test_money_laundering_is_a_topic_without_a_category() -> None:
    proposal = classify("Kapsalon zonder klanten krijgt elke week grote contante stortingen.")
    assert (proposal.category, proposal.topics) == (None, ("money_laundering",))


def test_spelling_mistakes_and_words_written_apart_are_read() -> None:
    assert classify("henneb plantage, de stroom loopt buiten de meter om").category == "drugs"
    assert classify("p.g.b. staat op zijn naam en hij wist niet dat het bestond").category == "care_fraud"
    assert (
        classify("drugs-lab in de schuur, stank").category == classify("druglab in de schuur, stank").category
    )
