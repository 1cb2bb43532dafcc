"""What the desk tells Prometheus: enough to run it, nothing about a person, and nothing that dates a report."""

import time
import urllib.request

import pytest
from prometheus_client import Counter, generate_latest

from app import figures
from app.settings import Settings
from app.worker import JOBS, once
from tests.database import look
from tests.desk import RIEC, TRIAGE_EMMEN, Client, Server
from tests.operations import own
from tests.organisations.desk import database_of

pytestmark = pytest.mark.anyio
VAGUE = "Ik zag iets wat ik niet kan plaatsen."
MARKER = "zqxmarker"
SOME_HOURS_AGO = (
    "update cases set due_at = date_trunc('hour', now()) - interval '1 minute',"
    " received_at = date_trunc('hour', now()) - interval '150 minutes'"
)


def figure(name: str, **labels: str) -> float | None:
    """One figure as Prometheus would read it."""
    return figures.REGISTRY.get_sample_value(name, labels)


def told() -> str:
    """All figures as Prometheus would read them."""
    return generate_latest(figures.REGISTRY).decode()


async def counted(settings: Settings) -> None:
    """The worker's next count."""
    [work] = [job for job in JOBS if job.name == "count_what_waits"]
    async with database_of(settings) as database:
        assert await once(database, work) is not None


async def changed(settings: Settings, statement: str) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(statement)


async def test_small_numbers_are_not_told_and_whole_hours_are(client: Client, settings: Settings) -> None:
    for _ in range(4):
        await client.as_("ans").report(text=VAGUE)
    await changed(settings, SOME_HOURS_AGO)
    await counted(settings)
    assert figure("meldpunt_queue_waiting", kind="triage") == 0
    assert figure("meldpunt_queue_overdue", kind="triage") == 0
    assert figure("meldpunt_queue_late", kind="triage") == 1
    assert figure("meldpunt_queue_age_hours", kind="triage") == 2
    for _ in range(3):
        await client.as_("ans").report(text=VAGUE)
    await changed(settings, SOME_HOURS_AGO)
    await counted(settings)
    assert figure("meldpunt_queue_waiting", kind="triage") == 5
    assert figure("meldpunt_queue_overdue", kind="triage") == 5
    assert figure("meldpunt_queue_late", kind="rudd") == 0


