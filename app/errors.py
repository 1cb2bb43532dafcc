"""Refusals: every way the desk says no, with the status and the Dutch words a person reads.

A refusal carries what the caller may know and nothing of what the caller sent. One handler
(`app.http.problems`) turns it into problem+json (RFC 9457).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in the input: where (JSON pointer or parameter name), which (code), and what to do next."""

    where: str
    code: str
    detail: str


class Refusal(Exception):
    """Base of all refusals. `detail` is Dutch at B1 level and never repeats input."""

    status = 500
    code = "internal"
    title = "Er ging iets mis"
    detail = "Dit ligt aan ons. Probeer het over een minuut opnieuw."

    def __init__(
        self,
        detail: str | None = None,
        *,
        reason: str | None = None,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(self.code)
        self.detail = detail or type(self).detail
        self.reason = reason or self.code
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


class Invalid(Refusal):
    """The input does not fit; all faults at once (400)."""

    status, code, title = 400, "invalid", "De gegevens kloppen niet"
    detail = "Verbeter wat hieronder staat en stuur het opnieuw."


class Unauthenticated(Refusal):
    """Nobody we know is calling (401)."""

    status, code, title = 401, "unauthenticated", "U bent niet ingelogd"
    detail = "Log in, of haal een nieuw token op, en probeer het opnieuw."

    def __init__(self, detail: str | None = None, *, reason: str | None = None) -> None:
        super().__init__(detail, reason=reason, headers={"WWW-Authenticate": "Bearer"})


class StepUp(Unauthenticated):
    """Known, but signed in too weakly for this (401, RFC 9470): sign in again, more strongly. A denial: it is logged."""

    code, title = "insufficient_user_authentication", "Log opnieuw in, met een extra stap"
    detail = "Hiervoor is een sterkere inlog nodig, bijvoorbeeld met een code op uw telefoon. Log opnieuw in."

    def __init__(self, detail: str | None = None, *, reason: str | None = None) -> None:
        super().__init__(detail, reason=reason)
        self.headers = {"WWW-Authenticate": f'Bearer error="{self.code}"'}


class Forbidden(Refusal):
    """Known, but not allowed; the reason may be said (403). A denial: it is logged."""

    status, code, title = 403, "forbidden", "Dit mag u niet"
    detail = "Uw rol geeft hier geen recht op. Vraag uw functioneel beheerder als dat niet klopt."


class NotFound(Refusal):
    """Not there, or not for this caller to know of (404). On an object it is a denial and logged."""

    status, code, title = 404, "not_found", "Niet gevonden"
    detail = "Dit bestaat niet, of is niet voor u."


class MethodNotAllowed(Refusal):
    """The path exists, not with this method (405)."""

    status, code, title = 405, "method_not_allowed", "Deze handeling kan hier niet"
    detail = "Gebruik een van de methoden in de kop Allow."


class NotAcceptable(Refusal):
    """The caller accepts no form we speak (406)."""

    status, code, title = 406, "not_acceptable", "Deze vorm leveren wij niet"
    detail = "Vraag om application/json."


class Late(Refusal):
    """The request did not come in whole in time (408); the connection closes (RFC 9110 15.5.9)."""

    status, code, title = 408, "late", "Het bericht kwam niet op tijd"
    detail = "Het duurde te lang voor het hele bericht hier was. Er is niets bewaard. Stuur het opnieuw."

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class Conflict(Refusal):
    """The state of things does not allow it now (409)."""

    status, code, title = 409, "conflict", "Dit kan nu niet"
    detail = "De stand is veranderd. Haal de nieuwe stand op en kijk opnieuw."


class Stale(Refusal):
    """If-Match names another version (412)."""

    status, code, title = 412, "stale", "Niet opgeslagen: een collega was u voor"
    detail = "Haal de zaak opnieuw op, kijk wat er veranderde en probeer het dan weer."


class TooLarge(Refusal):
    """The body is larger than we take (413)."""

    status, code, title = 413, "too_large", "Dit bericht is te groot"
    detail = "Dit bericht is groter dan hier past. Maak het korter."


class AddressTooLong(Refusal):
    """The address with its query string is longer than we read (414)."""

    status, code, title = 414, "address_too_long", "Dit adres is te lang"
    detail = "Vraag minder tegelijk: gebruik minder of kortere filters."


class UnsupportedMedia(Refusal):
    """The body is of a type we do not read (415)."""

    status, code, title = 415, "unsupported_media", "Deze vorm lezen wij niet"
    detail = "Stuur JSON in UTF-8, met Content-Type application/json."


class PreconditionRequired(Refusal):
    """A change without If-Match (428)."""

    status, code, title = 428, "precondition_required", "Zeg welke stand u zag"
    detail = "Stuur de ETag van de zaak mee in If-Match."


class Damaged(Refusal):
    """A sealed record is not what was sealed: altered, swapped, or under another key (503). It is logged."""

    status, code, title = 503, "damaged", "Dit kan niet opengaan"
    detail = (
        "Wat hier ligt is veranderd of beschadigd. Bel de functioneel beheerder; probeer niets te herstellen."
    )


class HeadTooLarge(Refusal):
    """The headers are more, or longer, than we read (431, RFC 6585)."""

    status, code, title = 431, "head_too_large", "Er zijn te veel of te lange koppen"
    detail = "Stuur minder koppen mee. Een token is hoogstens 8 kB."


class TooMany(Refusal):
    """Too often (429). `seconds` goes into Retry-After."""

    status, code, title = 429, "too_many", "Te veel pogingen"
    detail = "Wacht even en probeer het dan opnieuw."

    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


class Unavailable(Refusal):
    """We could not store or record it; nothing was kept (503)."""

    status, code, title = 503, "unavailable", "Nog niet opgeslagen"
    detail = "Het meldpunt is even niet bereikbaar. Wat u schreef is niet bewaard. Probeer het zo opnieuw."

    def __init__(self, *, reason: str | None = None) -> None:
        super().__init__(reason=reason, headers={"Retry-After": "5"})


class StartRefused(Exception):
    """The process must not start; the message names the setting or folder and what to do. Shown without a trace."""
