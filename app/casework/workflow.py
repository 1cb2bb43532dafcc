"""How a case moves: one table of allowed moves per kind of queue, with who, what is needed, which outcomes.

Pure data and two questions: what could this person do now (`possible`), and may this very request be
done (`judge`). Ids, states and outcomes are those of workflow.md sections 2 and 3. Needs that are
weighings, tasks or approvals join the table when those exist.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.casework.outcomes import closing_outcomes
from app.identity.actor import Role
from app.identity.policy import WORKERS

KINDS = ("triage", "riec", "rudd")
STATES = (
    "new",
    "claimed",
    "assessing",
    "waiting_reporter",
    "enquiring",
    "waiting_approval",
    "taken_up",
    "supplied",
    "closed",
)
INITIAL = {
    "triage": frozenset({"new", "supplied"}),
    "riec": frozenset({"new"}),
    "rudd": frozenset({"new"}),
}
"""States a case may be born in; the owner's is born `supplied` when every matched queue is direct."""

REASON_CODES = {
    "next_in_line": "Volgende in de rij",
    "read_and_ready": "Gelezen, kan beoordeeld worden",
    "facts_sufficient": "Genoeg bekend om te beslissen",
    "facts_insufficient": "Te weinig bekend om te beslissen",
    "needs_recipient": "Nodig voor de taak van de ontvanger",
    "not_organised": "Niet georganiseerd",
    "single_authority": "Eén organisatie kan dit zelf",
    "not_environmental": "Geen milieu",
    "no_power": "Geen bevoegdheid",
    "police_first": "Eerst de politie",
    "too_thin": "Te weinig om mee te werken",
    "wrong_queue": "Verkeerde rij",
    "duplicate": "Al bekend",
    "new_facts": "Nieuwe feiten",
    "reporter_wrote": "De melder schreef opnieuw",
    "not_the_same": "Toch een andere gebeurtenis",
    "recipient_done": "Ontvanger is klaar",
    "recipient_returned": "Ontvanger gaf de zaak terug",
    "workload": "Te druk",
    "absence": "Afwezig",
    "left": "Behandelaar heeft deze rol niet meer",
    "not_approved": "De tweede persoon zei nee",
    "lapsed": "Het akkoord kwam niet op tijd",
    "other": "Anders",
}
"""Every reason a move can have, with the words on the screen. A move allows some of them, always `other`."""


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move. No `roles`: only the desk itself makes it. `outcomes`: one of these goes with it."""

    id: str
    kind: str
    transition: str
    sources: frozenset[str]
    target: str
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ("other",)


DESK: frozenset[Role] = frozenset()


def _move(
    id_: str,
    kind: str,
    path: str,
    transition: str,
    needs: str,
    reasons: str,
    *,
    roles: frozenset[Role] | None = None,
    outcomes: tuple[str, ...] = (),
) -> Move:
    sources, target = path.split(" -> ")
    return Move(
        id_,
        kind,
        transition,
        frozenset(sources.split()),
        target,
        WORKERS[kind] if roles is None else roles,
        tuple(needs.split()),
        outcomes,
        (*reasons.split(), "other"),
    )


_T, _R, _U = KINDS
_T_ENDS, _R_ENDS, _U_ENDS = (closing_outcomes(kind) for kind in KINDS)
_CLOSE = "facts_sufficient facts_insufficient duplicate"
_CLOSE_NEEDS = "assigned outcome no_open_supply"
_RIEC_RETURN = "not_organised single_authority too_thin wrong_queue duplicate"
_RUDD_RETURN = "not_environmental no_power police_first too_thin"
_RELEASE = "workload absence"
_BACK = "recipient_returned"
_OPEN = "new claimed assessing waiting_approval supplied"
_MERGE_NEEDS = "in_hand read nothing_asked target"
_REOPEN = "new_facts reporter_wrote not_the_same"

# fmt: off
MOVES: tuple[Move, ...] = (
    _move("T1", _T, "new -> claimed", "claim", "", "next_in_line"),
    _move("T2", _T, "claimed -> assessing", "assess", "assigned opened", "read_and_ready"),
    _move("T7", _T, "assessing -> waiting_approval", "propose_supply", "assigned recipients", "needs_recipient"),
    _move("T8", _T, "waiting_approval -> supplied", "supply", "assigned approval", "needs_recipient"),
    _move("T9", _T, "waiting_approval -> assessing", "refused", "", "not_approved", roles=DESK),
    _move("T9", _T, "waiting_approval -> assessing", "resume", "assigned nothing_asked", "not_approved lapsed"),
    _move("T10", _T, "assessing -> supplied", "supply", "assigned second_person recipients", "needs_recipient"),
    _move("T13", _T, "claimed assessing -> closed", "close", _CLOSE_NEEDS, _CLOSE, outcomes=_T_ENDS),
    _move("T14", _T, f"{_OPEN} -> closed", "merge", _MERGE_NEEDS, "duplicate", outcomes=("duplicate",)),
    _move("T15", _T, "supplied -> closed", "settle", "all_reported", "recipient_done", outcomes=("settled",)),
    # A case born `supplied` was never anybody's: it goes back to the pile, or no one could work on it.
    _move("T16", _T, "supplied -> assessing", "returned", "held", _BACK, roles=DESK),
    _move("T16", _T, "supplied -> new", "returned", "not_held", _BACK, roles=DESK),
    _move("T17", _T, "closed -> assessing", "reopen", "", _REOPEN),
    _move("T18", _T, "claimed assessing -> new", "release", "assigned", _RELEASE),
    _move("R1", _R, "new -> claimed", "claim", "", "next_in_line"),
    _move("R2", _R, "claimed -> assessing", "assess", "assigned opened", "read_and_ready"),
    _move("R5", _R, "assessing -> closed", "return_to_triage", "assigned", _RIEC_RETURN),
    _move("R8", _R, "assessing -> closed", "close", "assigned outcome", _CLOSE, outcomes=_R_ENDS),
    _move("T18", _R, "claimed assessing -> new", "release", "assigned", _RELEASE),
    _move("U1", _U, "new -> claimed", "claim", "", "next_in_line"),
    _move("U1", _U, "claimed -> assessing", "assess", "assigned opened", "read_and_ready"),
    _move("U4", _U, "assessing -> closed", "return_to_triage", "assigned", _RUDD_RETURN),
    _move("U5", _U, "assessing -> closed", "close", "assigned outcome", _CLOSE, outcomes=_U_ENDS),
    _move("T18", _U, "claimed assessing -> new", "release", "assigned", _RELEASE),
)
# fmt: on
TRANSITIONS = tuple(sorted({move.transition for move in MOVES if move.roles}))
"""The moves a person can ask for."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is true of a case for one worker at this moment.

    `opened`: opened with a purpose since the claim; `read`: opened by this worker at any time. `assigned_to_me` and
    `held`: whose it is, if anybody's; `in_hand`: this worker's, or supplied at once and so anybody's of the queue.
    `open_supply`: a recipient still has it. `all_reported`: there are recipients and each reported an
    outcome. `asked`: a second person was asked about supplying it and has not answered yet. `secrecy`: it may only
    be supplied after a second person's yes. The `given` say what the request brings; a list of what could be done
    leaves them true.
    """

    opened: bool = False
    read: bool = False
    in_hand: bool = False
    assigned_to_me: bool = False
    held: bool = False
    open_supply: bool = False
    all_reported: bool = False
    asked: bool = False
    secrecy: bool = False
    recipients_given: bool = True
    approval_given: bool = True
    target_given: bool = True
    outcome_given: bool = True


NEEDS: dict[str, Callable[[Situation], bool]] = {
    "opened": lambda now: now.opened,
    "read": lambda now: now.read,
    "in_hand": lambda now: now.in_hand,
    "assigned": lambda now: now.assigned_to_me,
    "held": lambda now: now.held,
    "not_held": lambda now: not now.held,
    "no_open_supply": lambda now: not now.open_supply,
    "all_reported": lambda now: now.all_reported,
    "second_person": lambda now: not now.secrecy,
    "recipients": lambda now: now.recipients_given,
    "approval": lambda now: now.approval_given,
    "nothing_asked": lambda now: not now.asked,
    "target": lambda now: now.target_given,
    "outcome": lambda now: now.outcome_given,
}
"""Every need by code: whether a situation meets it."""


@dataclass(frozen=True, slots=True)
class Possible:
    """A move open to this person in this state; `needs` is what is still missing, empty: possible now."""

    transition: str
    needs: tuple[str, ...]
    outcomes: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a move is not made.

    `reason`: `no_such_move` (not from this state or not in this role), `needs_missing` (see `needs`),
    `outcome_not_allowed` or `reason_not_allowed`.
    """

    reason: str
    needs: tuple[str, ...] = ()


