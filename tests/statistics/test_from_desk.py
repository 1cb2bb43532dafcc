"""`meldpunt classifier evaluate --from-desk`: what people decided, from the database, with nothing of a report."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.classification.categoriser import current
from app.database import Login
from app.errors import StartRefused
from app.settings import Settings
from app.statistics import decided
from app.statistics.agreement import Decided
from tests.casework.steps import case_of, claim, query
from tests.database import look
from tests.desk import ASSEN, DRUGS, RIEC, TRIAGE_ASSEN, Client, Server
from tests.operations import own

pytestmark = pytest.mark.anyio
WORDS = ("classifier", "evaluate", "--from-desk")
PLANTED = """
with s as (
    insert into signals select (s).* from (
        select jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(),
            'reference', gen_random_uuid() || '-' || n)) as s
        from signals s, generate_series(1, {number}) n where s.id = '{signal}'
    ) made returning id
), c as (
    insert into cases select (c).* from (
        select jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'signal_id', s.id,
            'reference', 'planted-' || s.id)) as c
        from cases c, s where c.id = '{case}'
    ) made returning id, signal_id, organisation_id, holder
), m as (
    insert into classifications (id, signal_id, organisation_id, holder, case_id, made_by, category, secondary, topics,
        confidence, categoriser, lexicon_rules, reason_code, made_at)
    select gen_random_uuid(), signal_id, organisation_id, holder, id, 'machine', {proposed}, array[]::text[],
        array[]::text[], 80, 'model-1+0badcafe lexicon-1+feedbeef', array['dr-smell'], '{reason}',
        timestamptz '2026-02-01 00:00:00+01' from c
)
insert into classifications (id, signal_id, organisation_id, holder, case_id, made_by, actor, category, secondary,
    topics, lexicon_rules, reason_code, made_at)
select gen_random_uuid(), signal_id, organisation_id, holder, id, 'person', 'x', '{decided}', array[]::text[],
    array[]::text[], array[]::text[], 'facts_known', timestamptz '{at}' from c
"""


def run(settings: Settings, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A `meldpunt` command on this desk, to its end."""
    return own.run(Server(settings, environment=more).environment(), *words)


async def decide(who: Client, case: dict[str, object], category: str, reason: str = "facts_known") -> None:
    """Settle the category of a case in hand."""
    body = {"category": category, "topics": [], "reasonCode": reason}
    answer = await who.post(f"/v1/cases/{case['id']}/classifications", body, {"If-Match": "*"})
    assert answer.status_code == 201, answer.text


async def plant(settings: Settings, client: Client, number: int, **members: str) -> None:
    """So many cases like that of a fresh report, each with this proposal and decision."""
    made = await client.as_("ans").report()
    case = await case_of(client.as_("bouke"), RIEC, made)
    told = {"proposed": "'drugs'", "decided": "drugs", "reason": "proposed", "at": "2026-02-03 12:00:00+01"}
    values = told | members
    await query(settings, PLANTED.format(number=number, signal=made["id"], case=case["id"], **values))


async def test_the_change_of_an_analyst_is_kept_with_the_proposal_its_versions_and_rules(
    client: Client, settings: Settings
) -> None:
    await client.as_("ans").report()
    bouke = client.as_("bouke")
    case = await bouke.pull(RIEC)
    await decide(bouke, case, "care_fraud")
    kept, made = await query(
        settings,
        "select made_by, category, categoriser, lexicon_rules, actor from classifications"
        f" where case_id = '{case['id']}' order by made_at",
    )
    assert (kept["made_by"], kept["category"], kept["actor"]) == ("machine", "drugs", None)
    assert kept["categoriser"].split()[-1] == current().version.split()[-1]
    assert kept["categoriser"].startswith(current().name)
    assert kept["lexicon_rules"] == case["lexiconRules"] != []
    assert (made["made_by"], made["category"], made["actor"]) == ("person", "care_fraud", bouke.sub)
    async with look.as_login(settings, Login.APP) as app:
        await app.exec_driver_sql("select set_config('meldpunt.organisation', 'riec-noord-nederland', false)")
        [one] = await decided.decided(app)
    assert (one.proposed, one.decided, one.changed) == ("drugs", "care_fraud", True)
    assert (one.rules, one.categoriser) == (tuple(kept["lexicon_rules"]), kept["categoriser"])


