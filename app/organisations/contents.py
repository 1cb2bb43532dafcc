"""What each kind of setting may hold, as strict bodies: terms of supply, stand-in, calendar, texts, documents.

A setting is public or a reference: never a name, a case or a secret. Which kinds there are follows from what an
organisation must have settled before it goes live (workflow.md 9 H).
"""

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, PlainSerializer, PlainValidator, RootModel, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.approvals.kinds import REASONS
from app.classification.values import CATEGORIES
from app.http.body import Input
from app.http.fields import OneOf, Text
from app.organisations import participants

MAIN: Final = "main"
"""The name of the one setting of a kind that has no more than one."""
STANDARD: Final = "standard"
STANDARD_TEXTS: Final = ("standard-1",)
"""Versions of the closed texts F1 to F9 of workflow.md 5 that an organisation can take over whole."""
FEEDBACK: Final = tuple(f"F{number}" for number in range(1, 10))
TEXT_NAMES: Final = (STANDARD, *FEEDBACK, "public")
RECIPIENTS: Final = (participants.RIEC, participants.RUDD)
GROUNDS: Final = ("riec_partner", "environmental_task")
MODES: Final = ("direct", "confirmed")

CHANGES: Final = ("added", "renamed", "ended", "resumed")
PARTICIPANT_KINDS: Final = ("municipality", "province", "water_board")
DISPLAY_NAME: Final = r"^[A-Za-z\u00c0-\u024f](?: ?[A-Za-z0-9\u00c0-\u024f'’.,()-])*$"
"""A name of an organisation: one line of letters, digits and single spaces, up to 100 characters."""

_DAY: Final = re.compile(r"(20[0-9]{2}|21[0-9]{2})-([0-9]{2})-([0-9]{2})")


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError("desk.day", "does not fit")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise PydanticCustomError("desk.day", "does not fit") from None


Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A day as year, month and day, from 2000 to 2199."""
OrganisationId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./:_-]{0,79}$")]
"""Where a document is found: its number in the organisation's own archive, no words."""


class SupplyTerms(Input):
    """How reports go to this recipient: `direct`, or after a person `confirmed`; on which ground, until when."""

    category: Annotated[str, OneOf(CATEGORIES)] | None = None
    mode: Annotated[str, OneOf(MODES)]
    ground: Annotated[str, OneOf(GROUNDS)]
    valid_until: Day


class Cover(Input):
    """Whose people are second person for this organisation; null ends the agreement."""

    organisation: OrganisationId | None
    valid_until: Day | None = None


class Calendar(Input):
    """Days on which the office is closed beside weekends and national holidays."""

    closed_days: Annotated[list[Day], Field(max_length=200)]


class Texts(Input):
    """The desk's closed texts taken over (`version`, under the name `standard`), or a text of one's own."""

    version: Annotated[str, OneOf(STANDARD_TEXTS)] | None = None
    text: Annotated[str, Text(min=1, max=2000)] | None = None


class DisclosureDocument(Input):
    """The document and the advice of the data protection officer that supplying `direct` rests on."""

    document: Reference
    fg_advice: Reference
    valid_until: Day


class Adopted(Input):
    """A document that the organisation adopted, and until when."""

    document: Reference
    valid_until: Day


class ParticipantChange(Input):
    """What becomes of a participant: `added` with kind, name and for a municipality its CBS code, or `renamed`, `ended`
    or `resumed`.
    """

    change: Annotated[str, OneOf(CHANGES)]
    organisation_kind: Annotated[str, OneOf(PARTICIPANT_KINDS)] | None = None
    display_name: Annotated[str, Field(pattern=DISPLAY_NAME, max_length=100)] | None = None
    municipality_code: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None


class Proposal(Input):
    """What every proposal of a setting says."""

    organisation_id: OrganisationId
    reason_code: Annotated[str, OneOf(REASONS)]


class SupplyTermsIn(Proposal):
    """Terms of supply to one recipient."""

    kind: Literal["supply_terms"]
    name: Annotated[str, OneOf(RECIPIENTS)]
    content: SupplyTerms


class CoverIn(Proposal):
    """The cover agreement."""

    kind: Literal["cover"]
    content: Cover


class CalendarIn(Proposal):
    """The office calendar."""

    kind: Literal["calendar"]
    content: Calendar


class TextsIn(Proposal):
    """Texts to reporters, or the public text."""

    kind: Literal["texts"]
    name: Annotated[str, OneOf(TEXT_NAMES)]
    content: Texts


class DisclosureDocumentIn(Proposal):
    """What supplying `direct` to one recipient rests on."""

    kind: Literal["disclosure_document"]
    name: Annotated[str, OneOf(RECIPIENTS)]
    content: DisclosureDocument


class PrivacyProtocolIn(Proposal):
    """The privacy protocol."""

    kind: Literal["privacy_protocol"]
    content: Adopted


class RetentionIn(Proposal):
    """The decision on retention terms."""

    kind: Literal["retention"]
    content: Adopted


class MatrixIn(Proposal):
    """The decision on the disclosure matrix."""

    kind: Literal["matrix"]
    content: Adopted


class ParticipantIn(Proposal):
    """A change of who takes part. `name`: the participant's id."""

    kind: Literal["participant"]
    name: OrganisationId
    content: ParticipantChange


AnyProposal = (
    SupplyTermsIn
    | CoverIn
    | CalendarIn
    | TextsIn
    | DisclosureDocumentIn
    | PrivacyProtocolIn
    | RetentionIn
    | MatrixIn
    | ParticipantIn
)
Content = SupplyTerms | Cover | Calendar | Texts | DisclosureDocument | Adopted | ParticipantChange
KINDS: Final[dict[str, type[Content]]] = {
    "supply_terms": SupplyTerms,
    "cover": Cover,
    "calendar": Calendar,
    "texts": Texts,
    "disclosure_document": DisclosureDocument,
    "privacy_protocol": Adopted,
    "retention": Adopted,
    "matrix": Adopted,
    "participant": ParticipantChange,
}
"""Every kind of setting, with what it holds."""


class SettingIn(RootModel[Annotated[AnyProposal, Field(discriminator="kind")]]):
    """A proposed setting of one kind."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    def __repr__(self) -> str:
        return "SettingIn(...)"

    __str__ = __repr__

    @property
    def name(self) -> str:
        """Under which name its versions are numbered: terms for one category stand apart from those for all."""
        proposal = self.root
        name = str(getattr(proposal, "name", MAIN))
        if isinstance(proposal, SupplyTermsIn) and proposal.content.category is not None:
            return f"{name}/{proposal.content.category}"
        return name
