"""The doors of reporters take what fits and no more: a parcel that is one, a short body, a reference of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.crypto import reference
from app.settings import Settings
from tests.casework.steps import LAB, query
from tests.desk import EMMEN, REPORT, RIEC, Client
from tests.stored import Stored

pytestmark = pytest.mark.anyio
LIMIT = 30
WRONG = "ABCD-EFGH-JKMN-PQRS-TVWX"


@pytest.mark.parametrize(
    "written",
    [
        "bij Jan Jansen achter de schuur",
        "EMM00-A-123 van Jansen",
        "EMM00-A-123\nJansen",
        "EMM00 K 123456",
        "Jansen",
        "EMM0-A-123",
        "",
        "E\u041cM00 K 1234",
    ],
)
async def test_a_parcel_is_a_cadastral_number_and_no_words(
    desk: Client, stored: Stored, written: str
) -> None:
    """It goes to RUDD as it stands."""
    before = await stored.counts()
    refused = await desk.as_("ans").post("/v1/signals", REPORT | {"location": EMMEN | {"parcel": written}})
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/location/parcel"]
    assert "Jansen" not in refused.text
    assert await stored.counts() == before


@pytest.mark.parametrize("written", ["EMM00-A-123", "EMM00 K 1234", "asn01b7"])
async def test_a_parcel_as_people_write_it_is_taken(desk: Client, written: str) -> None:
    taken = await desk.as_("ans").post("/v1/signals", REPORT | {"location": EMMEN | {"parcel": written}})
    assert taken.status_code == 201


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (None, "/v1/receipt-lookups"),
        (None, "/v1/receipt-messages"),
        ("bouke", f"{RIEC}/claims"),
    ],
)
@pytest.mark.parametrize("announced", [True, False])
async def test_a_large_body_where_small_ones_belong_is_refused_unread(
    desk: Client, who: str | None, path: str, announced: bool
) -> None:
    """It is no JSON, and nobody noticed."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"{" * 1024

    headers = desk.as_(who).headers({"Content-Type": "application/json"})
    body = b"{" * 102_400 if announced else parts()
    refused = await desk.http.post(path, content=body, headers=headers)
    assert refused.status_code == 413
    small = await desk.http.post(path, content=b"{" * 1024, headers=headers)
    assert small.status_code == 400


async def test_after_thirty_wrong_codes_a_right_one_still_opens(client: Client) -> None:
    """Nobody is locked out of her own report by a neighbour."""
    made = await client.as_("ans").report()
    for code, status in (*(((WRONG, 404),) * LIMIT), (WRONG, 429), (made["receiptCode"], 200), (WRONG, 429)):
        answer = await client.post("/v1/receipt-lookups", {"receiptCode": code})
        assert answer.status_code == status


async def test_a_reference_that_was_given_out_is_drawn_anew(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await client.as_("ans").report()
    draws: Iterator[str] = iter([first["reference"]])
    fresh = reference.new
    monkeypatch.setattr(reference, "new", lambda year: next(draws, None) or fresh(year))
    second = await client.as_("ans").report(text=LAB)
    assert next(draws, None) is None
    assert second["reference"] != first["reference"]
    [row] = await query(settings, "select reference from signals where id = :id", id=second["id"])
    assert row["reference"] == second["reference"]
    log = await client.as_("dirk").items(f"/v1/access-log?signalId={second['id']}&action=signal_submitted")
    assert len(log) == 1
    seen = await client.post("/v1/receipt-lookups", {"receiptCode": second["receiptCode"]})
    assert seen.json()["reference"] == second["reference"]
