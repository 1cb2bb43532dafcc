"""Signing in to the pages at the issuer of one's own organisation: OpenID Connect, code flow with PKCE.

All of it happens between this server and the issuer's. The browser carries a sealed cookie to the issuer and back, so
that only the browser that began a sign-in can end it; no token reaches it, nor a row or a log. Standards: OpenID
Connect Core 3.1, RFC 7636 (S256), RFC 9207, RFC 9700.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from urllib.parse import urlencode

from app import clock as system_clock
from app.crypto import blind, canonical, session
from app.errors import Invalid, StartRefused, Unauthenticated
from app.identity.claims import SignIn
from app.identity.compact import json_object
from app.identity.exchange import Cause, SignInFailed, id_token
from app.identity.tokens import TokenVerifier
from app.identity.trust import Issuer, LoginClient, is_safe

COOKIE = "__Host-meldpunt-login"
SECONDS = 600
"""How long a sign-in may take, at the issuer too."""
MAX_COOKIE = 4096
MAX_PARAMETER = 2048
REMEMBERED = 10_000
CALLBACK = "/web/logins/{issuer}/callback"
"""A way back of its own for each issuer: an answer of one is never taken for another's (RFC 9700 4.4.2)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page asks for. `return_to`: a path of ours, already checked. `previous`: the digest of a session to end."""

    return_to: str = ""
    step_up: bool = False
    previous: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the cookie it takes along."""

    location: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody proved at `issuer` who she is; `wish` is what the page had asked for."""

    found: SignIn
    issuer: str
    wish: Wish


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A sign-in under way, as it lies sealed in the cookie."""

    state: str
    nonce: str
    verifier: str
    issuer: str
    redirect_uri: str
    return_to: str
    step_up: bool
    previous: str
    ends_at: int


class SignIns:
    """Begins sign-ins and ends them. One per process, used from one event loop."""

    def __init__(
        self,
        verifier: TokenVerifier,
        authority: Callable[[], bytes],
        clock: Callable[[], datetime] = system_clock.now,
    ) -> None:
        self._verifier = verifier
        self._authority = authority
        self._clock = clock
        self._issuers = {issuer.name: issuer for issuer in verifier.sign_ins}
        self._used: dict[str, int] = {}

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Name and title of each issuer at which people can sign in."""
        return tuple((name, _login(issuer).title) for name, issuer in self._issuers.items())

    def begin(self, name: str | None, origin: str, wish: Wish) -> Begun:
        """Send a browser to the issuer called `name`; without a name to the only one. Raises Invalid for no such one.

        `origin` is this site's own.
        """
        if name is None and len(self._issuers) == 1:
            name = next(iter(self._issuers))
        issuer = self._issuers.get(name or "")
        if issuer is None:
            raise Invalid("Inloggen kan hier niet met dit account. Kies uw organisatie van de lijst.")
        attempt = _Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            issuer=issuer.name,
            redirect_uri=origin + CALLBACK.format(issuer=issuer.name),
            return_to=wish.return_to,
            step_up=wish.step_up,
            previous=wish.previous.hex(),
            ends_at=int(self._clock().timestamp()) + SECONDS,
        )
        content = canonical.encode({one.name: getattr(attempt, one.name) for one in fields(attempt)})
        return Begun(_address(_login(issuer), attempt), session.seal_attempt(self._authority(), content))

    async def complete(self, name: str, answer: Sequence[tuple[str, str]], cookie: str) -> SignedIn:
        """What an issuer's answer at the way back called `name` comes to. Raises SignInFailed.

        `answer` is the query as it came; `cookie` the one that `begin` gave.
        """
        attempt = self._attempt(cookie)
        issuer = self._issuers.get(attempt.issuer)
        if issuer is None or name != attempt.issuer:
            raise SignInFailed(Cause.OTHER_ISSUER)
        login = _login(issuer)
        if not blind.equal((_single(answer, "state") or "").encode(), attempt.state.encode()):
            raise SignInFailed(Cause.STATE)
        if _single(answer, "iss") not in {None, login.issuer}:
            raise SignInFailed(Cause.OTHER_ISSUER)
        self._use(attempt)
        told, code = _single(answer, "error"), _single(answer, "code")
        if told is not None:
            raise SignInFailed(Cause.DECLINED if told == "access_denied" else Cause.ISSUER_FAULT)
        if not code:
            raise SignInFailed(Cause.ANSWER)
        token = await id_token(login, code, attempt.verifier, attempt.redirect_uri)
        found = await self._proven(issuer, attempt, token)
        if attempt.step_up and not found.actor.strong:
            raise SignInFailed(Cause.WEAK)
        wish = Wish(attempt.return_to, attempt.step_up, bytes.fromhex(attempt.previous))
        return SignedIn(found, issuer.name, wish)

    def sign_out_address(self, name: str | None, origin: str) -> str | None:
        """Where a person can sign out at the issuer too (RP-Initiated Logout 1.0), None where it has no such place.

        No token goes along as a hint: the desk keeps none. The issuer may therefore ask whether she means it.
        """
        issuer = self._issuers.get(name or "")
        login = None if issuer is None else issuer.login
        if login is None or login.end_session_endpoint is None:
            return None
        return _with(
            login.end_session_endpoint,
            {"client_id": login.client_id, "post_logout_redirect_uri": f"{origin}/"},
        )

    def _attempt(self, cookie: str) -> _Attempt:
        content = session.opened_attempt(self._authority(), cookie) if 0 < len(cookie) <= MAX_COOKIE else None
        found = None if content is None else json_object(content)
        if found is None:
            raise SignInFailed(Cause.EXPIRED)
        attempt = _Attempt(**found)  # type: ignore[arg-type]
        if attempt.ends_at <= self._clock().timestamp():
            raise SignInFailed(Cause.EXPIRED)
        return attempt

    def _use(self, attempt: _Attempt) -> None:
        """A sign-in ends once: by its cookie, which goes; by its code, once at the issuer; and here in this process."""
        now = self._clock().timestamp()
        self._used = {state: ends_at for state, ends_at in self._used.items() if ends_at > now}
        if attempt.state in self._used:
            raise SignInFailed(Cause.USED)
        if len(self._used) >= REMEMBERED:
            del self._used[next(iter(self._used))]
        self._used[attempt.state] = attempt.ends_at

    async def _proven(self, issuer: Issuer, attempt: _Attempt, token: str) -> SignIn:
        try:
            return await self._verifier.verify_id_token(token, issuer, attempt.nonce)
        except Unauthenticated as refusal:
            raise SignInFailed(refusal.reason) from None


