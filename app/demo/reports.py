"""Invented reports for the demonstration: realistic sentences about places and people that are nobody's.

Postcodes, streets and names do not exist, nor do the numbers of `app.demo.dice`: it accuses no one.
The sentences are data: `reports.json`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from app import clock
from app.crypto.canonical import JsonValue
from app.demo.cast import CAST
from app.demo.dice import Dice, iban, phone, plate

HERE = ZoneInfo("Europe/Amsterdam")
SENDERS = {
    "ans": 30,
    "formulier-emmen": 20,
    "eva": 24,
    "fenna": 8,
    "eelco": 6,
    "femke": 3,
    "evert": 2,
    "chris": 4,
    "bouke": 2,
    "bart": 1,
}
"""Who of the cast reports, and how often of every hundred."""
SPEAKERS = frozenset({"fenna", "eelco", "femke", "evert"})
"""Coordinators and deputies: they also write down what a caller tells."""

Language = Literal["nl", "en", "de"]
DAYS: dict[Language, str] = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
}
MONTHS: dict[Language, str] = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
DATES: dict[Language, str] = {"nl": "{} {} {}", "en": "{} {} {}", "de": "{}, {}. {}"}
NEVER_IN_POSTCODES = "FQUY"
LOOKS = ("witte bestelbus", "zwarte auto", "grijze stationwagen", "blauwe aanhanger", "donkere bestelauto")
PEOPLE_SEEN = ("rond de veertig, pet", "lang, donkere jas", "jong, sportkleding", "werkkleding, grijze baard")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Data):
    """A municipality with villages, four digits of a postcode and an area code."""

    code: str
    organisation: str
    cities: tuple[str, ...]
    area: str
    dial: str


class Template(_Data):
    """One report with slots. `category` is what it is about, `none` for nothing of the four."""

    category: Literal["drugs", "human_trafficking", "care_fraud", "rural_premises", "none"]
    where: Literal["town", "rural", "works", "park"]
    text: str
    title: str | None = None
    lang: Language = "nl"
    company: str | None = None
    roles: tuple[str, ...] = ()
    safety: tuple[str, ...] = ()
    urgency: str = "normal"
    minor: bool = False
    at_risk: bool = False


class Library(_Data):
    """All there is to make reports from."""

    places: tuple[Place, ...]
    outside: Place
    streets: dict[str, tuple[str, ...]]
    people: tuple[str, ...]
    reporters: tuple[str, ...]
    companies: dict[str, tuple[str, ...]]
    reports: tuple[Template, ...]


@cache
def library() -> Library:
    """The data file, read once."""
    return Library.model_validate_json(Path(__file__).with_name("reports.json").read_bytes())


@dataclass(frozen=True, slots=True)
class Made:
    """A report of somebody of the cast, as POST /v1/signals takes it; `template` is what it was made from."""

    sender: str
    template: Template
    body: dict[str, JsonValue]


def make(index: int, seed: str, now: datetime | None = None) -> Made:
    """Report number `index` of a run: the same for the same seed and moment. Every template has its turn."""
    data = library()
    template = data.reports[_turn(index, seed, len(data.reports))]
    dice = Dice(f"{seed} {index}")
    sender = dice.weighed(SENDERS)
    place = _place(dice, CAST[sender].organisation, data)
    seen = _moment(dice, now or clock.now())
    slots = _slots(dice, template, place or data.places[0], seen, data)
    body: dict[str, JsonValue] = {"text": template.text.format_map(slots)}
    if template.title is not None and dice.chance(85):
        body["title"] = template.title
    body |= _when(dice, seen) | _about(dice, template, slots)
    if place is not None:
        body["location"] = _location(dice, template, place, slots)
    body |= _circumstances(dice, template, sender) | _channel(dice, sender) | _reporter(dice, sender, data)
    return Made(sender, template, body)


def _turn(index: int, seed: str, count: int) -> int:
    """Which template: all of them once, in another order each round."""
    dice = Dice(f"{seed} round {index // count}")
    order = sorted(range(count), key=lambda _: dice.below(1 << 32))
    return order[index % count]


def _place(dice: Dice, organisation: str, data: Library) -> Place | None:
    """Mostly the sender's own municipality, sometimes another one, outside the region, or not told."""
    own = tuple(place for place in data.places if place.organisation == organisation)
    where = dice.weighed({"own": 80, "other": 15, "outside": 2, "unknown": 3})
    if where == "unknown":
        return None
    if where == "outside":
        return data.outside
    return dice.one(own if own and where == "own" else data.places)


def _moment(dice: Dice, now: datetime) -> datetime:
    back = timedelta(days=1 + dice.below(30), hours=dice.below(24))
    return (now - back).replace(minute=5 * dice.below(12), second=0, microsecond=0)


def _slots(dice: Dice, template: Template, place: Place, seen: datetime, data: Library) -> dict[str, str]:
    local = seen.astimezone(HERE)
    lang = template.lang
    day, month = DAYS[lang].split()[local.weekday()], MONTHS[lang].split()[local.month - 1]
    return {
        "city": dice.one(place.cities),
        "street": dice.one(data.streets[template.where]),
        "number": str(1 + dice.below(140)),
        "day": DATES[lang].format(day, local.day, month),
        "time": local.strftime("%H.%M" if lang == "nl" else "%H:%M"),
        "plate": plate(dice),
        "phone": phone(dice, place.dial, lang),
        "iban": iban(dice),
        "person": dice.one(data.people),
        "company": dice.one(data.companies[template.company or "trade"]),
    }


