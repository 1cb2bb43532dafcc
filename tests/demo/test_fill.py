"""Filling the demonstration: invented reports that the desk takes, from the cast, each stored once."""

import asyncio
import io
import json
import re
import socket
from collections import Counter
from datetime import UTC, datetime

import httpx2
import pytest

from app import identifiers
from app.crypto.canonical import JsonValue
from app.demo import fill, issuer, reports
from app.demo.cast import CAST
from app.demo.dice import Dice, iban, phone, plate
from app.errors import StartRefused
from app.identifiers import mentions
from app.identity.policy import PERMISSIONS
from app.intake import analyse
from app.intake.parts import normalised
from app.settings import Settings
from app.signals.report import Report

MANY = 400
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MADE = [reports.make(number, "test", NOW) for number in range(MANY)]
DEMO = Settings(environment="demo")


def parsed(made: reports.Made) -> Report:
    return Report.model_validate_json(json.dumps(made.body))


def is_citizen_number(figures: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(f) for w, f in zip(weights, figures, strict=True)) % 11 == 0


def test_every_template_is_a_report_that_the_desk_takes() -> None:
    assert {made.template for made in MADE} == set(reports.library().reports)
    for made in MADE:
        assert parsed(made).text == made.body["text"]
        assert not re.search(r"[{}]|None", str(made.body["text"]))


def test_every_round_uses_every_template_once() -> None:
    size = len(reports.library().reports)
    assert size >= 60
    assert {made.template for made in MADE[:size]} == set(reports.library().reports)


def test_all_categories_languages_and_look_alikes_occur_and_the_file_stays_small() -> None:
    templates = reports.library().reports
    assert {one.category for one in templates} == {
        "drugs",
        "human_trafficking",
        "care_fraud",
        "rural_premises",
        "none",
    }
    assert {one.lang for one in templates} == {"nl", "en", "de"}
    assert min(Counter(one.category for one in templates).values()) >= 8


def test_every_place_takes_part_and_all_twelve_municipalities_occur() -> None:
    codes = {parsed(made).location.municipality_code for made in MADE}
    assert len(codes - {None, reports.library().outside.code}) == 12


def test_confidentiality_observation_safety_capacity_and_hint_vary() -> None:
    told = [parsed(made) for made in MADE]
    assert {one.confidentiality for one in told} == {"named", "shielded", "anonymous"}
    assert {one.observation for one in told} == {"own", "colleague", "third_party", "rumour"}
    assert {one.capacity for one in told} == {"supervision", "investigation", "counter", "care", "other"}
    assert {code for one in told for code in one.safety} >= {"weapon", "chemicals", "aggression", "dog"}
    assert {one.category_hint for one in told} > {None, "drugs", "care_fraud"}


def test_senders_may_report_and_only_coordinators_and_deputies_speak_for_others() -> None:
    assert {made.sender for made in MADE} == set(reports.SENDERS)
    for made in MADE:
        roles = CAST[made.sender].roles
        assert roles & PERMISSIONS["signal:submit"]
        assert not made.body.get("onBehalf") or roles & {"coordinator", "deputy"}


def test_reports_are_about_the_past_month() -> None:
    moments = [parsed(made).observed_from for made in MADE]
    assert all(0 < (NOW - moment).days <= 32 for moment in moments if moment)


def test_invented_numbers_have_the_form_of_real_ones() -> None:
    for throw in range(300):
        dice = Dice(str(throw))
        assert identifiers.iban(iban(dice))
        assert "Q" in (identifiers.plate(plate(dice), "NL") or "")
        assert identifiers.phone(phone(dice, "0591"))
        assert identifiers.phone(phone(dice, "050"))


def test_filled_in_identifiers_normalise_and_so_does_what_the_text_mentions() -> None:
    for made in MADE:
        told = parsed(made)
        given = len(told.vehicles) + len(told.phone_numbers) + len(told.ibans) + len(told.emails)
        given += sum(1 for one in told.companies if one.kvk_number)
        given += told.location.postcode is not None
        assert len(normalised(told)) == given
        found = {one.kind for one in mentions(told.text)}
        wanted = {kind for kind in ("plate", "phone", "iban") if f"{{{kind}}}" in made.template.text}
        assert wanted <= found


def test_nothing_looks_like_a_citizen_service_number() -> None:
    for made in MADE:
        for figures in re.findall(r"(?<![0-9])[0-9]{8,9}(?![0-9])", json.dumps(made.body)):
            assert figures.startswith("000") or not is_citizen_number(figures.zfill(9))


def test_the_desk_sorts_them_into_every_queue() -> None:
    lines = "\n".join(json.dumps({"id": at, "text": made.body["text"]}) for at, made in enumerate(MADE[:63]))
    out = io.StringIO()
    assert analyse.analyse_lines(io.BytesIO(lines.encode()), out) == 0
    queues = Counter(queue for line in out.getvalue().splitlines() for queue in json.loads(line)["queues"])
    assert set(queues) == {"riec-noord-nederland", "rudd", "triage"}
    assert min(queues.values()) >= 5


def test_the_same_number_and_seed_give_the_same_report_and_another_seed_another_order() -> None:
    again = [reports.make(number, "test", NOW) for number in range(20)]
    other = [reports.make(number, "anders", NOW) for number in range(20)]
    assert again == MADE[:20]
    assert other != MADE[:20]


