"""Two functional managers change who takes part: added, renamed, ended or resumed, and never by SQL."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from app.demo import login
from app.main import create_app
from app.organisations import participants
from app.settings import Settings
from app.vault import keys
from tests.attacks.planted import alarms
from tests.casework.steps import assess, query, supply
from tests.desk import ASSEN, REPORT, ROOT, TRIAGE_ASSEN, TRIAGE_EMMEN, Client, Server, client_for, new_key
from tests.operations import own
from tests.organisations.settled import DRENTHE, EMMEN, RIEC, RUDD, decide, propose, readiness

pytestmark = pytest.mark.anyio
NEW, CODE = "gemeente-westerkwartier", "1969"
ADDED = {
    "change": "added",
    "organisationKind": "municipality",
    "displayName": "gemeente Westerkwartier",
    "municipalityCode": CODE,
}
BOARD = {"change": "added", "organisationKind": "water_board", "displayName": "waterschap Aa en Maas"}


async def asked(client: Client, name: str, content: dict[str, Any], by: str = "gerrit") -> httpx2.Response:
    """The answer to a proposal about this participant."""
    return await propose(client.as_(by), DRENTHE, "participant", name=name, content=content)


async def settle(client: Client, name: str, content: dict[str, Any]) -> None:
    """Proposed by one manager, confirmed by the other."""
    done = await decide(client.as_("gea"), await asked(client, name, content))
    assert done.status_code == 201, done.text


async def shown(client: Client, name: str) -> dict[str, Any]:
    """The participant as everybody sees it."""
    answer = await client.as_("bouke").get(f"/v1/organisations/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def know_anew(client: Client) -> None:
    """Let intake ask anew at the next report, as it does by itself after half a minute."""
    client.http._transport.app.state.desk.fetched = None  # type: ignore[attr-defined]


async def rules_of(settings: Settings, reference: str) -> list[tuple[str, str]]:
    """By which rule to which queue a report went for triage."""
    rows = await query(
        settings,
        "select d.rule_id, d.queue_id from routing_decisions d join signals s on s.id = d.signal_id"
        " where s.reference = :reference and d.mode = 'triage'",
        reference=reference,
    )
    return [(row["rule_id"], row["queue_id"]) for row in rows]


async def from_riec(client: Client, code: str) -> str:
    """A report by staff of RIEC about a place in this municipality; its reference."""
    know_anew(client)
    made = await client.as_("bouke").report(location={"municipalityCode": code})
    return str(made["reference"])


async def test_an_added_municipality_is_listed_once_another_manager_confirmed(client: Client) -> None:
    waiting = await asked(client, NEW, ADDED)
    assert (await client.as_("bouke").get(f"/v1/organisations/{NEW}")).status_code == 404
    assert (await decide(client.as_("gea"), waiting)).status_code == 201
    found = await shown(client, NEW)
    assert (found["name"], found["municipalityCode"], found["queues"], found["active"]) == (
        ADDED["displayName"],
        CODE,
        [f"triage-{NEW}"],
        True,
    )
    assert NEW in [one["id"] for one in await client.as_("bouke").items("/v1/organisations")]


async def test_nobody_confirms_the_participant_she_proposed(client: Client) -> None:
    refused = await decide(client.as_("gerrit"), await asked(client, NEW, ADDED))
    assert (refused.status_code, refused.json()["reason"]) == (403, "same_person")
    assert (await client.as_("bouke").get(f"/v1/organisations/{NEW}")).status_code == 404


@pytest.mark.parametrize("name", ["fenna", "femke", "hilde", "bouke"])
async def test_only_a_manager_proposes_a_participant(client: Client, name: str) -> None:
    assert (await asked(client, NEW, ADDED, by=name)).status_code == 403


async def test_until_its_keys_are_there_what_concerns_it_goes_to_the_province_by_hand(
    client: Client, settings: Settings
) -> None:
    await settle(client, NEW, ADDED)
    assert (await readiness(client.as_("gerrit"), NEW))["keys"] == (False, "missing")
    assert (await readiness(client.as_("gerrit"), EMMEN))["keys"] == (True, "there")
    reference = await from_riec(client, CODE)
    assert await rules_of(settings, reference) == [("A6", f"triage-{DRENTHE}")]


@pytest.mark.parametrize("holder", [EMMEN, f"reporter-{EMMEN}"])
@pytest.mark.parametrize("more", [{}, {"requestOtherCoordinator": True}, {"location": ASSEN}])
async def test_who_works_where_keys_are_still_awaited_reports_to_the_province(
    client: Client, settings: Settings, holder: str, more: dict[str, Any]
) -> None:
    await client.as_("eva").report()
    desk = client.http._transport.app.state.desk  # type: ignore[attr-defined]
    del desk.vault.directory._current[holder]
    made = await client.as_("ans").report(**more)
    [(rule, queue)] = await rules_of(settings, made["reference"])
    assert (rule, queue) == ("A5" if "requestOtherCoordinator" in more else "A6", f"triage-{DRENTHE}")
    rows = await query(settings, "select distinct queue_id from cases where municipality_code = '0114'")
    assert "triage-gemeente-emmen" not in {row["queue_id"] for row in rows}


async def test_a_renamed_participant_shows_its_new_name_and_keeps_the_rest(
    client: Client, settings: Settings
) -> None:
    before = await shown(client, EMMEN)
    await settle(client, EMMEN, {"change": "renamed", "displayName": "gemeente Groot Emmen"})
    after = await shown(client, EMMEN)
    assert after["name"] == "gemeente Groot Emmen"
    assert {**after, "name": ""} == {**before, "name": ""}
    [queue] = await query(settings, "select name from queues where id = 'triage-gemeente-emmen'")
    assert queue["name"] == "Triage gemeente Groot Emmen"
    know_anew(client)
    await client.as_("ans").report()


async def test_ended_it_reports_no_more_counts_as_outside_and_its_cases_stay(
    client: Client, settings: Settings
) -> None:
    await client.as_("ans").report()
    await settle(client, EMMEN, {"change": "ended"})
    know_anew(client)
    refused = await client.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
    assert (refused.status_code, refused.json()["reason"]) == (403, "unknown_organisation")
    reference = await from_riec(client, "0114")
    assert await rules_of(settings, reference) == [("A6", f"triage-{DRENTHE}")]
    fenna = client.as_("fenna")
    [case] = await fenna.items(f"{TRIAGE_EMMEN}/cases")
    assert (await fenna.get(f"/v1/cases/{case['id']}")).status_code == 200
    assert (await shown(client, EMMEN))["active"] is False
    await settle(client, EMMEN, {"change": "resumed"})
    know_anew(client)
    await client.as_("ans").report()


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        (NEW, ADDED | {"municipalityCode": "196"}, "/content/municipalityCode"),
        (NEW, ADDED | {"municipalityCode": "19690"}, "/content/municipalityCode"),
        (NEW, ADDED | {"municipalityCode": "19a9"}, "/content/municipalityCode"),
        (NEW, ADDED | {"municipalityCode": 1969}, "/content/municipalityCode"),
        (NEW, ADDED | {"municipalityCode": None}, "/content/municipalityCode"),
        (NEW, BOARD | {"municipalityCode": CODE}, "/content/municipalityCode"),
        (NEW, ADDED | {"organisationKind": "riec"}, "/content/organisationKind"),
        (NEW, ADDED | {"displayName": "a\u202eb"}, "/content/displayName"),
        (NEW, ADDED | {"displayName": "<script>"}, "/content/displayName"),
        (NEW, ADDED | {"displayName": "x" * 101}, "/content/displayName"),
        (NEW, ADDED | {"displayName": None}, "/content/displayName"),
        (NEW, {"change": "renamed", "displayName": "gemeente Elders"}, "/name"),
        (NEW, {"change": "ended"}, "/name"),
        (RIEC, {"change": "ended"}, "/name"),
        (RUDD, {"change": "renamed", "displayName": "iets anders"}, "/name"),
        (EMMEN, {"change": "ended", "displayName": "gemeente Emmen"}, "/content/displayName"),
        (EMMEN, {"change": "gone"}, "/content/change"),
        ("Gemeente", ADDED, "/name"),
        ("gemeente--x", ADDED, "/name"),
        ("indexer", ADDED, "/name"),
        (f"reporter-{EMMEN}", ADDED, "/name"),
        (f"triage-{EMMEN}", ADDED, "/name"),
    ],
)
async def test_what_does_not_fit_a_participant_is_named(
    client: Client, name: str, content: dict[str, Any], where: str
) -> None:
    refused = await asked(client, name, content)
    assert refused.status_code == 400, refused.text
    assert where in [fault["pointer"] for fault in refused.json()["errors"]]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (EMMEN, ADDED, "exists"),
        (NEW, ADDED | {"municipalityCode": "0114"}, "code_taken"),
        (EMMEN, {"change": "resumed"}, "unchanged"),
        (EMMEN, {"change": "renamed", "displayName": "gemeente Emmen"}, "unchanged"),
        (DRENTHE, {"change": "ended"}, "needed"),
    ],
)
async def test_what_is_so_already_or_is_needed_is_a_conflict(
    client: Client, name: str, content: dict[str, Any], reason: str
) -> None:
    refused = await asked(client, name, content)
    assert (refused.status_code, refused.json()["reason"]) == (409, reason)


async def test_of_two_proposals_with_one_code_the_second_is_refused(client: Client) -> None:
    first, second = await asked(client, NEW, ADDED), await asked(client, "gemeente-leek", ADDED)
    assert (await decide(client.as_("gea"), first)).status_code == 201
    refused = await decide(client.as_("gea"), second)
    assert (refused.status_code, refused.json()["reason"]) == (409, "code_taken")
    assert (await client.as_("bouke").get("/v1/organisations/gemeente-leek")).status_code == 404


async def test_two_with_one_code_at_the_same_moment_are_never_both_there(client: Client) -> None:
    proposals = [await asked(client, name, ADDED) for name in (NEW, "gemeente-leek")]
    answers = await asyncio.gather(*(decide(client.as_("gea"), one) for one in proposals))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


SLIPPED = (
    "insert into organisations (id, kind, name, municipality_code, active, mac)"
    f" values ('{NEW}', 'municipality', 'x', '{CODE}', true, "
)
FORGED = {
    "made up": SLIPPED + "'\\x00')",
    "copied": SLIPPED + f"(select mac from organisations where id = '{EMMEN}'))",
}
ALTERED = {
    "code": "update organisations set municipality_code = '9999' where id = 'gemeente-emmen'",
    "kind": "update organisations set kind = 'province' where id = 'gemeente-emmen'",
    "name": "update organisations set name = 'x' where id = 'gemeente-emmen'",
    "standing": "update organisations set active = false where id = 'gemeente-emmen'",
    "mac": "update organisations set mac = '' where id = 'gemeente-emmen'",
}


@pytest.mark.parametrize("sql", FORGED.values(), ids=FORGED)
async def test_a_participant_slipped_in_by_sql_takes_no_part_and_is_told(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    await query(settings, sql)
    assert await rules_of(settings, await from_riec(client, CODE)) == [("A6", f"triage-{DRENTHE}")]
    assert "participant_forged" in alarms(capsys.readouterr().err)
    assert NEW not in [one["id"] for one in await client.as_("bouke").items("/v1/organisations")]
    assert "participant_forged" in alarms(capsys.readouterr().err)
    await client.as_("ans").report()


@pytest.mark.parametrize("sql", ALTERED.values(), ids=ALTERED)
async def test_a_participant_altered_by_sql_takes_no_part_until_migrate_puts_it_right(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    await query(settings, sql)
    know_anew(client)
    refused = await client.as_("ans").post("/v1/signals", REPORT, {"Idempotency-Key": new_key()})
    assert (refused.status_code, refused.json()["reason"]) == (403, "unknown_organisation")
    assert "participant_forged" in alarms(capsys.readouterr().err)
    await client.as_("eva").report()


@pytest.fixture
def own_desk() -> Iterator[Settings]:
    """A desk whose key folder is its own: new pairs there are no other test's."""
    with own.own_desk() as settings:
        yield settings


