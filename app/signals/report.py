"""A report as it comes in (DESIGN section 8), strict, and what of it is sealed in which part."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.http.body import Input, Output
from app.http.fields import (
    Addition,
    HouseNumber,
    Kvk,
    Latitude,
    Longitude,
    Moment,
    MunicipalityCode,
    OneOf,
    Parcel,
    Postcode,
    Text,
    fail,
)
from app.signals.codes import (
    CAPACITIES,
    CATEGORIES,
    CHANNELS,
    CONFIDENTIALITY,
    OBSERVATIONS,
    PERSON_ROLES,
    REPORTED_TO,
    SAFETY,
    URGENCY,
    VIA,
    regime,
)

MANY = 50
Name = Annotated[str, Text(200, 1)]
Line = Annotated[str, Text(500, 1)]
Paragraph = Annotated[str, Text(2000, 1)]
Contact = Annotated[str, Text(320, 1)]


class Location(Input):
    """Where it was. The municipality code is what the reporter says, never derived."""

    postcode: Postcode | None = None
    house_number: HouseNumber | None = None
    house_number_addition: Addition | None = None
    street: Name | None = None
    city: Name | None = None
    municipality_code: MunicipalityCode | None = None
    description: Paragraph | None = None
    parcel: Parcel | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    accuracy_metres: Annotated[int, Field(ge=0, le=100_000)] | None = None


class Person(Input):
    """Somebody the report is about."""

    role: Annotated[str, OneOf(PERSON_ROLES)]
    name: Name | None = None
    description: Paragraph | None = None


class Vehicle(Input):
    """A vehicle that was seen."""

    plate: Annotated[str, Text(20, 1)] | None = None
    country: Annotated[str, Text(3, 1)] | None = None
    description: Paragraph | None = None


class Company(Input):
    """A company that is involved."""

    name: Name | None = None
    kvk_number: Kvk | None = None


class Reporter(Input):
    """Who reports; sealed apart from everything else."""

    name: Name | None = None
    email: Contact | None = None
    phone: Annotated[str, Text(40, 1)] | None = None


class Feedback(Input):
    """Whether and how the reporter wants to hear back."""

    wanted: bool = True
    via: Annotated[str, OneOf(VIA)] = "receipt"
    contact_allowed: bool = False


class Report(Input):
    """A signal from an employee, or taken down on behalf of a caller."""

    text: Annotated[str, Text(20_000, 1)]
    title: Name | None = None
    observed_from: Moment | None = None
    observed_to: Moment | None = None
    ongoing: bool = False
    location: Location = Location()
    persons: Annotated[list[Person], Field(max_length=MANY)] = []
    vehicles: Annotated[list[Vehicle], Field(max_length=MANY)] = []
    companies: Annotated[list[Company], Field(max_length=MANY)] = []
    phone_numbers: Annotated[list[Annotated[str, Text(40, 1)]], Field(max_length=MANY)] = []
    ibans: Annotated[list[Annotated[str, Text(50, 1)]], Field(max_length=MANY)] = []
    emails: Annotated[list[Contact], Field(max_length=MANY)] = []
    category_hint: Annotated[str, OneOf(CATEGORIES)] | None = None
    urgency: Annotated[str, OneOf(URGENCY)] = "normal"
    safety: Annotated[list[Annotated[str, OneOf(SAFETY)]], Field(max_length=len(SAFETY))] = []
    minor_involved: bool = False
    reporter_at_risk: bool = False
    observation: Annotated[str, OneOf(OBSERVATIONS)] = "own"
    capacity: Annotated[str, OneOf(CAPACITIES)] = "other"
    concerns_colleague: bool = False
    already_reported_to: Annotated[
        list[Annotated[str, OneOf(REPORTED_TO)]], Field(max_length=len(REPORTED_TO))
    ] = []
    external_reference: Annotated[str, Text(100, 1)] | None = None
    channel: Annotated[str, OneOf(CHANNELS)] = "form"
    on_behalf: bool = False
    confidentiality: Annotated[str, OneOf(CONFIDENTIALITY)] = "named"
    reporter: Reporter | None = None
    feedback: Feedback = Feedback()
    request_other_coordinator: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Anonymous means no reporter; the last day is not before the first; a text is more than spaces."""
        if self.confidentiality == "anonymous" and self.reporter is not None:
            raise fail("anonymous_with_reporter", "reporter")
        if self.observed_from and self.observed_to and self.observed_to < self.observed_from:
            raise fail("order_of_moments", "observedTo")
        if not self.text.strip():
            raise fail("empty_text", "text")
        if self.request_other_coordinator and regime(self.capacity, self.channel) != "avg":
            # Such data may not leave the own organisation unweighed, and the own coordinator is to be kept out: the
            # desk has no reader for it, and taking it in would be a promise nobody keeps.
            raise fail("no_other_reader", "requestOtherCoordinator")
        return self


class Submitted(Output):
    """What the reporter gets; the receipt code is shown once and cannot be given again without the same request."""

    id: UUID
    reference: str
    receipt_code: str
    received_at: datetime
    status: str
    notices: Annotated[list[str] | None, Field(exclude_if=lambda told: told is None)] = None
    """What was changed on the way in: `bsn_masked`. Absent when nothing was."""
