"""The yearly look at who may what: roles and who gave them, last seen, what does not go together, on any day."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.clock import new_id, now
from app.identity.actor import OrganisationId, Role, Subject
from app.identity.grants import Grant
from app.organisations import sheet
from app.organisations.review import Gathered, conflicts, review
from app.settings import Settings
from tests.database import look
from tests.desk import Client
from tests.organisations.settled import ASSEN, EMMEN, give, take, until

pytestmark = pytest.mark.anyio


async def reviewed(client: Client, query: str = "") -> dict[str, dict[str, Any]]:
    """Everybody under review, by subject."""
    return {one["subject"]: one for one in await client.items(f"/v1/access-reviews{query}")}


def moment() -> str:
    """Now, as a query says it."""
    return now().isoformat().replace("+00:00", "Z")


async def test_a_review_names_each_role_and_who_gave_it(client: Client) -> None:
    gerrit, hilde = client.as_("gerrit"), client.as_("hilde")
    await give(client, EMMEN, "new-colleague", "deputy", principal="main-account")
    found = await reviewed(hilde)
    assert set(found) >= {client.as_(name).sub for name in ("fenna", "femke", "ilse", "hilde", "joost")}
    newcomer = found["new-colleague"]
    [role] = newcomer["roles"]
    assert newcomer["principal"] == "main-account"
    assert (role["role"], role["kind"]) == ("deputy", "regular")
    assert (role["proposedBy"], role["confirmedBy"]) == (gerrit.sub, client.as_("gea").sub)
    assert (newcomer["lastSeen"], newcomer["dormant"]) == (None, False)
    assert [one["role"] for one in found[client.as_("femke").sub]["roles"]] == ["approver", "deputy"]


async def test_last_seen_is_a_day_from_the_log_and_reporting_does_not_count(client: Client) -> None:
    fenna, hilde = client.as_("fenna"), client.as_("hilde")
    await fenna.report()
    assert (await reviewed(hilde))[fenna.sub]["lastSeen"] is None
    await fenna.get("/v1/queues")
    assert (await reviewed(hilde))[fenna.sub]["lastSeen"] == datetime.now(UTC).date().isoformat()


async def test_a_review_as_of_a_past_moment_shows_who_had_access_then(client: Client) -> None:
    gerrit, fenna = client.as_("gerrit"), client.as_("fenna")
    before = moment()
    await take(client, fenna.sub, "coordinator")
    await give(client, EMMEN, "her-successor", "coordinator")
    after = moment()
    then = await reviewed(gerrit, f"?organisation={EMMEN}&asOf={before}")
    assert fenna.sub in then
    assert "her-successor" not in then
    since = await reviewed(gerrit, f"?organisation={EMMEN}&asOf={after}")
    assert fenna.sub not in since
    assert "her-successor" in since
    assert await reviewed(gerrit, f"?organisation={EMMEN}&asOf=2020-01-01T00:00:00Z") == {}


async def test_roles_that_do_not_go_together_are_named_over_all_accounts_of_a_person(client: Client) -> None:
    fenna, ilse = client.as_("fenna"), client.as_("ilse")
    await give(client, EMMEN, fenna.sub, "approver")
    await give(client, EMMEN, "ilse-second", "dpo", principal=ilse.sub)
    found = await reviewed(client.as_("joost"))
    assert found[fenna.sub]["conflicts"] == [
        {"role": "approver", "other": "coordinator", "reason": "approves_own_work"}
    ]
    own = [{"role": "dpo", "other": "approver", "reason": "advises_on_own_work"}]
    assert found[ilse.sub]["conflicts"] == found["ilse-second"]["conflicts"] == own
    assert found[client.as_("femke").sub]["conflicts"] == []


async def test_what_ends_within_a_month_is_told(client: Client) -> None:
    await give(client, EMMEN, "for-a-week", "deputy", validUntil=until(7))
    await give(client, EMMEN, "for-long", "deputy", validUntil=until(60))
    found = await reviewed(client.as_("hilde"))
    assert (found["for-a-week"]["endsSoon"], found["for-long"]["endsSoon"]) == (True, False)


async def test_somebody_who_is_kept_out_is_shown_as_such(client: Client) -> None:
    ilse = client.as_("ilse").sub
    body = {"organisationId": EMMEN, "subject": ilse, "reasonCode": "left"}
    before = moment()
    assert (await client.as_("hilde").post("/v1/denials", body)).status_code == 201
    assert (await reviewed(client.as_("hilde")))[ilse]["denied"] is True
    assert (await reviewed(client.as_("hilde"), f"?asOf={before}"))[ilse]["denied"] is False


async def test_a_grant_slipped_in_by_sql_is_named_and_is_nobodys_role(
    client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(
            "insert into grants select gen_random_uuid(), organisation_id, 'slipped-in', role, mandate, wpg,"
            " principal, kind, valid_from, valid_until, proposed_by, confirmed_by, null, null, null, null, mac"
            f" from grants where organisation_id = '{EMMEN}' and role = 'coordinator'"
        )
        slipped = await look.one(admin, "select id from grants where subject = 'slipped-in'")
    answer = (await client.as_("hilde").get("/v1/access-reviews")).json()
    assert answer["forged"] == [str(slipped)]
    assert "slipped-in" not in [one["subject"] for one in answer["items"]]
    assert '"event":"alarm"' in capsys.readouterr().err.replace(" ", "")


async def test_a_review_comes_in_pages_and_is_in_the_log(client: Client) -> None:
    joost, seen, cursor = client.as_("joost"), [], ""
    while True:
        page = (await joost.get(f"/v1/access-reviews?limit=2{cursor}")).json()
        seen += [one["subject"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == sorted(set(seen))
    assert len(seen) == 5
    entries = await client.as_("dirk").items(f"/v1/access-log?action=access_reviewed&actor={joost.sub}")
    assert {one["objectId"] for one in entries} == {EMMEN}


@pytest.mark.parametrize("name", ["ans", "fenna", "femke", "ilse", "bouke", "dirk", "petra"])
async def test_only_who_keeps_or_oversees_roles_reviews_them(client: Client, name: str) -> None:
    assert (await client.as_(name).get("/v1/access-reviews")).status_code == 403


@pytest.mark.parametrize("name", ["hilde", "joost"])
async def test_overseers_review_their_own_organisation_alone(client: Client, name: str) -> None:
    refused = await client.as_(name).get(f"/v1/access-reviews?organisation={ASSEN}")
    assert refused.status_code == 404
    assert client.as_("eelco").sub in await reviewed(client.as_("gea"), f"?organisation={ASSEN}")


@pytest.mark.parametrize(
    "query", ["asOf=0", "asOf=2026-01-01", "organisation=%00", "organisation=gemeente_emmen", "wie=ik"]
)
async def test_an_odd_question_is_refused_by_name(client: Client, query: str) -> None:
    refused = await client.as_("gerrit").get(f"/v1/access-reviews?{query}")
    assert refused.status_code == 400


MOMENT = datetime(2026, 6, 1, tzinfo=UTC)


def grant(subject: str, role: Role, days: int = 200, **members: Any) -> Grant:
    """A role held since so many days."""
    held = Grant(
        id=new_id(),
        organisation_id=OrganisationId(EMMEN),
        subject=Subject(subject),
        role=role,
        mandate=(),
        wpg=False,
        principal=Subject(subject),
        kind="regular",
        valid_from=MOMENT - timedelta(days=days),
        valid_until=MOMENT + timedelta(days=100),
        proposed_by="p",
        confirmed_by="c",
        approval_id=None,
    )
    return replace(held, **members)


@pytest.mark.parametrize(
    ("days", "seen", "dormant"), [(200, None, True), (80, None, False), (200, 91, True), (200, 89, False)]
)
def test_who_did_nothing_for_ninety_days_is_dormant(days: int, seen: int | None, dormant: bool) -> None:
    found = Gathered((grant("a", Role.ANALYST, days),), (), frozenset())
    last = {} if seen is None else {"a": MOMENT - timedelta(days=seen)}
    [person] = review(found, last, MOMENT)
    assert person.dormant is dormant


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ({Role.FUNCTIONAL_MANAGER, Role.DEPUTY}, "keeps_roles_and_works_cases"),
        ({Role.FUNCTIONAL_MANAGER, Role.APPROVER}, "proposes_and_confirms_roles"),
        ({Role.APPROVER, Role.COORDINATOR}, "approves_own_work"),
        ({Role.PRIVACY_OFFICER, Role.COORDINATOR}, "oversees_own_work"),
        ({Role.AUDITOR, Role.OFFICER}, "audits_own_work"),
        ({Role.DPO, Role.PRIVACY_OFFICER}, "advises_on_own_work"),
        ({Role.ANALYST, Role.OFFICER}, "sees_both_recipients"),
        ({Role.APPROVER, Role.DEPUTY}, None),
        ({Role.STEERING, Role.AUDITOR}, None),
        ({Role.COORDINATOR}, None),
    ],
)
def test_the_table_says_which_roles_do_not_go_together(roles: set[Role], reason: str | None) -> None:
    found = conflicts(frozenset(roles))
    assert [one.reason for one in found] == ([] if reason is None else [reason])
    assert all({one.role, one.other} == roles for one in found)


ODD = ("=1+1", "+31612345678", "-1+1", "@SUM(A1)", '=HYPERLINK("x","y")')


@pytest.mark.parametrize("subject", ODD)
def test_a_subject_is_text_in_a_sheet_whatever_it_begins_with(subject: str) -> None:
    found = Gathered((grant(subject, Role.ANALYST, proposed_by=subject),), (), frozenset())
    [row] = list(csv.DictReader(io.StringIO(sheet.written(EMMEN, review(found, {}, MOMENT)))))
    assert (row["subject"], row["principal"], row["proposedBy"]) == (f"'{subject}",) * 3
    assert (row["role"], row["kind"], row["lastSeen"], row["dormant"]) == ("analyst", "regular", "", "yes")


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_as_a_formula(beginning: str) -> None:
    assert sheet.cell(beginning + "1").startswith("'")
    assert sheet.cell("1" + beginning) == "1" + beginning


async def test_json_shows_a_subject_as_it_is(client: Client) -> None:
    await give(client, EMMEN, "=1+1", "deputy")
    assert "=1+1" in await reviewed(client.as_("hilde"))
