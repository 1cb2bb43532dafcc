"""The issuers file (MELDPUNT_ISSUERS_FILE): a JSON list of issuers, read strictly; docs/operations.md has examples.

What an issuer may speak for has no default: "*" must be written. Whatever does not fit stops the start.
"""

import json
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from app.crypto import canonical
from app.errors import StartRefused, Unavailable
from app.identity.actor import OrganisationId, Role
from app.identity.compact import media_type
from app.identity.roles import MACHINES
from app.identity.trust import ACCESS_TYPE, ClaimNames, ClaimPath, Issuer, LoginClient, Mark, is_safe

SETTING = "MELDPUNT_ISSUERS_FILE"
Bound = TypeVar("Bound")

Word = Annotated[str, Field(min_length=1, max_length=255)]
Place = Word | Annotated[list[Word], Field(min_length=1, max_length=8)]
AnyRole = Annotated[Role, Field(strict=False)]
Organisation = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel)


class _Names(_Strict):
    organisation: Place | None = "org"
    roles: Place = "roles"
    subject: Place = "sub"
    id: Place | None = "jti"
    not_before: Place = "nbf"
    scope: Place = "scope"
    strong: Place = "acr"


class _Persons(_Strict):
    claim: Place
    values: Annotated[list[Word], Field(min_length=1)] | None = None


class _Machines(_Strict):
    claim: Place
    values: Annotated[list[Word], Field(min_length=1)]
    subject: Place | None = None


class _Login(_Strict):
    client_id: Word
    client_secret_file: Word
    issuer: Word | None = None
    title: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None = None
    scopes: Annotated[list[Word], Field(min_length=1)] = ["openid"]
    acr_values: list[Word] = []
    step_up_claims: dict[Literal["id_token"], dict[Word, dict[Word, bool | str | list[str]]]] | None = None
    display: Place = "name"
    authentication: Literal["basic", "post"] = "basic"