def _when(dice: Dice, seen: datetime) -> dict[str, JsonValue]:
    if dice.chance(15):
        return {}
    times: dict[str, JsonValue] = {"observedFrom": seen.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if dice.chance(25):
        times["observedTo"] = (seen + timedelta(hours=1 + dice.below(4))).strftime("%Y-%m-%dT%H:%M:%SZ")
    return times | ({"ongoing": True} if dice.chance(20) else {})


def _about(dice: Dice, template: Template, slots: dict[str, str]) -> dict[str, JsonValue]:
    """The fields beside the text: most reporters also fill in what they wrote down."""
    told = {slot for slot in slots if f"{{{slot}}}" in template.text and dice.chance(75)}
    body: dict[str, JsonValue] = {}
    if template.roles:
        body["persons"] = [_person(dice, role, slots, told) for role in template.roles]
    if "plate" in told:
        body["vehicles"] = [{"plate": slots["plate"], "country": "NL", "description": dice.one(LOOKS)}]
    if "company" in told:
        known: dict[str, JsonValue] = {"kvkNumber": f"000{dice.below(10**5):05}"} if dice.chance(50) else {}
        body["companies"] = [{"name": slots["company"], **known}]
        if dice.chance(30):
            body["emails"] = [f"info@{slots['company'].split()[0].lower()}-{slots['number']}.example"]
    if "phone" in told:
        body["phoneNumbers"] = [slots["phone"]]
    if "iban" in told:
        body["ibans"] = [slots["iban"]]
    return body


def _person(dice: Dice, role: str, slots: dict[str, str], told: set[str]) -> JsonValue:
    name: dict[str, JsonValue] = (
        {"name": slots["person"]} if "person" in told and role in {"suspect", "owner", "tenant"} else {}
    )
    looks: dict[str, JsonValue] = {"description": dice.one(PEOPLE_SEEN)} if dice.chance(40) else {}
    return {"role": role, **name, **looks}


def _location(dice: Dice, template: Template, place: Place, slots: dict[str, str]) -> dict[str, JsonValue]:
    where: dict[str, JsonValue] = {
        "municipalityCode": place.code,
        "city": slots["city"],
        "street": slots["street"],
    }
    if template.where == "town" or dice.chance(50):
        letters = dice.one(tuple(NEVER_IN_POSTCODES)) + dice.one(tuple(NEVER_IN_POSTCODES))
        where |= {"postcode": place.area + letters, "houseNumber": slots["number"]}
        if dice.chance(15):
            where["houseNumberAddition"] = dice.one(("a", "B", "bis", "2"))
    else:
        where["description"] = dice.one(
            ("achter de laatste boerderij", "bij de brug, linkerkant van het pad", "naast het bosperceel")
        )
        if dice.chance(40):
            where["parcel"] = f"FBV00 K {1000 + dice.below(9000)}"
    return where


def _circumstances(dice: Dice, template: Template, sender: str) -> dict[str, JsonValue]:
    """Codes of the closed lists; what is left out counts as the desk says."""
    hints = {template.category: 45, "rural_premises": 3, "": 52}
    hint = "" if template.category == "none" else dice.weighed(hints)
    others = {
        "categoryHint": hint,
        "observation": dice.weighed({"own": 55, "": 10, "colleague": 18, "third_party": 10, "rumour": 7}),
        "capacity": dice.weighed({"": 45, "supervision": 25, "counter": 20, "care": 5, "investigation": 5}),
        "urgency": template.urgency if template.urgency != "normal" else "",
        "externalReference": f"Z-{10000 + dice.below(90000)}" if dice.chance(12) else "",
    }
    flags = {
        "minorInvolved": template.minor,
        "reporterAtRisk": template.at_risk,
        "concernsColleague": dice.chance(2),
        # The desk has another reader only for what a clerk of a municipality saw in no guarded role.
        "requestOtherCoordinator": dice.chance(2)
        and sender in {"ans", "eva"}
        and others["capacity"] not in {"care", "investigation"},
    }
    body: dict[str, JsonValue] = {key: value for key, value in others.items() if value}
    body |= {key: True for key, holds in flags.items() if holds}
    if template.safety:
        body["safety"] = list(template.safety)
    if dice.chance(12):
        body["alreadyReportedTo"] = [dice.one(("police", "municipality", "mma", "inspectorate"))]
    return body


def _channel(dice: Dice, sender: str) -> dict[str, JsonValue]:
    """How it came in. Only who may speak for others writes down what somebody else tells."""
    if sender in SPEAKERS and dice.chance(60):
        channel = dice.weighed({"phone": 50, "counter": 25, "email": 15, "letter": 7, "mma": 3})
        return {"channel": channel, "onBehalf": True}
    if sender == "chris" and dice.chance(60):
        return {"channel": "inspection"}
    return {"channel": "rural_visit"} if dice.chance(6) else {}


def _reporter(dice: Dice, sender: str, data: Library) -> dict[str, JsonValue]:
    how = dice.weighed({"named": 55, "shielded": 28, "anonymous": 17})
    body: dict[str, JsonValue] = {"confidentiality": how}
    if how == "anonymous":
        return body
    via = dice.weighed({"receipt": 70, "phone": 15, "email": 15})
    if sender == "formulier-emmen" or via != "receipt" or dice.chance(40):
        number = 1 + dice.below(900)
        body["reporter"] = {
            "name": dice.one(data.reporters),
            "email": f"melder{number}@voorbeeld.example",
            "phone": phone(dice, "0591"),
        }
    body["feedback"] = {"wanted": dice.chance(85), "via": via, "contactAllowed": via != "receipt"}
    return body
