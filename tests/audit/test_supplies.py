"""Every supply stands in the log by who decided on it: the desk by its rules, or a coordinator by hand."""

from typing import Any

import pytest

from app.settings import Settings
from tests.audit.rows import acts
from tests.casework.steps import LAB, assess, query, supply
from tests.desk import ASSEN, TRIAGE_ASSEN, Client

pytestmark = pytest.mark.anyio


async def supplies(settings: Settings) -> dict[str, dict[str, Any]]:
    """The entries of supplies by the recipient whose case they name."""
    holders = {row["id"]: row["holder"] for row in await query(settings, "select id, holder from cases")}
    found = [row for row in await acts(settings) if row["action"] == "signal_supplied"]
    assert len({row["case_id"] for row in found}) == len(found)
    return {holders[row["case_id"]]: row for row in found}


async def agrees_with_the_register(settings: Settings, log: dict[str, dict[str, Any]]) -> None:
    """Each entry names the Disclosure that was stored of it."""
    rows = await query(settings, "select id, recipient, case_id, signal_id from disclosures")
    assert {row["recipient"]: (str(row["id"]), row["case_id"], row["signal_id"]) for row in rows} == {
        holder: (row["object_id"], row["case_id"], row["signal_id"]) for holder, row in log.items()
    }


async def test_what_the_rules_supplied_was_supplied_by_the_desk(client: Client, settings: Settings) -> None:
    await client.as_("ans").report(text=LAB)
    log = await supplies(settings)
    assert set(log) == {"riec-noord-nederland", "rudd"}
    for row in log.values():
        assert (row["value"], row["role"], row["outcome"]) == ("the desk", None, "allowed")
        assert (row["object_kind"], row["purpose"]) == ("disclosure", "supply")
    await agrees_with_the_register(settings, log)


async def test_what_a_coordinator_supplied_was_supplied_by_her(client: Client, settings: Settings) -> None:
    await client.as_("eva").report(text=LAB, location=ASSEN)
    assert await supplies(settings) == {}
    eelco = client.as_("eelco")
    case = await assess(eelco, TRIAGE_ASSEN)
    await supply(eelco, case, "riec-noord-nederland", "rudd")
    log = await supplies(settings)
    assert set(log) == {"riec-noord-nederland", "rudd"}
    for row in log.values():
        assert (row["value"], row["role"], row["outcome"]) == (eelco.sub, "coordinator", "allowed")
    await agrees_with_the_register(settings, log)
