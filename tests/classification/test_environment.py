"""RUDD sees the environmental part and cannot tell that there is more (DESIGN invariant 5)."""

import pytest

from app.classification.categoriser import classify
from app.classification.environment import ACTIVITIES, environmental

TRAFFICKING = (
    " De paspoorten van het personeel liggen bij de baas in de kluis.",
    " Twintig mensen slapen in de loods en mogen niet weg, een meisje van 15 huilt.",
    " Een jonge vrouw ontvangt om het uur mannen in een chalet op het vakantiepark.",
)
ENVIRONMENT = (
    "Asbestplaten worden 's nachts begraven achter de stal.",
    "Blauwe vaten lekken in de sloot bij het bos, het stinkt naar aceton.",
    "Gestripte auto's in de loods, olie loopt in de grond en kentekenplaten worden verwisseld.",
    "Er worden kabels en plastic verbrand op het erf, elke week zwarte rook.",
    "Het chalet heeft kapotte golfplaten en er lekt diesel in de bodem.",
)


@pytest.mark.parametrize("text", ENVIRONMENT)
@pytest.mark.parametrize("people", TRAFFICKING)
def test_the_view_is_equal_with_and_without_the_words_of_trafficking(text: str, people: str) -> None:
    alone = environmental(classify(text))
    assert alone.category is not None
    assert environmental(classify(text + people)) == alone
    assert environmental(classify(text, title=people.strip())) == alone
    assert environmental(classify(text, hint="human_trafficking")) == alone


@pytest.mark.parametrize("people", TRAFFICKING)
def test_a_report_about_people_only_gives_rudd_nothing(people: str) -> None:
    view = environmental(classify(people))
    assert (view.category, view.topics, view.substances, view.rules) == (None, (), (), ())


def test_news_words_in_another_sentence_do_not_show_in_the_view() -> None:
    text = ENVIRONMENT[0]
    assert environmental(classify(text + " Ik volgde een training over mensenhandel.")) == environmental(
        classify(text)
    )


def test_waste_and_lab_are_shown_as_drugs_and_the_rest_as_premises() -> None:
    assert environmental(classify("Blauwe vaten gedumpt in de sloot.")).category == "drugs"
    assert environmental(classify("Asbestplaten begraven achter de stal.")).category == "rural_premises"


def test_activities_are_codes_of_the_minimised_part() -> None:
    view = environmental(classify(" ".join(ENVIRONMENT)))
    assert set(view.activities) <= set(ACTIVITIES)
    assert {"environment", "drug_waste", "vehicle_stripping"} <= set(view.activities)
    assert "asbestos" in view.substances


def test_a_denied_spill_is_not_in_the_view() -> None:
    assert environmental(classify("Er is geen asbest.")).category is None
