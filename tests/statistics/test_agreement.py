"""The tables of what people decided: right, by rule and month, and nothing small can be read from them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.classification.values import CATEGORIES
from app.statistics.agreement import Decided, number, share, tables

V1, V2 = "lexicon lexicon-1+aaaaaaaa", "model-1+bbbbbbbb lexicon-1+aaaaaaaa"
ROW = re.compile(r"\| (?P<key>[^|]+) \| (?P<count>\S+) \| (?P<changed>\S+) \| (?P<share>\S+(?: %)?) \|")


def case(
    decided: str, proposed: str | None = "drugs", month: str = "2026-11", version: str = V1, *rules: str
) -> Decided:
    return Decided(month, proposed, decided, rules or ("dr-smell",), version)


def told(*found: Decided) -> dict[str, tuple[str, str, str]]:
    """What each row says."""
    rows = [match for line in tables(found) if (match := ROW.fullmatch(line))]
    return {row["key"]: (row["count"], row["changed"], row["share"]) for row in rows if row["key"][0] != "m"}


def test_agreement_is_told_in_all_by_version_category_clue_and_month() -> None:
    kept = [case("drugs") for _ in range(15)]
    changed = [case("care_fraud", "drugs", "2026-10", V2, "dr-smell", "dr-foil") for _ in range(5)]
    others = [case("care_fraud", "care_fraud", "2026-10", V2, "cf-hours") for _ in range(10)]
    assert told(*kept, *changed, *others) == {
        "alle": ("30", "5", "17 %"),
        V1: ("15", "0", "0 %"),
        "drugs": ("20", "5", "25 %"),
        "care_fraud": ("10", "0", "0 %"),
        "dr-smell, drugs": ("20", "5", "25 %"),
        "dr-foil, drugs": ("5", "5", "100 %"),
        "cf-hours, care_fraud": ("10", "0", "0 %"),
        "2026-10": ("15", "5", "33 %"),
        "2026-11": ("15", "0", "0 %"),
    }
    assert f"| {V2} | 15 | 5 | 33 % |" in list(tables([*kept, *changed, *others]))


def test_what_was_left_to_a_person_is_no_disagreement_and_is_told_apart() -> None:
    lines = list(tables([case("drugs", None) for _ in range(6)]))
    assert lines[-1] == "| drugs | 5 |"
    assert not [line for line in lines if ROW.fullmatch(line) and "besluiten" not in line]


def test_fewer_than_five_is_no_row_and_a_small_side_has_no_share() -> None:
    assert told(*(case("care_fraud") for _ in range(4))) == {}
    few = told(*(case("care_fraud") for _ in range(4)), *(case("drugs") for _ in range(8)))
    assert few["alle"] == ("10", "<5", "–")
    many = told(*(case("care_fraud") for _ in range(8)), *(case("drugs") for _ in range(4)))
    assert many["alle"] == ("10", "5", "–")


def test_a_rule_that_two_of_its_clues_name_counts_once_a_case() -> None:
    found = told(*(case("drugs", "drugs", "2026-11", V1, "dr-smell", "dr-smell") for _ in range(5)))
    assert found["dr-smell, drugs"] == ("5", "0", "0 %")


CASES = st.builds(
    Decided,
    st.sampled_from(["2026-10", "2026-11"]),
    st.sampled_from([None, *CATEGORIES]),
    st.sampled_from(CATEGORIES),
    st.lists(st.sampled_from(["dr-smell", "cf-hours"]), max_size=2).map(tuple),
    st.sampled_from([V1, V2]),
)


@given(st.lists(CASES, max_size=60))
def test_no_table_ever_tells_a_count_that_is_no_five(found: list[Decided]) -> None:
    for line in tables(found):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or "besluiten" in cells:
            continue
        counts = [cell for cell in cells[1:3] if cell.isdigit()]
        assert counts
        assert all(int(count) % 5 == 0 for count in counts)
        assert counts[0] == cells[1] != "0"


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_share_never_stands_on_a_side_of_one_to_four(part: int, rest: int) -> None:
    assert (share(part, part + rest) == "–") is (0 < part < 5 or 0 < rest < 5 or part + rest < 5)
    assert number(part) in {"<5", str(part // 5 * 5)}
    assert (number(part) == "<5") is (0 < part < 5)