@pytest.fixture
async def apart(own_desk: Settings) -> AsyncIterator[Client]:
    """A caller of it."""
    application = create_app(own_desk, cast=login.cards(), logins=[login.router])
    async with client_for(application, own_desk) as caller:
        yield caller


async def test_once_migrate_made_its_keys_an_added_municipality_gets_its_reports(apart: Client) -> None:
    settings = apart.settings
    await settle(apart, NEW, ADDED)
    await settle(apart, EMMEN, {"change": "renamed", "displayName": "gemeente Groot Emmen"})
    done = await asyncio.to_thread(own.run, own.environment(settings), "migrate")
    assert done.returncode == 0, done.stderr
    reference = await from_riec(apart, CODE)
    [(rule, queue)] = await rules_of(settings, reference)
    assert (rule == "A6", queue) == (False, f"triage-{NEW}")
    assert (await readiness(apart.as_("gerrit"), NEW))["keys"] == (True, "there")
    assert (await shown(apart, EMMEN))["name"] == "gemeente Groot Emmen"
    holders = {one.holder for one in keys.listing(settings)}
    assert {NEW, f"reporter-{NEW}"} <= holders
    opened = apart.http._transport.app.state.vault.ring.holders  # type: ignore[attr-defined]
    assert NEW in opened
    assert not {f"reporter-{NEW}", f"reporter-{EMMEN}", "indexer"} & opened


