"""What reporters' routes take and give besides the report itself."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.http.body import Input, Output
from app.http.fields import Text

Code = Annotated[str, Text(100, 1)]


class Lookup(Input):
    """Follow a report by its receipt code. The code stands in the body, never in a URL."""

    receipt_code: Code


class Answer(Input):
    """An addition or an answer, by receipt code."""

    receipt_code: Code
    text: Annotated[str, Text(5000, 1)]


class MailboxMessage(Output):
    """A line from the desk."""

    id: UUID
    sender: Annotated[str, Field(serialization_alias="from")]
    text: str
    at: datetime


class Followed(Output):
    """How it stands with a report."""

    reference: str
    status: str
    messages: list[MailboxMessage]


class Answered(Output):
    """The answer is in."""

    id: UUID
    at: datetime


class Delivered(Output):
    """A citizen's report is in; the reference is for the platform."""

    reference: str
