"""Dutch number plates: the 14 series, and when a group of letters and figures in running text is one.

Pure. A plate with its dashes counts by its form; with spaces or none only with a word for a vehicle nearby, since
every postcode is also a plate of series 2. From series 4 on there are no vowels and no C (an O in front for semi-
trailers excepted). Q was never issued either, but is let through: invented reports use it so as to name nobody.
"""

import re
from collections.abc import Iterator

from app.identifiers.phones import something_else
from app.identifiers.values import DASH, Found, bare

# The 14 Dutch series ("sidecodes"), X a letter and 9 a figure; the dashes only show where groups end.
SIDECODES = (
    "XX-99-99",
    "99-99-XX",
    "99-XX-99",
    "XX-99-XX",
    "XX-XX-99",
    "99-XX-XX",
    "99-XXX-9",
    "9-XXX-99",
    "XX-999-X",
    "X-999-XX",
    "XXX-99-X",
    "X-99-XXX",
    "9-XX-999",
    "999-XX-9",
)
OLD = SIDECODES[:3]


def _pattern(code: str, between: str) -> str:
    return code.replace("-", between).replace("X", "[A-Za-z]").replace("9", "[0-9]")


_DUTCH_PLATE = re.compile("|".join(_pattern(code, "") for code in SIDECODES))
_DUTCH = frozenset({"NL", "NLD", "NEDERLAND"})
_FOREIGN_PLATE = re.compile(r"(?=[A-ZÄÖÜ]*[0-9])[A-ZÄÖÜ0-9]{3,10}")
_PLATE_TYPED = re.compile(r"[A-Za-zÄÖÜäöü0-9]*")

_FRONT = r"(?<![\w#/\u2010-\u2013-])(?<![\w][.,])"
_BACK = rf"(?!\w|{DASH}\w|/\w|[.,:][0-9])"
# Glued to the word for it, or with a word behind it: only capitals show where such a plate ends.
_DASHED = re.compile(
    rf"(?=[A-Za-z0-9]{{1,3}}[ ]?{DASH})(?:{_FRONT}|(?<=[Kk]enteken)|(?<=ummerplaat))(?:"
    + "|".join(_pattern(code, rf"[ ]?{DASH}[ \n]?") for code in SIDECODES)
    + rf")(?:{_BACK}|(?P<glued>(?=[a-z]{{3}})))"
)
_LOOSE = re.compile(
    rf"{_FRONT}(?=[0-9]|[A-Za-z]{{1,4}}[^A-Za-z])(?:"
    + "|".join(_pattern(code, "[ .\u00a0\u2010-\u2013-]?") for code in SIDECODES)
    + f"){_BACK}"
)
_NAME_OF_SOMETHING = re.compile(
    r"\b(?:ploeg|team|shift|lijn|vak|hal|kluis|locker|ruimte|lokaal|sectie|stelling|perceel|kavel|turbine|windmolen|code"
    r"|recept|zone|gate|kast|project|norm|onderdeel|rooster|cursus|klas|stal|zending|ticket|vlucht|kamer)"
    r"[- ]?(?:code|nummer|nr\.?)?(?: is| was)?\s?[:#]?\s?$",
    re.IGNORECASE,
)
_CONSONANTS = re.compile("O?[BDFGHJ-NP-TV-Z]*")
# Never issued, for what they say or stand for (practice.md section 6).
_REFUSED = frozenset(
    {"GVD", "KKK", "NSB", "PKK", "PSV", "TBS", "SS", "SD", "PVV", "SGP", "VVD", "KVT", "LPF"}
)
_MONTHS = frozenset({"MRT", "OKT", "DEC", "SEP", "JAN", "FEB", "APR", "MEI", "JUN", "JUL", "AUG", "NOV"})
_UNITS = frozenset(
    "KM CM MM KG ML GR ST IN OP EN OF TE TM NA UU JR HA MG DL PK KW ET HZ GB MB TB KB".split()  # noqa: SIM905
)
_SAID = re.compile(
    r"(?:k e n t e k e n|kentekenplaat|kenteken(?:s|nummer)?|nummerplaat|nummerplaten|kennzeichen"
    r"|number ?plates?|plates?|platen?|registration|kent\.)"
    r"(?: (?:is|was|van|die|luidt|of|ist|met|op|de|het|een|bus(?:je)?|auto)){0,2}[\s:=«\"'(,]{0,4}$",
    re.IGNORECASE,
)
_VEHICLE = re.compile(
    r"(?:\bkent|\bnummerpla|\bplaat|auto(?!\w*mat)(?:'s|tje)?\b|bus(?:je|jes|sen)?\b|\bwagen|\bvoertuig|\bbestel(?:wagen|bus)"
    r"|\btrailer|\boplegger|\baanhang(?:er|wagen)|\bmotor(?:fiets)?\b|\bscooter|\bbromfiets|\bvrachtwagen|\bcaravan|\bcamper"
    r"|\bvan\b(?= \w+ plate)|\btruck|\bcar\b|\btransporter|\bsprinter|\bcaddy|\bgolf\b|\bpolo\b|\bvolkswagen|\bmercedes"
    r"|\bvito\b|\btransit\b|\bcrafter|\bkangoo|\bberlingo|\btrafic\b|\bducato|\bvivaro|\btoyota|\bfiat\b|\bcitro[eë]n|\bskoda"
    r"|\bkia\b|\bnissan|\bmazda|\bsuzuki|\bhyundai|\bdacia|\biveco|\bscania|\btesla|\bpassat|\btouran|\bcorsa\b"
    r"|\bbmw\b|\baudi\b|\bopel\b|\bford\b|\brenault|\bpeugeot|\bvolvo\b|\bkennzeichen|\bplate\b)",
    re.IGNORECASE,
)
_BEFORE, _BEHIND = 45, 25
_DASHED_LENGTH = 8


