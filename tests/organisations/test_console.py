"""What an operator does on the machine itself: looks, a sheet for the review, and the first two managers once."""

import asyncio
import csv
import io
import json
import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from app.errors import StartRefused
from app.organisations import console
from app.settings import Settings
from tests.database import look
from tests.desk import Client, Server
from tests.operations import own
from tests.organisations.settled import APPROVED, ASSEN, DRENTHE, EMMEN, decide, give, take, until

pytestmark = pytest.mark.anyio
GONE = "delete from grants where role = 'functional_manager'"


def run(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """A `meldpunt` command on this desk, to its end."""
    return own.run(Server(settings).environment(), *words)


async def managers(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Subject, kind and givers of every functional manager in the table."""
    async with look.as_superuser(settings) as admin:
        found = await look.rows(
            admin,
            "select subject, kind, proposed_by, confirmed_by from grants where role = 'functional_manager'"
            " order by subject",
        )
    return [tuple(row) for row in found]


async def logged(settings: Settings, action: str) -> list[tuple[str, str]]:
    """Actor and object of the entries of one action."""
    async with look.as_superuser(settings) as admin:
        found = await look.rows(
            admin,
            "select v.value, e.object_id from access_entries e join access_values v on v.entry_id = e.id"
            f" where e.action = '{action}' and e.outcome = 'allowed' order by e.at",
        )
    return [tuple(row) for row in found]


async def test_the_first_two_managers_are_made_once_and_can_work(client: Client, settings: Settings) -> None:
    gerrit, gea = client.as_("gerrit"), client.as_("gea")
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(GONE)
    assert (await gerrit.get("/v1/grants")).status_code == 403
    made = await asyncio.to_thread(run, settings, "grants", "first", DRENTHE, gerrit.sub, gea.sub)
    assert made.returncode == 0, made.stderr
    assert await managers(settings) == [
        (subject, "first", "installation", "installation") for subject in sorted((gerrit.sub, gea.sub))
    ]
    assert [actor for actor, _ in await logged(settings, "grant_given")] == ["the desk", "the desk"]
    again = await asyncio.to_thread(run, settings, "grants", "first", DRENTHE, "somebody", "somebody-else")
    assert again.returncode == 2
    assert "al een functioneel beheerder" in again.stderr
    assert len(await managers(settings)) == 2


async def test_two_made_on_the_machine_give_roles_as_any_two(client: Client, settings: Settings) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(GONE)
    await console.first(settings, DRENTHE, (client.as_("gerrit").sub, client.as_("gea").sub))
    await give(client, ASSEN, "somebody", "privacy_officer")
    body = {
        "organisationId": ASSEN,
        "subject": "another",
        "role": "dpo",
        "validUntil": until(31),
        "reasonCode": "joined",
    }
    asked = await client.as_("gerrit").post("/v1/grants", body)
    refused = await client.as_("gerrit").post(f"/v1/approvals/{asked.json()['id']}/decisions", APPROVED)
    assert refused.status_code == 403
    assert (await decide(client.as_("gea"), asked)).status_code == 201


async def test_nobody_is_made_manager_while_one_is(settings: Settings) -> None:
    before = await managers(settings)
    with pytest.raises(StartRefused, match="al een functioneel beheerder"):
        await console.first(settings, DRENTHE, ("one", "two"))
    assert await managers(settings) == before
    assert await logged(settings, "grant_given") == []


@pytest.mark.parametrize(
    ("organisation", "subjects", "says"),
    [
        (DRENTHE, ("one", "one"), "twee verschillende"),
        (DRENTHE, ("one", "twee woorden"), "zonder spaties"),
        (DRENTHE, ("one", ""), "zonder spaties"),
        ("gemeente-elders", ("one", "two"), "doet niet mee"),
    ],
)
async def test_what_is_no_pair_of_people_is_refused(
    settings: Settings, organisation: str, subjects: tuple[str, str], says: str
) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(GONE)
    with pytest.raises(StartRefused, match=says):
        await console.first(settings, organisation, subjects)
    assert await managers(settings) == []


async def test_a_manager_slipped_in_by_sql_neither_rules_nor_keeps_the_first_two_out(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql("update grants set subject = 'slipped' where role = 'functional_manager'")
    await console.first(settings, DRENTHE, ("one", "two"))
    assert "grant_forged" in capsys.readouterr().err
    assert [subject for subject, kind, *_ in await managers(settings) if kind == "first"].count("one") == 1


async def test_two_operators_at_once_make_two_managers_and_no_more(settings: Settings) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(GONE)
    tries = await asyncio.gather(
        *(console.first(settings, DRENTHE, (f"a{n}", f"b{n}")) for n in range(3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in tries) == ["NoneType", "StartRefused", "StartRefused"]
    assert len(await managers(settings)) == 2


async def test_a_desk_whose_managers_all_left_can_begin_again(client: Client, settings: Settings) -> None:
    await take(client, client.as_("gea").sub, "functional_manager")
    with pytest.raises(StartRefused):
        await console.first(settings, DRENTHE, ("one", "two"))
    await take(client, client.as_("gerrit").sub, "functional_manager")
    await console.first(settings, DRENTHE, ("one", "two"))
    assert {"one", "two"} <= {subject for subject, *_ in await managers(settings)}


async def test_the_sheet_of_a_review_holds_no_formula_and_is_for_its_maker_alone(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    await give(client, EMMEN, "=1+1", "deputy")
    file = tmp_path / "review.csv"
    words = ("access", "review", "--organisation", EMMEN)
    made = await asyncio.to_thread(run, settings, *words, "--csv", str(file))
    assert (made.returncode, made.stdout) == (0, ""), made.stderr
    assert os.stat(file).st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode())))
    assert {row["organisation"] for row in rows} == {EMMEN}
    assert "'=1+1" in {row["subject"] for row in rows}
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    plain = await asyncio.to_thread(run, settings, *words)
    assert "=1+1" in {one["subject"] for one in json.loads(plain.stdout)["items"]}
    assert await logged(settings, "access_reviewed") == [("the desk", EMMEN)] * 2


async def test_a_review_of_an_earlier_day_shows_that_day(client: Client, settings: Settings) -> None:
    today = await console.reviewed(settings, EMMEN)
    assert len(json.loads(today.document)["items"]) == 5
    earlier = await console.reviewed(settings, EMMEN, date(2020, 1, 1))
    assert json.loads(earlier.document)["items"] == []
    assert json.loads(earlier.document)["asOf"] == "2020-01-01T22:59:59.999999Z"


def test_a_day_ends_at_midnight_in_drenthe() -> None:
    assert console.end_of(date(2026, 7, 1)) == datetime(2026, 7, 1, 21, 59, 59, 999999, UTC)


async def test_rows_that_are_not_ours_are_named_and_change_the_exit(
    client: Client, settings: Settings
) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(f"update grants set subject = 'x' where organisation_id = '{ASSEN}'")
    found = await asyncio.to_thread(run, settings, "access", "review", "--organisation", ASSEN)
    assert found.returncode == 1
    assert len(json.loads(found.stdout)["forged"]) == 4
    assert json.loads(found.stdout)["items"] == []


async def test_organisations_and_roles_are_listed_and_in_the_log(client: Client, settings: Settings) -> None:
    listed = await asyncio.to_thread(run, settings, "organisations", "list")
    assert len(listed.stdout.splitlines()) == 19
    shown = json.loads((await asyncio.to_thread(run, settings, "organisations", "show", EMMEN)).stdout)
    assert {one["role"]: one["count"] for one in shown["people"]}["approver"] == 2
    ready = await asyncio.to_thread(run, settings, "organisations", "readiness", EMMEN)
    assert (ready.returncode, json.loads(ready.stdout)["ready"]) == (1, False)
    grants = await asyncio.to_thread(run, settings, "grants", "list", EMMEN)
    assert {json.loads(line)["subject"] for line in grants.stdout.splitlines()} == {
        client.as_(name).sub for name in ("fenna", "femke", "ilse", "hilde", "joost")
    }
    for action in ("organisation_viewed", "readiness_viewed", "grants_listed"):
        assert await logged(settings, action) == [("the desk", EMMEN)], action


async def test_a_command_for_an_unknown_organisation_names_what_to_do(settings: Settings) -> None:
    for words in (("organisations", "show"), ("organisations", "readiness"), ("grants", "list")):
        refused = await asyncio.to_thread(run, settings, *words, "gemeente-elders")
        assert refused.returncode == 2
        assert "organisations list" in refused.stderr
        assert "Traceback" not in refused.stderr


async def test_without_the_log_nothing_is_shown_and_nobody_is_made(settings: Settings) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(GONE)
        await admin.exec_driver_sql("revoke insert on access_entries from meldpunt_app")
    with pytest.raises(DBAPIError):
        await console.first(settings, DRENTHE, ("one", "two"))
    assert await managers(settings) == []
