"""The citizen platform's door: what is rightly signed becomes one signal in the right triage, all else is refused."""

import asyncio
import base64
import json
from typing import Any

import pytest
from pydantic import SecretStr

from app.crypto import webhook
from app.errors import StartRefused
from app.main import create_app
from app.settings import Settings
from tests.desk import ASSEN, DRUGS, RIEC, ROOT, TRIAGE_ASSEN, TRIAGE_EMMEN, Client
from tests.intake.conftest import SECRETS
from tests.intake.deliveries import Delivery, data, event, signed
from tests.stored import Stored

pytestmark = pytest.mark.anyio

FIRST, SECOND = SECRETS
OTHER = "whsec_" + base64.b64encode(b"\7" * 32).decode()
VECTORS = ROOT.parent / "shared" / "vectors" / "standard-webhooks" / "vectors.json"
NOISE = "v1," + base64.b64encode(b"x" * 32).decode()


async def accepted(desk: Client, delivery: Delivery) -> str:
    answer = await delivery.send(desk)
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"reference"}
    assert answer.headers["api-version"]
    return str(answer.json()["reference"])


async def refused(desk: Client, stored: Stored, delivery: Delivery, *statuses: int) -> None:
    before = await stored.counts()
    answer = await delivery.send(desk)
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"]
    assert DRUGS[:20] not in answer.text
    assert await stored.counts() == before


@pytest.mark.parametrize("secret", SECRETS, ids=["first secret", "second secret"])
async def test_a_delivery_lands_in_triage_of_the_place_and_nowhere_else(desk: Client, secret: str) -> None:
    """Whatever the text is about: a citizen's report is read by the municipality first."""
    reference = await accepted(desk, signed(secret))
    there = [one["reference"] for one in await desk.as_("fenna").items(f"{TRIAGE_EMMEN}/cases")]
    assert there.count(reference) == 1
    elsewhere = {"bouke": RIEC, "eelco": TRIAGE_ASSEN}
    for who, queue in elsewhere.items():
        assert reference not in {one["reference"] for one in await desk.as_(who).items(f"{queue}/cases")}


async def test_the_municipality_that_was_named_decides(desk: Client) -> None:
    told = data(municipalityCode=ASSEN["municipalityCode"], location={"municipalityCode": "0114"})
    reference = await accepted(desk, signed(FIRST, event(told)))
    there = {one["reference"] for one in await desk.as_("eelco").items(f"{TRIAGE_ASSEN}/cases")}
    assert reference in there


async def test_a_place_outside_lands_with_the_fallback(desk: Client, stored: Stored) -> None:
    reference = await accepted(desk, signed(FIRST, event(data(municipalityCode="0363"))))
    queues = await stored.ask(f"select queue_id from cases where reference = '{reference}'")
    assert queues == [("triage-provincie-drenthe",)]


async def test_what_the_citizen_wrote_is_read_by_the_coordinator(desk: Client) -> None:
    text = "Café gesloten – ’s nachts licht. " + DRUGS
    raw = json.dumps(event(data(text=text, title="Café")), ensure_ascii=False, indent=1).encode()
    reference = await accepted(desk, signed(FIRST, raw))
    fenna = desk.as_("fenna")
    [case] = [one for one in await fenna.items(f"{TRIAGE_EMMEN}/cases") if one["reference"] == reference]
    assert (await fenna.post(f"{TRIAGE_EMMEN}/claims", {"caseId": case["id"]})).status_code == 201
    content = (await fenna.open(case))["content"]
    assert (content["text"], content["title"]) == (text, "Café")


async def test_extension_attributes_and_other_sources_are_fine(desk: Client) -> None:
    await accepted(desk, signed(FIRST, event(source="/elders", traceparent="00-x", sequence="5")))
    await accepted(desk, signed(FIRST, event(time=None, datacontenttype=None)))


@pytest.mark.parametrize(
    "media", ["application/cloudevents+json; charset=UTF-8", "Application/CloudEvents+JSON"]
)
async def test_the_media_type_is_read_as_one(desk: Client, media: str) -> None:
    await accepted(desk, signed(FIRST, media=media))


async def test_the_right_signature_among_several_counts(desk: Client) -> None:
    good = signed(SECOND)
    right = good.headers["webhook-signature"]
    await accepted(desk, good.but(webhook_signature=f"v1a,x {NOISE} {right}"))
    other = signed(FIRST)
    right = other.headers["webhook-signature"]
    await accepted(desk, other.but(webhook_signature=f"garbage  {right} v2,AAAA"))