def missing(move: Move, situation: Situation) -> tuple[str, ...]:
    """The needs of `move` that `situation` does not meet, in the order of the table."""
    return tuple(need for need in move.needs if not NEEDS[need](situation))


def moves_from(kind: str, state: str) -> list[Move]:
    """The table's moves for a case of `kind` in `state`, the desk's own included."""
    return [move for move in MOVES if move.kind == kind and state in move.sources]


def possible(kind: str, state: str, roles: frozenset[Role], situation: Situation) -> list[Possible]:
    """What somebody with `roles` could do with this case, each with what is still missing."""
    return [
        Possible(move.transition, missing(move, situation), move.outcomes, move.reasons)
        for move in moves_from(kind, state)
        if move.roles & roles
    ]


def judge(
    kind: str,
    state: str,
    roles: frozenset[Role],
    situation: Situation,
    *,
    transition: str,
    reason_code: str,
    outcome: str | None = None,
) -> Move | Refused:
    """The move that a worker's request makes, or why not; `outcome` itself says whether one is given."""
    found = [m for m in moves_from(kind, state) if m.transition == transition and m.roles & roles]
    if not found:
        return Refused("no_such_move")
    move = found[0]
    if outcome is not None and outcome not in move.outcomes:
        return Refused("outcome_not_allowed")
    if reason_code not in move.reasons:
        return Refused("reason_not_allowed")
    lacking = missing(move, replace(situation, outcome_given=outcome is not None))
    return Refused("needs_missing", lacking) if lacking else move


def outcome_of(move: Move, given: str | None) -> str | None:
    """The outcome to store: the one given, or the only one that the move can have (settle), or none."""
    return move.outcomes[0] if given is None and len(move.outcomes) == 1 else given


def refused(kind: str, state: str) -> Move | None:
    """The desk's own move when the second person said no (T9); None where there is none."""
    return next((move for move in moves_from(kind, state) if move.transition == "refused"), None)


def returned(kind: str, state: str, situation: Situation) -> Move | None:
    """The desk's own move when a recipient gave a supplied case back (T16); None where there is none."""
    for move in moves_from(kind, state):
        if move.transition == "returned" and not missing(move, situation):
            return move
    return None
