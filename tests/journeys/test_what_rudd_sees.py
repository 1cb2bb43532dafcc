"""RUDD cannot tell a report with a trafficking side from one without: nothing it can see or measure differs."""

import copy

import pytest
from sqlalchemy import text

from app.database import Database, Login, Scope, transaction
from app.settings import Settings
from tests.casework.rudd import arrived, everything, plain
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
LABOUR, SEXUAL = SIDES
CARE = " De zorgaanbieder laat tekenen voor zorg die nooit is geleverd en de urenstaten van het pgb zijn vervalst."
PARK_LABOUR = (
    " Op het vakantiepark wonen arbeiders die niet weg mogen, hun paspoorten zijn ingenomen door de baas."
)
PARK_SEXUAL = " In de chalets op het vakantiepark wordt een meisje van zestien gedwongen tot prostitutie."
OIL = "De grond stinkt naar olie."
MANURE = "Mest wordt 's nachts in de sloot geloosd."
ASBESTOS = "Asbestplaten worden 's nachts begraven achter de stal."
STRIPPED = "Gestripte auto's in de loods, olie loopt in de grond en kentekenplaten worden verwisseld."
CAMPING = "Op de camping ligt olie in de sloot."
PAIRS = (
    (MANURE, LABOUR, 1),
    (ASBESTOS, PARK_SEXUAL, 1),
    (STRIPPED, CARE, 1),
    (LAB, PARK_LABOUR, 1),
    (WASTE, SEXUAL, 1),
    (PARK, CARE, 1),
    # Too weak to reach RUDD alone; the words about people name the park, and with it a rule would fit.
    (OIL, PARK_LABOUR, 0),
    (OIL, PARK_SEXUAL, 0),
    (OIL, CARE, 0),
    (CAMPING, LABOUR, 0),
    ("In de sloot ligt olie.", PARK_SEXUAL, 0),
)


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


@pytest.mark.parametrize(("words", "side", "cases"), PAIRS, ids=range(len(PAIRS)))
async def test_whether_a_case_comes_and_what_it_shows_hangs_on_the_environmental_words_alone(
    client: Client, words: str, side: str, cases: int
) -> None:
    ans, chris = client.as_("ans"), client.as_("chris")
    seen = []
    for text_ in (words, words + side, side.strip() + " " + words):
        await ans.report(text=text_, location=PLACE)
        seen.append(await arrived(chris))
    assert [len(cases_) for cases_ in seen] == [cases] * 3
    assert plain(seen[0]) == plain(seen[1]) == plain(seen[2])


async def test_the_weak_clue_would_have_come_had_another_category_carried_it(client: Client) -> None:
    """The pairs above test something: a rule names RUDD for the whole text, and only a person may follow it."""
    fenna = client.as_("fenna")
    modes = []
    for words in (OIL, OIL + PARK_LABOUR):
        case = await case_of(fenna, TRIAGE_EMMEN, await client.as_("ans").report(text=words, location=PLACE))
        lines = (await fenna.get(f"/v1/cases/{case['id']}")).json()["routingDecision"]["lines"]
        modes.append({line["queueId"]: line["mode"] for line in lines}.get("rudd"))
    assert modes[1] == "proposal" != modes[0]
