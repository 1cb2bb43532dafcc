"""Deliveries of the citizen platform for tests, signed by the `standardwebhooks` package."""

import base64
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from standardwebhooks.webhooks import Webhook

from tests.desk import DRUGS, Client

PATH = "/v1/webhooks/citizen-reports"
MEDIA = "application/cloudevents+json"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def data(**members: object) -> dict[str, Any]:
    """What a citizen of Emmen told."""
    good = {
        "externalId": "X1",
        "text": DRUGS,
        "receivedAt": now(),
        "municipalityCode": "0114",
        "anonymous": True,
    }
    return {name: value for name, value in (good | members).items() if value is not None}


def event(told: object = None, **attributes: object) -> dict[str, Any]:
    """The CloudEvent around it; None takes an attribute out."""
    good: dict[str, object] = {
        "specversion": "1.0",
        "id": "b-1",
        "source": "urn:nld:oin:00000001234567890000:systeem:burgerplatform",
        "type": "nl.burgerplatform.melding-ontvangen.v1",
        "time": now(),
        "datacontenttype": "application/json",
        "data": data() if told is None else told,
    }
    return {name: value for name, value in (good | attributes).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery: raw bytes and the headers that sign them."""

    raw: bytes = field(repr=False)
    headers: dict[str, str]

    def but(self, **headers: str | None) -> "Delivery":
        """With other headers (`webhook_id` for `webhook-id`); None takes one out."""
        changed = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return Delivery(self.raw, {name: value for name, value in changed.items() if value is not None})

    async def send(self, desk: Client) -> httpx2.Response:
        given = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        return await desk.http.post(PATH, content=self.raw, headers=given)


def signed(
    secret: str, body: object = None, *, ident: str | None = None, seconds_ago: int = 0, media: str = MEDIA
) -> Delivery:
    """A delivery of `body` (bytes as they are, else as JSON; default a good event), signed now or earlier."""
    raw = body if isinstance(body, bytes) else json.dumps(event() if body is None else body).encode()
    ident = ident or "msg_" + secrets.token_hex(8)
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    try:
        signature = Webhook(secret).sign(ident, at, raw.decode())
    except UnicodeDecodeError:
        signature = sign_bytes(secret, ident, at, raw)
    headers = {
        "webhook-id": ident,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "content-type": media,
    }
    return Delivery(raw, headers)


def sign_bytes(secret: str, ident: str, at: datetime, raw: bytes) -> str:
    """As the package signs, for bytes that are no text: it takes text alone."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = f"{ident}.{int(at.timestamp())}.".encode() + raw
    return "v1," + base64.b64encode(hmac.digest(key, message, "sha256")).decode()
