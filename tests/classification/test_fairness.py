"""Who somebody is never changes how the desk sorts a report (indicators.md 0; DESIGN invariant 7)."""

import pytest

from app.classification.categoriser import classify
from app.classification.lexicon import shipped
from app.classification.match import look
from tests.classification.reports import CLEAR

ORIGINS = (
    "Nederlandse",
    "Poolse",
    "Roemeense",
    "Bulgaarse",
    "Hongaarse",
    "Oekraïense",
    "Turkse",
    "Marokkaanse",
    "Syrische",
    "Eritrese",
    "Afghaanse",
    "Vietnamese",
    "Chinese",
    "Albanese",
    "Colombiaanse",
    "Duitse",
    "Belgische",
    "Surinaamse",
    "Antilliaanse",
    "Somalische",
    "Filipijnse",
)
PEOPLE = (
    "Polen",
    "Roemenen",
    "Bulgaren",
    "Turken",
    "Marokkanen",
    "Syriërs",
    "Hongaren",
    "Albanezen",
    "Vietnamezen",
    "Chinezen",
    "Duitsers",
    "Nederlanders",
    "Oekraïners",
    "Roma",
    "Sinti",
    "woonwagenbewoners",
    "statushouders",
    "asielzoekers",
    "vluchtelingen",
    "zigeuners",
)
FAITH_AND_TONGUE = (
    "moslim",
    "christen",
    "jood",
    "islamitisch",
    "katholiek",
    "moskee",
    "kerk",
    "synagoge",
    "hoofddoek",
    "imam",
    "dominee",
    "Pools",
    "Roemeens",
    "Turks",
    "Arabisch",
    "Engels",
    "Duits",
    "Nederlands",
    "Spaans",
    "accent",
    "tolk",
    "donker",
    "getint",
    "blank",
    "buitenlands",
    "buitenlander",
)
NAMES = (
    "Jan",
    "Piet",
    "Kees",
    "Mohammed",
    "Ahmed",
    "Fatima",
    "Piotr",
    "Agnieszka",
    "Andrei",
    "Ioana",
    "Nguyen",
    "Li",
    "Youssef",
    "Henk",
    "Johanna",
    "Aaltje",
    "Jansen",
    "Visser",
    "Bakker",
    "Yilmaz",
    "Kowalski",
    "Popescu",
    "Hassan",
)
PROXIES = (
    "kenteken-uit-Polen",
    "PL",
    "RO",
    "BG",
    "azc",
    "asielstatus",
    "verblijfsstatus",
    "herkomst",
    "nationaliteit",
    "ras",
    "geloof",
)


@pytest.mark.parametrize(
    "word", [w.lower() for w in (*ORIGINS, *PEOPLE, *FAITH_AND_TONGUE[:-6], *NAMES, *PROXIES[1:])]
)
def test_the_lexicon_knows_no_origin_faith_tongue_or_name(word: str) -> None:
    reading = look(word, shipped())
    hit = {e for found in reading.hits for e in found.elements}
    assert {shipped().elements[e] for e in hit} == set()


TEXTS = [
    "Acht {} mannen slapen in de loods waar zij werken, hun paspoorten liggen bij de {} baas in de kluis.",
    "Een {} man bood de boer veel geld contant voor zijn lege stal, een {} bv huurt nu de schuur.",
    "De {} bewoner dealt drugs aan de deur, {} jongens halen zakjes op met geld door het raam.",
    "Het zorgbureau van een {} eigenaar declareert twintig uur, de {} cliënt kreeg twee uur begeleiding.",
    "Een {} gezin schrijft zich in, het {} huurcontract is aanwezig.",
]


@pytest.mark.parametrize("text", TEXTS)
def test_changing_the_origin_changes_nothing_but_positions(text: str) -> None:
    expected = bare(text.format(ORIGINS[0], ORIGINS[0]))
    for word in ORIGINS:
        for form in (word, word.lower()):
            assert bare(text.format(form, form)) == expected, form


@pytest.mark.parametrize(
    "name",
    [
        "Jan",
        "Mohammed",
        "Jan de Boer",
        "Fatima El Amrani",
        "Nguyen Van Anh",
        "A. Kowalski",
        "Anna Maria Stal",
        "Li",
    ],
)
def test_changing_a_name_changes_nothing(name: str) -> None:
    text = "Gisteren zag ik dat {} paspoorten van de werknemers innam en in de kluis van de baas legde."
    assert bare(text.format(name)) == bare(text.format("Piet"))


@pytest.mark.parametrize("name", ["Ali", "Anna Maria Magdalena Johanna Antonia Wilhelmina Kowalska Nowak"])
def test_a_long_name_between_two_words_does_not_pull_them_apart(name: str) -> None:
    text = "Van het loon van de werknemers gaat bij {} elke week voor huur en busje een boete af."
    assert classify(text.format(name)).category == "human_trafficking"
    assert bare(text.format(name)) == bare(text.format("Piet"))


@pytest.mark.parametrize("tongue", ["Nederlands", "Pools", "Arabisch", "Engels"])
def test_which_language_somebody_speaks_changes_nothing(tongue: str) -> None:
    with_language = f"De vrouw spreekt geen {tongue} en haar paspoort ligt bij de baas in de kluis."
    without = "De vrouw spreekt goed Fries en haar paspoort ligt bij de baas in de kluis."
    assert bare(with_language) == bare(without)


@pytest.mark.parametrize("plate", ["met een kenteken", "met een Pools kenteken", "met een Roemeens kenteken"])
def test_a_foreign_plate_is_no_signal(plate: str) -> None:
    text = "Er staat een busje {} bij het huis van de buren."
    assert bare(text.format(plate)) == bare(text.format("met een kenteken"))


@pytest.mark.parametrize(
    "group", ["medewerkers", "arbeidsmigranten", "uitzendkrachten", "seizoenwerkers", "mannen"]
)
def test_calling_the_workers_a_group_changes_nothing(group: str) -> None:
    text = f"De {group} slapen in de loods waar zij werken."
    assert bare(text) == bare(text.replace(group, "werknemers"))


def test_clear_reports_stay_where_they_are_with_an_origin_in_front() -> None:
    for texts in CLEAR.values():
        for text in texts:
            assert bare(f"Het gaat om Poolse buren. {text}") == bare(f"Het gaat om buren. {text}")


def bare(text: str) -> tuple[object, ...]:
    """All that sorting and routing use of a proposal; positions and words do move with the text."""
    p = classify(text)
    rules = tuple(sorted((c.rule, c.weight, c.counted) for c in p.clues))
    return (p.category, p.secondary, p.topics, p.facts, p.confidence, p.urgent, p.substances, rules)