def check_origin(verifier: TokenVerifier, origin: str | None) -> None:
    """Raises StartRefused where people are to sign in and nobody said under which address they come back.

    A host name from the request would do for the issuer's list of addresses, but not for a start that promises more.
    """
    if not verifier.sign_ins:
        return
    if origin is None or not is_safe(origin) or origin != "/".join(origin.split("/")[:3]):
        raise StartRefused(
            "MELDPUNT_PUBLIC_ORIGIN: nodig om mensen te laten inloggen, zoals https://meldpunt.example.nl,"
            " zonder pad of streep erachter."
        )


def _login(issuer: Issuer) -> LoginClient:
    if issuer.login is None:
        raise SignInFailed(Cause.OTHER_ISSUER)
    return issuer.login


def _address(login: LoginClient, attempt: _Attempt) -> str:
    """The authorization request (OpenID Connect Core 3.1.2.1); a stronger sign-in is asked for by `acr_values`."""
    digest = hashlib.sha256(attempt.verifier.encode("ascii")).digest()
    asked = {
        "response_type": "code",
        "client_id": login.client_id,
        "redirect_uri": attempt.redirect_uri,
        "scope": " ".join(login.scopes),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode("ascii").rstrip("="),
        "code_challenge_method": "S256",
    }
    if attempt.step_up and login.acr_values:
        asked["acr_values"] = " ".join(login.acr_values)
    if attempt.step_up and login.step_up_claims is not None:
        asked["claims"] = login.step_up_claims
    return _with(login.authorization_endpoint, asked)


def _with(url: str, parameters: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def _single(answer: Sequence[tuple[str, str]], name: str) -> str | None:
    """The one value of this parameter, None where it is absent. Raises SignInFailed for two, or for an odd one."""
    values = [value for given, value in answer if given == name]
    if len(values) > 1 or any(len(value) > MAX_PARAMETER or not value.isprintable() for value in values):
        raise SignInFailed(Cause.ANSWER)
    return values[0] if values else None
