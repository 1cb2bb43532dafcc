"""How alike two reports are told, as marks that can be compared and not read back: MinHash of word stems in bands.

Pure. Intake makes the marks of the text and seals them to the indexer; the worker keeps an HMAC of each, bound to the
owner, so that reports of two organisations can never be held together. Two texts share a mark where two of their least
hashed stems are the same: of 32 marks about a sixth where they share 40 % of their stems, hardly one below 10 %.
Linear in the text, and at most `MOST` stems count.
"""

import hashlib
import itertools
import struct
from collections.abc import Collection, Sequence
from typing import Literal, get_args

from app.classification.features import stem
from app.classification.words import WORD, normal
from app.identifiers import IdentifierKind

BANDS, DEPTH = 32, 2
MOST, FEWEST = 256, 6
"""So many different stems of one text count; with fewer than the second nothing is made: too little to be told by."""
DIGITS = 8
"""A mark is 32 bits, written as so many hexadecimal digits."""
KIND = "wording"
"""What the part `identifiers` calls the marks of a text, written one after another."""
HASHES = struct.Struct(f">{BANDS * DEPTH}I")
SHORTEST = 3
_COMMON = """
aan achter alle alleen allemaal alles als altijd andere ben bij binnen boven buiten daar daarna dan dat
deze die dit doen doet door dus een eens elke enkel enkele erg even gaan gaat geen geweest gister
gisteren had haar hadden heb hebben heeft heel hem hen het hier hij hoe hun iedere iedereen iemand iets
jaar jullie kan keer kon kunnen kwam laten ligt liggen lijkt maar maken mee meer men met mij mijn moet
moeten naar naast nam niemand niet niets nog nooit omdat onder ons onze ook over samen sinds snel soms
staan staat steeds tegen ter terwijl toch toen tot tussen uit uur vaak van vandaag veel vind volgens voor
waar waren was wat week weer weet wel werd wie wij wil worden wordt zag zeggen zegt zei zeker zelf zich
zie zijn zit zitten zoals zonder zou zult and are but for from had has have her his not she that the
their them there they this was were what when which who with you aber auch auf aus bei das dem den der
des die ein eine einem einen einer hat ich ihm ihr ihre ist mit nach nicht noch nur sich sie sind und von
vor war wie wir zum zur
"""
COMMON = frozenset(_COMMON.split())
"""Words that say nothing of what happened, in the three languages that come in."""

STRONG, ENOUGH, WITH_PLACE, WITH_IDENTIFIER = 8, 4, 2, 1
"""Marks in common from which the wording is strong, is enough alone, beside one address, beside another identifier."""
PLACE: IdentifierKind = "address"

Likeness = Literal["strong", "weak", "slight"]
ORDER: tuple[Likeness, ...] = get_args(Likeness)


def stems(text: str) -> list[str]:
    """The stems of the words that say what happened, and the numbers, each once, in order, at most `MOST`."""
    words = (normal(found[0]) for found in WORD.finditer(text))
    telling = (
        word if word.isdigit() else stem(word)
        for word in words
        if word.isdigit() or (len(word) >= SHORTEST and word not in COMMON)
    )
    return list(itertools.islice(dict.fromkeys(telling), MOST))


def marks(text: str) -> list[str]:
    """The marks of a text, one for each band in order; none where it says too little."""
    told = stems(text)
    if len(told) < FEWEST:
        return []
    least = [min(values) for values in zip(*map(_hashes, told), strict=True)]
    return [_mark(least[at : at + DEPTH]) for at in range(0, len(least), DEPTH)]


def parted(value: str) -> list[str]:
    """The marks that were written one after another."""
    return [value[at : at + DIGITS] for at in range(0, len(value), DIGITS)]


def _hashes(one: str) -> tuple[int, ...]:
    """A number of 32 bits from each hash function; public, as the secret is the key of the index."""
    return HASHES.unpack(hashlib.shake_128(one.encode()).digest(HASHES.size))


def _mark(least: Sequence[int]) -> str:
    told = struct.pack(f">{DEPTH}I", *least)
    return hashlib.blake2b(told, digest_size=DIGITS // 2).hexdigest()


def likeness(shared: int) -> Likeness:
    """How alike two reports with so many marks in common are told."""
    return "strong" if shared >= STRONG else "weak" if shared >= ENOUGH else "slight"


def same_event(shared: int, kinds: Collection[str]) -> bool:
    """Whether a person should look if two reports tell one event: marks and kinds of identifier in common."""
    if any(kind != PLACE for kind in kinds):
        return shared >= WITH_IDENTIFIER
    return shared >= (WITH_PLACE if kinds else ENOUGH)
