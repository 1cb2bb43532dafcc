"""Who may supply what to whom by default (workflow.md 7). Pure.

Rows that are open in law stay `no` until an organisation fills them.
"""

from dataclasses import dataclass

GROUNDS = ("riec_partner", "environmental_task")
RIEC_KINDS = frozenset({"municipality", "province"})
SECRECY = "wmo_youth"
"""The regime of professional secrecy in care and youth work: nothing leaves unless the privacy officer agreed."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a supply may be made; `reason` says why not. `privacy_officer`: only after her approval."""

    allowed: bool
    reason: str
    parts: tuple[str, ...] = ()
    privacy_officer: bool = False


def ruling(owner_kind: str, queue_kind: str, regime: str, ground: str) -> Ruling:
    """May an owner of this kind supply to this kind of queue on this ground, and which parts.

    RIEC gets the content, RUDD the minimised part. Reports under police law or from Meld Misdaad Anoniem do not leave
    the owner before their own checks exist; under care secrecy only RIEC gets one, and only when the privacy officer
    agreed. The reporter part never goes.
    """
    secret = regime == SECRECY
    if regime != "avg" and not (secret and queue_kind == "riec"):
        return Ruling(False, "regime")
    if queue_kind == "riec":
        if owner_kind not in RIEC_KINDS:
            return Ruling(False, "no_ground_known")
        return (
            Ruling(True, "partner", ("content",), privacy_officer=secret)
            if ground == "riec_partner"
            else Ruling(False, "wrong_ground")
        )
    if queue_kind == "rudd":
        if ground != "environmental_task":
            return Ruling(False, "wrong_ground")
        return Ruling(True, "environmental_task", ("minimised",))
    return Ruling(False, "no_such_recipient")
