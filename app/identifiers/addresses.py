"""Dutch addresses as postcode, house number and addition: `9411NA|12|a`.

Pure. A postcode alone names a street and is no identifier; in running text it counts with the house number that
stands next to it, before or behind. A number of something (euro, people, years) is no house number.
"""

import re
from collections.abc import Iterator

from stdnum.nl import postcode as stdnum_postcode

from app.identifiers.values import SPACE, Found, compact, typed

LONGEST_ADDITION = 20
_LIST = 5  # characters between two amounts of one list

_POSTCODE = re.compile(r"(?:NL)?([1-9][0-9]{3}[A-Z]{2})")
_HOUSE_NUMBER = re.compile(r"([1-9][0-9]{0,4})(?:[ \-/]*([A-Za-z][A-Za-z0-9 ./\-]*))?")
_ADDITION = re.compile(r"[A-Za-z0-9 ./\-]*")

# Small letters with a space in between only where they are no word: «2024 in 3 dagen» is no address.
_WORDS = (
    "aan|af|al|as|at|be|da|de|du|en|er|et|eu|ge|ha|he|hè|ho|if|ik|in|is|it|ja|je|kg"
    "|km|la|le|me|mm|cm|ml|na|no|nu|of|om|on|op|or|pk|st|te|to|tv|um"
    "|nr|un|up|us|uu|we|wo|wy|ze|zo|so|du|er|es|im|ab|an|am|zu|gr|ca|ex|my|by|do|go"
)
_CODE = rf"[1-9][0-9]{{3}}(?:{SPACE}?-?[A-Z]{{2}}|[a-z]{{2}}|[A-Z][a-z]|{SPACE}(?!(?:{_WORDS})\b)[a-z]{{2}})"
_AREA = rf"(?<![A-Za-z0-9/.-])(?:(?:NL|nl)[ -]?)?(?P<area>{_CODE})(?![A-Za-z0-9])"
_ENDING = (
    r"(?:bis|hs|huis|boven|beneden|achter|rood|zwart|rd|zw|hoog|ong|sous|III|II|IV|I)"
    r"(?:[ -][A-Za-z]|[ -]?[0-9]{1,2})?"
)
_EXTRA = (
    rf"(?:[ -]?(?P<word>(?i:{_ENDING}))"
    r"|(?P<sign>[-/][0-9]{1,4}|[ ]?-[ ]?[A-Za-z](?:[-/]?[0-9]{1,3})?|/[A-Za-z])"
    r"|(?P<letter>[A-Za-z](?:[-/ ]?[0-9]{1,3}|[-/][A-Za-z])?)"
    r"|[ ](?P<apart>(?![uUàéen]\b)[A-Za-z](?:-?[0-9]{1,3})?)"
    r"|,?[ ](?i:toev(?:oeging|\.)?|unit|kamer|app(?:artement|\.)?)[: ]{1,2}(?P<named>[A-Za-z0-9]{1,4}))"
)
_END = r"(?![\w'’]|[.,:][0-9]|-[0-9A-Za-z]|/[0-9A-Za-z]|°|%)"
_NUMBER = rf"(?![1-9][0-9]{{3}}[ \u00a0]?[A-Z]{{2}}(?![A-Za-z0-9]))(?P<number>[1-9][0-9]{{0,4}})(?:{_EXTRA}{_END}|{_END})"
_LABEL = r"(?i:(?:huis)?(?:nummer|nr\.?|no\.)|#)(?: (?:is|was|weet ik|denk ik|geloof ik|volgens mij)){0,2}"
_PLACE = r"(?!(?:Mei|Juni|Juli|April|Maart|Augustus)\b)[A-Z][A-Za-zÀ-ÿ'’-]{2,30}"
_COUNTED = (
    r"(?i:euro|eur|kg|kilo|gram|gr|liter|ltr|ton|uur|minuten|min|meter|mtr|km|m2|m3|man|mannen|vrouwen|mensen|personen|stuks|keer|dagen"
    r"|weken|maanden|jaar|auto|bussen|bewoners|kinderen|planten|hennepplanten|bedden|people|persons|times|plants|leute|Personen|x\b"
    r"|jan|feb|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec|maart|wietplanten|vaten|zakken|caravans|huizen|woningen|honden|koeien|varkens)"
)
_STREET = (
    r"[A-Z][\w'’.-]{0,40}?(?i:weg|straat|str\.|laan|plein|dijk|kade|pad|hof|dreef|singel|wijk|kanaal|ring|veld|es|brink|steeg|gracht|park"
    r"|kamp|akkers?|markt|diep|drift|veen|horst|zijde|kant|allee|hoek|end|einde|berg|heide|bos|meer|broek|land|erf|kerkhof)"
)
_STREET_NAME = re.compile(_STREET)
_AREA_NUMBER = re.compile(
    rf"{_AREA}(?:[ \u00a0]?[,:;/-]?[ \u00a0\n]{{1,2}}|[-/,])"
    rf"(?:(?:(?:te|in)[ ])?[A-Z][\w'’-]{{1,40}}(?:,[ ]|[ ](?={_STREET}[ ][0-9])))?(?:{_STREET}[ ])?"
    rf"(?:en[ ](?=(?i:huis|n)))?(?:{_LABEL}[: ]{{0,2}})?{_NUMBER}"
    rf"(?![ ]?€)(?![ ]?{_COUNTED})"
)
_NUMBER_AREA = re.compile(
    rf"(?<![\w.,:/€-]){_NUMBER}(?: (?:te|in)(?= )|(?P<place>,?[ ](?:(?:te|in)[ ])?{_PLACE}(?:[ ]{_PLACE})?))?"
    rf"[ \u00a0]?[,;/(-]?[ \u00a0\n]{{0,2}}"
    rf"(?:(?i:postcode|pc)[: ]{{1,2}})?{_AREA}"
)
# Written together it counts only where the text says that somebody lives there, or in which place it is.
_TOGETHER = re.compile(
    rf"(?P<area>[1-9](?<![A-Za-z0-9/.-].)[0-9]{{3}}[A-Z]{{2}})(?P<number>[1-9][0-9]{{0,3}})(?P<extra>[A-Za-z]?){_END}"
    r"(?P<place>,?[ ](?:te|in)[ ][A-Z])?"
)
_LIVING = re.compile(
    r"\b(?:huis|adres|woning|pand|postcode|woont|woon|wonen|wonend|woonachtig|gevestigd)\W{0,3}(?:(?:is|was|op|in|te)\W)?$",
    re.IGNORECASE,
)
# A number behind the postcode goes before the one of a street further away.
_OWN_NUMBER = re.compile(r"[ \u00a0,]{1,2}[1-9][0-9]{0,4}(?![0-9])(?![ \u00a0]?[A-Z]{2}(?![A-Za-z0-9]))")
_AREA_BEFORE = re.compile(rf"{_AREA}[ \u00a0]$")
_AMOUNT = re.compile(
    r"\b(?:schuld(?:en)?|bedrag|saldo|omzet|winst|verlies|verbruik|vermogen|totaal|opbrengst)(?: is| was)?[: ]{1,2}$",
    re.IGNORECASE,
)
# «8200 KW 3 fasen»: letters that are a measure too, and behind the number what is counted.
_MEASURE = re.compile(r"[0-9]{4} (?:KW|KM|KG|PK|ST|PM|IN|NL|BV)\b")
_SEVERAL = re.compile(r" [a-z]{2,20}(?:en|s)\b")
_STREET_BEFORE = re.compile(r"(?<![A-Za-zÀ-ÿ'’.#-])(?P<word>[A-Za-zÀ-ÿ'’.#-]{1,40})[ :]{1,2}$")
_NOT_A_STREET = re.compile(
    r"(?i:postbus|postfach|jan(?:uari)?|feb(?:ruari)?|m(?:aa)?rt|maart|apr(?:il)?|mei|june?|juli?|aug(?:ustus)?|sep(?:t|tember)?|okt(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|in|sinds|van|om|op|tot|en|of|ruim|circa|ca\.|ongeveer|met|voor|na|jaar|since|at|the|de|het|zijn|er"
    r"|waren|stonden|wonen|totaal|zeker|wel|plus|minus|bijna|is|was|seit|um|uur|eur|euro|rond)"
)

