"""Words for "which rows": each says of one row whether a scope reaches it, knowing all rows there are.

Written from DESIGN 5 and 7, not from the policies: the matrix holds one against the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.database import Scope

Row = Mapping[str, object]
World = Mapping[str, Sequence[Row]]
"""All rows of all tables, as the superuser sees them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table, and where not every column of them: which."""

    words: str
    holds: Callable[[Row, Scope, World], bool]
    columns: frozenset[str] | None = None

    def only(self, names: str) -> "Rows":
        """The same rows, these columns of them."""
        return replace(self, words=f"{self.words}, some columns", columns=frozenset(names.split()))

    def __or__(self, other: "Rows") -> "Rows":
        def either(row: Row, scope: Scope, world: World) -> bool:
            return self.holds(row, scope, world) or other.holds(row, scope, world)

        return Rows(f"{self.words} or {other.words}", either)

    def __and__(self, other: "Rows") -> "Rows":
        def both(row: Row, scope: Scope, world: World) -> bool:
            return self.holds(row, scope, world) and other.holds(row, scope, world)

        return Rows(f"{self.words} and {other.words}", both)


def named(column: str, words: str) -> Rows:
    """Rows whose `column` names the scope's organisation."""

    def holds(row: Row, scope: Scope, _world: World) -> bool:
        return bool(scope.organisation) and row[column] == scope.organisation

    return Rows(words, holds)


def where(column: str, *values: object) -> Rows:
    """Rows with one of these values."""
    return Rows(
        f"{column} is {' or '.join(map(str, values))}", lambda row, _scope, _world: row[column] in values
    )


def but(column: str, *values: object) -> Rows:
    """Rows with none of these values."""
    return Rows(
        f"{column} is not {' or '.join(map(str, values))}", lambda row, _s, _w: row[column] not in values
    )


def older(column: str, age: timedelta) -> Rows:
    """Rows of longer ago."""

    def holds(row: Row, _scope: Scope, _world: World) -> bool:
        at = row[column]
        return isinstance(at, datetime) and at < datetime.now(UTC) - age

    return Rows(f"{column} over {age} ago", holds)


def _holds_a_case(row: Row, scope: Scope, world: World) -> bool:
    return bool(scope.organisation) and any(
        case["signal_id"] == row["signal_id"] and case["holder"] == scope.organisation
        for case in world["public.cases"]
    )


def _holds_this_case(row: Row, scope: Scope, world: World) -> bool:
    return bool(scope.organisation) and any(
        (case["id"], case["signal_id"]) == (row["case_id"], row["signal_id"])
        and case["holder"] == scope.organisation
        for case in world["public.cases"]
    )


def _owns_the_signal(row: Row, scope: Scope, world: World) -> bool:
    return bool(scope.organisation) and any(
        signal["id"] == row["signal_id"] and signal["organisation_id"] == scope.organisation
        for signal in world["public.signals"]
    )


def _has_a_wrap(row: Row, scope: Scope, world: World) -> bool:
    return any(
        (wrap["record_id"], wrap["version"]) == (row["record_id"], row["version"])
        and wrap["keyholder"] in scope.keyholders
        and row["part"] in _texts(wrap["parts"])
        for wrap in world["wraps.wraps"]
    )


def _gave_it_back(row: Row, _scope: Scope, world: World) -> bool:
    return row["record_id"] == row["signal_id"] and any(
        supply["signal_id"] == row["signal_id"]
        and supply["recipient"] == row["keyholder"]
        and supply["ended"] == "returned"
        and supply["seen_at"] is None
        for supply in world["public.disclosures"]
    )


def _in_the_mandate(row: Row, scope: Scope, _world: World) -> bool:
    return scope.mandate == ("*",) or row["organisation"] in scope.mandate


def _of_a_seen_approval(row: Row, scope: Scope, world: World) -> bool:
    return any(
        one["id"] == row["approval_id"]
        and (scope.register or scope.organisation in {one["organisation_id"], one["cover_id"]} - {None, ""})
        for one in world["public.approvals"]
    )


def _breaks_the_glass_for_whom_it_covers(row: Row, scope: Scope, world: World) -> bool:
    return bool(scope.organisation) and any(
        (one["id"], one["organisation_id"]) == (row["approval_id"], row["organisation_id"])
        and (one["kind"], one["cover_id"]) == ("break_glass", scope.organisation)
        for one in world["public.approvals"]
    )


def _of_whom_it_covers(row: Row, scope: Scope, world: World) -> bool:
    return bool(scope.organisation) and any(
        (one["organisation_id"], one["cover_id"]) == (row["organisation_id"], scope.organisation)
        for one in world["public.approvals"]
    )


def _declared(row: Row, _scope: Scope, world: World) -> bool:
    return any(
        (one["signal_id"], one["organisation_id"]) == (row["id"], row["organisation_id"])
        for one in world["public.erasures"]
    )


def _approved_to_erase(row: Row, _scope: Scope, world: World) -> bool:
    used = {one["approval_id"] for one in world["public.approval_uses"]}
    asked = any(
        (one["id"], one["organisation_id"], one["case_id"], one["kind"])
        == (row["approval_id"], row["organisation_id"], row["case_id"], "erasure")
        and one["id"] in used
        for one in world["public.approvals"]
    )
    return asked and any(
        (one["id"], one["signal_id"]) == (row["case_id"], row["signal_id"])
        and (one["kind"], one["state"], one["holder"]) == ("triage", "closed", row["organisation_id"])
        for one in world["public.cases"]
    )


def _texts(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


ALL = Rows("every row", lambda _row, _scope, _world: True)
OWN = named("organisation_id", "of the own organisation")
HELD = named("holder", "of a case the organisation holds")
RECEIVED = named("recipient", "supplied to the organisation")
COVERED = named("cover_id", "of who is covered by the organisation")
REGISTER = Rows("all, to who keeps the register", lambda _row, scope, _world: scope.register)
MANDATE = Rows("of organisations in the mandate", _in_the_mandate)
OF_A_HELD_SIGNAL = Rows("of a signal the organisation holds a case of", _holds_a_case)
OF_A_HELD_CASE = Rows("of this case, held by the organisation", _holds_this_case)
OF_AN_OWNED_SIGNAL = Rows("of a signal the organisation owns", _owns_the_signal)
UNWRAPPED = Rows("with a wrap for the own keyholder", _has_a_wrap)
OF_OWN_KEYHOLDER = Rows(
    "for the own keyholder", lambda row, scope, _world: row["keyholder"] in scope.keyholders
)
GIVEN_BACK = Rows("of who gave the supply back", _gave_it_back)
OF_A_SEEN_APPROVAL = Rows("of an approval that is seen", _of_a_seen_approval)
OF_BROKEN_GLASS = Rows("by breaking the glass of whom it covers", _breaks_the_glass_for_whom_it_covers)
DECLARED_ERASED = Rows("of which an erasure is declared", _declared)
APPROVED_TO_ERASE = Rows("of a closed case that may be erased", _approved_to_erase)
OF_WHOM_IT_COVERS = Rows("to whom it covers", _of_whom_it_covers)
OF_THE_SIGNAL = Rows("of the signal itself", lambda row, _scope, _world: row["record_id"] == row["signal_id"])
OF_ANOTHER_RECORD = Rows(
    "of another record", lambda row, _scope, _world: row["record_id"] != row["signal_id"]
)
