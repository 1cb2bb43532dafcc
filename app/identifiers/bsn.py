"""Citizen service numbers (BSN): found to be left out, never to be kept.

Pure. The desk has no ground to process them (practice.md section 6): intake replaces each in what was typed before
anything is sorted, sealed or indexed. One in eleven numbers of nine figures passes the check by chance, so a number
counts only with a word for it nearby; a sole trader's old VAT number holds one and goes too.
"""

import re
from collections.abc import Iterator

MARKER = "«BSN weggelaten»"

_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,/-])(?:[0-9]{8,9}|[0-9]{3}([ .\u00a0-])[0-9]{3}\1[0-9]{2,3}"
    r"|[0-9]{4}([ .\u00a0-])[0-9]{2}\2[0-9]{3}|[0-9]{2}([ .\u00a0-])[0-9]{3}\3[0-9]{3}|[0-9](?: [0-9]){7,8})"
    r"(?![0-9A-Za-z])(?![.,/-][0-9])"
)
_VAT = re.compile(
    r"(?<![0-9A-Za-z])NL[ .]?([0-9]{4}\.?[0-9]{2}\.?[0-9]{3})[ .]?B[ .]?[0-9]{2}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"(?<![a-z])(?:b\.?s\.?n\.?(?![a-z])|bsn|burger[- ]?service[- ]?(?:nummer|nr)|sofi(?:[- ]?(?:nummer|nr))?(?![a-z])"
    r"|sociaal[- ]fiscaal|b[üu]rger[- ]?service[- ]?nummer|citizen service n|social security n|persoonsnummer)",
    re.IGNORECASE,
)
# A sentence of its own that names the number as something else: «Zijn bsn weet ik niet. Het ordernummer is …».
_OTHERWISE = re.compile(
    r"[.!?]\s[^.!?\n0-9«]{0,30}\b(?:order|bestel|factuur|polis|pakket|artikel|serie|kassabon)[- ]?(?:nummer|nr\.?)"
    r"(?: is| was| luidt)?[ :#]{0,3}$",
    re.IGNORECASE,
)
_LABEL_BEHIND = re.compile(rf"[ (,:/-]{{0,3}}{_WORD.pattern}", re.IGNORECASE)
_WINDOW = 60
_CHAIN = 25
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def passes(figures: str) -> bool:
    """Whether 9 figures (8 where the leading zero was left off) pass the eleven check."""
    whole = figures.zfill(9)
    if len(figures) not in {8, 9} or not (figures.isascii() and figures.isdecimal()) or not int(figures):
        return False
    return sum(int(one) * weight for one, weight in zip(whole, _WEIGHTS, strict=True)) % 11 == 0


def find(text: str) -> list[tuple[int, int]]:
    """Where citizen service numbers stand in `text`: start and end, in order, none overlapping."""
    found = sorted({*_named(text), *_in_vat_numbers(text)})
    return [span for at, span in enumerate(found) if at == 0 or span[0] >= found[at - 1][1]]


def mask(text: str) -> str:
    """`text` with a marker for each citizen service number; masking twice changes nothing more."""
    for start, end in reversed(find(text)):
        text = text[:start] + MARKER + text[end:]
    return text


def _named(text: str) -> Iterator[tuple[int, int]]:
    """Numbers near a word for them, and those that follow such a number in a list."""
    words = [match.span() for match in _WORD.finditer(text)]
    at, last = 0, -_CHAIN - 1
    for match in _NUMBER.finditer(text) if words else ():
        start, end = match.span()
        while at < len(words) and words[at][1] < start - _WINDOW:
            at += 1
        near = at < len(words) and words[at][0] <= end + _WINDOW
        if not (near or start - last <= _CHAIN) or _otherwise(text, start, end):
            continue
        if passes(re.sub(r"[^0-9]", "", match[0])):
            last = end
            yield start, end


def _otherwise(text: str, start: int, end: int) -> bool:
    """Whether the number's own sentence calls it something else, and no word for a citizen number in it or behind."""
    said = _OTHERWISE.search(text, max(0, start - _WINDOW), start)
    return said is not None and not _WORD.search(said[0]) and not _LABEL_BEHIND.match(text, end)


def _in_vat_numbers(text: str) -> Iterator[tuple[int, int]]:
    for match in _VAT.finditer(text):
        if passes(match[1].replace(".", "")):
            yield match.span()