async def test_a_report_is_not_counted_as_waiting_before_the_hour_is_full(
    client: Client, settings: Settings
) -> None:
    for _ in range(6):
        await client.as_("ans").report(text=VAGUE)
    await changed(settings, "update cases set received_at = date_trunc('hour', now())")
    await counted(settings)
    assert figure("meldpunt_queue_waiting", kind="triage") == 0
    assert figure("meldpunt_queue_age_hours", kind="triage") == 0


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock for what is told by the hour; the test sets it."""
    at = [time.time() + 10 * figures.HOUR]
    monkeypatch.setattr(figures.HOURLY, "clock", lambda: at[0])
    return at


async def test_what_reporters_do_is_counted_when_the_hour_is_full(client: Client, hour: list[float]) -> None:
    label = {"route": "/v1/signals", "method": "POST", "status": "201"}
    wrong = {"route": "/v1/receipt-lookups", "method": "POST", "status": "404"}
    reports, lookups = (figure("meldpunt_reporters_requests_total", **one) or 0 for one in (label, wrong))
    before = told()
    await client.as_("ans").report()
    unknown = await client.post("/v1/receipt-lookups", {"receiptCode": "0000-0000-0000-0000-0000"})
    assert unknown.status_code == 404
    assert told() == before
    hour[0] += figures.HOUR
    assert figure("meldpunt_reporters_requests_total", **label) == reports + 1
    assert figure("meldpunt_reporters_requests_total", **wrong) == lookups + 1
    assert figure("meldpunt_reporters_request_seconds_count", route="/v1/signals") is not None
    assert figure("meldpunt_requests_total", **label) is None


async def test_what_happens_after_the_hour_is_not_told_with_what_came_before() -> None:
    at = [0.0]
    hourly = figures.OnTheHour(lambda: at[0])
    count = Counter("reports", "Reports.", registry=hourly.registry)

    def shown() -> list[float]:
        return [sample.value for metric in hourly.collect() for sample in metric.samples]

    for moment, expected in ((10.0, []), (3599.0, []), (3601.0, [2.0]), (7199.0, [2.0]), (7200.0, [4.0])):
        at[0] = moment
        hourly.turn()
        assert shown() == expected, moment
        count.inc()
        assert shown() == expected, moment


async def test_too_many_tries_and_faults_of_ours_are_told_at_once(hour: list[float]) -> None:
    for status in (429, 500, 503):
        label = {"route": "/v1/receipt-lookups", "method": "POST", "status": str(status)}
        before = figure("meldpunt_requests_total", **label) or 0
        figures.answered("POST", "/v1/receipt-lookups", status, 0.01, reporter=True)
        assert figure("meldpunt_requests_total", **label) == before + 1


async def test_nothing_tells_when_a_figure_was_first_made(client: Client) -> None:
    await client.as_("bouke").get("/v1/queues")
    assert "_created" not in told()


async def test_a_refusal_is_counted_by_its_reason(client: Client, hour: list[float]) -> None:
    before = figure("meldpunt_denials_total", reason="role_missing") or 0
    assert (await client.as_("petra").get("/v1/queues")).status_code == 403
    assert figure("meldpunt_denials_total", reason="role_missing") == before + 1
    strangers = figure("meldpunt_denials_total", reason="token_missing") or 0
    assert (await client.as_(None).get("/v1/queues")).status_code == 401
    assert figure("meldpunt_denials_total", reason="token_missing") == strangers + 1
    assert (await client.as_(None).post("/v1/signals")).status_code == 401
    assert figure("meldpunt_denials_total", reason="token_missing") == strangers + 1
    hour[0] += figures.HOUR
    assert (figure("meldpunt_reporters_denials_total", reason="token_missing") or 0) > 0


async def test_who_signs_in_is_counted_when_the_hour_is_full(client: Client, hour: list[float]) -> None:
    before = figure("meldpunt_sessions_total", action="session_started") or 0
    signed_in = await client.http.post(
        "/web/demo-logins", json={"name": "ans"}, headers={"Origin": "http://127.0.0.1"}
    )
    assert signed_in.status_code == 201
    assert (figure("meldpunt_sessions_total", action="session_started") or 0) == before
    hour[0] += figures.HOUR
    assert figure("meldpunt_sessions_total", action="session_started") == before + 1


def test_a_reason_that_is_no_code_is_no_label() -> None:
    before = figure("meldpunt_denials_total", reason="other") or 0
    for reason in ("Jansen, P.", "a" * 41, "", "x\ny", "gemeente-emmen"):
        figures.denied(reason)
    assert figure("meldpunt_denials_total", reason="other") == before + 5


def test_an_alarm_has_a_code_of_the_list() -> None:
    before = figure("meldpunt_alarms_total", reason="record_forged") or 0
    figures.alarm("record_forged")
    assert figure("meldpunt_alarms_total", reason="record_forged") == before + 1
    with pytest.raises(KeyError):
        figures.alarm(MARKER)
    assert MARKER not in told()


async def test_no_label_of_any_figure_names_a_person_an_organisation_or_a_case(
    client: Client, settings: Settings, hour: list[float]
) -> None:
    made = await client.as_("ans").report(text=VAGUE, title=MARKER)
    case = await client.as_("fenna").pull(TRIAGE_EMMEN)
    await client.as_("fenna").open(case)
    await client.as_("eelco").get(f"/v1/cases/{case['id']}?{MARKER}=1")
    assert (await client.http.get("/readyz")).status_code == 200
    await counted(settings)
    hour[0] += figures.HOUR
    secret = [
        MARKER,
        "emmen",
        case["id"],
        made["id"],
        made["reference"],
        client.as_("fenna").sub,
        client.as_("ans").sub,
        made["receiptCode"],
    ]
    text = told()
    assert [word for word in secret if word in text] == []
    assert figure("meldpunt_ready") == 1
    assert (figure("meldpunt_key_ring_holders") or 0) > 10
    assert (figure("meldpunt_key_directory_version") or 0) >= 1
    assert (figure("meldpunt_key_pairs", state="active") or 0) > (figure("meldpunt_key_ring_holders") or 0)
    assert figure("meldpunt_key_pairs", state="destroyed") == 0
    began = figure("meldpunt_key_oldest_active_since_seconds") or 0
    assert 0 < began <= time.time() < began + 93 * 24 * figures.HOUR


def fetched(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text: str = answer.read().decode()
    return text


async def test_a_worker_tells_on_its_own_port_when_each_job_last_succeeded(settings: Settings) -> None:
    port = settings.port + 1
    with own.command(own.environment(settings, MELDPUNT_WORKER_METRICS_PORT=str(port)), "worker") as worker:
        try:

            def succeeded() -> bool:
                assert worker.poll() is None
                try:
                    return 'meldpunt_job_succeeded_at_seconds{job="count_what_waits"}' in fetched(port)
                except OSError:
                    return False

            own.until(succeeded)
            assert 'meldpunt_queue_late{kind="triage"} 0.0' in fetched(port)
        finally:
            worker.terminate()
            worker.communicate(timeout=own.LIMIT_SECONDS)


async def test_figures_are_not_on_the_port_that_others_reach(server: Server, settings: Settings) -> None:
    assert own.status_of(server, "/metrics") == 404
    async with server.client() as desk:
        await desk.as_("bouke").get(f"{RIEC}/cases")
    assert 'route="/v1/queues/{queueId}/cases"' in fetched(settings.port + 1)
