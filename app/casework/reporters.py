"""The route to who reported: the owner's coordinator or deputy, on a case in her own hands, for a stated purpose."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from app.audit.act import Act, Require
from app.casework import cases
from app.casework.schemas import PURPOSES
from app.casework.sealed import may_open
from app.errors import NotFound
from app.http.body import Input, Output
from app.http.fields import ObjectId, OneOf
from app.identity import policy
from app.limits import limits_of
from app.signals import reporter
from app.signals.read import What

router = APIRouter(tags=["cases"])


class OpenReporter(Input):
    """Ask who reported, and say for what. `approvalId`: a second person's, for a shielded reporter."""

    purpose: Annotated[str, OneOf(PURPOSES)]
    approval_id: ObjectId | None = None


class WantsToHear(Output):
    """Whether and how the reporter wants to hear back."""

    wanted: bool
    via: str
    contact_allowed: bool


class ReporterOut(Output):
    """Who reported, as far as she told. `subject`: her account, where she was signed in."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    subject: str | None = None
    organisation: str | None = None
    feedback: WantsToHear


class ReporterOpened(Output):
    """The reporter, opened for the stated purpose and recorded first."""

    purpose: str
    opened_at: datetime
    confidentiality: str
    reporter: ReporterOut


@router.post("/cases/{caseId}/reporter-openings", status_code=201)
async def open_reporter(
    caseId: ObjectId,
    act: Annotated[Act[OpenReporter], Depends(Require("reporter:open", OpenReporter), scope="function")],
) -> ReporterOpened:
    """Open who reported; it is in the log before you read it. A shielded reporter takes a second person's approval."""
    limits_of(act.request).read(act.actor)
    case = await cases.load(act.connection, caseId, act.actor)
    may_open(act, case)
    if not policy.shows(case.kind, "reporter"):
        raise NotFound(reason="no_such_case")
    what = What(case.id, case.signal_id, act.body.purpose)
    found = await reporter.open_reporter(act, what, act.body.approval_id)
    return ReporterOpened(
        purpose=act.body.purpose,
        opened_at=act.at,
        confidentiality=found.confidentiality,
        reporter=ReporterOut.model_validate(
            {name: found.content.get(name) for name in ("name", "email", "phone", "organisation", "feedback")}
            | {"subject": found.content.get("sub")}
        ),
    )