async def test_a_manager_proposes_by_command_under_her_own_name(server: Server) -> None:
    async with server.client() as client:
        gerrit = client.as_("gerrit")
        words = ("organisations", "propose", NEW, "--change", "added", "--kind", "municipality")
        named = (*words, "--name", "gemeente Westerkwartier", "--code", CODE)
        said = await asyncio.to_thread(told, server, gerrit.token(), *named)
        assert said.returncode == 0, said.stderr
        [waiting] = await client.as_("gea").items("/v1/settings-versions?kind=participant")
        assert (waiting["name"], waiting["proposedBy"]) == (NEW, gerrit.sub)
        assert waiting["approvalId"] in said.stdout
        for token, wrong in (
            (gerrit.token(), words),
            (client.as_("ans").token(), named),
            ("geen token", named),
        ):
            refused = await asyncio.to_thread(told, server, token, *wrong)
            assert refused.returncode == 2
            assert token not in refused.stderr + refused.stdout
        listed = await asyncio.to_thread(own.run, server.environment(), "organisations", "list")
        assert listed.returncode == 0, listed.stderr
        assert NEW not in listed.stdout
        assert f"{EMMEN} " in listed.stdout


def told(server: Server, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command with this token on its standard input, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        env=server.environment(),
        cwd=ROOT,
        input=f"{token}\n",
        capture_output=True,
        text=True,
        check=False,
    )


async def test_who_supplies_is_of_the_kind_that_two_managers_settled(
    client: Client, settings: Settings
) -> None:
    await client.as_("eva").report(location=ASSEN)
    eelco = client.as_("eelco")
    case = await assess(eelco, TRIAGE_ASSEN)
    board = participants.Participant("gemeente-assen", "water_board", "waterschap Assen", None)
    columns = participants.columns(board, keys.KeyRing.for_intake(settings).intake)
    await query(
        settings,
        "update organisations set kind = :kind, name = :name, municipality_code = null, mac = :mac"
        " where id = 'gemeente-assen'",
        **{name: columns[name] for name in ("kind", "name", "mac")},
    )
    refused = await supply(eelco, case, RIEC)
    assert (refused.status_code, refused.json()["reason"]) == (409, "no_ground_known")
    await query(settings, "update organisations set kind = 'municipality' where id = 'gemeente-assen'")
    assert (await supply(eelco, case, RIEC)).status_code == 409
