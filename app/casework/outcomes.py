"""How a case can end: the closed list of outcomes, per kind of queue (workflow.md section 3). Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended: words on screen, kinds that may use it, feedback text (F), retention class (K)."""

    code: str
    text: str
    kinds: frozenset[str]
    feedback: str
    retention: str | None


def _outcome(code: str, text: str, kinds: str, feedback: str, retention: str | None) -> Outcome:
    letters = {"T": "triage", "R": "riec", "U": "rudd"}
    return Outcome(code, text, frozenset(letters[letter] for letter in kinds), feedback, retention)


OUTCOMES = {
    outcome.code: outcome
    for outcome in (
        _outcome("not_undermining", "Geen ondermijning", "T", "F4", "K1"),
        _outcome("too_vague", "Te weinig concreet", "TRU", "F4", "K1"),
        _outcome("too_old", "Te oud", "TR", "F4", "K1"),
        _outcome("no_hit", "Geen treffer in bronnen", "T", "F4", "K1"),
        _outcome("not_confirmed", "Onderzocht, niet bevestigd", "TRU", "F6", "K1"),
        _outcome("withdrawn", "Ingetrokken", "T", "F7", "K1"),
        _outcome("referred", "Doorverwezen", "T", "F5", "K1"),
        _outcome("duplicate", "Dubbel", "T", "F3", None),
        _outcome("transferred", "Overgedragen", "T", "F3", "K3"),
        _outcome("settled", "Afgehandeld door ontvanger", "T", "F6", "K3"),
        _outcome("care_arranged", "Geen strafbaar feit, wel zorg", "TR", "F6", "K2"),
        _outcome("own_measure", "Eigen maatregel", "T", "F6", "K2"),
        _outcome("partner_measure", "Maatregel van een partner", "R", "F6", "K2"),
        _outcome("no_violation", "Geen overtreding", "U", "F6", "K1"),
        _outcome("addressed", "Aangesproken", "U", "F6", "K2"),
        _outcome("warning", "Waarschuwing", "U", "F6", "K2"),
        _outcome("penalty_order", "Last onder dwangsom", "U", "F6", "K2"),
        _outcome("coercion", "Last onder bestuursdwang", "U", "F6", "K2"),
        _outcome("work_stopped", "Werk stilgelegd", "U", "F6", "K2"),
        _outcome("permit_withdrawn", "Vergunning ingetrokken", "U", "F6", "K2"),
        _outcome("fine", "Bestuurlijke boete", "U", "F6", "K2"),
        _outcome("official_report", "Proces-verbaal", "U", "F6", "K2"),
        _outcome("advice_to_authority", "Advies aan bevoegd gezag", "U", "F6", "K2"),
        _outcome("cleaned_up", "Opgeruimd", "U", "F6", "K2"),
    )
}
"""Every outcome by code (workflow.md 3)."""

BY_OTHER_MOVES = frozenset({"settled", "transferred"})
"""Outcomes that belong to settle and transfer; nobody closes a case with them."""


def closing_outcomes(kind: str) -> tuple[str, ...]:
    """Codes with which a case of `kind` may be closed."""
    return tuple(
        code for code, outcome in OUTCOMES.items() if kind in outcome.kinds and code not in BY_OTHER_MOVES
    )
