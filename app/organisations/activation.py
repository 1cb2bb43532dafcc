"""What an approved setting brings about: its next version, and for terms of supply the term that intake acts on.

Looked at when it is asked and again when it is activated. Supplying without a person's yes waits until the
organisation is ready for it; from then on it goes on until its end date, or until two managers end it, also when
somebody leaves.
"""

import re
from collections.abc import Set
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from app.approvals.requests import Ask, Hook
from app.approvals.requests import Content as Asked
from app.audit import entries
from app.audit.act import AnyAct, frame_of
from app.crypto import canonical
from app.database import AlreadyThere, AnyRow, insert_rows
from app.errors import Conflict, Damaged, Fault, Invalid
from app.organisations import admission, contents, readiness, settings, taking_part, terms
from app.organisations.contents import (
    FEEDBACK,
    STANDARD,
    Adopted,
    Calendar,
    Content,
    Cover,
    DisclosureDocument,
    ParticipantChange,
    SupplyTerms,
    Texts,
)
from app.organisations.giving import UNKNOWN
from app.organisations.models import SettingsVersion
from app.organisations.participants import Participant
from app.organisations.settings import Version
from app.organisations.terms import GROUND_OF, RECIPIENTS_OF, Stated
from app.vault.ring import vault_of

LONGEST_TERM = timedelta(days=366)
NAMED: Final = re.compile(
    r"\b(?:riec|rudd?|politie)\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b"
    r"|\b\d{1,2} (?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december)\b",
    re.IGNORECASE,
)
"""What a text to a reporter never names: RIEC, RUDD, the police, a date (workflow.md 5)."""
MISSING: Final = {
    "approvers": "Er zijn geen twee mensen die als tweede persoon kunnen beslissen.",
    "calendar": "De kantoorkalender ontbreekt of is te oud.",
    "coordinator": "Er is geen coördinator.",
    "cover": "Er zijn te weinig mensen en er is geen waarneming door een andere organisatie.",
    "deputy": "Er is geen waarnemer.",
    "keys": "Er zijn nog geen sleutels voor deze organisatie. De beheerder maakt ze met: meldpunt migrate",
    "disclosure_document": "Het document en het advies van de FG ontbreken, of gelden korter dan deze afspraak.",
    "matrix": "Er is geen besluit over wie wat aan wie mag geven.",
    "privacy_officer": "Er is geen privacyfunctionaris.",
    "privacy_protocol": "Er is geen privacyprotocol dat nu geldt.",
    "retention": "Er is geen besluit over bewaartermijnen.",
    "texts": "De teksten aan melders zijn niet vastgesteld.",
}
"""What stands in the way of supplying without a person's yes, in Dutch."""


def ask_for(version_id: UUID, proposal: contents.SettingIn) -> Ask:
    """The request for a second person that a proposal becomes."""
    body = proposal.root
    content: Asked = {
        "kind": body.kind,
        "name": proposal.name,
        "content": body.content.model_dump(mode="json", by_alias=True),
    }
    return Ask("setting", body.organisation_id, str(version_id), body.reason_code, content)


def read(asked: Asked) -> tuple[str, str, Content, bytes]:
    """Kind, name, content and its canonical bytes. Raises Damaged where it is none of ours."""
    kind, name = str(asked["kind"]), str(asked["name"])
    raw = canonical.encode(asked["content"])
    try:
        return kind, name, contents.KINDS[kind].model_validate_json(raw), raw
    except (KeyError, ValidationError):
        raise Damaged(reason="setting_unreadable") from None


async def misfits(act: AnyAct, participant: Participant, name: str, content: Content) -> list[Fault]:
    """As `faults_in`, among those who take part now."""
    reporting = {one.id for one in await taking_part.seen_by(act) if one.reports and one.active}
    return faults_in(participant, name, content, act.at.date(), reporting)


def faults_in(
    participant: Participant, name: str, content: Content, today: date, reporting: Set[str]
) -> list[Fault]:
    """What does not fit this organisation, all at once. `reporting`: who can cover."""
    match content:
        case SupplyTerms():
            return _supply_faults(participant, name.partition("/")[0], content, today)
        case Cover():
            return _cover_faults(participant, content, today, reporting)
        case Calendar():
            twice = len(set(content.closed_days)) != len(content.closed_days)
            return [Fault("/content/closedDays", "repeated", "Noem elke dag een keer.")] if twice else []
        case Texts():
            return _text_faults(name, content)
        case DisclosureDocument() | Adopted():
            return _end_faults(content.valid_until, today)
        case ParticipantChange():
            return admission.faults_in(participant.id, name, content)


def _end_faults(ends: date, today: date) -> list[Fault]:
    return [] if ends > today else [Fault("/content/validUntil", "period", "Kies een dag na vandaag.")]


def _supply_faults(participant: Participant, queue: str, content: SupplyTerms, today: date) -> list[Fault]:
    faults = _end_faults(content.valid_until, today)
    if content.valid_until > today + LONGEST_TERM:
        faults.append(Fault("/content/validUntil", "period", "Kies een dag binnen een jaar."))
    if queue not in RECIPIENTS_OF.get(participant.kind, ()):
        faults.append(
            Fault("/name", "no_ground_known", "Van deze organisatie mag nog niets naar deze ontvanger.")
        )
    if content.ground != GROUND_OF.get(queue):
        faults.append(
            Fault("/content/ground", "wrong_ground", "Deze grondslag hoort niet bij deze ontvanger.")
        )
    return faults