def plate(text: str, country: str | None = None) -> str | None:
    """A number plate in capitals without dashes.

    A Dutch one (`country` NL) must fit one of the 14 series; any other is kept as text of 3 to 10
    letters and figures with at least one figure. Without a country both will do. Vowels are let
    through: here somebody says it is a plate; finding plates in running text needs more (month names).
    """
    plain = bare(text.replace("·", ""))
    if not _PLATE_TYPED.fullmatch(plain):
        return None
    capitals = plain.upper()
    if country is not None and country.strip().upper() in _DUTCH:
        return capitals if _DUTCH_PLATE.fullmatch(capitals) else None
    return capitals if _FOREIGN_PLATE.fullmatch(capitals) else None


def find_dashed(text: str) -> Iterator[Found]:
    """The plates in `text` with their dashes; with spaces around those only where it speaks of a vehicle."""
    for match in _DASHED.finditer(text):
        start, end = match.span()
        shown = match[0].replace("\n", "")
        said = _said(text, start)
        if match["glued"] is not None and shown != shown.upper():
            continue
        wide = len(shown) > _DASHED_LENGTH or shown != match[0]
        near = _near_vehicle(text, shown, start, end) if wide else not _something_else(text, start)
        if (said or near) and _issued(shown, lenient=said):
            yield Found("plate", bare(shown).upper(), start, end)


def find_loose(text: str) -> Iterator[Found]:
    """The plates in `text` without (all) their dashes, where it speaks of a vehicle nearby."""
    for match in _LOOSE.finditer(text):
        start, end = match.span()
        said = _said(text, start)
        if _issued(match[0], lenient=said) and (said or _near_vehicle(text, match[0], start, end)):
            yield Found("plate", bare(match[0]).upper(), start, end)


def _said(text: str, start: int) -> bool:
    return _SAID.search(text, max(0, start - _BEFORE), start) is not None


def _something_else(text: str, start: int) -> bool:
    return something_else(text, start) or bool(
        _NAME_OF_SOMETHING.search(text, max(0, start - _BEFORE), start)
    )


def _near_vehicle(text: str, shown: str, start: int, end: int) -> bool:
    """Whether a vehicle is near; not for the old series and small loose letters, which words and counts look like."""
    separated = not shown.isalnum()
    if _series(shown) in OLD or (separated and shown != shown.upper()) or _something_else(text, start):
        return False
    return (
        _VEHICLE.search(text, max(0, start - _BEFORE), start) is not None
        or _VEHICLE.search(text, end, end + _BEHIND) is not None
    )


def _series(shown: str) -> str:
    """Which of the 14 series this is."""
    form = "".join("9" if one.isdecimal() else "X" for one in bare(shown))
    return next(code for code in SIDECODES if code.replace("-", "") == form)


def _letters(plain: str, series: str) -> list[str]:
    """The groups of letters of a plate without dashes."""
    groups, at = [], 0
    for part in series.split("-"):
        if part[0] == "X":
            groups.append(plain[at : at + len(part)])
        at += len(part)
    return groups


def _issued(shown: str, *, lenient: bool) -> bool:
    """Whether such a plate can have been issued; `lenient` where the text says it is a plate: months may be."""
    series = _series(shown)
    groups = _letters(bare(shown).upper(), series)
    if any(group in _REFUSED for group in groups):
        return False
    if not lenient and any(group in _MONTHS for group in groups):
        return False
    old = series in OLD
    if not lenient and (shown != shown.upper() or old) and any(group in _UNITS for group in groups):
        return False
    if old:
        return lenient or shown == shown.upper() or all(_CONSONANTS.fullmatch(group) for group in groups)
    first, *rest = groups
    return bool(_CONSONANTS.fullmatch(first)) and all(
        _CONSONANTS.fullmatch(group) and "O" not in group for group in rest
    )