class Desk:
    """Stands in for the desk: says what it is told to and remembers what it got."""

    def __init__(self, *answers: int | type[Exception]) -> None:
        self.answers = list(answers)
        self.got: list[httpx2.Request] = []
        self.at_once = self.most = 0

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.got.append(request)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        said = self.answers.pop(0) if self.answers else 201
        if isinstance(said, int):
            return httpx2.Response(said, json={}, headers={"Retry-After": "0"})
        raise said("weg")


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def fetch(_: Settings, name: str) -> str:
        names.append(name)
        return f"{name}-{len(names)}"

    monkeypatch.setattr(issuer, "fetch_token", fetch)
    return names


def send(desk: Desk, signals: int) -> tuple[fill.Sender, list[int]]:
    async def all_of_it() -> tuple[fill.Sender, list[int]]:
        transport = httpx2.MockTransport(desk)
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            sender = fill.Sender(client, fill.Tokens(DEMO), "test", wait_seconds=0)
            return sender, [number async for number in sender.send_all(signals)]

    return asyncio.run(all_of_it())


def test_every_report_is_sent_once_with_its_own_key_and_the_token_of_its_sender(fetched: list[str]) -> None:
    desk = Desk()
    sender, arrived = send(desk, 40)
    assert sorted(arrived) == list(range(40))
    assert sender.sent.total() == 40
    keys = {request.headers["Idempotency-Key"] for request in desk.got}
    assert len(keys) == 40
    assert all(len(key) >= 22 for key in keys)
    assert len(fetched) == len(set(fetched))
    assert 1 < desk.most <= fill.AT_ONCE


def test_a_refused_token_is_fetched_anew_and_the_report_sent_again_under_the_same_key(
    fetched: list[str],
) -> None:
    desk = Desk(401)
    sender, _ = send(desk, 1)
    assert len(fetched) == 2
    assert sender.sent.total() == 1
    first, second = desk.got
    assert first.headers["Authorization"] != second.headers["Authorization"]
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


@pytest.mark.parametrize("trouble", [503, 429, httpx2.ReadError, httpx2.ConnectError])
def test_passing_trouble_is_waited_out_under_the_same_key(
    fetched: list[str], trouble: int | type[Exception]
) -> None:
    desk = Desk(trouble, trouble)
    assert send(desk, 1)[1] == [0]
    assert len({request.headers["Idempotency-Key"] for request in desk.got}) == 1


@pytest.mark.parametrize("answer", [400, 403])
def test_a_refused_report_stops_the_filling_with_the_answer_in_dutch(fetched: list[str], answer: int) -> None:
    desk = Desk(*[answer] * 40)
    with pytest.raises(StartRefused, match=f"antwoord {answer}"):
        send(desk, 40)
    assert len(desk.got) <= fill.AT_ONCE


def test_trouble_that_stays_stops_the_filling(fetched: list[str]) -> None:
    with pytest.raises(StartRefused, match="geen antwoord"):
        send(Desk(*[httpx2.ConnectError] * 100), 1)


def test_without_a_running_desk_the_command_says_how_to_start_it(fetched: list[str], free_port: int) -> None:
    settings = Settings(environment="demo", port=free_port)
    with pytest.raises(StartRefused, match="make run"):
        fill.run(settings, 3)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
    return port


def test_the_port_is_that_of_make_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8100")
    assert fill.address(Settings()) == "http://127.0.0.1:8100"
    assert fill.address(Settings(port=8200)) == "http://127.0.0.1:8200"
    monkeypatch.setenv("PORT", "achtduizend")
    assert fill.address(Settings()) == "http://127.0.0.1:8000"


def test_the_summary_tells_what_waits_in_each_queue_that_a_worker_sees(fetched: list[str]) -> None:
    queue: dict[str, JsonValue] = {
        "id": "rudd",
        "name": "RUD Drenthe",
        "kind": "rudd",
        "counts": {"new": 3, "assessing": 1},
        "overdue": 0,
    }

    def desk(request: httpx2.Request) -> httpx2.Response:
        if request.headers["Authorization"].startswith("Bearer chris"):
            return httpx2.Response(200, json={"items": [queue], "next": None})
        return httpx2.Response(503, json={})

    async def lines() -> list[str]:
        async with httpx2.AsyncClient(
            transport=httpx2.MockTransport(desk), base_url="http://d.test"
        ) as client:
            return [line async for line in fill.queue_lines(client, fill.Tokens(DEMO))]

    assert asyncio.run(lines()) == ["  RUD Drenthe: 4 zaken, 3 nieuw (te zien voor chris)"]


def test_progress_goes_to_the_error_output(
    fetched: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(200)
    made = httpx2.AsyncClient

    def client(**given: object) -> httpx2.AsyncClient:
        return made(transport=httpx2.MockTransport(desk), base_url="http://d.test")

    monkeypatch.setattr(httpx2, "AsyncClient", client)
    fill.run(DEMO, 3)
    out, err = capsys.readouterr()
    assert out == ""
    assert "3 meldingen verstuurd" in err
    assert "/v1/queues" in err
    assert "meldpunt token fenna" in err