def _cover_faults(participant: Participant, content: Cover, today: date, reporting: Set[str]) -> list[Fault]:
    faults = [] if content.valid_until is None else _end_faults(content.valid_until, today)
    where = "/content/organisation"
    if not participant.reports:
        faults.append(Fault("/organisationId", "not_here", "Deze organisatie kent geen waarneming."))
    if content.organisation == participant.id:
        faults.append(Fault(where, "itself", "Een organisatie kan niet voor zichzelf waarnemen."))
    if content.organisation is not None and content.organisation not in reporting:
        faults.append(Fault(where, "unknown", "Deze organisatie meldt niet mee en kan niet waarnemen."))
    return faults


def _text_faults(name: str, content: Texts) -> list[Fault]:
    if (name == STANDARD) != (content.version is not None) or (name == STANDARD) == (
        content.text is not None
    ):
        return [Fault("/content", "version_or_text", "Geef bij standard de versie, en anders de tekst.")]
    if name in FEEDBACK and NAMED.search(content.text or "") is not None:
        detail = "Een tekst aan een melder noemt geen RIEC, RUDD, politie of datum."
        return [Fault("/content/text", "names_a_recipient", detail)]
    return []


async def unready(act: AnyAct, participant: Participant, queue: str, content: SupplyTerms) -> list[Fault]:
    """What this organisation lacks for supplying to this recipient without a person's yes."""
    ring = vault_of(act.request).ring
    now = await readiness.standing(act.connection, ring, participant, act.at)
    term = Stated(participant.id, queue, content.category, content.mode, content.ground, content.valid_until)
    then = replace(now, terms=[*now.terms, term])
    # Which recipients have their terms is settled one by one; this is one of them.
    missing = {one.code for one in readiness.requirements(then) if not one.met and one.code != "disclosure"}
    document = readiness.document(then, queue)
    if document is not None and document.valid_until < content.valid_until:
        missing.add("disclosure_document")
    return [Fault("/content/mode", code, MISSING[code]) for code in sorted(missing)]


async def _refuse_unready(act: AnyAct, participant: Participant, name: str, content: Content) -> None:
    if not isinstance(content, SupplyTerms) or content.mode != "direct":
        return
    lacking = await unready(act, participant, name.partition("/")[0], content)
    if lacking:
        raise Conflict(
            "Zonder tussenkomst van een mens verstrekken kan pas als alles is geregeld. Dit ontbreekt nog.",
            reason="not_ready",
            faults=lacking,
        )


async def _refuse_short(act: AnyAct, participant: Participant, queue: str, content: Content) -> None:
    """What supplies without a person's yes rest on is replaced by nothing that ends before them."""
    if not isinstance(content, DisclosureDocument):
        return
    now = await readiness.standing(act.connection, vault_of(act.request).ring, participant, act.at)
    there = readiness.document(now, queue)
    if there is not None and any(
        term.queue == queue and term.mode == "direct" and content.valid_until < term.valid_until
        for term in now.terms
    ):
        raise Conflict(
            "Hierop rust een afspraak om zonder tussenkomst van een mens te verstrekken, die langer geldt. Maak die"
            " eerst korter, of laat eerst weer een mens kijken.",
            reason="direct_lasts_longer",
        )


async def _participant(act: AnyAct, organisation: str) -> Participant:
    found = await taking_part.found(act, organisation)
    if found is None:
        raise Invalid(faults=[UNKNOWN])
    return found


async def check(act: AnyAct, asked: Ask) -> None:
    """Whether this may be asked now. Raises Invalid, or Conflict (`not_ready`, `direct_lasts_longer`)."""
    participant = await _participant(act, asked.organisation)
    _, name, content, _ = read(asked.content)
    faults = await misfits(act, participant, name, content)
    if faults:
        raise Invalid(faults=faults)
    if isinstance(content, ParticipantChange):
        await admission.check(act, participant.id, name, content)
    await _refuse_unready(act, participant, name, content)
    await _refuse_short(act, participant, name, content)


async def activate(act: AnyAct, approval: AnyRow, asked: Asked) -> None:
    """The setting holds from here on. Raises Conflict where it fits no more, or where another came between."""
    participant = await _participant(act, approval.organisation_id)
    kind, name, content, raw = read(asked)
    if await misfits(act, participant, name, content):
        raise Conflict("Dit voorstel past niet meer. Doe een nieuw voorstel.", reason="outdated")
    await _refuse_unready(act, participant, name, content)
    await _refuse_short(act, participant, name, content)
    authority = frame_of(act.request).authority()
    version = Version(
        id=UUID(approval.object_id),
        organisation_id=participant.id,
        kind=kind,
        name=name,
        number=await settings.next_number(act.connection, authority, participant.id, kind, name),
        content=raw,
        proposed_by=approval.requested_by,
        confirmed_by=str(act.actor.sub),
        approval_id=approval.id,
        activated_at=act.at,
    )
    try:
        await insert_rows(act.connection, [(SettingsVersion, version.row(authority))])
    except AlreadyThere:
        raise Conflict("Net werd een andere versie van kracht. Kijk opnieuw.", reason="another") from None
    await _apply(act, participant.id, name, content)
    act.record(entries.Act("setting_activated", "setting", str(version.id), purpose=kind))


async def _apply(act: AnyAct, organisation: str, name: str, content: Content) -> None:
    """Terms of supply and who takes part are what intake acts on, within half a minute in every process."""
    if isinstance(content, ParticipantChange):
        after = await admission.check(act, organisation, name, content)
        await admission.apply(act, after, content)
    if isinstance(content, SupplyTerms):
        queue = name.partition("/")[0]
        stated = Stated(
            organisation, queue, content.category, content.mode, content.ground, content.valid_until
        )
        await terms.state(act.connection, vault_of(act.request).ring.intake, stated)


HOOKS = {"setting": Hook(check, activate)}