async def test_the_same_delivery_again_is_the_same_reference(desk: Client, stored: Stored) -> None:
    delivery = signed(FIRST)
    reference = await accepted(desk, delivery)
    before = await stored.counts()
    later = signed(FIRST, delivery.raw, ident=delivery.headers["webhook-id"], seconds_ago=60)
    for again in (delivery, later):
        assert await accepted(desk, again) == reference
    after = await stored.counts()
    assert after.pop("done") == before.pop("done") + 2
    assert after == before


async def test_the_same_delivery_many_times_at_once_is_one_signal(desk: Client, stored: Stored) -> None:
    delivery = signed(FIRST)
    before = await stored.counts()
    references = await asyncio.gather(*(accepted(desk, delivery) for _ in range(16)))
    assert len(set(references)) == 1
    assert (await stored.counts())["public.signals"] == before["public.signals"] + 1


async def test_the_same_id_with_another_body_is_refused(desk: Client, stored: Stored) -> None:
    first = signed(FIRST)
    await accepted(desk, first)
    other = signed(FIRST, event(data(text="Iets heel anders.")), ident=first.headers["webhook-id"])
    await refused(desk, stored, other, 409)


WRONG: dict[str, dict[str, str | None]] = {
    "no signature": {"webhook_signature": None},
    "no id": {"webhook_id": None},
    "no time": {"webhook_timestamp": None},
    "empty id": {"webhook_id": ""},
    "another id": {"webhook_id": "msg_anders"},
    "id with a space": {"webhook_id": "msg anders"},
    "time in words": {"webhook_timestamp": "nu"},
    "time with a sign": {"webhook_timestamp": "+1764080000"},
    "time as a fraction": {"webhook_timestamp": "1764080000.5"},
    "time in other digits": {"webhook_timestamp": "١٧٦٤٠٨٠٠٠٠"},
    "a long time": {"webhook_timestamp": "9" * 40},
    "garbage": {"webhook_signature": "garbage"},
    "two commas": {"webhook_signature": "v1,a,b"},
    "an accent": {"webhook_signature": "v1,é"},
    "too short": {"webhook_signature": "v1,AAA"},
    "empty": {"webhook_signature": ""},
    "empty v1": {"webhook_signature": "v1,"},
    "noise": {"webhook_signature": NOISE},
    "an empty key": {"webhook_signature": "v1," + base64.b64encode(b"").decode()},
    "a token instead": {"webhook_signature": None, "authorization": "Bearer x"},
}


@pytest.mark.parametrize("body", [None, b"\xff"], ids=["good body", "byte FF"])
@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
async def test_what_is_not_rightly_signed_is_refused(
    desk: Client, stored: Stored, headers: dict[str, str | None], body: bytes | None
) -> None:
    await refused(desk, stored, signed(FIRST, body).but(**headers), 401)


@pytest.mark.parametrize("version", ["v2", "v1a", "V1"])
async def test_another_version_of_signature_does_not_count(
    desk: Client, stored: Stored, version: str
) -> None:
    good = signed(FIRST)
    other = good.headers["webhook-signature"].replace("v1", version, 1)
    await refused(desk, stored, good.but(webhook_signature=other), 401)


@pytest.mark.parametrize("seconds", [900, -900, 310, -310])
async def test_an_old_or_future_delivery_is_refused(desk: Client, stored: Stored, seconds: int) -> None:
    await refused(desk, stored, signed(FIRST, seconds_ago=seconds), 401)


async def test_nothing_but_the_signed_bytes_counts(desk: Client, stored: Stored) -> None:
    good = signed(FIRST)
    await refused(desk, stored, Delivery(good.raw + b" ", good.headers), 401)
    await refused(desk, stored, Delivery(b"", good.headers), 401)
    await refused(desk, stored, signed(OTHER), 401)
    await accepted(desk, good)


async def test_a_header_that_stands_twice_does_not_count(desk: Client, stored: Stored) -> None:
    good, before = signed(FIRST), await stored.counts()
    doubled = [*good.headers.items(), ("webhook-signature", NOISE)]
    answer = await desk.http.post("/v1/webhooks/citizen-reports", content=good.raw, headers=doubled)
    assert answer.status_code == 401
    assert await stored.counts() == before


