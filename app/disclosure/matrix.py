"""Who may supply what to whom by default (workflow.md 7). Pure.

Rows that are open in law stay `no` until an organisation fills them.
"""

from dataclasses import dataclass

GROUNDS = ("riec_partner", "environmental_task")
RIEC_KINDS = frozenset({"municipality", "province"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a supply may be made; `reason` says why not."""

    allowed: bool
    reason: str
    parts: tuple[str, ...] = ()


def ruling(owner_kind: str, queue_kind: str, regime: str, ground: str) -> Ruling:
    """May an owner of this kind supply to this kind of queue on this ground, and which parts.

    RIEC gets the content, RUDD the minimised part. Reports under police law, care secrecy or from Meld Misdaad Anoniem
    do not leave the owner before their own checks exist. The reporter part never goes.
    """
    if regime != "avg":
        return Ruling(False, "regime")
    if queue_kind == "riec":
        if owner_kind not in RIEC_KINDS:
            return Ruling(False, "no_ground_known")
        return (
            Ruling(True, "partner", ("content",))
            if ground == "riec_partner"
            else Ruling(False, "wrong_ground")
        )
    if queue_kind == "rudd":
        if ground != "environmental_task":
            return Ruling(False, "wrong_ground")
        return Ruling(True, "environmental_task", ("minimised",))
    return Ruling(False, "no_such_recipient")