async def test_analysts_and_coordinators_decisions_are_counted_each_case_once(
    client: Client, settings: Settings
) -> None:
    bouke, eelco = client.as_("bouke"), client.as_("eelco")
    for number in range(6):
        made = await client.as_("ans").report()
        case = await claim(bouke, RIEC, await case_of(bouke, RIEC, made))
        await decide(bouke, case, "care_fraud")
        await decide(bouke, case, "drugs", "confirmed")
        made = await client.as_("eva").report(location=ASSEN)
        case = await claim(eelco, TRIAGE_ASSEN, await case_of(eelco, TRIAGE_ASSEN, made))
        await decide(eelco, case, "care_fraud" if number else "drugs")
    answer = await asyncio.to_thread(run, settings, *WORDS)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "| alle | 10 | 5 | 42 % |" in answer.stdout
    assert "| drugs | 10 | 5 | 42 % |" in answer.stdout
    assert f" {current().version.split()[-1]} | 10 | 5 | 42 % |" in answer.stdout
    [case] = await query(
        settings,
        f"select lexicon_rules from classifications where case_id = '{case['id']}' and made_by = 'machine'",
    )
    for rule in case["lexicon_rules"]:
        assert f"| {rule}, drugs | 10 | 5 | 42 % |" in answer.stdout


async def test_drift_shows_by_the_month_in_which_people_decided(client: Client, settings: Settings) -> None:
    await plant(settings, client, 20, decided="drugs", at="2026-02-28 23:30:00+01")
    await plant(settings, client, 10, decided="care_fraud", at="2026-02-28 23:30:00+00")
    await plant(settings, client, 10, decided="drugs", at="2026-03-31 23:30:00+02")
    lines = await decided.report(settings)
    assert "| 2026-02 | 20 | 0 | 0 % |" in lines
    assert "| 2026-03 | 20 | 10 | 50 % |" in lines
    assert "| model-1+0badcafe lexicon-1+feedbeef | 40 | 10 | 25 % |" in lines


async def test_small_numbers_copies_of_a_persons_choice_and_reports_left_to_a_person_are_no_rate(
    client: Client, settings: Settings
) -> None:
    await plant(settings, client, 4, decided="care_fraud", at="2026-01-03 12:00:00+01")
    await plant(settings, client, 30, decided="care_fraud", reason="supplied")
    await plant(settings, client, 30, decided="rural_premises", proposed="null")
    lines = await decided.report(settings)
    assert "| rural_premises | 30 |" in lines
    assert [line for line in lines if "%" in line or "2026-0" in line or "care_fraud" in line] == []


async def test_it_reads_with_the_least_login_writes_only_its_entry_and_tells_nothing_of_a_report(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    await plant(settings, client, 10)
    shutil.copy(settings.logins_folder / "meldpunt_app", tmp_path / "meldpunt_app")
    weights = Path(decided.__file__).parent.parent / "classification" / "model.tsv"
    before, learnt = await everything(settings), weights.read_bytes()
    answer = await asyncio.to_thread(run, settings, *WORDS, MELDPUNT_LOGINS=str(tmp_path))
    assert answer.returncode == 0, answer.stderr
    assert "| alle | 10 | 0 | 0 % |" in answer.stdout
    after = await everything(settings)
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed == {"access_entries", "access_values"}
    assert weights.read_bytes() == learnt
    [entry] = await query(
        settings,
        "select v.value, e.object_kind, e.object_id from access_entries e join access_values v on v.entry_id = e.id"
        " where e.action = 'decisions_counted'",
    )
    assert tuple(entry.values()) == ("the desk", "classifier", None)
    [told] = await query(settings, "select id, reference, signal_id from cases limit 1")
    for word in (*map(str, told.values()), "Emmen", "emmen", "riec", *DRUGS.split(". ")):
        assert word not in answer.stdout + answer.stderr


async def everything(settings: Settings) -> dict[str, str]:
    """A digest of every row of every table that people work with."""
    tables = await query(
        settings,
        "select relname from pg_class where relkind in ('r', 'p') and relnamespace ="
        " 'public'::regnamespace and not relispartition",
    )
    return {
        one["relname"]: (
            await query(
                settings,
                f"select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as d from {one['relname']} t",
            )
        )[0]["d"]
        for one in tables
    }


async def test_what_it_reads_with_cannot_write(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.as_("ans").report()

    async def learning(connection: AsyncConnection) -> list[Decided]:
        await connection.execute(text("update cases set category = 'drugs'"))
        return []

    monkeypatch.setattr(decided, "decided", learning)
    with pytest.raises(StartRefused):
        await decided.report(settings)


@pytest.mark.parametrize("words", [("classifier", "evaluate"), (*WORDS, "somewhere")])
async def test_either_texts_or_the_desk_is_asked_for(settings: Settings, words: tuple[str, ...]) -> None:
    answer = await asyncio.to_thread(run, settings, *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Noem een map met oefenteksten, of --from-desk" in answer.stderr


async def test_without_a_database_nothing_is_told(settings: Settings) -> None:
    gone = {"MELDPUNT_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    answer = await asyncio.to_thread(run, settings, *WORDS, **gone)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "niet te bereiken" in answer.stderr
