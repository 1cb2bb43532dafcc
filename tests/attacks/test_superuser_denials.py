"""Who runs SQL as superuser lets nobody in again: a row of the deny list that is not the desk's own keeps out."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.clock import new_id, now
from app.database import Login
from app.figures import REGISTRY
from app.identity.denials import Roll, gaps
from app.main import create_app
from app.organisations import readiness
from app.settings import Settings
from app.vault.keys import KeyRing
from tests.approvals.test_second_person import APPROVE
from tests.database import look
from tests.desk import REPORT, RIEC, Client, client_for
from tests.organisations.desk import database_of, read_anew

pytestmark = pytest.mark.anyio

LIFT = "update denials set lifted_at = now() - interval '1 minute', lifted_by = 'somebody'"


def alarms() -> float:
    """How often this process said that the deny list is not as the desk wrote it."""
    return REGISTRY.get_sample_value("meldpunt_alarms_total", {"reason": "denial_forged"}) or 0.0


async def deny(client: Client, name: str, organisation: str) -> dict[str, Any]:
    """Put somebody of the cast on the deny list."""
    body = {"organisationId": organisation, "subject": client.as_(name).sub, "reasonCode": "left"}
    made = await client.as_("gerrit").post("/v1/denials", body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def run(settings: Settings, statement: str) -> None:
    """This SQL, as superuser."""
    async with look.as_superuser(settings) as admin:
        await admin.exec_driver_sql(statement)


async def slip_in(settings: Settings, sub: str, number: int) -> None:
    """A row of the deny list that looks like any other, but for its MACs."""
    values = f"'{new_id()}', {number}, 'riec-noord-nederland', '{sub}'"
    await run(
        settings,
        "insert into denials (id, number, organisation_id, subject, person, reason_code, denied_by, denied_at, mac, "
        f"door_mac) values ({values}, sha256('p'), 'left', 'x', now(), sha256('m'), sha256('d'))",
    )


async def lift(client: Client, denial: dict[str, Any]) -> None:
    """Two people let her in again."""
    asked = await client.as_("gerrit").post(f"/v1/denials/{denial['id']}/liftings", {"reasonCode": "mistake"})
    assert asked.status_code == 201, asked.text
    decided = await client.as_("gea").post(f"/v1/approvals/{asked.json()['id']}/decisions", APPROVE)
    assert decided.status_code == 201, decided.text


@pytest.mark.parametrize(
    "change",
    [
        LIFT,
        "update denials set reason_code = 'other'",
        "update denials set denied_by = 'somebody'",
        "update denials set denied_at = now() + interval '1 year'",
        "update denials set number = number + 1, lifted_at = now() - interval '1 minute'",
        "update denials set person = sha256('x'), lifted_at = now() - interval '1 minute'",
        "update denials set subject = 'somebody-else'",
        "update denials set organisation_id = 'gemeente-assen'",
        "update denials set mac = sha256('x')",
        "update denials set mac = ''",
        "update denials set door_mac = sha256('x')",
        "update denials set lifted_at = '-infinity', lifted_by = 'somebody'",
        "update denials set denied_at = 'infinity'",
    ],
)
async def test_a_denial_that_was_altered_still_keeps_out(
    client: Client, settings: Settings, change: str
) -> None:
    bouke = client.as_("bouke")
    await deny(client, "bouke", "riec-noord-nederland")
    assert (await bouke.get("/v1/queues")).status_code == 401
    raised = alarms()
    await run(settings, change)
    read_anew(client)
    assert (await bouke.get("/v1/queues")).status_code == 401
    assert alarms() > raised


async def test_a_row_slipped_in_keeps_out_until_two_people_lift_it(
    client: Client, settings: Settings
) -> None:
    bouke, bart = client.as_("bouke"), client.as_("bart")
    raised = alarms()
    await slip_in(settings, bart.sub, number=2**31 - 1)
    read_anew(client)
    assert (await bart.get("/v1/queues")).status_code == 401
    assert (await bouke.get("/v1/queues")).status_code == 200
    assert alarms() > raised
    [listed] = await client.as_("gerrit").items("/v1/denials")
    await deny(client, "bouke", "riec-noord-nederland")
    assert (await bouke.get("/v1/queues")).status_code == 401
    await lift(client, listed)
    assert (await bart.get("/v1/queues")).status_code == 200


async def test_an_approval_to_let_one_person_in_does_not_let_in_another(
    client: Client, settings: Settings
) -> None:
    bart = client.as_("bart")
    denial = await deny(client, "bouke", "riec-noord-nederland")
    asked = await client.as_("gerrit").post(f"/v1/denials/{denial['id']}/liftings", {"reasonCode": "mistake"})
    await run(settings, f"update denials set subject = '{bart.sub}'")
    decided = await client.as_("gea").post(f"/v1/approvals/{asked.json()['id']}/decisions", APPROVE)
    assert decided.status_code == 409, decided.text
    read_anew(client)
    assert (await bart.get("/v1/queues")).status_code == 401


async def test_a_lifting_by_sql_counts_for_no_process_that_starts_after_it(
    client: Client, settings: Settings
) -> None:
    await deny(client, "bouke", "riec-noord-nederland")
    await run(settings, LIFT)
    async with client_for(create_app(settings), settings) as fresh:
        assert (await fresh.as_("bouke").get("/v1/queues")).status_code == 401
        assert (await fresh.as_("bart").get("/v1/queues")).status_code == 200
    [listed] = await client.as_("gerrit").items("/v1/denials")
    assert listed["liftedAt"] is None


async def test_a_lifting_with_the_mac_of_before_it_counts_for_nothing(
    client: Client, settings: Settings
) -> None:
    denial = await deny(client, "bouke", "riec-noord-nederland")
    await lift(client, denial)
    assert (await client.as_("bouke").get("/v1/queues")).status_code == 200
    again = await deny(client, "bouke", "riec-noord-nederland")
    columns = "lifted_at = o.lifted_at, lifted_by = o.lifted_by, mac = o.mac, door_mac = o.door_mac"
    await run(
        settings,
        f"update denials d set {columns} from denials o where d.id = '{again['id']}' and o.id = '{denial['id']}'",
    )
    read_anew(client)
    assert (await client.as_("bouke").get("/v1/queues")).status_code == 401


async def test_a_row_taken_away_lets_nobody_into_a_process_that_read_it(
    client: Client, settings: Settings
) -> None:
    bouke = client.as_("bouke")
    await deny(client, "bouke", "riec-noord-nederland")
    assert (await bouke.get("/v1/queues")).status_code == 401
    raised = alarms()
    await run(settings, "delete from denials")
    for _ in range(2):
        read_anew(client)
        assert (await bouke.get("/v1/queues")).status_code == 401
    assert alarms() == raised + 1


async def test_a_number_that_is_missing_is_told_where_the_log_was_cut_as_well(
    client: Client, settings: Settings
) -> None:
    first = await deny(client, "bouke", "riec-noord-nederland")
    await deny(client, "bart", "riec-noord-nederland")
    await run(settings, f"delete from denials where id = '{first['id']}'")
    for table in ("access_values", "access_entries"):
        await run(settings, f"alter table {table} disable trigger append_only")
        await run(settings, f"delete from {table}")
    raised = alarms()
    async with client_for(create_app(settings), settings) as fresh:
        await fresh.as_("gerrit").get("/v1/denials")
    assert alarms() == raised + 1


def test_only_numbers_before_the_highest_of_their_organisation_are_missing() -> None:
    assert gaps([("emmen", 1), ("emmen", 4), ("assen", 2)]) == {("emmen", 2), ("assen", 1)}
    assert gaps([("emmen", 2), ("emmen", 1), ("assen", 1), ("assen", -3)]) == frozenset()
    assert gaps([("emmen", 2**31 - 1)]) == {("emmen", 1)}
    assert Roll().read([], now()) == frozenset()


async def test_two_people_let_in_again_whom_a_forged_row_keeps_out(
    client: Client, settings: Settings
) -> None:
    denial = await deny(client, "bouke", "riec-noord-nederland")
    await run(settings, LIFT)
    read_anew(client)
    assert (await client.as_("bouke").get("/v1/queues")).status_code == 401
    await lift(client, denial)
    assert (await client.as_("bouke").get("/v1/queues")).status_code == 200
    refused = await client.as_("gerrit").post(
        f"/v1/denials/{denial['id']}/liftings", {"reasonCode": "mistake"}
    )
    assert refused.status_code == 409


async def test_the_submitting_door_holds_to_it_with_the_one_key_it_has(
    client: Client, settings: Settings
) -> None:
    denial = await deny(client, "ans", "gemeente-emmen")
    await deny(client, "eva", "gemeente-assen")
    await run(settings, f"{LIFT} where id = '{denial['id']}'")
    async with client_for(create_app(settings, only_intake=True), settings) as door:
        raised = alarms()
        assert (await door.as_("ans").post("/v1/signals", REPORT)).status_code == 401
        assert (await door.as_("eva").post("/v1/signals", REPORT)).status_code == 401
        assert alarms() == raised + 1
    await lift(client, denial)
    async with client_for(create_app(settings, only_intake=True), settings) as door:
        assert (await door.as_("ans").post("/v1/signals", REPORT)).status_code == 201


async def test_somebody_is_kept_out_by_one_row_at_a_time(client: Client, settings: Settings) -> None:
    await deny(client, "bouke", "riec-noord-nederland")
    copied = "organisation_id, subject, person, reason_code, denied_by, denied_at, mac, door_mac"
    with pytest.raises(IntegrityError):
        await run(
            settings,
            f"insert into denials (id, number, {copied}) select '{new_id()}', 2, {copied} from denials",
        )


async def test_who_works_here_leaves_out_whom_a_forged_lifting_would_let_in(
    client: Client, settings: Settings
) -> None:
    authority, moment = KeyRing.load(settings, holders=()).authority, now() + timedelta(seconds=1)
    await deny(client, "bouke", "riec-noord-nederland")
    await run(settings, LIFT)
    async with database_of(settings) as database:
        engine = database.engine(Login.WORKER)
        async with engine.connect() as connection:
            held = await readiness.held(connection, authority, ["riec-noord-nederland"], moment)
    assert {str(grant.subject) for grant in held} == {client.as_("bart").sub}
    assert (await client.as_("bart").get(f"{RIEC}/cases")).status_code == 200
