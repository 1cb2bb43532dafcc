"""Facts, substances and urgency codes, each with its opposite."""

import pytest

from app.classification.categoriser import classify
from app.classification.values import FACTS, SUBSTANCES, URGENT


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("env", "Vaten met aceton gedumpt in de sloot."),
        ("network", "Drie bv's op een adres en alles wordt contant betaald."),
        (
            "minor",
            "Meisje van 15 wordt na school opgehaald door een veel oudere man, zij krijgt dure spullen en huilt.",
        ),
        ("now", "Er zijn op dit moment mannen vaten aan het lossen."),
        (
            "on_premises",
            "Op de zolder van de woning staat een hennepplantage, de stroom loopt buiten de meter om.",
        ),
        ("permanent_residence", "Er is permanente bewoning van een huisje op het vakantiepark."),
        ("water", "Jerrycans lekken in de sloot."),
        ("other_crime", "Een bende handelt in gestolen spullen vanuit een winkel."),
    ],
)
def test_each_fact_is_seen(fact: str, text: str) -> None:
    assert fact in FACTS
    assert fact in classify(text).facts


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("minor", "Mijn zoon van 15 zag dat er een vat in de sloot lag."),
        ("now", "Morgen is er op school nu eenmaal geen les."),
        ("on_premises", "Iemand verloor een zakje op straat."),
        ("env", "Er is geen aceton."),
        ("permanent_residence", "De boer mag zijn eigen schuur niet in. Permanente bewoning van een chalet."),
    ],
)
def test_a_fact_is_not_seen_where_it_does_not_hold(fact: str, text: str) -> None:
    assert fact not in classify(text).facts


@pytest.mark.parametrize(
    ("substance", "text"),
    [
        ("chemicals", "Er staan flessen zoutzuur en aceton."),
        ("soil", "Olie lekt in de bodem."),
        ("water", "Er drijft olie in de sloot."),
        ("discharge", "Het bedrijf loost via een slang op de sloot."),
        ("waste", "Puin gestort in de kuil."),
        ("asbestos", "Asbestplaten liggen kapot op het erf."),
        ("manure", "Mest wordt 's nachts in de sloot geloosd."),
        ("burning", "Er worden kabels en plastic verbrand."),
    ],
)
def test_each_substance_is_named_and_makes_the_report_environmental(substance: str, text: str) -> None:
    proposal = classify(text)
    assert substance in SUBSTANCES
    assert substance in proposal.substances
    assert "env" in proposal.facts


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ongoing", "Ze zijn nu bezig in de loods."),
        ("weapon", "Hij had een pistool."),
        ("explosion", "Er was een explosie bij de voordeur."),
        ("fire", "De schuur staat in brand."),
        ("fumes", "Prikkende dampen uit de put."),
        ("unwell", "Een collega is onwel geworden."),
        ("held", "De vrouw zit opgesloten in het huis."),
        (
            "minor_victim",
            "Een meisje van 14 wordt door haar loverboy naar een hotel gebracht, zij wordt bedreigd.",
        ),
        ("threatened", "Hij heeft mij bedreigd toen ik erlangs liep."),
        ("fleeing", "De mannen rennen weg, ze vluchten nu in een bus."),
        ("leak_water", "De vaten lekken in de sloot."),
        ("tapped_power", "De stroom is buiten de meter om afgetapt en de kast is heet."),
    ],
)
def test_danger_is_flagged_whatever_the_category(code: str, text: str) -> None:
    assert code in URGENT
    assert code in classify(text).urgent


def test_an_ordinary_report_is_not_urgent() -> None:
    assert classify("De cliënten moesten urenbriefjes vooraf blanco tekenen.").urgent == ()