_NO_STREET_NAME = re.compile(
    r"(?i:postbus|bus|lijn|kamer|hal|loods|unit|perron|groep|team|afslag|zaal|vak|deel|pagina|box|afdeling|tafel)"
)


def postcode(text: str) -> str | None:
    """A Dutch postcode as `9411NA`, typed with or without space, small or capital, NL in front or not."""
    plain = compact(text)
    match = _POSTCODE.fullmatch(plain) if plain is not None else None
    if match is None or not stdnum_postcode.is_valid(match[1]):
        return None
    return match[1]


def address(code: str, number: str, addition: str | None = None) -> str | None:
    """A Dutch address as `9411NA|12|a`: postcode, house number, addition in lower case without separators.

    `number` is the text typed, 1 to 99999; letters behind it (`12a`, `12 bis`) count as the start of the
    addition. None where the postcode or number is none, or the addition is longer than 20 characters.
    """
    area = postcode(code)
    house = _HOUSE_NUMBER.fullmatch(typed(number))
    extra = typed(addition or "")
    if area is None or house is None or not _ADDITION.fullmatch(extra):
        return None
    suffix = f"{house[2] or ''}{extra}"
    if len(suffix) > LONGEST_ADDITION:
        return None
    return f"{area}|{house[1]}|{re.sub(r'[ ./-]', '', suffix).lower()}"


