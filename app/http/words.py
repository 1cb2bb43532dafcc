"""Dutch words for each kind of fault pydantic finds, and where it found it - never what it found.

Codes are English and stay the same when the words change; the numbers in the words are our own limits.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Final, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from app.errors import Fault

_LIMITS: Final = frozenset(
    {"min_length", "max_length", "ge", "gt", "le", "lt", "max_digits", "decimal_places"}
)
_MISSING: Final = ("required", "Vul dit in.")
_UNKNOWN: Final = (
    "unknown_member",
    "Hier staat een onbekend veld. Laat weg wat niet in de beschrijving staat.",
)
_TEXT: Final = ("not_text", "Geef hier tekst, tussen aanhalingstekens.")
_NUMBER: Final = ("not_a_number", "Geef hier een getal.")
_WHOLE: Final = ("not_a_whole_number", "Geef hier een heel getal.")
_FLAG: Final = ("not_a_flag", "Geef hier true of false.")
_LIST: Final = ("not_a_list", "Geef hier een lijst.")
_OBJECT: Final = ("not_an_object", "Geef hier een JSON-object.")
_CHOICE: Final = ("not_a_choice", "Kies een van de waarden uit de beschrijving.")
_FORM: Final = ("form", "Dit heeft niet de vorm die in de beschrijving staat.")
_MOMENT: Final = (
    "not_a_moment",
    "Geef datum en tijd met tijdzone, zoals 2026-03-31T14:05:00Z, tussen 1900 en 2199.",
)
_IDENTITY: Final = ("not_an_id", "Geef hier een UUID, in kleine letters met streepjes.")
_OTHER: Final = ("invalid", "Deze waarde klopt niet.")

WORDS: Final[dict[str, tuple[str, str]]] = {
    "missing": _MISSING,
    "extra_forbidden": _UNKNOWN,
    "string_type": _TEXT,
    "string_too_short": ("too_short", "Dit is te kort: minstens {min_length} tekens."),
    "string_too_long": ("too_long", "Dit is te lang: hoogstens {max_length} tekens."),
    "string_pattern_mismatch": _FORM,
    "string_unicode": _TEXT,
    "string_sub_type": _TEXT,
    "too_short": ("too_few", "Dit zijn er te weinig: minstens {min_length}."),
    "too_long": ("too_many", "Dit zijn er te veel: hoogstens {max_length}."),
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": ("too_small", "Dit getal is te klein: meer dan {gt}."),
    "greater_than_equal": ("too_small", "Dit getal is te klein: minstens {ge}."),
    "less_than": ("too_large", "Dit getal is te groot: minder dan {lt}."),
    "less_than_equal": ("too_large", "Dit getal is te groot: hoogstens {le}."),
    "decimal_max_digits": ("too_precise", "Dit getal heeft te veel cijfers: hoogstens {max_digits}."),
    "decimal_max_places": ("too_precise", "Hoogstens {decimal_places} cijfers achter de komma."),
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "union_tag_invalid": _CHOICE,
    "union_tag_not_found": _CHOICE,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "uuid_type": _IDENTITY,
    "uuid_parsing": _IDENTITY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "json_invalid": ("syntax", "Dit is geen geldige JSON."),
    "desk.control_character": ("control_character", "Hierin staat een onzichtbaar stuurteken. Haal het weg."),
    "desk.moment": _MOMENT,
    "desk.id": _IDENTITY,
    "desk.postcode": ("not_a_postcode", "Geef vier cijfers en twee letters, zoals 9411NA."),
    "desk.house_number": (
        "not_a_house_number",
        "Geef een getal tot en met 99999 als tekst, zonder nul vooraan.",
    ),
    "desk.addition": ("not_an_addition", "Geef hoogstens 10 letters, cijfers, spaties of streepjes."),
    "desk.municipality_code": (
        "not_a_municipality_code",
        "Geef de vier cijfers van de gemeentecode.",
    ),
    "desk.kvk": ("not_a_kvk_number", "Geef de acht cijfers van het KvK-nummer."),
    "desk.parcel": (
        "not_a_parcel",
        "Geef gemeentecode, sectie en nummer van het perceel, zoals EMM00 K 1234.",
    ),
    "desk.number": _NUMBER,
    "desk.latitude": ("not_a_latitude", "Geef een getal van -90 tot en met 90."),
    "desk.longitude": ("not_a_longitude", "Geef een getal van -180 tot en met 180."),
    "desk.anonymous_with_reporter": (
        "anonymous_with_reporter",
        "Wie anoniem meldt, laat dit leeg. Of kies een andere vertrouwelijkheid.",
    ),
    "desk.no_other_reader": (
        "no_other_reader",
        "Wat u als boa of zorgverlener zag, mag niet naar een andere organisatie. Bel uw privacyfunctionaris of"
        " vertrouwenspersoon.",
    ),
    "desk.order_of_moments": ("before_the_start", "Geef een moment dat niet voor het begin ligt."),
    "desk.empty_text": ("empty", "Schrijf hier wat er aan de hand is, niet alleen spaties."),
    "desk.whole_number": _WHOLE,
    "desk.flag": _FLAG,
    "desk.idempotency_key": (
        "not_an_idempotency_key",
        "Geef 22 tot 100 zichtbare ASCII-tekens, bij elk nieuw bericht andere.",
    ),
    "desk.repeated": ("repeated", "Geef dit hoogstens een keer."),
    "desk.unknown_parameter": ("unknown_parameter", "Deze parameter kent dit adres niet. Laat hem weg."),
    "desk.cursor": ("not_a_cursor", "Deze cursor hoort niet bij deze lijst. Begin vooraan, zonder cursor."),
}


def words(kind: str, context: Mapping[str, object] | None = None) -> tuple[str, str]:
    """Code and Dutch words of one pydantic error type; only our own limits are filled in."""
    code, text = WORDS.get(kind, _OTHER)
    if "{" not in text:
        return code, text
    limits = {name: context[name] for name in _LIMITS if context is not None and name in context}
    try:
        return code, text.format_map(limits)
    except KeyError:
        return code, _OTHER[1]


def fault(where: str, kind: str) -> Fault:
    """One fault of our own kinds (`desk.*`)."""
    code, detail = words(kind)
    return Fault(where, code, detail)


def faults_in(model: type[BaseModel], found: Iterable[ErrorDetails]) -> list[Fault]:
    """Faults in a body, each with the JSON pointer of the nearest place we know by name."""
    known = names_of(model)
    faults = []
    for error in found:
        place = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
        # A rule over several members names the one to mend.
        member = error.get("ctx", {}).get("member")
        place = place if member is None else (*place, str(member))
        code, detail = words(error["type"], error.get("ctx"))
        faults.append(Fault(_pointer(place, known), code, detail))
    return list(dict.fromkeys(faults))


def _pointer(place: Iterable[int | str], known: frozenset[str]) -> str:
    # Names of the caller's own making (an unknown member, a key of a map) are input: they are left out.
    steps = [str(step) for step in place if isinstance(step, int) or step in known]
    return "".join(f"/{step}" for step in steps)


@lru_cache(maxsize=256)
def names_of(model: type[BaseModel]) -> frozenset[str]:
    """Every member name that `model` and the models in it can have in JSON."""
    return frozenset(_collect(model, set()))


def _collect(annotation: object, seen: set[object]) -> set[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return set()
        seen.add(annotation)
        names = {field.alias or name for name, field in annotation.model_fields.items()}
        for field in annotation.model_fields.values():
            names |= _collect(field.annotation, seen)
        return names
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return set()
    return set().union(*(_collect(argument, seen) for argument in get_args(annotation)))