class _Entry(_Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    issuer: Word
    audience: Word
    jwks_url: str
    typ: Annotated[list[Word], Field(min_length=1)] = [ACCESS_TYPE]
    organisations: Literal["*"] | Annotated[list[Organisation], Field(min_length=1)]
    roles: Literal["*"] | Annotated[list[AnyRole], Field(min_length=1)]
    claims: _Names = _Names()
    role_names: Annotated[dict[Word, AnyRole], Field(min_length=1)] | None = None
    everyone: Literal["employee"] | None = None
    persons: _Persons | None = None
    machines: _Machines | None = None
    strong: list[Word] = []
    login: _Login | None = None


_ENTRIES = TypeAdapter(Annotated[list[_Entry], Field(min_length=1)])


def read(path: Path) -> list[Issuer]:
    """The issuers in the file at `path`. Raises StartRefused saying which entry and member does not fit."""
    try:
        entries = _ENTRIES.validate_python(canonical.parse(path.read_bytes()))
    except OSError as error:
        raise StartRefused(f"{SETTING}: kan het bestand niet lezen ({type(error).__name__}).") from None
    except canonical.NotJson as error:
        raise StartRefused(f"{SETTING}: dit is geen geldige JSON ({error.code}).") from None
    except ValidationError as error:
        raise _wrong(*(".".join(map(str, fault["loc"][:2])) for fault in error.errors())) from None
    issuers = [_issuer(entry, str(number), path.parent) for number, entry in enumerate(entries)]
    overlapping = [
        f"{number}.organisations"
        for number, one in enumerate(issuers)
        if any(_same_people(one, other) for other in issuers[:number])
    ]
    if overlapping:
        raise _wrong(*overlapping)
    return issuers


def _same_people(one: Issuer, other: Issuer) -> bool:
    """Whether two issuers may both name people of one organisation in one role: each could pass for the other."""
    where = _shared(one.organisations, other.organisations)
    roles = _shared(one.roles, other.roles)
    return where != frozenset() and (roles is None or bool(roles - MACHINES.keys()))


def _shared(one: frozenset[Bound] | None, other: frozenset[Bound] | None) -> frozenset[Bound] | None:
    """What both are bound to; None is bound to everything."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _wrong(*places: str) -> StartRefused:
    return StartRefused(
        f"{SETTING}: dit klopt niet: {', '.join(sorted(set(places)))}. Zie docs/operations.md."
    )


def _issuer(entry: _Entry, number: str, folder: Path) -> Issuer:
    member = _contradiction(entry)
    if member is not None:
        raise _wrong(f"{number}.{member}")
    return Issuer(
        name=entry.name,
        issuer=entry.issuer,
        audience=entry.audience,
        jwks_url=entry.jwks_url,
        typ=tuple(media_type(typ) for typ in entry.typ),
        organisations=None
        if entry.organisations == "*"
        else frozenset(map(OrganisationId, entry.organisations)),
        roles=None if entry.roles == "*" else frozenset(map(Role, entry.roles)),
        claims=_names(entry.claims),
        role_names=entry.role_names,
        everyone=frozenset({Role(entry.everyone)} if entry.everyone else ()),
        persons=_mark(entry.persons),
        machines=_mark(entry.machines),
        machine_subject=_place(entry.machines.subject) if entry.machines else None,
        strong=frozenset(entry.strong),
        login=_login(entry, number, folder),
    )


def _contradiction(entry: _Entry) -> str | None:
    """The member that does not go with the others, where there is one."""
    given = frozenset(Role) if entry.roles == "*" else frozenset(map(Role, entry.roles))
    other_types = {media_type(typ) for typ in entry.typ} - {ACCESS_TYPE}
    wrong = {
        "jwksUrl": not is_safe(entry.jwks_url),
        # Without the claim the organisation is the only one the issuer may speak for.
        "claims": entry.claims.organisation is None
        and (entry.organisations == "*" or len(entry.organisations) != 1),
        "roleNames": not frozenset((entry.role_names or {}).values()) <= given,
        # Else a machine that nobody marked would be an employee.
        "everyone": entry.everyone is not None and (entry.persons is None or Role.EMPLOYEE not in given),
        # RFC 9068 tells machines from persons; other types of token need a mark of their own.
        "machines": entry.machines is None
        and bool(other_types)
        and entry.roles != "*"
        and bool(given & MACHINES.keys()),
    }
    return next((member for member, is_wrong in wrong.items() if is_wrong), None)


def _names(names: _Names) -> ClaimNames:
    return ClaimNames(
        organisation=_place(names.organisation),
        roles=_path(names.roles),
        subject=_path(names.subject),
        id=_place(names.id),
        not_before=_path(names.not_before),
        scope=_path(names.scope),
        strong=_path(names.strong),
    )


def _path(place: str | list[str]) -> ClaimPath:
    return (place,) if isinstance(place, str) else tuple(place)


def _place(place: str | list[str] | None) -> ClaimPath | None:
    return None if place is None else _path(place)


def _mark(given: _Persons | _Machines | None) -> Mark | None:
    if given is None:
        return None
    return Mark(_path(given.claim), None if given.values is None else frozenset(given.values))


def _login(entry: _Entry, number: str, folder: Path) -> LoginClient | None:
    given = entry.login
    if given is None:
        return None
    addresses = [given.authorization_endpoint, given.token_endpoint, given.end_session_endpoint]
    if not all(is_safe(address) for address in addresses if address is not None):
        raise _wrong(f"{number}.login")
    client = LoginClient(
        client_id=given.client_id,
        secret_file=folder / given.client_secret_file,
        issuer=given.issuer or entry.issuer,
        title=given.title or entry.name,
        authorization_endpoint=given.authorization_endpoint,
        token_endpoint=given.token_endpoint,
        end_session_endpoint=given.end_session_endpoint,
        scopes=tuple(given.scopes),
        acr_values=tuple(given.acr_values),
        step_up_claims=None
        if given.step_up_claims is None
        else json.dumps(given.step_up_claims, separators=(",", ":")),
        display=_path(given.display),
        authentication=given.authentication,
    )
    try:
        client.secret()
    except Unavailable:
        raise StartRefused(
            f"{SETTING}: kan het geheim van {number}.login.clientSecretFile niet lezen, of het is leeg."
        ) from None
    if "openid" not in client.scopes:
        raise _wrong(f"{number}.login")
    return client
