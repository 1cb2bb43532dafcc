"""Throws that come out the same for the same seed, and numbers that fit their form and are nobody's.

Plates hold a Q, which was never issued; Dutch phone numbers have a 0 after the area code, which none has, and
foreign ones come from the ranges kept free for films; accounts are of a bank called DEMO.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

CONSONANTS = "BDFGHJKLNPRSTVXZ"


class Dice:
    """Choices that come out the same for the same seed, on every machine."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._throws = 0

    def below(self, bound: int) -> int:
        """A number from 0 to `bound`, that one excluded."""
        self._throws += 1
        digest = hashlib.sha256(f"{self._seed} {self._throws}".encode()).digest()
        return int.from_bytes(digest[:16], "big") % bound

    def one(self, of: Sequence[Thing]) -> Thing:
        """One of these."""
        return of[self.below(len(of))]

    def chance(self, percent: int) -> bool:
        """Whether it happens, this many times in a hundred."""
        return self.below(100) < percent

    def weighed(self, weights: dict[str, int]) -> str:
        """A key of `weights`, as often as its weight says."""
        throw = self.below(sum(weights.values()))
        for name, weight in weights.items():
            throw -= weight
            if throw < 0:
                return name
        raise AssertionError("a throw is below the sum")


def plate(dice: Dice) -> str:
    """A Dutch plate of a series that exists, with a Q that was never issued."""
    one = dice.one(CONSONANTS)
    # SS and SD were never issued either, and are not taken for a plate in a text.
    two = dice.one(CONSONANTS if one != "S" else [letter for letter in CONSONANTS if letter not in "DS"])
    number = 100 + dice.below(900)
    shapes = (
        f"Q{one}-{number}-{two}",
        f"Q-{number}-{one}{two}",
        f"{number % 90 + 10}-Q{one}{two}-{number // 100}",
    )
    return dice.one(shapes)


def phone(dice: Dice, dial: str, lang: str = "nl") -> str:
    """A number that rings nowhere: Dutch local ones never start with 0, the others are for films."""
    if lang == "en" and dice.chance(50):
        return f"+44 20 7946 0{dice.below(1000):03}"
    if lang == "de":
        return f"+49 30 23125 {dice.below(1000):03}"
    local = 9 - len(dial)
    return f"{dial}-0{dice.below(10**local):0{local}}"


def iban(dice: Dice) -> str:
    """An account of a bank that does not exist, with check digits that fit (ISO 13616), in groups of four."""
    account = f"DEMO{dice.below(10**9):010}"
    figures = "".join(str(int(sign, 36)) for sign in f"{account}NL00")
    whole = f"NL{98 - int(figures) % 97:02}{account}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
