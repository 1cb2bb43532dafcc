"""The table of moves: who may do what from which state, and that no case can get stuck or be lost."""

from dataclasses import replace

import pytest

from app.casework.outcomes import OUTCOMES, closing_outcomes
from app.casework.workflow import (
    INITIAL,
    KINDS,
    MOVES,
    NEEDS,
    REASON_CODES,
    STATES,
    Move,
    Refused,
    Situation,
    judge,
    outcome_of,
    possible,
    returned,
)
from app.identity.actor import Role
from app.identity.policy import WORKERS

MINE = Situation(opened=True, read=True, in_hand=True, assigned_to_me=True, held=True)
COORDINATOR = frozenset({Role.COORDINATOR})
ANALYST = frozenset({Role.ANALYST})
OFFICER = frozenset({Role.OFFICER})


def reachable(kind: str) -> set[str]:
    seen = set(INITIAL[kind])
    while True:
        step = {m.target for m in MOVES if m.kind == kind and m.sources & seen} | seen
        if step == seen:
            return seen
        seen = step


def asked(kind: str, state: str, transition: str, now: Situation = MINE, **more: str) -> Move | Refused:
    return judge(
        kind,
        state,
        WORKERS[kind],
        now,
        transition=transition,
        reason_code=more.get("reason_code", "other"),
        outcome=more.get("outcome"),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_that_can_be_left_can_be_entered(kind: str) -> None:
    left = {state for move in MOVES if move.kind == kind for state in move.sources}
    assert left <= reachable(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_that_can_be_entered_leads_on_to_closed(kind: str) -> None:
    for state in reachable(kind):
        seen = {state}
        for _ in STATES:
            seen |= {m.target for m in MOVES if m.kind == kind and m.sources & seen}
        assert "closed" in seen


def test_a_person_alone_reopens_what_was_closed() -> None:
    left = [move for move in MOVES if "closed" in move.sources]
    assert [(move.id, move.kind, move.transition) for move in left] == [("T17", "triage", "reopen")]
    assert all(move.roles for move in left)


def test_no_move_of_the_desk_itself_merges() -> None:
    merges = [move for move in MOVES if move.transition == "merge"]
    assert [(move.id, move.roles) for move in merges] == [("T14", WORKERS["triage"])]


def test_a_merge_takes_two_cases_that_somebody_holds_and_has_read() -> None:
    for situation, need in (
        (replace(MINE, in_hand=False), "in_hand"),
        (replace(MINE, read=False), "read"),
        (replace(MINE, asked=True), "nothing_asked"),
        (replace(MINE, target_given=False), "target"),
    ):
        assert asked("triage", "assessing", "merge", situation) == Refused("needs_missing", (need,))
    move = asked("triage", "assessing", "merge", reason_code="duplicate")
    assert isinstance(move, Move)
    assert (move.target, outcome_of(move, None)) == ("closed", "duplicate")


def test_the_table_uses_known_words_only() -> None:
    for move in MOVES:
        assert move.kind in KINDS
        assert move.sources | {move.target} <= set(STATES)
        assert set(move.needs) <= set(NEEDS)
        assert set(move.reasons) <= set(REASON_CODES)
        assert "other" in move.reasons
        assert set(move.outcomes) <= {code for code, o in OUTCOMES.items() if move.kind in o.kinds}
        assert ("outcome" in move.needs) == (len(move.outcomes) > 1)


def test_a_person_has_one_move_per_transition_and_state() -> None:
    keys = [(m.kind, state, m.transition) for m in MOVES if m.roles for state in m.sources]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("kind", "state", "transitions"),
    [
        ("triage", "new", {"claim", "merge"}),
        ("triage", "claimed", {"assess", "close", "merge", "release"}),
        ("triage", "assessing", {"propose_supply", "supply", "close", "merge", "release"}),
        ("triage", "waiting_approval", {"supply", "merge", "resume"}),
        ("triage", "supplied", {"settle", "merge"}),
        ("triage", "closed", {"reopen"}),
        ("riec", "closed", set()),
        ("rudd", "closed", set()),
        ("riec", "claimed", {"assess", "release"}),
        ("riec", "assessing", {"return_to_triage", "close", "release"}),
        ("rudd", "claimed", {"assess", "release"}),
        ("rudd", "assessing", {"return_to_triage", "close", "release"}),
    ],
)
def test_what_the_workers_of_a_queue_may_do(kind: str, state: str, transitions: set[str]) -> None:
    assert {p.transition for p in possible(kind, state, WORKERS[kind], MINE)} == transitions


@pytest.mark.parametrize("state", STATES)
def test_workers_of_another_queue_may_do_nothing(state: str) -> None:
    for kind, roles in WORKERS.items():
        for other in set(Role) - roles:
            assert possible(kind, state, frozenset({other}), MINE) == []


def test_assessing_waits_for_an_opening_with_a_purpose() -> None:
    unread = replace(MINE, opened=False)
    assess = next(p for p in possible("riec", "claimed", ANALYST, unread) if p.transition == "assess")
    assert assess.needs == ("opened",)
    assert asked("riec", "claimed", "assess", unread) == Refused("needs_missing", ("opened",))
    assert isinstance(asked("riec", "claimed", "assess"), Move)


def test_only_the_one_it_is_assigned_to_moves_a_case_on() -> None:
    others = replace(MINE, assigned_to_me=False, in_hand=False)
    for kind in KINDS:
        for state in ("claimed", "assessing"):
            for found in possible(kind, state, WORKERS[kind], others):
                assert {"assigned", "in_hand"} & set(found.needs)


def test_a_list_of_what_is_possible_names_outcomes_not_as_missing() -> None:
    close = next(p for p in possible("riec", "assessing", ANALYST, MINE) if p.transition == "close")
    assert close.needs == ()
    assert close.outcomes == closing_outcomes("riec")


def test_closing_asks_for_an_outcome_of_the_own_kind() -> None:
    assert asked("rudd", "assessing", "close") == Refused("needs_missing", ("outcome",))
    assert asked("rudd", "assessing", "close", outcome="partner_measure") == Refused("outcome_not_allowed")
    move = asked("rudd", "assessing", "close", outcome="warning")
    assert isinstance(move, Move)
    assert move.target == "closed"
    assert outcome_of(move, "warning") == "warning"


def test_an_owner_cannot_close_while_a_recipient_has_it() -> None:
    busy = replace(MINE, open_supply=True)
    assert asked("triage", "assessing", "close", busy, outcome="no_hit") == Refused(
        "needs_missing", ("no_open_supply",)
    )


def test_nobody_closes_with_an_outcome_that_another_move_gives() -> None:
    assert asked("triage", "assessing", "close", outcome="settled") == Refused("outcome_not_allowed")


def test_supplying_names_a_recipient() -> None:
    none = replace(MINE, recipients_given=False)
    assert asked("triage", "assessing", "supply", none) == Refused("needs_missing", ("recipients",))
    move = asked("triage", "assessing", "supply", reason_code="needs_recipient")
    assert isinstance(move, Move)
    assert move.target == "supplied"


def test_what_is_under_secrecy_is_proposed_and_not_supplied_by_one_person() -> None:
    secret = replace(MINE, secrecy=True)
    assert asked("triage", "assessing", "supply", secret) == Refused("needs_missing", ("second_person",))
    proposed = asked("triage", "assessing", "propose_supply", secret)
    assert isinstance(proposed, Move)
    assert proposed.target == "waiting_approval"
    agreed = asked("triage", "waiting_approval", "supply", secret)
    assert isinstance(agreed, Move)
    assert agreed.target == "supplied"


def test_a_supplied_case_is_settled_by_any_coordinator_once_every_recipient_reported() -> None:
    unclaimed = Situation()
    assert asked("triage", "supplied", "settle", unclaimed) == Refused("needs_missing", ("all_reported",))
    move = asked("triage", "supplied", "settle", replace(unclaimed, all_reported=True))
    assert isinstance(move, Move)
    assert outcome_of(move, None) == "settled"


def test_a_returned_case_goes_back_to_its_worker_or_to_the_pile() -> None:
    back = returned("triage", "supplied", replace(MINE, open_supply=True))
    free = returned("triage", "supplied", Situation())
    assert back is not None
    assert back.target == "assessing"
    assert free is not None
    assert free.target == "new"
    assert returned("triage", "assessing", MINE) is None
    assert returned("riec", "assessing", MINE) is None


def test_no_person_can_ask_for_a_move_of_the_desk() -> None:
    assert asked("triage", "supplied", "returned") == Refused("no_such_move")


def test_a_reason_must_fit_the_move() -> None:
    assert asked("riec", "assessing", "return_to_triage", reason_code="no_power") == Refused(
        "reason_not_allowed"
    )
    assert isinstance(asked("riec", "assessing", "return_to_triage", reason_code="not_organised"), Move)
    assert isinstance(asked("rudd", "assessing", "return_to_triage", reason_code="police_first"), Move)


def test_a_move_from_another_state_is_no_move() -> None:
    assert asked("riec", "new", "close", outcome="too_old") == Refused("no_such_move")
    assert judge("riec", "new", OFFICER, MINE, transition="claim", reason_code="other") == Refused(
        "no_such_move"
    )
    assert (
        judge("triage", "new", COORDINATOR, MINE, transition="claim", reason_code="next_in_line") == MOVES[0]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_released_cases_go_back_to_new(kind: str) -> None:
    for state in ("claimed", "assessing"):
        move = asked(kind, state, "release", reason_code="absence")
        assert isinstance(move, Move)
        assert move.target == "new"