def find(text: str) -> Iterator[Found]:
    """The addresses in `text`; a number on both sides of a postcode is taken from the side of the street."""
    taken: list[tuple[int, int]] = []
    for match in _NUMBER_AREA.finditer(text):
        value = _value(match)
        if value is not None and (
            _far_street(text, match) if match["place"] else _after_street(text, match.start())
        ):
            taken.append(match.span())
            yield Found("address", value, *match.span())
    for match in _TOGETHER.finditer(text):
        value = address(match["area"], match["number"], match["extra"])
        if value is not None and (
            match["place"] or _LIVING.search(text, max(0, match.start() - 30), match.start())
        ):
            yield Found("address", value, match.start(), match.end("extra"))
    yield from _behind(text, taken)


def _behind(text: str, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Postcodes with the number behind them, outside of `taken`."""
    at, amount = 0, -_LIST - 1
    for match in _AREA_NUMBER.finditer(text):
        while at < len(taken) and taken[at][1] <= match.start():
            at += 1
        value = _value(match)
        if _MEASURE.match(match["area"]):
            start, end = match.span()
            listed = 0 <= start - amount <= _LIST
            if listed or _AMOUNT.search(text, max(0, start - 30), start):
                amount = end
                continue
            if _SEVERAL.match(text, end):
                continue
        if value is not None and not (at < len(taken) and taken[at][0] < match.end()):
            yield Found("address", value, *match.span())


def _value(match: re.Match[str]) -> str | None:
    extras = (match[name] for name in ("word", "sign", "letter", "apart", "named"))
    return address(match["area"], match["number"], next((one for one in extras if one), None))


def _after_street(text: str, start: int) -> bool:
    """Whether what stands in front of a number can be a street or a word for house number, or is nothing."""
    before = _STREET_BEFORE.search(text, max(0, start - 45), start)
    if before is not None and _AREA_BEFORE.search(text, max(0, start - 12), start):
        return False
    if before is None:
        return not text[max(0, start - 1) : start].strip() and not text[max(0, start - 2) : start].strip(
            " \n(:;,"
        )
    return not _NOT_A_STREET.fullmatch(before["word"])


def _far_street(text: str, match: re.Match[str]) -> bool:
    """Whether a number with a place between it and the postcode stands behind the name of a street."""
    before = _STREET_BEFORE.search(text, max(0, match.start() - 45), match.start())
    if before is None or _OWN_NUMBER.match(text, match.end()):
        return False
    word = before["word"]
    street = word[0].isupper() or _STREET_NAME.fullmatch(word.capitalize())
    return bool(street) and not _NOT_A_STREET.fullmatch(word) and not _NO_STREET_NAME.fullmatch(word)
