"""`meldpunt analyse`: one answer for each line, whatever stands on it, and nothing stored."""

import io
import json
from pathlib import Path

import pytest

from app.errors import StartRefused
from app.http.body import LIMIT
from app.identifiers import mentions
from app.intake import analyse

LAB = "Drugslab met ketels en jerrycans zoutzuur in de schuur, vaten gedumpt in de sloot."
MEMBERS = ["id", "category", "secondary", "topics", "confidence", "queues", "clues", "identifiers", "urgent"]


def answers(raw: bytes) -> tuple[list[dict[str, object]], int]:
    out = io.StringIO()
    code = analyse.analyse_lines(io.BytesIO(raw), out)
    return [json.loads(line) for line in out.getvalue().splitlines()], code


def line(**record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in mentions(text)]


def test_every_report_gets_one_answer_with_the_promised_members_in_order() -> None:
    found, code = answers(line(id="a", text=LAB) + line(id="b", text="De lantaarnpaal is stuk."))
    assert [list(one) for one in found] == [MEMBERS, MEMBERS]
    assert [one["id"] for one in found] == ["a", "b"]
    assert code == 0


def test_a_lab_is_drugs_and_goes_to_both_queues() -> None:
    (found,), _ = answers(line(id="a", text=LAB))
    assert found["category"] == "drugs"
    assert found["queues"] == ["riec-noord-nederland", "rudd"]


def test_what_is_not_sorted_goes_to_triage() -> None:
    (found,), code = answers(line(id="a", text="De lantaarnpaal is stuk."))
    assert (found["category"], found["queues"], code) == (None, ["triage"], 0)


def test_separators_of_unicode_in_a_text_do_not_end_a_line() -> None:
    raw = line(id="a", text="hennep\u2028kwekerij\u0085op zolder\u2029x") + line(id="b", text="y")
    out = io.StringIO()
    assert analyse.analyse_lines(io.BytesIO(raw), out) == 0
    assert out.getvalue().isascii()
    assert [json.loads(one)["id"] for one in out.getvalue().splitlines()] == ["a", "b"]


def test_a_byte_order_mark_carriage_returns_empty_lines_and_a_missing_last_line_end_are_no_fault() -> None:
    raw = (
        b"\xef\xbb\xbf"
        + line(id="a", text="x").replace(b"\n", b"\r\n")
        + b"\r\n\n"
        + line(id=2, text="y")[:-1]
    )
    found, code = answers(raw)
    assert ([one["id"] for one in found], code) == (["a", 2], 0)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b'{"id":"a"', "syntax"),
        (b'{"id":"a","text":"\xff"}', "not_utf8"),
        (b'{"id":"a","id":"b","text":"x"}', "duplicate_key"),
        (b'{"id":"a","text":"\\ud83d"}', "surrogate"),
        (b"[" * 20_000, "too_deep"),
        (b'["a"]', "not_an_object"),
        (b'{"text":"x"}', "id"),
        (b'{"id":true,"text":"x"}', "id"),
        (b'{"id":1.5,"text":"x"}', "id"),
    ],
)
def test_a_line_that_is_no_report_gets_its_error_and_the_next_line_its_answer(raw: bytes, error: str) -> None:
    found, code = answers(raw + b"\n" + line(id="z", text=LAB))
    assert found[0] == {"id": None, "error": error}
    assert found[1]["category"] == "drugs"
    assert code == 1


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ({"id": "a"}, "text"),
        ({"id": "a", "text": 5}, "text"),
        ({"id": "a", "text": "x", "title": []}, "title"),
        ({"id": "a", "text": "x", "categoryHint": 1}, "categoryHint"),
    ],
)
def test_a_member_that_does_not_fit_is_named_with_the_id(record: dict[str, object], error: str) -> None:
    assert answers(line(**record)) == ([{"id": "a", "error": error}], 1)


def test_a_line_over_the_limit_is_one_error_and_the_rest_goes_on() -> None:
    long = line(id="a", text="x" * (2 * LIMIT + 5))
    found, code = answers(long + line(id="b", text="y"))
    assert found[0] == {"id": None, "error": "too_long"}
    assert [one["id"] for one in found] == [None, "b"]
    assert code == 1


def test_a_text_that_breaks_the_sorting_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise RuntimeError("geheim")

    monkeypatch.setattr(analyse, "analyse", broken)
    assert answers(line(id="a", text="x")) == ([{"id": "a", "error": "failed"}], 1)


def test_the_bar_hears_of_every_byte() -> None:
    heard: list[int] = []
    raw = (
        b"\n" + line(id="a", text="x") + b"\n" + line(id="b", text="x" * (LIMIT + 5)) + line(id="c", text="z")
    )
    analyse.analyse_lines(io.BytesIO(raw), io.StringIO(), heard.append)
    assert sum(heard) == len(raw)


def test_a_file_is_analysed_and_one_that_is_not_there_is_refused_in_dutch(tmp_path: Path) -> None:
    file, out = tmp_path / "in.jsonl", io.StringIO()
    file.write_bytes(line(id="a", text="x"))
    assert analyse.analyse_file(file, out) == 0
    assert json.loads(out.getvalue())["id"] == "a"
    with pytest.raises(StartRefused, match="bestand"):
        analyse.analyse_file(tmp_path / "weg.jsonl", out)


def test_identifiers_are_found_in_title_and_text_and_normalised() -> None:
    text = (
        "Bus met kenteken gz-123-b, bel 0591-012345, mail Jan@Nep.example, NL91 ABNA 0417 1643 00 op naam van x,"
        " KvK-nummer: 00012345, Fabelweg 12a, 9411 NA Nergens"
    )
    (found,), _ = answers(line(id="a", text=text, title="Ook 7811qq 3 bis"))
    assert found["identifiers"] == [
        {"kind": "email", "value": "jan@nep.example"},
        {"kind": "iban", "value": "NL91ABNA0417164300"},
        {"kind": "plate", "value": "GZ123B"},
        {"kind": "address", "value": "7811QQ|3|bis"},
        {"kind": "address", "value": "9411NA|12|a"},
        {"kind": "kvk", "value": "00012345"},
        {"kind": "phone", "value": "+31591012345"},
    ]


def test_a_plate_without_dashes_counts_only_after_the_word_for_it() -> None:
    assert kinds("kenteken GZ123B") == [("plate", "GZ123B")]
    assert kinds("zaak GZ123B") == []


@pytest.mark.parametrize(
    "text",
    [
        "op 12-mei-2 en 12-mrt-2, of 12-03-2024 om 12.30 uur",
        "in 2024 in 3 dagen, 9411 NA, 1200 euro",
        "BSN 123456782 en polis 123-456-789",
        "NL91 ABNA 0417 1643 01",
        "bel 112, 0900-8844 of 14 0591",
        "zaak 20240312 en bedrag 1.500.000,00",
        "a@b, @c.nl, d@e",
    ],
)
def test_what_may_be_something_else_is_no_identifier(text: str) -> None:
    assert kinds(text) == []


def test_an_identifier_mentioned_twice_is_one() -> None:
    assert kinds("GZ-123-B en later gz-123-b") == [("plate", "GZ123B")]
