"""The citizen platform's door: a signed CloudEvent becomes a signal in triage of the municipality of the place."""

from typing import Annotated, cast

from pydantic import ConfigDict, Field, model_validator
from starlette.requests import Request

from app.audit.act import Require
from app.clock import now, timestamp
from app.crypto import canonical, webhook
from app.errors import Unauthenticated, UnsupportedMedia
from app.http import body as bodies
from app.http.addresses import sender
from app.http.body import Input
from app.http.fields import Moment, MunicipalityCode, OneOf, Text, fail
from app.identity.actor import PLATFORM, Actor
from app.limits import limits_of
from app.signals.codes import CATEGORIES, URGENCY
from app.signals.report import Contact, Feedback, Location, Name, Report, Reporter

MEDIA = "application/cloudevents+json"
SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
TYPE = "nl.burgerplatform.melding-ontvangen.v1"
Attribute = Annotated[str, Text(255, 1)]


class CitizenContact(Input):
    """How to reach the citizen; only for the desk when the citizen allowed it."""

    name: Name | None = None
    email: Contact | None = None
    phone: Annotated[str, Text(40, 1)] | None = None
    may_be_shared: bool = False


class AttachmentReference(Input):
    """A file that lies with the platform. It is kept as a reference, never fetched here."""

    url: Annotated[str, Text(2000, 1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    media_type: Annotated[str, Text(100, 1)]


class CitizenReport(Input):
    """The event's data."""

    external_id: Annotated[str, Text(100, 1)]
    text: Annotated[str, Text(20_000, 1)]
    received_at: Moment
    municipality_code: MunicipalityCode
    title: Name | None = None
    observed_from: Moment | None = None
    observed_to: Moment | None = None
    location: Location = Location()
    category_hint: Annotated[str, OneOf(CATEGORIES)] | None = None
    urgency: Annotated[str, OneOf(URGENCY)] = "normal"
    anonymous: bool
    contact: CitizenContact | None = None
    attachments: Annotated[list[AttachmentReference], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _fits_together(self) -> "CitizenReport":
        """An anonymous citizen has no contact; the end is not before the begin; a text is more than spaces."""
        if self.anonymous and self.contact is not None:
            raise fail("anonymous_with_reporter", "contact")
        if self.observed_from and self.observed_to and self.observed_to < self.observed_from:
            raise fail("order_of_moments", "observedTo")
        if not self.text.strip():
            raise fail("empty_text", "text")
        return self


class CitizenEvent(Input):
    """A CloudEvent 1.0 in structured JSON. Attributes of extensions are allowed and not kept."""

    model_config = ConfigDict(extra="allow", alias_generator=None)

    specversion: Annotated[str, OneOf(("1.0",))]
    id: Attribute
    source: Attribute
    type: Annotated[str, OneOf((TYPE,))]
    time: Moment | None = None
    datacontenttype: Annotated[str, OneOf(("application/json",))] | None = None
    data: CitizenReport


def as_report(data: CitizenReport) -> Report:
    """The event's data as a report: channel platform, shielded unless the citizen is anonymous or lets us share."""
    contact = data.contact
    confidentiality = "anonymous" if data.anonymous else "shielded"
    if contact is not None and contact.may_be_shared:
        confidentiality = "named"
    reporter = (
        None
        if contact is None
        else Reporter.model_construct(name=contact.name, email=contact.email, phone=contact.phone)
    )
    return Report.model_construct(
        text=data.text,
        title=data.title,
        observed_from=data.observed_from,
        observed_to=data.observed_to,
        location=data.location.model_copy(update={"municipality_code": data.municipality_code}),
        category_hint=data.category_hint,
        urgency=data.urgency,
        external_reference=data.external_id,
        channel="platform",
        confidentiality=confidentiality,
        reporter=reporter,
        feedback=Feedback(wanted=False),
    )


def kept(data: CitizenReport) -> dict[str, canonical.JsonValue]:
    """What of the event has no place in a report and is sealed with its content: when it came in there, its files."""
    files: list[canonical.JsonValue] = [
        {"url": one.url, "sha256": one.sha256, "mediaType": one.media_type} for one in data.attachments
    ]
    return {"platformReceivedAt": timestamp(data.received_at), "attachments": files}


class RequireSignature(Require[CitizenEvent]):
    """The door of the webhook: the caller is known by the signature over the raw body, nothing else."""

    media = MEDIA
    signed = True

    def __init__(self) -> None:
        super().__init__("webhook:deliver", CitizenEvent, SIGNED_HEADERS)

    async def caller(self, request: Request) -> Actor:
        """The platform, if the delivery is signed. Raises Unauthenticated with the reason, TooMany when it goes on."""
        raw = await bodies.read_body(request)
        given = webhook.Delivery(
            id=single(request, "webhook-id"),
            timestamp=single(request, "webhook-timestamp"),
            signatures=single(request, "webhook-signature"),
            raw=raw,
        )
        secrets = cast("webhook.Secrets", request.app.state.webhook_secrets)
        reason = webhook.refusal(secrets, given, int(now().timestamp()))
        counted, address = limits_of(request), sender(request)
        (counted.deliveries if reason is None else counted.unsigned_deliveries).take(address)
        if reason is not None:
            raise Unauthenticated("De handtekening van deze levering klopt niet.", reason=reason)
        request.state.raw = raw
        return PLATFORM

    async def read(self, request: Request) -> tuple[CitizenEvent | None, bytes]:
        """The event in the signed bytes. Raises Invalid, UnsupportedMedia."""
        if bodies.require_json(request, MEDIA) != MEDIA:
            raise UnsupportedMedia(f"Stuur een CloudEvent als {MEDIA}.")
        raw = bytes(request.state.raw)
        return bodies.parse(CitizenEvent, raw), raw


def single(request: Request, name: str) -> str | None:
    """A header that stands exactly once, else None."""
    given = request.headers.getlist(name)
    return given[0] if len(given) == 1 else None