ODD: dict[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "a number": b"5",
    "half": b'{"a":',
    "a number of 5000 digits": json.dumps(event()).encode()[:-1] + b',"n":' + b"9" * 5000 + b"}",
    "20000 lists": b"[" * 20_000,
    "UTF-16": json.dumps(event()).encode("utf-16"),
    "no UTF-8": b"\xff",
    "no data": json.dumps({"specversion": "1.0", "id": "x"}).encode(),
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
async def test_an_odd_body_is_refused_and_claims_no_id(desk: Client, stored: Stored, raw: bytes) -> None:
    ident = "msg_" + base64.b16encode(raw[:8] + bytes([len(raw) % 251])).decode()
    await refused(desk, stored, signed(FIRST, raw, ident=ident), 400)
    await accepted(desk, signed(FIRST, ident=ident))


UNFIT: dict[str, dict[str, Any]] = {
    "another version": event(specversion="0.3"),
    "another type": event(type="nl.burgerplatform.iets-anders.v1"),
    "no id": event(id=None),
    "no source": event(source=None),
    "XML inside": event(datacontenttype="application/xml"),
    "base64 data": event(data=None, data_base64="e30="),
    "no text": event(data(text=None)),
    "empty text": event(data(text="")),
    "only spaces": event(data(text=" \n ")),
    "unknown member": event(data(extra=1)),
    "no municipality": event(data(municipalityCode=None)),
    "municipality of three digits": event(data(municipalityCode="114")),
    "no day": event(data(receivedAt="2026-02-30T00:00:00Z")),
    "anonymous as a word": event(data(anonymous="ja")),
    "anonymous with a name": event(data(contact={"name": "J"})),
    "end before begin": event(data(observedFrom="2026-03-02T10:00:00Z", observedTo="2026-03-01T10:00:00Z")),
    "an odd hash": event(
        data(attachments=[{"url": "https://x.example/a", "sha256": "x", "mediaType": "image/png"}])
    ),
}


@pytest.mark.parametrize("body", UNFIT.values(), ids=UNFIT)
async def test_an_event_that_does_not_fit_is_refused(
    desk: Client, stored: Stored, body: dict[str, Any]
) -> None:
    await refused(desk, stored, signed(FIRST, body), 400)


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "application/cloudevents-batch+json",
        "text/plain",
        "application/cloudevents+json; charset=latin-1",
    ],
)
async def test_another_content_mode_is_refused(desk: Client, stored: Stored, media: str) -> None:
    """Binary mode (bare data, attributes in `ce-` headers) and batches would lose half of what was sent."""
    bare = signed(FIRST, data(), media=media).but(ce_id="1", ce_specversion="1.0", ce_type="x", ce_source="y")
    await refused(desk, stored, bare, 415)
    await refused(desk, stored, signed(FIRST, [event()], media=media), 415)


@pytest.mark.parametrize("secrets", ["", " ", None], ids=["empty", "blank", "unset"])
def test_without_a_secret_nothing_counts(secrets: str | None) -> None:
    given = webhook.Delivery("msg_1", "1764080000", "v1,", b"{}")
    assert webhook.refusal(webhook.read(secrets or ""), given, 1764080000) == "webhook_signature"


@pytest.mark.parametrize(
    "secrets",
    [
        "whsec_",
        "whsec_kort",
        FIRST.removeprefix("whsec_"),
        f"v1,{FIRST}",
        f"{FIRST} oeps",
        "whsec_" + "A" * 200,
        f"{FIRST},{SECOND}",
    ],
)
def test_a_malformed_secret_stops_the_start_and_names_the_setting(
    module_settings: Settings, secrets: str
) -> None:
    with pytest.raises(StartRefused, match="MELDPUNT_WEBHOOK_SECRETS") as stopped:
        create_app(module_settings.model_copy(update={"webhook_secrets": SecretStr(secrets)}))
    assert not [word for word in secrets.split() if len(word) > 6 and word in str(stopped.value)]


def test_the_outside_vectors_hold() -> None:
    if not VECTORS.exists():
        pytest.skip("the vectors folder ../shared is absent")
    hmacs = [one for one in json.loads(VECTORS.read_text())["vectors"] if "secret" in one]
    assert len(hmacs) >= 10
    for one in hmacs:
        given = webhook.Delivery(one["id"], str(one["timestamp"]), one["signature"], one["body"].encode())
        reason = webhook.refusal(webhook.read(one["secret"]), given, one["timestamp"])
        assert (reason is None) == one["verifies"], one["name"]
