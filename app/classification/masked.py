"""What the model may see of a report: its words without who somebody is or where he comes from.

Nationality, origin, belief, language, names, foreign plates and places are left out before features are made
(indicators.md 0, DESIGN invariant 7). What is left out takes no room, so that no swap of such words changes a
feature; the rest keeps its place in the text. The words stand in masks.toml.
"""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from app.classification.match import ADDRESS, PARTICLES
from app.classification.words import Word

MASKED = ("origin", "faith", "plates", "names", "places")
"""Kinds of words that are left out. Country codes (`plates`) count only in capitals."""

PEOPLE = frozenset(
    {
        *("man", "mannen", "vrouw", "vrouwen", "jongen", "jongens", "meisje", "meisjes", "mensen"),
        *("kerel", "kerels", "dame", "dames", "heer", "heren", "kind", "kinderen", "persoon"),
        *("personen", "figuur", "figuren", "gast", "gasten", "bestuurder"),
    }
)
OF_PEOPLE = frozenset({"donkere", "zwarte", "blanke", "witte", "bruine", "illegale", "illegaal"})
"""Words that are masked when a word for people follows: «een donkere man», not «een donkere schuur»."""
WORKER = "werknemer"
NUMBER = "#"
DEGREE = frozenset(
    {
        *(
            "geen",
            "goed",
            "slecht",
            "slechts",
            "nauwelijks",
            "amper",
            "beetje",
            "alleen",
            "vloeiend",
            "gebrekkig",
        ),
        *("gebroken", "no", "little", "only", "broken", "kein", "kaum", "nur"),
    }
)
"""Words that are left out just before one that may not be seen: «spreekt geen Pools»."""
FIRST = 3
"""Beginnings have at least this many letters and are looked up by them."""
CAPITALS = 3
"""A country code has at most this many letters."""


Token = tuple[str, bool, int]
"""A word the model may see: its comparable form, whether it is only looked up as a whole (a capitalised word in
mid-sentence may be a name), and its number among the words of its field.
"""


@dataclass(frozen=True, slots=True)
class Masks:
    """The lists of masks.toml: whole words by kind of treatment, and beginnings by their first letters."""

    masked: frozenset[str]
    stems: Mapping[str, tuple[str, ...]]
    codes: frozenset[str]
    workers: frozenset[str]
    worker_stems: tuple[str, ...]
    kept: frozenset[str]
    kept_stems: tuple[str, ...]


@cache
def shipped() -> Masks:
    """The lists of this release, read once."""
    text = resources.files("app.classification").joinpath("masks.toml").read_text("utf-8")
    table = {kind: words.split() for kind, words in tomllib.loads(text).items()}
    listed = [word for kind in MASKED if kind != "plates" for word in table[kind]]
    stems: dict[str, list[str]] = {}
    for word in listed:
        if word.endswith("*"):
            stems.setdefault(word[:FIRST], []).append(word[:-1])
    return Masks(
        masked=frozenset(word for word in listed if not word.endswith("*")),
        stems={first: tuple(words) for first, words in stems.items()},
        codes=frozenset(table["plates"]),
        workers=frozenset(w for w in table["workers"] if not w.endswith("*")),
        worker_stems=tuple(w[:-1] for w in table["workers"] if w.endswith("*")),
        kept=frozenset(w for w in table["kept"] if not w.endswith("*")),
        kept_stems=tuple(w[:-1] for w in table["kept"] if w.endswith("*")),
    )


def tokens(text: str, words: Sequence[Word], known: frozenset[str]) -> list[Token]:
    """The words of one field that the model may see, in order. `known` are the words that may stand with a capital
    in mid-sentence without being taken for a name.
    """
    masks, plain = shipped(), _plain(known)
    made = {norm: _form(norm, masks) for norm in [word[0] for word in words] if norm not in plain}
    inside = {
        at
        for at, word in enumerate(words)
        if word.name_like and at and words[at - 1].sentence == word.sentence
    }
    doubtful = {
        at for at in inside if (plain if words[at].norm in plain else made)[words[at].norm] not in known
    }
    hidden = doubtful | _named(words, doubtful)
    result: list[Token] = []
    for at, (norm, start, end, _, clause, _, _, lower) in enumerate(words):
        form = plain[norm] if norm in plain else made[norm]
        if (
            form is None
            or at in hidden
            or (norm in OF_PEOPLE and at + 1 < len(words) and words[at + 1].norm in PEOPLE)
        ):
            while result and result[-1][0] in DEGREE and words[result[-1][2]].clause == clause:
                result.pop()
        elif lower:
            result.append((form, False, at))
        else:
            short = end - start <= CAPITALS and text[start:end].isupper()
            if not short or norm not in masks.codes:
                result.append((form, short or at in inside, at))
    return result


@cache
def _plain(known: frozenset[str]) -> dict[str, str | None]:
    """What the model sees of each word that training knows, made once; None for what it may not see."""
    masks = shipped()
    return {norm: _form(norm, masks) for norm in known if norm not in (NUMBER, WORKER)}


def _form(norm: str, masks: Masks) -> str | None:
    if len(norm) == 1 or norm in masks.masked:
        return NUMBER if norm.isdigit() else None
    if not norm.isalpha() and any(map(str.isdigit, norm)):
        return NUMBER
    stems = masks.stems.get(norm[:FIRST])
    if stems and norm.startswith(stems):
        return None
    if norm in masks.workers or norm.startswith(masks.worker_stems):
        return WORKER
    return norm


def is_kept(norm: str) -> bool:
    """Whether a word that is written with a capital is known to be no name."""
    masks = shipped()
    return norm in (WORKER, NUMBER) or norm in masks.kept or norm.startswith(masks.kept_stems)


def _named(words: Sequence[Word], doubtful: Collection[int]) -> set[int]:
    """The words that are names by where they stand: capitalised after a form of address or after another name,
    particles passed over («mevrouw Bakker», «Jan de Boer»).
    """
    masked = shipped().masked
    named: set[int] = set()
    after = 0
    for first, word in enumerate(words):
        if first < after or not (
            word.norm in ADDRESS or (word.name_like and (first in doubtful or word.norm in masked))
        ):
            continue
        passed: list[int] = []
        after = first + 1
        while after < len(words) and words[after].sentence == word.sentence:
            if words[after].norm in PARTICLES:
                passed.append(after)
            elif words[after].name_like:
                named.update([*passed, after])
                passed = []
            else:
                break
            after += 1
    return named
