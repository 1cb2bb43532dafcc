"""Who somebody is never changes where a report goes: the same facts with another name, origin, faith or plate."""

import itertools
from dataclasses import dataclass

import pytest

from tests.desk import EMMEN, Client
from tests.stored import Stored

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Somebody:
    """What must not matter."""

    name: str
    origin: str
    language: str
    house: str
    plate: str
    country: str


PEOPLE = (
    Somebody("Jan de Vries", "Nederlandse", "Nederlands", "de kerk", "12-ABC-3", "NL"),
    Somebody("Mohammed El Idrissi", "Marokkaanse", "Arabisch", "de moskee", "12345-A-6", "MA"),
    Somebody("Krzysztof Wójcik", "Poolse", "Pools", "de parochie", "WX 12345", "PL"),
    Somebody("Nguyễn Thị Hoa", "Vietnamese", "Vietnamees", "de tempel", "51F-123.45", "VN"),
    Somebody("Ion Popescu", "Roemeense", "Roemeens", "de synagoge", "B 123 ABC", "RO"),
)
STORIES = {
    "drugs": "{name}, een {origin} man die {language} spreekt en naar {house} gaat, draagt kweektenten en"
    " assimilatielampen het pand in. Het ruikt er sterk naar wiet, de ramen zijn met folie afgeplakt.",
    "trafficking": "Bij {name} werken {origin} mensen veertien uur per dag. Hun paspoorten zijn afgepakt, zij slapen"
    " op de werkvloer en durven niet te praten. Er wordt {language} gesproken; op zondag gaan zij naar {house}.",
    "care": "{name} ({origin}, spreekt {language}) laat cliënten tekenen voor zorg die nooit is geleverd. De urenstaten"
    " van het persoonsgebonden budget zijn vervalst. Hij kent de cliënten van {house}.",
    "rural": "{name} met een {origin} achtergrond huurt een schuur in het buitengebied en betaalt contant. 's Nachts"
    " rijden er bestelbussen, er wordt {language} gesproken. Achter {house} liggen vaten met chemisch afval.",
    "vague": "{name}, {origin}, spreekt {language} en staat elke dag bij {house}.",
}


async def way(desk: Client, stored: Stored, story: str, who: Somebody) -> list[tuple[object, ...]]:
    """Queue, category, topics, priority, confidence, urgency, flags and state of each case of this report."""
    text = story.format(name=who.name, origin=who.origin, language=who.language, house=who.house)
    made = await desk.as_("ans").report(
        text=text,
        location=EMMEN,
        persons=[
            {"role": "suspect", "name": who.name, "description": f"{who.origin}, spreekt {who.language}"}
        ],
        vehicles=[{"plate": who.plate, "country": who.country}],
    )
    return await stored.ask(
        "select queue_id, category, topics::text, priority, confidence, urgency, flags::text, state from cases"
        f" where signal_id = '{made['id']}' order by queue_id"
    )


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_report_goes_the_same_way_whoever_it_is_about(
    desk: Client, stored: Stored, story: str
) -> None:
    ways = [await way(desk, stored, story, who) for who in PEOPLE]
    assert ways[0]
    for (_, one), (who, other) in itertools.pairwise(zip(PEOPLE, ways, strict=True)):
        assert one == other, who.origin


async def test_the_stories_do_go_different_ways(desk: Client, stored: Stored) -> None:
    """Else the sameness above would say nothing."""
    ways = {str(await way(desk, stored, story, PEOPLE[0])) for story in STORIES.values()}
    assert len(ways) >= 3
