"""Two reports, of Emmen and of Assen, worked on by everyone who may: the rows that tests on the database look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.demo import login
from app.main import create_app
from app.settings import Settings
from tests.desk import ASSEN, RIEC, RUDD, TRIAGE_ASSEN, Client, client_for

DUMPED = (
    "Achter de schuur liggen twintig vaten met chemicaliën, er is drugsafval in de sloot gedumpt en de grond is"
    " vervuild. Het ruikt al weken sterk naar wiet."
)


@dataclass(frozen=True, slots=True)
class Worked:
    """What was made: the answers to both reports, the settings of their database."""

    settings: Settings
    emmen: dict[str, Any]
    assen: dict[str, Any]


@asynccontextmanager
async def worked_on(settings: Settings) -> AsyncIterator[Worked]:
    """Emmen's report went to RIEC and RUDD at once, Assen's waits for its coordinator."""
    application = create_app(settings, cast=login.cards(), logins=[login.router])
    async with client_for(application, settings) as client:
        emmen = await client.as_("ans").report(text=DUMPED, safety=["weapon"])
        assen = await client.as_("eva").report(text=DUMPED, location=ASSEN)
        await _work(client, emmen)
        yield Worked(settings, emmen, assen)


async def _work(client: Client, emmen: dict[str, Any]) -> None:
    """RIEC opens, asks and gets an answer; RUDD and Assen's coordinator open with a typed reason."""
    bouke, chris, eelco = client.as_("bouke"), client.as_("chris"), client.as_("eelco")
    case = await bouke.pull(RIEC)
    await bouke.open(case)
    asked = await bouke.post(f"/v1/cases/{case['id']}/messages", {"text": "Hoe laat was dat?"})
    assert asked.status_code == 201, asked.text
    said = {"receiptCode": emmen["receiptCode"], "text": "Om tien uur."}
    answered = await client.as_(None).post("/v1/receipt-messages", said)
    assert answered.status_code == 201, answered.text
    for worker, queue in ((chris, RUDD), (eelco, TRIAGE_ASSEN)):
        mine = await worker.pull(queue)
        body = {"purpose": "assessment", "reason": "Nodig voor het bezoek."}
        opened = await worker.post(f"/v1/cases/{mine['id']}/openings", body)
        assert opened.status_code == 201, opened.text
