"""What a citizen's event holds beside the report lies sealed with it, and its reader sees it whole."""

import pytest

from tests.casework.steps import places_of
from tests.desk import TRIAGE_EMMEN, Client
from tests.intake.conftest import SECRETS
from tests.intake.deliveries import data, event, signed

pytestmark = pytest.mark.anyio
FILES = [
    {"url": "https://platform.example/bestand/een", "sha256": "ab" * 32, "mediaType": "image/jpeg"},
    {"url": "https://platform.example/bestand/twee", "sha256": "cd" * 32, "mediaType": "application/pdf"},
]


async def opened(desk: Client, **members: object) -> dict[str, object]:
    """The content of a delivered event, opened by the coordinator of the place."""
    delivered = await signed(SECRETS[0], event(data(**members))).send(desk)
    assert delivered.status_code == 202, delivered.text
    fenna = desk.as_("fenna")
    [listed] = [
        one
        for one in await fenna.items(f"{TRIAGE_EMMEN}/cases")
        if one["reference"] == delivered.json()["reference"]
    ]
    assert (await fenna.post(f"{TRIAGE_EMMEN}/claims", {"caseId": listed["id"]})).status_code == 201
    content: dict[str, object] = (await fenna.open(listed, "triage"))["content"]
    return content


async def test_the_files_stay_with_the_platform_and_their_references_are_kept(desk: Client) -> None:
    assert (await opened(desk, attachments=FILES))["attachments"] == FILES


async def test_when_the_platform_had_it_is_kept_to_the_second_in_utc(desk: Client) -> None:
    content = await opened(desk, receivedAt="2026-11-25T09:00:07+01:00")
    assert content["platformReceivedAt"] == "2026-11-25T08:00:07.000000Z"
    assert content["attachments"] == []


async def test_a_reference_to_a_file_stands_nowhere_in_clear(desk: Client) -> None:
    await opened(desk, attachments=FILES, externalId="EXTERNNUMMER")
    assert await places_of(desk.settings, FILES[0]["url"], FILES[1]["sha256"], "EXTERNNUMMER") == []
