"""An organisation that SQL took out is told to who runs the desk, also while nobody uses it, until it is put right."""

import pytest

from app import installation, readiness
from app.crypto.envelope import SUITE
from app.crypto.hpke import PUBLIC_LENGTH
from app.demo.cast import people
from app.figures import REGISTRY
from app.organisations import console, taking_part
from app.settings import Settings
from app.vault.directory import Directory, Entry, State
from tests.desk import Client
from tests.operations.own import altered, rows, url_of
from tests.organisations.test_admission import know_anew

pytestmark = pytest.mark.anyio
EMMEN = "gemeente-emmen"
SLIPPED = (
    "insert into organisations (id, kind, name, municipality_code, active, mac)"
    " values (E'gemeente-x\\x1b[2J', 'municipality', 'x', '9998', true, '')"
)
OUT = {
    "altered": (
        f"update organisations set name = name || 'x' where id = '{EMMEN}'",
        f"update organisations set name = left(name, -1) where id = '{EMMEN}'",
        (EMMEN, "forged"),
    ),
    "slipped in": (
        SLIPPED,
        "delete from organisations where municipality_code = '9998'",
        (r"gemeente-x\x1b[2J", "forged"),
    ),
    "taken away": (
        f"create table away as select * from organisations where id = '{EMMEN}';"
        f" set session_replication_role = replica; delete from organisations where id = '{EMMEN}'",
        "insert into organisations select * from away; drop table away",
        (EMMEN, "missing"),
    ),
}


def alarms() -> float:
    """How often this process called somebody about a participant."""
    return REGISTRY.get_sample_value("meldpunt_alarms_total", {"reason": "participant_forged"}) or 0.0


def unproven() -> float | None:
    """What the figure says."""
    return REGISTRY.get_sample_value("meldpunt_participants_unproven")


async def standings(settings: Settings) -> list[tuple[str, str]]:
    """Id and standing of every line of `meldpunt organisations list` that is neither active nor ended."""
    lines = [line.split() for line in await console.listing(settings)]
    return [(line[0], line[3]) for line in lines if line[3] not in {"active", "ended"}]


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No verdict is kept."""
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)


@pytest.mark.parametrize("how", OUT)
async def test_the_probe_tells_once_and_the_figure_until_it_is_right_and_the_others_go_on(
    client: Client, settings: Settings, how: str
) -> None:
    done, undone, line = OUT[how]
    assert ((await client.http.get("/readyz")).status_code, unproven()) == (200, 0)
    raised = alarms()
    with altered(settings, done, undone):
        for _ in range(2):
            assert ((await client.http.get("/readyz")).status_code, unproven()) == (200, 1)
        assert alarms() == raised + 1
        await client.as_("eva").report()
        assert await standings(settings) == [line]
    assert ((await client.http.get("/readyz")).status_code, unproven()) == (200, 0)
    assert await standings(settings) == []


@pytest.mark.parametrize("state", list(State)[2:])
async def test_one_added_later_is_missed_too_also_after_its_pairs_are_gone(state: State) -> None:
    entries = [
        Entry(holder, "2026q4", SUITE, bytes([number]) * PUBLIC_LENGTH, state)
        for number, holder in enumerate(("gemeente-x", "indexer", "reporter-gemeente-x"))
    ]
    assert taking_part.unproven((), b"", Directory(1, tuple(entries))) == {"gemeente-x": "missing"}


async def test_migrate_puts_right_what_the_list_names(client: Client, settings: Settings) -> None:
    rows(settings, OUT["altered"][0])
    know_anew(client)
    assert (await client.http.get("/readyz")).status_code == 200
    assert unproven() == 1
    await installation.prepare(url_of(settings), settings, (EMMEN,), people())
    assert (await client.http.get("/readyz")).status_code == 200
    assert unproven() == 0
    know_anew(client)
    await client.as_("ans").report()
