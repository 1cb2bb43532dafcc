"""RUDD cannot tell a report with a trafficking side from one without: nothing it can see or measure differs."""

import copy
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database, Login, Scope, transaction
from app.settings import Settings
from tests.casework.steps import LAB, assess, case_of, query
from tests.desk import ASSEN, EMMEN, RIEC, RUDD, TRIAGE_EMMEN, Client, Server

pytestmark = pytest.mark.anyio
PARK = "Op het vakantiepark wordt asbest en ander afval gedumpt en verbrand achter de huisjes."
WASTE = "In de berm van de zandweg liggen tientallen jerrycans en vaten met drugsafval, het lekt in de bodem."
SIDES = (
    " De arbeiders mogen niet weg, hun paspoorten zijn ingenomen en ze worden uitgebuit.",
    " Een meisje van zestien wordt gedwongen tot prostitutie en moet haar geld afgeven.",
)
PLACE = EMMEN | {"postcode": "7812AB", "houseNumber": "12", "street": "Verzonnenlaan", "city": "Emmen"}
OWN = ("id", "reference", "receivedAt", "dueAt", "decidedAt", "openedAt", "at")
VISIBLE = ["case", "line", "part minimised", "proposal", "receipt", "supply", "wrap rudd"]
MEASURED = """
select 'part ' || part as what, octet_length(ciphertext) as size from sealed_parts where signal_id = :signal
union all select 'wrap ' || keyholder, octet_length(wrap) from wraps.wraps where signal_id = :signal
union all select 'case', count(*) from cases where signal_id = :signal
union all select 'line', count(*) from routing_decisions where signal_id = :signal
union all select 'proposal', count(*) from classifications where signal_id = :signal
union all select 'supply', count(*) from disclosures where signal_id = :signal
union all select 'receipt', count(*) from receipts where signal_id = :signal
union all select 'signal', count(*) from signals where id = :signal
order by what, size
"""


def plain(value: Any) -> Any:
    """Without ids, references and times: what is left must be equal."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key not in OWN}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


async def everything(chris: Client) -> dict[str, Any]:
    """All that RUDD's officer can have of the case that is next: list, detail, sealed part, history."""
    [listed] = await chris.items(f"{RUDD}/cases?state=new")
    seen: dict[str, Any] = {"listed": listed, "due": listed["dueKind"]}
    path = f"/v1/cases/{listed['id']}"
    seen["before"] = (await chris.get(path)).json()
    seen["after"] = await assess(chris, RUDD)
    seen["opened"] = (await chris.post(f"{path}/openings", {"purpose": "assessment"})).json()
    seen["history"] = await chris.items(f"{path}/transitions")
    seen["proposals"] = await chris.items(f"{path}/classifications")
    seen["messages"] = await chris.items(f"{path}/messages")
    return seen


async def measured(settings: Settings, signal: str) -> list[tuple[str, int]]:
    """What SQL in RUDD's own scope shows of a signal: numbers of rows and sizes of sealed bytes."""
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), settings.logins_folder, 1)
    try:
        scope = Scope(organisation="rudd", keyholders=("rudd",))
        async with transaction(database.engine(Login.APP), scope) as held:
            rows = await held.connection.execute(text(MEASURED), {"signal": signal})
            return [(row.what, row.size) for row in rows]
    finally:
        await database.close()


@pytest.mark.parametrize("report", [LAB, PARK, WASTE], ids=["lab", "park", "waste"])
@pytest.mark.parametrize("side", SIDES, ids=["labour", "sexual"])
async def test_with_or_without_a_trafficking_side_rudd_sees_and_measures_the_same(
    module_server: Server, report: str, side: str
) -> None:
    async with module_server.client() as desk:
        ans, chris = desk.as_("ans"), desk.as_("chris")
        seen, sizes, ids = [], [], []
        for words in (report, report + side):
            made = await ans.report(text=words, location=PLACE, safety=["dog"], ongoing=True)
            seen.append(await everything(chris))
            sizes.append(await measured(module_server.settings, made["id"]))
            ids.append(made["id"])
        owners = [await case_of(desk.as_("fenna"), TRIAGE_EMMEN, {"id": signal}) for signal in ids]
        assert owners[1]["category"] == "human_trafficking" != owners[0]["category"]
        assert plain(seen[0]) == plain(seen[1])
        assert sizes[0] == sizes[1]
        assert [what for what, size in sizes[0] if size] == VISIBLE
        for word in ("trafficking", "exploitation", "minor", *ids):
            assert word not in str(seen[1])


async def test_the_order_of_its_list_tells_nothing_of_people_either(module_server: Server) -> None:
    async with module_server.client() as desk:
        ans, chris = desk.as_("ans"), desk.as_("chris")
        made = [await ans.report(text=words, location=PLACE) for words in (WASTE + SIDES[1], WASTE)]
        urgent = await case_of(desk.as_("bouke"), RIEC, made[0])
        assert urgent["priority"] == 1
        waiting = await chris.items(f"{RUDD}/cases?state=new")
        assert {(one["priority"], one["urgency"], one["dueAt"]) for one in waiting} == {
            (2, "normal", waiting[0]["dueAt"])
        }
        for _ in waiting:
            await chris.pull(RUDD)


async def test_supplied_by_hand_it_is_the_same(module_server: Server) -> None:
    async with module_server.client() as desk:
        eelco, chris = desk.as_("eelco"), desk.as_("chris")
        seen = []
        for words in (PARK, PARK + SIDES[0]):
            await desk.as_("eva").report(text=words, location=ASSEN)
            case = await assess(eelco, "/v1/queues/triage-gemeente-assen")
            given = [{"queueId": "rudd", "ground": "environmental_task"}]
            assert (await eelco.move(case, "supply", recipients=given)).status_code == 201
            seen.append(await everything(chris))
        assert plain(seen[0]) == plain(seen[1])


async def test_the_comparison_would_see_a_difference(module_server: Server) -> None:
    async with module_server.client() as desk:
        await desk.as_("ans").report(text=LAB, location=PLACE)
        seen = await everything(desk.as_("chris"))
        other = copy.deepcopy(seen)
        other["opened"]["parts"]["minimised"]["activities"] = ["environment"]
        assert plain(seen) != plain(other)
        assert (await query(module_server.settings, "select count(*) as n from signals"))[0]["n"] > 0
